"""The ways on which this host tells people: mail over a server or a program, and its own hook."""

import base64
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renderd import errand, letter, thumbnail
from renderd.errors import DaemonError
from renderd.letter import Letter
from renderd.letter_words import Words
from renderd.settings import Settings, handed_on
from spool import notices, owners
from spool.farm_mail import Mail, is_address
from spool.job import Job
from spool.layout import Entry, Spool
from spool.notices import Notice
from spool.view import Detail

POSTMAN = Path(__file__).with_name("postman.py")
SECONDS = 90.0          # for one mail; longer than postman.TIMEOUT, for a server that answers one byte at a time
HOOK_SECONDS = 60.0


class NoHook(DaemonError):
    """The hook may not run here."""


class Cannot(Exception):
    """It cannot be told, here or anywhere."""


@dataclass
class Case:
    """A notice, to whom it goes, and what there is to tell."""

    notice: Notice
    to: str
    entry: Entry | None = None
    found: Detail | None = None
    text: str = ""              # of a notice about a host; why the farm put a job on hold
    occasion: int = 0


class Way:
    """What this host may do."""

    def __init__(self, spool: Spool, settings: Settings, environ: Mapping[str, str]) -> None:
        self.spool, self.settings, self.environ = spool, settings, handed_on(settings, environ)
        self.words = Words(spool.language)
        if settings.notice_hook and settings.notice_hook not in settings.programs:
            raise NoHook(f"notice_hook: {settings.notice_hook} is not in programs "
                         f"(set in {settings.origins.get('notice_hook')}).",
                         "Add it there: what runs on this computer stands in programs.")
        self.hook = self._program(settings.notice_hook)
        self.channels = (self._can_mail(),) * bool(self._can_mail()) + (notices.HOOK,) * bool(self.hook)

    def admin(self) -> str:
        """Who looks after the hosts."""
        mail = self.spool.mail
        return (mail.admin or mail.address_of(owners.user_name(self.spool.owner))) if mail else ""

    def person(self, job: Job, channel: str) -> str:
        """Who is told of a job; "" nobody."""
        mail = self.spool.mail
        if channel != notices.MAIL or not mail:
            return ""
        return job.mail if job.mail and is_address(job.mail) else mail.address_of(job.owner)

    def tell(self, cases: Sequence[Case]) -> str:
        """"" when it was told; why not, when it may be tried again. Cannot: never."""
        return self._mail(cases) if cases[0].notice.channel == notices.MAIL else self._run_hook(cases[0])

    def _letter(self, case: Case) -> Letter:
        return letter.of_job(self.words, case.found, case.text) if case.found else \
            letter.of_host(self.words, case.notice.host, case.text)

    # -- mail

    def _mail(self, cases: Sequence[Case]) -> str:
        mail, one = self.spool.mail, cases[0]
        if mail is None:
            raise Cannot("farm.yaml has no mail any more")
        if not one.to:
            raise Cannot("farm.yaml gives no address for its owner; see mail: {to: ...}")
        written = self._letter(one) if len(cases) == 1 else \
            letter.of_several(self.words, [case.found for case in cases if case.found])
        picture = b"" if len(cases) > 1 else self._picture(one.found)
        said = self._envelope(mail, one, written, picture)
        done = errand.run([sys.executable, "-I", "-S", str(POSTMAN)], json.dumps(said).encode(), SECONDS, self.environ)
        return "" if done.fine else letter.line(done.text.split("\n")[-1])[:500] or f"exit {done.code}"

    def _envelope(self, mail: Mail, one: Case, written: Letter, picture: bytes) -> dict[str, Any]:
        """The same notice has the same Message-ID, so that readers show it once if it comes twice."""
        mark = f"<{one.notice.about}.{one.occasion}@{mail.sender.partition('@')[2]}>"
        return {"smtp": mail.server if mail.smtp else "", "program": [self._program(mail.program)],
                "from": mail.sender, "to": one.to, "subject": f"[farm] {written.subject}", "text": written.text,
                "id": mark, "picture": base64.b64encode(picture).decode()}

    def _picture(self, found: Detail | None) -> bytes:
        if not found:
            return b""
        path = thumbnail.frame_for(found.view.job, sorted(found.ready()))
        return thumbnail.make(path, self.settings.programs, self.environ)

    # -- hook

    def _run_hook(self, case: Case) -> str:
        written = self._letter(case)
        said = letter.facts(case.found, written.text) if case.found else \
            {"notice": "host", "host": case.notice.host, "text": written.text}
        said["subject"] = written.subject
        words = {f"RENDERD_{key.upper()}": _word(value) for key, value in said.items()}
        words["RENDERD_TEXT"] = written.text[:8000]         # more lines than one
        done = errand.run([self.hook], json.dumps(said).encode() + b"\n", HOOK_SECONDS, {**self.environ, **words})
        return "" if done.fine else letter.line(done.text.split("\n")[-1])[:500] or f"exit {done.code}"

    # -- programs

    def _can_mail(self) -> str:
        mail = self.spool.mail
        return notices.MAIL if mail and (mail.smtp or self._program(mail.program)) else ""

    def _program(self, name: str) -> str:
        """Its path, if this host allows it and has it."""
        path = shutil.which(name, path=self.environ.get("PATH")) if name in self.settings.programs else None
        return path or ""


def _word(value: object) -> str:
    """As one line of an environment."""
    return letter.line("; ".join(map(str, value)) if isinstance(value, list) else str(value))[:4000]
