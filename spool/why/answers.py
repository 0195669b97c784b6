"""What one computer says to one job: by the daemons' own predicate, and by what its daemon says of itself."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spool import host_facts, hosts, obstacles
from spool.errors import BadName
from spool.hosts import HostView
from spool.job import Job
from spool.layout import Beat, ChunkName, Spool, parse_beat, short
from spool.limits import Load, may_add
from spool.obstacles import Found
from spool.verdict import Host, Verdict, may_take

FREE, AT_IT, BUSY = ("may-take", "may-take-auto"), ("renders-it", "renders-auto"), ("slots-full", "no-room")
UNHEARD = ("off", "dead", "silent")


class Answer(NamedTuple):
    """`may`: it takes chunks of the job as soon as it is free. `what` tells why not, or what else it does."""

    host: str
    state: str              # as `render hosts` has it
    alive: bool
    may: bool
    what: Found
    now: list[str]          # what it renders: job and frame
    age_s: float | None     # of its own words, counted in its beats; None if they are of a former life

    @property
    def is_free(self) -> bool:
        return self.what.code in FREE


def of_hosts(spool: Spool, job: Job, waiting: Sequence[ChunkName], views: Sequence[HostView],
             load: Load | None = None) -> list[Answer]:
    """What each says, those that may take it first."""
    found = [of_host(spool, job, waiting, one, views, load) for one in views]
    return sorted(found, key=lambda one: (not one.may, not one.alive, one.host))


def heard(spool: Spool, one: HostView) -> bool:
    return host_facts.state(spool, one) not in UNHEARD


def of_host(spool: Spool, job: Job, waiting: Sequence[ChunkName], one: HostView, views: Sequence[HostView],
            load: Load | None = None) -> Answer:
    """`load` counts against the limits of the job, if it has any."""
    alive = [hosts.as_host(view.name, view.facts) for view in views
             if heard(spool, view) and not host_facts.standing(view)]
    what = of_itself(spool, one) or _at_it(one, job.job) or to_job(job, waiting, one, alive) or _free(one, job.job)
    if load and what.code in (*FREE, *BUSY) and not (verdict := may_add(job, one.name, load, spool.rules)).yes:
        what = Found(verdict.code, verdict.facts)
    may = what.code in (*FREE, *AT_IT, *BUSY)
    return Answer(one.name, host_facts.state(spool, one), heard(spool, one), may, what, doing(one), age(spool, one))


def of_itself(spool: Spool, one: HostView) -> Found | None:
    """Why it takes nothing at all; None if it does."""
    host, state = {"host": one.name}, host_facts.state(spool, one)
    if state == "off":
        return Found("host-off", host)
    if state == "dead":
        return Found("host-dead", host)
    if state == "silent":
        return Found("host-silent", host | {"beats": host_facts.SILENT})
    if not _of_this_life(one):
        return Found("host-starting", host)
    if not one.facts:
        return Found("host-unknown", host)
    if standing := host_facts.standing(one):
        return standing[0]
    return Found("host-stopping", host) if state == "stopping" else None


def to_job(job: Job, waiting: Sequence[ChunkName], one: HostView, alive: Sequence[Host]) -> Found | None:
    """Why it takes nothing of this job; None if it does."""
    verdict = of_chunks(job, waiting, hosts.as_host(one.name, one.facts), alive)
    if not verdict.yes:
        return Found(verdict.code, verdict.facts)
    if noted := obstacles.noted(one.status, one.name, job.job):
        return obstacles.first(noted)[0]
    return None


def of_chunks(job: Job, waiting: Iterable[ChunkName], host: Host, alive: Sequence[Host]) -> Verdict:
    """Yes if it may take any chunk that waits; else what is said of the first one."""
    kinds = {chunk.avoid: chunk for chunk in reversed(list(waiting))}       # one of each kind: nothing else differs
    said = [may_take(job, chunk, host, alive) for chunk in kinds.values()]
    return next((one for one in said if one.yes), (said or [may_take(job, None, host, alive)])[-1])


def _at_it(one: HostView, job: str) -> Found | None:
    """That it renders the job; None if it does not."""
    mine = sum(frame["job"] == job for frame in host_facts.now(one))
    auto = host_facts.slots_for(one, job)
    if mine and auto:
        return Found("renders-auto", {"host": one.name, "text": auto})
    return Found("renders-it", {"host": one.name, "slots": mine}) if mine else None


def _free(one: HostView, job: str) -> Found:
    """That it is free, or busy with another job."""
    busy, slots = host_facts.now(one), host_facts.slots(one)
    auto = host_facts.slots_for(one, job)
    if not busy or (slots and len(busy) < slots):
        return (Found("may-take-auto", {"host": one.name, "text": auto}) if auto else
                Found("may-take", {"host": one.name}))
    jobs = list(dict.fromkeys(named(frame["job"]) for frame in busy))
    if one.facts.get("slots") == "auto":
        why = host_facts.slots_for(one, str(busy[0]["job"]))
        return Found("no-room", {"host": one.name, "jobs": jobs, "text": why or "one job at a time"})
    return Found("slots-full", {"host": one.name, "jobs": jobs, "slots": len(busy)})


def doing(one: HostView) -> list[str]:
    """What it renders now, for people."""
    return [named(frame["job"]) + ("" if frame["frame"] is None else f" frame {frame['frame']}")
            for frame in host_facts.now(one)]


def named(job: object) -> str:
    """A job as a host names it: what another program wrote may be anything."""
    return short(str(job)) if str(job).count("-") > 2 else str(job)


def age(spool: Spool, one: HostView) -> float | None:
    """Seconds since its status was written, counted in its own beats: no clock is compared. None: not known."""
    said, now = _beat(one.status.get("beat")), _beat(one.beat)
    return (now.count - said.count) * spool.beat if said and now and now.owner == said.owner else None


def _of_this_life(one: HostView) -> bool:
    """Whether its status is; one that does not tell (of an older daemon) is believed."""
    said, now = _beat(one.status.get("beat")), _beat(one.beat)
    return bool(one.status) and not (said and now and said.owner != now.owner)


def _beat(text: object) -> Beat | None:
    try:
        return parse_beat(str(text))
    except BadName:
        return None
