"""What waits in the whole farm, and why nothing renders."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spool import claim, host_facts, hosts, queue
from spool import job as jobs
from spool.errors import SpoolError
from spool.hosts import HostView
from spool.layout import Entry, Spool, short
from spool.obstacles import Found
from spool.why import ahead, answers, disk
from spool.why import job as why_job
from spool.why.job import nobody

MOST = 20           # open jobs that are looked at


class OfJob(NamedTuple):
    """An open job and the first of its reasons."""

    job: str
    priority: int
    waiting: int            # frames
    running: int
    what: Found


class OfHost(NamedTuple):
    host: str
    state: str
    alive: bool
    what: Found
    now: list[str]
    age_s: float | None


class Why(NamedTuple):
    reasons: list[Found]
    jobs: list[OfJob]
    more: int               # open jobs that were not looked at
    hosts: list[OfHost]


def of(spool: Spool, views: Sequence[HostView] | None = None) -> Why:
    """All of it, as far as MOST jobs tell."""
    views = hosts.views(spool) if views is None else views
    opened, held = queue.entries(spool, ("queue",)), queue.entries(spool, ("held",))
    found = list(_jobs(spool, opened[:MOST], views))
    told = [_host(spool, one, found) for one in views]
    reasons = list(_reasons(found, told, [short(entry.job) for entry in held]))
    kept = [OfJob(e.job, e.priority, 0, 0, why_job.held(spool, e)) for e in held[:MOST - len(found)]]
    more = len(opened) + len(held) - len(found) - len(kept)
    return Why([*disk.of_spool(spool), *reasons], [*found, *kept], more, told)


def _jobs(spool: Spool, entries: Sequence[Entry], views: Sequence[HostView]) -> Iterator[OfJob]:
    known = ahead.details(spool, entries)
    every = ahead.ordered(spool, entries, known)
    for entry in every:
        if found := known.get(entry.job):
            job = found.view.job
            told = why_job.of(spool, found, claim.waiting_chunks(spool, job), views, ahead.before(entry, every, known),
                              load=ahead.load(spool, job))
            yield OfJob(entry.job, entry.priority, found.view.waiting, found.view.running, _first(told))
        elif trouble := _trouble(spool, entry):
            yield OfJob(entry.job, entry.priority, 0, 0, trouble)


def _trouble(spool: Spool, entry: Entry) -> Found | None:
    """Why it cannot be read; None if it can now, or has just gone."""
    try:
        jobs.read(spool, entry.job)
    except FileNotFoundError:
        return None
    except (SpoolError, OSError) as error:
        return why_job.unreadable(entry.job, "open", error).reasons[0]
    return None


def _first(told: why_job.Why) -> Found:
    """One sentence of it: where no computer fits, what the first of them says."""
    if told.reasons[0].code == "nobody-fits":
        return next(one.what for one in told.hosts if one.alive)
    return told.reasons[0]


def _host(spool: Spool, one: HostView, found: Sequence[OfJob]) -> OfHost:
    what = answers.of_itself(spool, one)
    if what is None and (work := host_facts.now(one)):
        named = list(dict.fromkeys(answers.named(frame["job"]) for frame in work))
        what = Found("host-renders", {"host": one.name, "jobs": named, "slots": len(work)})
    what = what or Found("host-free" if found else "idle", {"host": one.name})
    return OfHost(one.name, host_facts.state(spool, one), answers.heard(spool, one), what, answers.doing(one),
                  answers.age(spool, one))


def _reasons(found: Sequence[OfJob], told: Sequence[OfHost], held: Sequence[str]) -> Iterator[Found]:
    """The first sentence of all."""
    busy = [one.host for one in told if one.what.code == "host-renders"]
    waits = sum(one.waiting for one in found)
    if not any(one.alive for one in told):
        yield nobody([one.host for one in told])
    if busy:
        yield Found("farm-renders", {"hosts": busy, "count": waits})
    elif not found:
        yield Found("only-held", {"jobs": held}) if held else Found("no-job")
    elif any(one.alive for one in told):
        yield _waits(found, waits)


def _waits(found: Sequence[OfJob], count: int) -> Found:
    """Of a farm that could render and does not."""
    if not count:
        return found[0].what
    begins = any(one.what.code == "next" for one in found)
    return Found("farm-begins" if begins else "nothing-taken", {"count": count})
