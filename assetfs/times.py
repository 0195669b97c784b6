"""How long the frames of an asset took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

KEPT = 10               # times of a frame; older ones are forgotten
NAMED = 5               # slowest frames that are named

RenderTime = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Times:
    """Of the newest render of each frame, in seconds."""

    frames: int
    total: float
    mean: float
    median: float
    fastest: tuple[str, float]
    slowest: tuple[tuple[str, float], ...]      # the slowest first


def times(render_time: RenderTime) -> Times | None:
    """None if nothing was rendered yet."""
    newest = [(frame, seconds[-1]) for frame, seconds in render_time.items() if seconds]
    if not newest:
        return None
    by_time = sorted(newest, key=lambda pair: (-pair[1], frame_order(pair[0])))
    each = [seconds for _, seconds in newest]
    fastest = min(newest, key=lambda pair: (pair[1], frame_order(pair[0])))
    return Times(len(each), sum(each), fmean(each), median(each), fastest, tuple(by_time[:NAMED]))


def merge(render_time: RenderTime, newer: Mapping[str, float]) -> dict[str, list[float]]:
    """With one newer time for each of these frames, in the order of the frames. The same time again changes nothing,
    so that a journal may be read twice."""
    merged = {frame: list(seconds) for frame, seconds in render_time.items()}
    for frame, seconds in newer.items():
        taken, had = round(float(seconds), 2), merged.setdefault(frame, [])
        if taken not in had:
            merged[frame] = [*had, taken][-KEPT:]
    return {frame: merged[frame] for frame in sorted(merged, key=frame_order)}


def frame_order(frame: str) -> tuple[bool, int, str]:
    """9 before 10, and the names of what has no number last."""
    number = frame.removeprefix("-").isdecimal() and frame.isascii() and len(frame) < 12
    return not number, int(frame) if number else 0, frame
