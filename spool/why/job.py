"""Why a job is not rendered, or who renders it: what holds for the job, the most telling first, and every computer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from spool import frames as frame_lists
from spool import hopeless, hosts, turns
from spool.hosts import HostView
from spool.job import Job
from spool.layout import ChunkName, Entry, Spool, short
from spool.limits import Load
from spool.obstacles import Found
from spool.verdict import may_take
from spool.view import ChunkView, Detail, JobView
from spool.why import answers
from spool.why.answers import Answer

STAND_STILL = ("paused", "outside-hours", "person-there", "other-blender", "short-memory")
GUESSES = ("output-gone",)      # true here, and perhaps nowhere else
MOST_FAILURES = 5       # different reasons of failed chunks that are told


class Why(NamedTuple):
    """All that is known. `reasons` are the most telling first."""

    job: str
    state: str
    reasons: list[Found]
    hosts: list[Answer]


class Ahead(NamedTuple):
    """A job that comes before, and how many of its frames wait."""

    entry: Entry
    job: Job
    waiting: int


def of(spool: Spool, found: Detail, waiting: Sequence[ChunkName], views: Sequence[HostView],
       ahead: Sequence[Ahead] = (), disk: Sequence[Found] = (), load: Load | None = None) -> Why:
    """`ahead` are the jobs that come before it, `disk` what is wrong where files go, `load` what counts against its
    limits."""
    one = found.view
    asked = answers.of_hosts(spool, one.job, waiting, views, load) if one.state in ("open", "held") else []
    in_its_way = _in_its_way(asked, views, ahead)
    return Why(one.job.job, one.state, list(_reasons(spool, found, asked, in_its_way, disk)), asked)


def held(spool: Spool, entry: Entry) -> Found:
    """Who put it on hold: a person, or the farm, because nothing of it succeeded."""
    by_farm = hopeless.why_held(spool, entry)
    name = {"job": short(entry.job)}
    return Found("probes-failed", {**by_farm.facts, **name}) if by_farm else Found("held", name)


def unreadable(job: str, state: str, error: Exception) -> Why:
    """Of a job whose files cannot be read here."""
    facts = {"host": "This computer", "text": str(error), "hint": getattr(error, "hint", None) or ""}
    return Why(job, state, [Found("job-unreadable", facts)], [])


def _in_its_way(asked: Sequence[Answer], views: Sequence[HostView], ahead: Sequence[Ahead]) -> list[Ahead]:
    """Those ahead that wait, and that are taken before ours. None if one that is free may take ours alone."""
    waiting = [one for one in ahead if one.waiting]
    able = {one.host: one.is_free for one in asked if one.may}
    takes = {view.name: [one for one in waiting if may_take(one.job, None, hosts.as_host(view.name, view.facts)).yes]
             for view in views if view.name in able}
    if any(is_free and not takes[host] for host, is_free in able.items()):
        return []
    return [one for one in waiting if any(one in some for some in takes.values())]


def _reasons(spool: Spool, found: Detail, asked: Sequence[Answer], ahead: Sequence[Ahead],
             disk: Sequence[Found]) -> Iterator[Found]:
    one, name = found.view, short(found.view.entry.job)
    if one.state == "held":
        yield held(spool, found.view.entry)
    elif one.state != "open":
        yield Found(one.state, {"job": name, "frames": one.frames, "count": one.failed})
    lost = {answer.host for answer in asked if not answer.alive}
    still = {answer.host for answer in asked if answer.what.code in STAND_STILL}
    at_it = [chunk for chunk in found.chunks if chunk.state == "running"]
    running, gone = [c for c in at_it if c.host not in lost | still], [c for c in at_it if c.host in lost]
    if running:
        yield Found("being-rendered", _holders(running, name))
    if stopped := [c for c in at_it if c.host in still]:
        yield Found("stands-still", _holders(stopped, name))
    if gone:
        yield Found("lost-hosts", _holders(gone, name))
    if one.state == "open":
        yield from (one for one in disk if one.code not in GUESSES)
        yield from _open(spool, found, bool(running or gone), asked, ahead)
        yield from (one for one in disk if one.code in GUESSES)
    yield from _failures(found.chunks)


def _open(spool: Spool, found: Detail, running: bool, asked: Sequence[Answer],
          ahead: Sequence[Ahead]) -> Iterator[Found]:
    waiting, name = sum(chunk.state == "waiting" for chunk in found.chunks), short(found.view.entry.job)
    if not any(one.alive for one in asked):
        yield nobody([one.host for one in asked])
    elif not waiting:
        yield from _nothing_waits(spool, found, running)
    elif not any(one.may for one in asked):
        yield Found("nobody-fits", {"chunks": waiting, "job": name})
    elif ahead:
        yield _behind(spool, found.view, ahead)
    elif any(one.is_free for one in asked):
        yield Found("next", {"chunks": waiting})
    elif any(one.what.code in answers.AT_IT for one in asked):
        yield Found("goes-on", {"chunks": waiting})
    else:
        yield Found("nobody-free", {"chunks": waiting, "job": name})


def _holders(chunks: Sequence[ChunkView], job: str) -> dict[str, object]:
    count = sum(len(frame_lists.parse(chunk.frames)) for chunk in chunks if chunk.frames)
    return {"job": job, "count": count, "hosts": sorted({chunk.host for chunk in chunks})}


def nobody(known: Sequence[str]) -> Found:
    """No computer is on."""
    return Found("no-host", {"hosts": list(known)}) if known else Found("no-host-ever")


def _nothing_waits(spool: Spool, found: Detail, running: bool) -> Iterator[Found]:
    """Nothing more is said of what stands still."""
    one = found.view
    bad = [f for c in found.chunks if c.state == "failed" and c.frames for f in frame_lists.parse(c.frames)]
    if running:
        yield Found("all-running")
    elif one.done == one.frames:
        yield Found("settling")
    elif bad:
        yield Found("all-failed", {"job": short(one.entry.job), "frames": frame_lists.text(bad)})
    elif not any(chunk.state == "running" for chunk in found.chunks):
        yield Found("frames-nowhere", {"seconds": round(12 * spool.beat)})


def _behind(spool: Spool, one: JobView, ahead: Sequence[Ahead]) -> Found:
    entry, first, share = one.entry, ahead[0], spool.rules.share
    facts = {"job": short(entry.job), "jobs": [short(one.entry.job) for one in ahead],
             "count": sum(one.waiting for one in ahead), "priority": min(100, first.entry.priority + 1)}
    others = share != "none" and turns.team(first.job, share) != turns.team(one.job, share)
    return Found("others-turn" if others and first.entry.priority == entry.priority else "behind", facts)


def _failures(chunks: Sequence[ChunkView]) -> Iterator[Found]:
    """Why chunks failed that were given up, or wait for another try: each reason once."""
    found = dict[tuple[str, str], list[ChunkView]]()
    for chunk in chunks:
        if chunk.state in ("failed", "waiting") and chunk.reason:
            found.setdefault((chunk.code, chunk.reason), []).append(chunk)
    for (code, text), some in list(found.items())[:MOST_FAILURES]:
        yield Found(code, _failed(text, some))


def _failed(text: str, some: Sequence[ChunkView]) -> Mapping[str, object]:
    frames = sorted({f for chunk in some if chunk.frames for f in frame_lists.parse(chunk.frames)})
    return {"text": text, "frames": frame_lists.text(frames), "hosts": sorted({c.host for c in some if c.host})}
