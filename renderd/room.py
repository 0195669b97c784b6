"""Is there room for one more render, and with how many threads? Fixed by `slots: N`, or found by slots.py."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psutil

from renderd.host import MB
from renderd.settings import AUTO, Settings, threads_per_slot
from renderd.slots import MB_OF_MIB, Fit, Machine, fit
from spool import recent
from spool.layout import Spool

KEEP = 5.0          # seconds that the answer for a job is kept: each reads the end of a journal
WATCH = 3.0         # seconds that cores were idle before others may use them


def idle_seconds() -> float:
    """Of all cores together, since the computer was started. What renders use at the lowest priority is not idle."""
    return float(psutil.cpu_times().idle)


@dataclass(frozen=True)
class Watched:
    """The slots that a job may have, and since when so many renders of it are looked at."""

    job: str
    slots: int
    busy: int
    since: float
    idle: float


@dataclass
class Room:
    """What renders of this daemon may take of the computer. With `auto` they are of one job at a time."""

    spool: Spool
    settings: Settings
    cores: int
    held: Callable[[], float]                   # MiB that our renders hold now
    idle: Callable[[], float] = idle_seconds
    kept: dict[str, tuple[float, Fit]] = field(default_factory=dict)
    watched: Watched | None = None

    @property
    def most(self) -> int:
        """Slots that there can ever be."""
        return self.cores if self.settings.slots == AUTO else int(self.settings.slots)

    def last(self, busy: Sequence[str]) -> str | None:
        """One more chunk may be taken: of this job, or of one that comes before it; "" of any. None: no room.

        `busy` are the jobs that are rendered now, one for each slot."""
        if self.settings.slots != AUTO or not busy:
            return ""
        self._watch(busy[0], len(busy))
        alone = len(set(busy)) == 1
        return busy[0] if alone and len(busy) < self.slots(busy[0]).slots else None

    def threads(self, job: str) -> int:
        """For a render of this job that begins now."""
        slots = self.slots(job).slots if self.settings.slots == AUTO else int(self.settings.slots)
        return threads_per_slot(self.settings, self.cores, slots)

    def slots(self, job: str) -> Fit:
        """How many slots the job gets with `auto`, and why. More only while cores are idle: on a computer that others
        use, frames get one core that would take them all."""
        found, had = self.fit(job), self.watched.slots if self.watched and self.watched.job == job else 1
        return found if found.slots <= had else Fit(had, f"{found.why}, and no other core was idle")

    def _watch(self, job: str, busy: int) -> None:
        now, idle, old = time.monotonic(), self.idle(), self.watched
        if not old or old.job != job:
            self.watched = Watched(job, 1, busy, now, idle)
        elif old.busy != busy:
            self.watched = replace(old, busy=busy, since=now, idle=idle)
        elif now - old.since >= WATCH:
            free = int((idle - old.idle) / (now - old.since) + 0.5)
            self.watched = Watched(job, min(busy + free, self.fit(job).slots), busy, now, idle)

    def fit(self, job: str) -> Fit:
        """How many slots the job could have, by cores and memory, and why."""
        if job not in self.kept or time.monotonic() - self.kept[job][0] > KEEP:
            found = fit(recent.frames(self.spool, job, self.settings.host), self._machine())
            self.kept = {job: (time.monotonic(), found)}
        return self.kept[job][1]

    def _machine(self) -> Machine:
        memory = psutil.virtual_memory()
        return Machine(self.cores, memory.total / MB, memory.available / MB, self.held() * MB_OF_MIB)

    def told(self, busy: Sequence[str]) -> dict[str, Any]:
        """For status.json, with `auto`: how many slots the job gets that is rendered, and why."""
        if self.settings.slots != AUTO or not busy:
            return {}
        found = self.slots(busy[0])
        return {"fit": {"job": busy[0], "slots": found.slots, "why": found.why}}
