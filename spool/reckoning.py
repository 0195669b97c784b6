"""What was rendered, summed up from the journals: by job, file, owner, host or day. Only reads; one pass, in little
memory. Times of day are those of the hosts' clocks, UTC."""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from spool import job as jobs
from spool import journal, queue
from spool.errors import SpoolError
from spool.job import Job
from spool.journal import amount
from spool.layout import Spool

BY = ("job", "file", "owner", "host", "day")


class Frame(NamedTuple):
    """One frame that was rendered once, slowest first in a sorted list."""

    seconds: float
    frame: int
    job: str
    host: str
    blend: str
    wall: float | None
    cpu: float | None
    peak_mb: float | None


@dataclass
class Sum:
    """Of everything with one key."""

    key: str
    frames: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    failures: int = 0
    joules: float | None = None         # None: no host that rendered them could tell
    measured: int = 0                   # frames whose joules are known
    jobs: set[str] = field(default_factory=set)

    @property
    def mean(self) -> float:
        return self.seconds / self.frames if self.frames else 0.0

    def frame(self, event: Mapping[str, Any], job: str) -> None:
        self.frames += 1
        self.jobs.add(job)
        self.seconds += amount(event, "seconds") or 0.0
        self.cpu += amount(event, "cpu") or 0.0
        self.peak_mb = max(self.peak_mb, amount(event, "peak_mb") or 0.0)
        joules = amount(event, "joules")
        if joules is not None:
            self.joules, self.measured = (self.joules or 0.0) + joules, self.measured + 1

    def failure(self, job: str) -> None:
        self.failures += 1
        self.jobs.add(job)


@dataclass
class Reckoning:
    """All of it. `first` and `last` are the times of the oldest and newest line that counted, "" if there is none."""

    total: Sum
    rows: list[Sum]
    slowest: list[Frame]
    medians: Mapping[str, float]        # of the jobs of the slowest: the middle of their seconds
    first: str = ""
    last: str = ""
    oldest: str = ""                    # the oldest line of all journals that are there
    hosts: set[str] = field(default_factory=set)


@dataclass
class _Book:
    by: str
    since: str
    top: int
    total: Sum = field(default_factory=lambda: Sum("total"))
    sums: dict[str, Sum] = field(default_factory=dict)
    slow: list[Frame] = field(default_factory=list)     # a heap, the quickest on top
    medians: dict[str, float] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    oldest: str = ""
    hosts: set[str] = field(default_factory=set)


def reckon(spool: Spool, by: str, since: str = "", top: int = 10) -> Reckoning:
    """The sums by one of BY, longest first; only lines from `since` (UTC, as journals write it) on."""
    book = _Book(by, since, top)
    for job in _jobs(spool):
        seconds: list[float] = []
        for event in journal.events(spool, job.job):
            _note(book, job, event, seconds)
        if seconds:
            book.medians[job.job] = sorted(seconds)[len(seconds) // 2]
    slow = sorted(book.slow, reverse=True)
    rows = sorted(book.sums.values(), key=lambda one: (one.key if by == "day" else -one.seconds, one.key))
    return Reckoning(book.total, rows, slow, {f.job: book.medians[f.job] for f in slow}, book.first, book.last,
                     book.oldest, book.hosts)


def _jobs(spool: Spool) -> Iterator[Job]:
    """Those that can be read, of every state."""
    for name in sorted({entry.job for entry in queue.entries(spool)}):
        with suppress(SpoolError, OSError):
            yield jobs.read(spool, name)


def _note(book: _Book, job: Job, event: Mapping[str, Any], seconds: list[float]) -> None:
    at, kind = str(event.get("t", "")), event["event"]
    if at and (not book.oldest or at < book.oldest):
        book.oldest = at
    if kind not in ("frame", "failed", "lost") or at < book.since or event.get("kept"):     # kept: not rendered here
        return
    book.first, book.last = min(book.first or at, at), max(book.last, at)
    book.hosts.add(event["host"])
    for one in (book.total, _sum(book, _key(book.by, job, event, at))):
        if kind == "frame":
            one.frame(event, job.job)
        else:
            one.failure(job.job)
    if kind == "frame":
        _note_slow(book, job, event, seconds)


def _sum(book: _Book, key: str) -> Sum:
    return book.sums.setdefault(key, Sum(key))


def _key(by: str, job: Job, event: Mapping[str, Any], at: str) -> str:
    match by:
        case "file":
            return job.blend or job.program
        case "owner":
            return job.owner
        case "host":
            return str(event["host"])
        case "day":
            return at[:10]
    return job.job


def _note_slow(book: _Book, job: Job, event: Mapping[str, Any], seconds: list[float]) -> None:
    took, number = amount(event, "seconds"), event.get("frame")
    if took is None or type(number) is not int:
        return
    seconds.append(took)
    frame = Frame(took, number, job.job, str(event["host"]), job.blend, amount(event, "wall"), amount(event, "cpu"),
                  amount(event, "peak_mb"))
    if len(book.slow) < book.top:
        heapq.heappush(book.slow, frame)
    elif book.slow and frame > book.slow[0]:
        heapq.heapreplace(book.slow, frame)


def advice(frame: Frame, median: float, cores: int | None, memory_mb: float | None) -> str:
    """What to look at to make it quicker: one sentence, from what the journal holds; "" if nothing stands out."""
    used = frame.cpu / frame.wall if frame.cpu is not None and frame.wall else None
    if memory_mb and frame.peak_mb and frame.peak_mb > 0.7 * memory_mb:
        return f"{frame.peak_mb / 1024:.1f} GB of the {memory_mb / 1024:.1f} GB of {frame.host}: smaller textures, " \
               "fewer subdivisions"
    if frame.wall and frame.wall > 10 and frame.seconds < frame.wall / 2:
        return f"only {frame.seconds:.0f} of {frame.wall:.0f} s were rendering: modifiers, particles, textures; " \
               "bake them, or make them smaller"
    if used is not None and frame.wall and frame.wall > 10 and cores and cores > 1 and used < cores / 3:
        return f"{used:.1f} of {cores} cores were busy: simulations and modifiers run on one; bake them"
    if median and frame.seconds > 3 * median:
        return f"{frame.seconds / median:.0f} x the middle of its job: what comes into view here (hair, glass, smoke)?"
    return ""
