"""What one line of Blender's stdout tells: which frame, how far, what was saved.

Blender 3.x and 4.x print `Fra:` lines; 5.x prints only `... | Saved: '...'` behind a time and a word,
so nothing but `Fra:` is looked for at the start of a line. A scene may be called ` | Sample 1/2`:
numbers count only where Blender writes them, at the start and at the end.
Source of the format: real output of Blender 3.4.1, bpy 5.0.1 and 5.2.3.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """Samples that are done in this frame, of how many."""

    done: int
    total: int


@dataclass(frozen=True)
class FrameLine:
    """Blender works on this frame. Memory in MiB, as Blender counts it (without Python and libraries)."""

    frame: int
    mem_mb: float
    peak_mb: float
    sample: Sample | None = None


@dataclass(frozen=True)
class Saved:
    """Blender says that it wrote this file. It says so on a full disk too: look at the file."""

    path: str


@dataclass(frozen=True)
class SceneSwitch:
    """`-S` found its scene."""

    name: str


@dataclass(frozen=True)
class SavedTime:
    """Seconds of wall time for the frame that was saved last, the saving included."""

    seconds: float


Event = FrameLine | Sample | Saved | SceneSwitch | SavedTime

_FRAME = re.compile(r"Fra:(-?\d+) Mem:([\d.]+)M \((?:[\d.]+M, )?Peak ([\d.]+)M\)")
_SAMPLE = re.compile(r"(?:^|[\s,])(?:Sample|Rendering) (\d+) ?/ ?(\d+)(?: samples)?\s*$")
_SAVED = re.compile(r"Saved: '(.*)'\s*$")
_SWITCH = re.compile(r"Scene switch for render: '(.*)' in file: '")
_TIME = re.compile(r"(?:^|\| )\s*Time: ([\d:.]+) \(Saving: ")


def parse(line: str) -> Event | None:
    """What the line tells, or None. Bytes that are not UTF-8 arrive as surrogates and stay so."""
    if found := _FRAME.match(line):
        return FrameLine(int(found[1]), _number(found[2]), _number(found[3]), _sample(line))
    if found := _SAVED.search(line):
        return Saved(found[1])
    if found := _SWITCH.search(line):
        return SceneSwitch(found[1])
    if found := _TIME.search(line):
        return SavedTime(seconds(found[1]) or 0.0)
    return _sample(line)


def seconds(clock: str) -> float | None:
    """Seconds in `MM:SS.ff` or `HH:MM:SS.ff`; None when it is neither."""
    parts = clock.strip().split(":")
    if not 2 <= len(parts) <= 3 or not all(re.fullmatch(r"\d{1,9}(\.\d{1,9})?", p, re.ASCII) for p in parts):
        return None
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return round(total, 3)


def _sample(line: str) -> Sample | None:
    found = _SAMPLE.search(line)
    return Sample(int(found[1]), int(found[2])) if found else None


def _number(text: str) -> float:
    return float(text) if text.count(".") < 2 and text != "." else 0.0
