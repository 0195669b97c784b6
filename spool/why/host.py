"""What a computer does, what it would take, and what it refuses of each open job."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spool import claim, host_facts, queue
from spool import job as jobs
from spool.errors import SpoolError
from spool.hosts import HostView
from spool.layout import Entry, Spool, short
from spool.obstacles import Found
from spool.why import answers, troubles
from spool.why.ahead import load
from spool.why.job import unreadable

MOST = 20           # open jobs that it is asked about


class OfJob(NamedTuple):
    """What the computer says to one open job."""

    job: str
    priority: int
    may: bool
    what: Found


class Why(NamedTuple):
    host: str
    state: str
    reasons: list[Found]
    jobs: list[OfJob]
    more: int               # open jobs that it was not asked about
    now: list[str]
    age_s: float | None


def of(spool: Spool, name: str, views: Sequence[HostView]) -> Why | None:
    """None if no computer of that name ever registered."""
    one = next((view for view in views if view.name == name), None)
    if one is None:
        return None
    entries = queue.entries(spool, ("queue",))
    asked = list(_jobs(spool, one, views, entries[:MOST])) if answers.heard(spool, one) else []
    return Why(name, host_facts.state(spool, one), list(_reasons(spool, one, asked)), asked,
               max(0, len(entries) - MOST), answers.doing(one), answers.age(spool, one))


def _reasons(spool: Spool, one: HostView, asked: Sequence[OfJob]) -> Iterator[Found]:
    if itself := answers.of_itself(spool, one):
        yield itself
    elif work := host_facts.now(one):
        frames = list(dict.fromkeys(answers.named(frame["job"]) for frame in work))
        yield Found("host-renders", {"host": one.name, "jobs": frames, "slots": len(work)})
    elif not asked:
        yield Found("idle", {"host": one.name})
    elif not any(job.may for job in asked):
        yield Found("takes-none", {"host": one.name, "count": len(asked)})
    else:
        yield Found("takes-soon", {"host": one.name, "jobs": [short(job.job) for job in asked if job.may]})
    yield from troubles.of(spool, one)


def _jobs(spool: Spool, one: HostView, views: Sequence[HostView], entries: Sequence[Entry]) -> Iterator[OfJob]:
    for entry in entries:
        try:
            may, what = _job(spool, one, views, entry)
        except (SpoolError, OSError) as error:
            may, what = False, unreadable(entry.job, "open", error).reasons[0]
        yield OfJob(entry.job, entry.priority, may, what)


def _job(spool: Spool, one: HostView, views: Sequence[HostView], entry: Entry) -> tuple[bool, Found]:
    """Whether it takes chunks of the job, and what it says; of one that takes nothing now, what it would say."""
    job = jobs.read(spool, entry.job)
    waiting = claim.waiting_chunks(spool, job)
    if answers.of_itself(spool, one):
        return False, answers.to_job(job, waiting, one, ()) or Found("would-take", {"host": one.name})
    answer = answers.of_host(spool, job, waiting, one, views, load(spool, job))
    if answer.may and not waiting:
        return False, answer.what if answer.what.code in answers.AT_IT else Found("all-running")
    return answer.may, answer.what
