"""The frames of a job in one or a few lines: a sign for each, or for each few."""

from collections.abc import Mapping, Sequence

from render_cli import ink
from spool import frames as frame_lists
from spool import journal
from spool.layout import Spool
from spool.view import Detail

LINES = 3
_SIGNS = {"failed": "failed", "running": "part", "waiting": "wait", "done": "full"}
_COLOURS = {"failed": "failed", "running": "rendering", "waiting": "", "done": "done"}
_WORST_FIRST = ("failed", "running", "waiting", "done")


def states(spool: Spool, found: Detail) -> dict[int, str]:
    """Of each frame, ascending: done, or what became of its chunk; waiting if it is in none."""
    rounds = journal.wanted_rounds(spool, found.view.job)
    state = dict.fromkeys(sorted(rounds), "waiting")
    for word in ("running", "failed"):
        for chunk in (c for c in found.chunks if c.state == word and c.frames):
            state.update(dict.fromkeys(frame_lists.parse(chunk.frames), word))
    ready = [f for f, wanted in rounds.items() if f in found.per_frame and found.per_frame[f].round >= wanted]
    return state | dict.fromkeys(ready, "done")


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
    """The worst of the group: one failed frame in a hundred must be seen."""
    word = min((state[f] for f in group), key=_WORST_FIRST.index)
    return ink.paint(ink.sign(_SIGNS[word]), _COLOURS[word])


def _legend(state: Mapping[int, str], each: int) -> str:
    seen = [w for w in reversed(_WORST_FIRST) if w in set(state.values())]
    text = "  ".join(f"{ink.sign(_SIGNS[w])} {w}" for w in seen)
    return text + (f"  ({each} frames a sign, the worst of them)" if each > 1 else "")
