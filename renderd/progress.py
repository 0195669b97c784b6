"""What one line of Blender's stdout tells: which frame, what was saved, or that it is only news of the render.

Blender 3.x and 4.x print `Fra:` lines; 5.x prints only `... | Saved: '...'` behind a time and a word,
so nothing but `Fra:` is looked for at the start of a line. A scene may be called ` | Sample 1/2`:
numbers count only where Blender writes them, at the start and at the end.
Source of the format: real output of Blender 3.4.1, bpy 5.0.1 and 5.2.3.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class FrameLine:
    """Blender works on this frame."""

    frame: int


@dataclass(frozen=True)
class Saved:
    """Blender says that it wrote this file. It says so on a full disk too: look at the file."""

    path: str


@dataclass(frozen=True)
class News:
    """How far the render is: nothing that could be wrong."""


Event = FrameLine | Saved | News

_FRAME = re.compile(r"Fra:(-?\d+) Mem:[\d.]+M \((?:[\d.]+M, )?Peak [\d.]+M\)")
_SAVED = re.compile(r"Saved: '(.*)'\s*$")
_NEWS = re.compile(r"Scene switch for render: '.*' in file: '|(?:^|\| )\s*Time: [\d:.]+ \(Saving: "
                   r"|(?:^|[\s,])(?:Sample|Rendering) \d+ ?/ ?\d+(?: samples)?\s*$")


def parse(line: str) -> Event | None:
    """What the line tells, or None. Bytes that are not UTF-8 arrive as surrogates and stay so."""
    if found := _FRAME.match(line):
        return FrameLine(int(found[1]))
    if found := _SAVED.search(line):
        return Saved(found[1])
    return News() if _NEWS.search(line) else None


def seconds(clock: str) -> float | None:
    """Seconds in `MM:SS.ff` or `HH:MM:SS.ff`; None when it is neither."""
    parts = clock.strip().split(":")
    if not 2 <= len(parts) <= 3 or not all(re.fullmatch(r"\d{1,9}(\.\d{1,9})?", p, re.ASCII) for p in parts):
        return None
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return round(total, 3)
