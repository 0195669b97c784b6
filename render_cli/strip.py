"""The frames of a job in one or a few lines: a sign for each, or for each few."""

from collections.abc import Mapping, Sequence

from render_cli import ink
from spool import job_facts

LINES = 3
_SIGNS = {"failed": "failed", "running": "part", "waiting": "wait", "done": "full"}
_COLOURS = {"failed": "failed", "running": "rendering", "waiting": "", "done": "done"}


def lines(state: Mapping[int, str], width: int) -> list[str]:
    """At most three lines of `width` signs, each behind its first frame; then what a sign means."""
    frames = list(state)
    each = -(-len(frames) // (width * LINES))           # frames in one sign
    groups = [frames[at:at + each] for at in range(0, len(frames), each)]
    rows = [groups[at:at + width] for at in range(0, len(groups), width)]
    pad = len(str(frames[-1]))
    drawn = [f"{row[0][0]:>{pad}} {''.join(_sign(state, g) for g in row)} {row[-1][-1]}" for row in rows]
    return [*drawn, _legend(state, each)]


def _sign(state: Mapping[int, str], group: Sequence[int]) -> str:
    word = job_facts.worst([state[f] for f in group])
    return ink.paint(ink.sign(_SIGNS[word]), _COLOURS[word])


def _legend(state: Mapping[int, str], each: int) -> str:
    seen = [w for w in reversed(job_facts.WORST_FIRST) if w in set(state.values())]
    text = "  ".join(f"{ink.sign(_SIGNS[w])} {w}" for w in seen)
    return text + (f"  ({each} frames a sign, the worst of them)" if each > 1 else "")
