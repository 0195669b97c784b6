"""What the frames of one program used: seconds, seconds of CPU, memory."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from renderd.process import peak_mb
from spool.journal import amount

TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _CSTIME = 11, 14        # of proc(5), from the state on: user and system time, own and of children that ended


class Used(NamedTuple):
    """By one frame: seconds, seconds of CPU, and the most MiB that its program has held so far; None: not known.

    `rested`: seconds that it stood still meanwhile; they do not count in `wall`."""

    wall: float
    cpu: float | None
    peak: float | None
    rested: float = 0.0


@dataclass
class Meter:
    """Since the frame before. Without `counted` the program begins: its first frame is no measure."""

    since: float = field(default_factory=lambda: time.monotonic())
    counted: float | None = None        # CPU seconds at `since`
    cpu: float | None = None            # at the last look
    peak: float | None = None           # MiB, at the last look
    rested: float = 0.0                 # seconds since then that it stood still

    def rest(self, seconds: float) -> None:
        """It stood still so long: that is no time of the frame."""
        self.since, self.rested = self.since + seconds, self.rested + seconds

    def look(self, pid: int) -> None:
        """Now and then, as a program that has ended cannot be asked any more."""
        self.cpu, self.peak = cpu_seconds(pid) or self.cpu, peak_mb(pid) or self.peak

    def frame(self, pid: int, share: int = 1) -> Used:
        """Of a frame that has just ended; of so many that ended together, its share."""
        self.look(pid)
        wall = max(0.0, time.monotonic() - self.since) / share
        cpu = None if self.counted is None or self.cpu is None else max(0.0, self.cpu - self.counted) / share
        self.since, self.counted = self.since + wall, self.cpu if cpu is None else (self.counted or 0.0) + cpu
        rested, self.rested = self.rested, 0.0
        return Used(wall, cpu, self.peak, rested)

    def told(self, event: Mapping[str, Any]) -> Used:
        """Of a frame that a Blender has just written, which told what it used: that is exact, and asks nobody."""
        began, self.since, self.peak = self.since, time.monotonic(), amount(event, "peak_mb") or self.peak
        seconds, rested, self.rested = amount(event, "seconds"), self.rested, 0.0
        wall = self.since - began if seconds is None else max(0.0, seconds - rested)    # it does not know of the rest
        return Used(wall, amount(event, "cpu"), self.peak, rested)


def cpu_seconds(pid: int) -> float | None:
    """What the program and all that it started have used so far; None once it has ended."""
    ticks, others = _of(pid)
    if ticks is None:
        return None
    while others:
        more, its = _of(others.pop())
        ticks, others = ticks + (more or 0), others + its
    return ticks / TICKS


def _of(pid: int) -> tuple[int | None, list[int]]:
    """Ticks of CPU of one process, None once it has ended; and those that it started."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file, open(f"/proc/{pid}/task/{pid}/children", "rb") as started:
            stat, children = file.read(), started.read().split()
    except OSError:
        return None, []
    own = stat[stat.rindex(b")") + 2:].split()[_UTIME:_CSTIME + 1]      # a program may be called anything, also ") 1"
    return sum(map(int, own)), [int(child) for child in children]
