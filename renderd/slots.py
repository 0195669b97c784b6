"""How many slots a job gets on this computer with `slots: auto`, by what its frames used here so far.

    one slot with all cores --its frames use about one core--> as many slots as cores and memory allow

Pure: nothing here touches a disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from spool.journal import amount

ONE_CORE = 1.5          # CPU seconds in a second of rendering, below which more threads do not help
KNOWN = 2               # frames from which on they tell something
NEWEST = 8              # frames that count: a film has heavy stretches
LEFT = 0.1              # part of the memory that is left to others, and
LEFT_MB = 1000          # the least of it
MB_OF_MIB = 1.048576


@dataclass(frozen=True)
class Machine:
    """What there is. Memory in MB; `held_mb` is what renders of ours hold of it now."""

    cores: int
    memory_mb: float
    free_mb: float
    held_mb: float = 0.0


@dataclass(frozen=True)
class Fit:
    """So many slots, and why: the end of a sentence for people."""

    slots: int
    why: str


@dataclass(frozen=True)
class _Use:
    """What a frame used."""

    cores: float
    memory_mb: float


def fit(frames: Sequence[Mapping[str, Any]], machine: Machine) -> Fit:
    """`frames` are the journal's lines of this computer's newest frames of the job, the newest last."""
    used = [use for frame in frames if (use := _use(frame))][-NEWEST:]
    if machine.cores < 2:
        return Fit(1, "it has one core")
    if len(used) < KNOWN:
        return Fit(1, "too few of its frames have told how many cores they use there")
    cores, each = median(use.cores for use in used), max(use.memory_mb for use in used)
    why = f"its frames use {cores:.1f} of {machine.cores} cores each"
    if cores >= ONE_CORE:
        return Fit(1, why)
    room = _room(machine, each)
    if room < machine.cores:
        return Fit(room, f"{why}, and there is memory for {room} of {each:,.0f} MB")
    return Fit(machine.cores, why)


def _use(frame: Mapping[str, Any]) -> _Use | None:
    cpu, wall, peak = (amount(frame, name) for name in ("cpu", "wall", "peak_mb"))
    return _Use(cpu / wall, peak * MB_OF_MIB) if cpu is not None and wall and peak else None


def _room(machine: Machine, each: float) -> int:
    """Renders of this size. What ours hold already counts as free: a render that begins has not taken its own yet."""
    left = max(LEFT_MB, LEFT * machine.memory_mb)
    return max(1, int((machine.free_mb + machine.held_mb - left) / each))
