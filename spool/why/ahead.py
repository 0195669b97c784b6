"""The jobs that come before another one, in the order in which daemons look: priority, turns among teams, time."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from spool import job as jobs
from spool import queue, turns, view
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Entry, Spool
from spool.limits import Load, limited, look
from spool.view import Detail
from spool.why.job import Ahead

NEAR = 50           # jobs that are looked at


def of(spool: Spool, entry: Entry, found: Detail) -> list[Ahead]:
    """Those before `entry`, whose job was `found` so."""
    near = [one for one in queue.entries(spool, ("queue",)) if one.priority >= entry.priority and one.job != entry.job]
    known = details(spool, near[:NEAR]) | {entry.job: found}
    return before(entry, ordered(spool, [*near[:NEAR], entry], known), known)


def before(entry: Entry, every: Sequence[Entry], known: Mapping[str, Detail]) -> list[Ahead]:
    first = every[:[one.job for one in every].index(entry.job)]
    return [Ahead(one, known[one.job].view.job, known[one.job].view.waiting) for one in first if one.job in known]


def ordered(spool: Spool, entries: Sequence[Entry], known: Mapping[str, Detail]) -> list[Entry]:
    """As a daemon looks that has served nobody yet."""
    share = spool.rules.share
    teams = {} if share == "none" else {name: turns.team(found.view.job, share) for name, found in known.items()}
    at_work = {name: sum(chunk.state == "running" for chunk in found.chunks) for name, found in known.items()}
    return turns.ordered(entries, turns.rivals(entries, teams), teams, at_work, {})


def details(spool: Spool, entries: Iterable[Entry]) -> dict[str, Detail]:
    """Of those that can be read: a broken one, or one that is just gone, holds up no computer."""
    found = {}
    for entry in entries:
        with suppress(SpoolError, OSError):
            found[entry.job] = view.detail(spool, entry)
    return found


def load(spool: Spool, job: Job) -> Load | None:
    """What counts against the limits of the job; None if it has none."""
    def known(name: str) -> Job | None:
        with suppress(SpoolError, OSError):
            return jobs.read(spool, name)
        return None
    return look(spool, job, known) if limited(job, spool.rules) else None

