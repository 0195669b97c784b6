"""The thread that tells people how jobs ended: takes notices (spool/notices.py), mails them, runs the hook.

Nothing waits for it. Whatever a mail server does, it does it to a child that is ended after a while (errand.py), and
the notice is tried again, ever later."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from renderd import letter, logs, telling
from renderd.heart import Heart
from renderd.lookout import Lookout
from renderd.settings import Settings
from renderd.telling import Cannot, Case
from spool import beats, hopeless, journal, notices, queue, view
from spool import job as jobs
from spool.errors import SpoolError
from spool.job import Job
from spool.journal import Journal
from spool.layout import Spool
from spool.notices import Notice

QUIET = 6           # own beats that nothing more comes for the same person: what fails together is told together
MOST_QUIET = 60     # and the longest that the first of them waits
FEW = 3             # more than so many at once become one
LOOKERS = 2         # daemons that look per beat while something waits, however many there are
SELDOM = 12         # beats


@dataclass
class Memory:
    """Since which own beat a notice was seen to wait; jobs, which never change; jobs without an entry at the last
    look."""

    seen: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    nobodys: set[Notice] = field(default_factory=set)       # were taken by somebody who had no beat at the last look


class Herald(Lookout):
    """Tells what waits."""

    def __init__(self, spool: Spool, settings: Settings, environ: Mapping[str, str]) -> None:
        super().__init__(spool, "herald")
        self.host = settings.host
        self.way = telling.Way(spool, settings, environ)
        self._memory, self._lives = Memory(), 1

    def forget(self) -> None:
        self._memory = Memory()

    def round(self, heart: Heart) -> bool:
        """One look, if it is this host's turn. Whether something is left that it could tell."""
        if random.random() >= max(LOOKERS / self._lives, 1 / SELDOM):
            return True
        found = notices.listed(self.spool)
        self._put_back(heart, found)
        mine = [n for n in found if not n.owner and n.channel in self.way.channels and n.tries < notices.TRIES]
        seen = self._memory.seen = {str(n): self._memory.seen.get(str(n), heart.count) for n in mine}
        for group in _groups(self._cases(_free(mine, found))):
            if _due([(heart.count - seen[str(one.notice)], one.notice.tries) for one in group]):
                self._tell_all(heart, group)
        return bool(mine)

    def _put_back(self, heart: Heart, found: Sequence[Notice]) -> None:
        """What the dead have; and we, of a look that the share broke off."""
        living = beats.living(self.spool)       # after `found`, or who was born in between would be taken for dead
        alive, self._lives = {beat.owner for beat in living} - {heart.owner}, max(1, len(living))
        nobodys, before = [n for n in found if n.owner and n.owner not in alive], self._memory.nobodys
        # Seen twice, as a listing may miss a beat that is just renamed, and its owner would tell it as well.
        notices.put_back(self.spool, [n for n in nobodys if n in before], alive)
        self._memory.nobodys = set(nobodys)

    def _cases(self, found: Sequence[Notice]) -> list[Case]:
        """What there is to tell now. A notice of a job that is open again waits for its end."""
        entries = {entry.job: entry for entry in queue.entries(self.spool)} if found else {}
        known, self._memory.jobs, cases = self._memory.jobs, {}, []
        missed, self._memory.missed = self._memory.missed, {n.about for n in found if n.about not in entries}
        for notice in found:
            entry = entries.get(notice.about)
            if notice.host:
                cases.append(Case(notice, self.way.admin()))
            elif entry is None and notice.about not in missed:
                continue                            # a listing may miss a name that is just moved
            elif entry is None or entry.state == "trash":
                cases.append(Case(notice, "", entry))
            elif entry.state != "queue" and (job := self._job(known, notice.about)):
                held = hopeless.why_held(self.spool, entry) if entry.state == "held" else None
                if held or entry.state != "held":       # what a person holds has not ended
                    text = letter.hopeless(self.way.words, job.job, held.facts) if held else ""
                    cases.append(Case(notice, self.way.person(job, notice.channel), entry, text=text))
        return cases

    def _job(self, known: Mapping[str, Job], name: str) -> Job | None:
        try:
            job = known.get(name) or jobs.read(self.spool, name)
        except (OSError, SpoolError):               # the claimer says so, once
            return None
        self._memory.jobs[name] = job
        return job

    def _tell_all(self, heart: Heart, group: Sequence[Case]) -> None:
        taken = [Case(mine, case.to, case.entry, text=case.text) for case in group
                 if (mine := notices.take(self.spool, case.notice, heart.owner))]
        ready = [case for case in taken if self._fill(case)]
        together = len(ready) > FEW and ready[0].notice.channel == notices.MAIL
        for letters in [ready] if together else [[case] for case in ready]:
            if heart.lost:                          # others have them now
                return
            self._tell(letters)

    def _fill(self, case: Case) -> bool:
        """Whether it has to be told; else it is gone."""
        if case.notice.host:
            case.text = str(notices.read(self.spool, case.notice).get("text", ""))
            return True
        try:
            entry = case.entry
            if entry and entry.state != "trash":
                events = list(_short(self.spool, entry.job))
                case.occasion = notices.occasion(events)
                case.found = view.detail(self.spool, entry)
                if not notices.was_told(events, case.notice.channel, case.found.view.state, case.occasion):
                    return True
        except (FileNotFoundError, SpoolError) as error:    # cleaned away, or broken by hand
            logs.event("notice-failed", about=case.notice.about, text=error)
        notices.told(self.spool, case.notice)
        return False

    def _tell(self, cases: Sequence[Case]) -> None:
        try:
            trouble = self.way.tell(cases)
        except Cannot as error:                     # nor could anybody else
            for case in cases:
                self._give_up(case, str(error))
            return
        except Exception:                           # a bug, which must not be met at each look for ever
            logs.bug(doing=self.name)
            trouble = "renderd has a bug here; its log says more"
        for case in cases:
            if trouble:
                self._once_more(case, trouble)
            else:
                self._journal(case, "told", to=case.to)
                logs.event("told", about=case.notice.about, by=case.notice.channel, to=case.to)
                notices.told(self.spool, case.notice)

    def _once_more(self, case: Case, trouble: str) -> None:
        there = notices.failed(self.spool, case.notice, trouble)
        logs.event("notice-waits", about=there.about, by=there.channel, tries=there.tries, text=trouble)
        if there.tries >= notices.TRIES:
            logs.event("notice-failed", about=there.about, text=trouble)
            self._journal(case, "untold", text=trouble)

    def _give_up(self, case: Case, why: str) -> None:
        logs.event("notice-failed", about=case.notice.about, text=why)
        self._journal(case, "untold", text=why)
        notices.told(self.spool, case.notice)

    def _journal(self, case: Case, event: str, **facts: object) -> None:
        if not case.found:
            return
        try:
            with Journal(self.spool, case.notice.about, self.host) as lines:
                lines.write(event, sync=True, channel=case.notice.channel, state=case.found.view.state,
                            occasion=case.occasion, **facts)
        except (OSError, SpoolError) as error:      # at worst it is told twice
            logs.event("share-trouble", text=error, doing=self.name, job=case.notice.about)


def _free(waiting: Sequence[Notice], found: Sequence[Notice]) -> list[Notice]:
    """Without those that somebody is just telling: of two daemons that settled a job, one may have left it late."""
    busy = {(notice.about, notice.channel) for notice in found if notice.owner}
    return [notice for notice in waiting if (notice.about, notice.channel) not in busy]


def _groups(cases: Sequence[Case]) -> list[list[Case]]:
    """By way and person; those that failed before apart, as each waits its own time; each host for itself."""
    groups: dict[tuple[str, str, int, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.notice.channel, case.to, case.notice.tries, case.notice.host), []).append(case)
    return list(groups.values())


def _due(waited: Sequence[tuple[int, int]]) -> bool:
    """(own beats, tries) of each of a group."""
    pause: int = QUIET << max(tries for _, tries in waited)
    return min(beats for beats, _ in waited) >= pause or max(beats for beats, _ in waited) >= max(pause, MOST_QUIET)


def _short(spool: Spool, job: str) -> Iterable[dict[str, Any]]:
    """Events without the frames, of which there may be a million."""
    return (event for event in journal.events(spool, job) if event["event"] in ("taken", "told"))
