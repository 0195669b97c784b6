"""What people are to be told: an empty file for each notice, until it was told.

    settle --leave--> notices/JOB.mail --take--> notices/JOB.mail@INCARNATION --told--> gone; the job's journal has it
                            ^                          |
                            +---------put back---------+     JOB.mail~2: two tries failed

Invariants
  1. A notice is left before the job's entry moves, so no crash in between loses it. It is told only of a job that
     has ended; while the job is open it waits.
  2. Only the incarnation in its name tells it, until that has no beat; then anyone puts it back.
  3. `told` is written after it was told: who dies in between lets it be told twice. At least once, as a mail too
     many is a nuisance, and a mail that is missing costs a night.
  4. What the journal says was told at this very end of the job (see `occasion`) is not told again, so that a notice
     that came late (two daemons settle at once) does no harm.

What a crash leaves behind: a taken notice of the dead, which anyone puts back."""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from spool import atomic, trusted
from spool.errors import BadName, SpoolError
from spool.job import Job
from spool.layout import Incarnation, Spool, parse_incarnation, parse_job

FOLDER = "notices"
MAIL, HOOK = "mail", "hook"
TRIES = 10                  # then it stays as it is, for `render doctor` to show, until `render clean`
_HOST = "host+"
_NAME = re.compile(r"([A-Za-z0-9+-]+)\.(mail|hook)(?:~([1-9]\d?))?(?:@(.+))?", re.ASCII)


@dataclass(frozen=True)
class Notice:
    """One thing to be told, on one way."""

    about: str              # a job; or `host+NAME`
    channel: str
    tries: int = 0
    owner: Incarnation | None = None

    def __str__(self) -> str:
        return (f"{self.about}.{self.channel}" + (f"~{self.tries}" if self.tries else "")
                + (f"@{self.owner}" if self.owner else ""))

    @property
    def host(self) -> str:
        """The host that it is about; "" if it is about a job."""
        return self.about.removeprefix(_HOST) if self.about.startswith(_HOST) else ""


def parse(name: str) -> Notice:
    found = _NAME.fullmatch(name)
    if not found:
        raise BadName(f"{name!r} is no notice.")
    if not found[1].startswith(_HOST):
        parse_job(found[1])
    return Notice(found[1], found[2], int(found[3] or 0), parse_incarnation(found[4]) if found[4] else None)


def leave(spool: Spool, job: Job) -> None:
    """People shall be told how this job ended. Nothing where the farm tells nobody."""
    for channel in spool.channels:
        if channel != MAIL or job.mail != "no":
            _leave(spool, Notice(job.job, channel))


def leave_host(spool: Spool, host: str, text: str) -> None:
    """People shall be told what is wrong with a host: one sentence, with its cure."""
    for channel in spool.channels:
        atomic.make_folder(spool.folder(FOLDER), spool.mode)
        atomic.replace(_path(spool, Notice(f"{_HOST}{host}", channel)), json.dumps({"text": text}).encode())


def listed(spool: Spool) -> list[Notice]:
    """Everything that waits, or is being told now. One listing."""
    found = []
    for name in atomic.names_if_there(spool.folder(FOLDER)):
        try:
            found.append(parse(name))
        except BadName:
            continue
    return sorted(found, key=str)


def take(spool: Spool, notice: Notice, owner: Incarnation) -> Notice | None:
    """It, as this incarnation's; None if another one was faster."""
    mine = replace(notice, owner=owner)
    return mine if atomic.move(_path(spool, notice), _path(spool, mine)) else None


def told(spool: Spool, mine: Notice) -> None:
    """It is gone. The journal says so already."""
    atomic.drop(_path(spool, mine))


def failed(spool: Spool, mine: Notice, trouble: str) -> Notice:
    """It waits for its next try, and says what went wrong."""
    there = replace(mine, owner=None, tries=min(TRIES, mine.tries + 1))
    atomic.replace(_path(spool, mine), json.dumps(read(spool, mine) | {"trouble": trouble}).encode())
    atomic.move(_path(spool, mine), _path(spool, there))
    return there


def put_back(spool: Spool, found: Iterable[Notice], alive: Collection[Incarnation]) -> int:
    """Those that somebody took who is dead wait again."""
    dead = [one for one in found if one.owner and one.owner not in alive]
    return sum(atomic.hand_over(_path(spool, one), _path(spool, replace(one, owner=None))) for one in dead)


def read(spool: Spool, notice: Notice) -> dict[str, Any]:
    """What stands in it: `text` of a host, `trouble` of the last try."""
    try:
        data = trusted.read(_path(spool, notice), of=spool)
        return trusted.decode(_path(spool, notice), data) if data else {}
    except (OSError, SpoolError):       # gone meanwhile, or nobody can trust it
        return {}


def occasion(events: Iterable[dict[str, Any]]) -> int:
    """Which end of its job this is: how many chunks were taken until now. A retry or redo takes more."""
    return sum(event["event"] == "taken" for event in events)


def was_told(events: Iterable[dict[str, Any]], channel: str, state: str, occasion: int) -> bool:
    return any(event["event"] == "told" and (event.get("channel"), event.get("state"), event.get("occasion"))
               == (channel, state, occasion) for event in events)


def _leave(spool: Spool, notice: Notice) -> None:
    atomic.make_folder(spool.folder(FOLDER), spool.mode)
    atomic.touch(_path(spool, notice))


def _path(spool: Spool, notice: Notice) -> str:
    return f"{spool.folder(FOLDER)}/{notice}"
