"""Render times as bars: the geometry of a small SVG, in whole units of its viewBox."""

from collections.abc import Container, Mapping
from typing import Any

WIDTH, HEIGHT = 960, 160
MOST = 160                  # bars; longer shots have several frames in a bar, which shows the slowest of them


def bars(seconds: Mapping[int, float], slow: Container[int] = ()) -> dict[str, Any]:
    """Of each frame, or each few, a bar; empty without a time. Bars that hold a slow frame say so."""
    frames = sorted(seconds)
    if not frames:
        return {"width": WIDTH, "height": HEIGHT, "each": 0, "top": 0.0, "bars": []}
    each = -(-len(frames) // MOST)
    groups = [frames[at:at + each] for at in range(0, len(frames), each)]
    top = max(seconds.values())
    wide = WIDTH / len(groups)
    drawn = [_bar(group, seconds, top, round(at * wide), round((at + 1) * wide)) | {
             "slow": any(frame in slow for frame in group)} for at, group in enumerate(groups)]
    return {"width": WIDTH, "height": HEIGHT, "each": each, "top": top, "bars": drawn}


def _bar(group: list[int], seconds: Mapping[int, float], top: float, left: int, right: int) -> dict[str, Any]:
    slowest = max(seconds[frame] for frame in group)
    high = max(1, round(HEIGHT * slowest / top)) if top > 0 else 1
    return {"first": group[0], "last": group[-1], "seconds": slowest, "x": left, "y": HEIGHT - high,
            "width": max(1, right - left - 1), "height": high}
