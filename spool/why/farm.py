"""What waits in the whole farm, and why nothing renders."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spool import claim, host_facts, hosts, queue, view
from spool.errors import SpoolError
from spool.hosts import HostView
from spool.layout import Entry, Spool, short
from spool.obstacles import Found
from spool.why import answers, disk
from spool.why import job as why_job
from spool.why.job import Ahead, nobody

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
    jobs = list(_jobs(spool, opened[:MOST], views))
    told = [_host(spool, one, jobs) for one in views]
    found = list(_reasons(jobs, told, [short(entry.job) for entry in held]))
    kept = [OfJob(e.job, e.priority, 0, 0, Found("held", {"job": short(e.job)})) for e in held[:MOST - len(jobs)]]
    return Why([*disk.of_spool(spool), *found], [*jobs, *kept], len(opened) + len(held) - len(jobs) - len(kept), told)


def _jobs(spool: Spool, entries: Sequence[Entry], views: Sequence[HostView]) -> Iterator[OfJob]:
    ahead = list[Ahead]()
    for entry in entries:
        try:
            found = view.detail(spool, entry)
            waiting = claim.waiting_chunks(spool, found.view.job)
        except (SpoolError, OSError) as error:
            yield OfJob(entry.job, entry.priority, 0, 0, why_job.unreadable(entry.job, "open", error).reasons[0])
            continue
        told = why_job.of(spool, found, waiting, views, ahead)
        yield OfJob(entry.job, entry.priority, found.view.waiting, found.view.running, _first(told))
        ahead.append(Ahead(entry, found.view.job, found.view.waiting))


def _first(told: why_job.Why) -> Found:
    """One sentence of it: where no computer fits, what the first of them says."""
    if told.reasons[0].code == "nobody-fits":
        return next(one.what for one in told.hosts if one.alive)
    return told.reasons[0]


def _host(spool: Spool, one: HostView, jobs: Sequence[OfJob]) -> OfHost:
    what = answers.of_itself(spool, one)
    if what is None and (work := host_facts.now(one)):
        named = list(dict.fromkeys(answers.named(frame["job"]) for frame in work))
        what = Found("host-renders", {"host": one.name, "jobs": named, "slots": len(work)})
    what = what or Found("host-free" if jobs else "idle", {"host": one.name})
    return OfHost(one.name, host_facts.state(spool, one), answers.heard(spool, one), what, answers.doing(one),
                  answers.age(spool, one))


def _reasons(jobs: Sequence[OfJob], told: Sequence[OfHost], held: Sequence[str]) -> Iterator[Found]:
    """The first sentence of all."""
    busy = [one.host for one in told if one.what.code == "host-renders"]
    waits = sum(one.waiting for one in jobs)
    if not any(one.alive for one in told):
        yield nobody([one.host for one in told])
    if busy:
        yield Found("farm-renders", {"hosts": busy, "count": waits})
    elif not jobs:
        yield Found("only-held", {"jobs": held}) if held else Found("no-job")
    elif any(one.alive for one in told):
        yield Found("nothing-taken", {"count": waits})
