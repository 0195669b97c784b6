"""What programs and people are told of a job, the same on every page and in every --json (docs/CLI.md)."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from spool import frames as frame_lists
from spool import queue
from spool.layout import Entry
from spool.view import Detail

WORST_FIRST = ("failed", "running", "waiting", "done")


def summary(found: Detail) -> dict[str, Any]:
    """One object of `render jobs --json`."""
    one, job = found.view, found.view.job
    return {"job": job.job, "name": job.name, "state": one.state, "priority": one.entry.priority, "owner": job.owner,
            "frames": one.frames, "done": one.done, "failed": one.failed, "running": one.running,
            "blend": job.blend, "scene": job.scene, "output": job.output, "created": job.created,
            "hosts": hosts(found), "warning": one.warning, "broken": ""}


def broken(entry: Entry, error: Exception | str) -> dict[str, Any]:
    """A job whose files cannot be read: the same keys, and the reason."""
    return {"job": entry.job, "name": entry.job, "state": queue.WORDS.get(entry.state, entry.state),
            "priority": entry.priority, "owner": "", "frames": 0, "done": 0, "failed": 0, "running": 0, "blend": "",
            "scene": "", "output": "", "created": "", "hosts": [], "warning": "", "broken": str(error)}


def hosts(found: Detail) -> list[str]:
    """Who renders it now."""
    return sorted({chunk.host for chunk in found.chunks if chunk.state == "running"})


def frame_states(found: Detail) -> dict[int, str]:
    """Of each frame, ascending: done, or what became of its chunk; waiting if it is in none."""
    state = dict.fromkeys(sorted(found.rounds), "waiting")
    for word in ("running", "failed"):
        for chunk in (c for c in found.chunks if c.state == word and c.frames):
            state.update(dict.fromkeys(frame_lists.parse(chunk.frames), word))
    return state | dict.fromkeys(found.ready(), "done")


def strip(state: Mapping[int, str], most: int) -> list[tuple[str, int]]:
    """The frames in at most so many signs, each the worst of its group, and equal neighbours as (word, signs)."""
    words, runs = list(state.values()), list[tuple[str, int]]()
    each = -(-len(words) // most) or 1
    for at in range(0, len(words), each):
        word = worst(words[at:at + each])
        if runs and runs[-1][0] == word:
            runs[-1] = (word, runs[-1][1] + 1)
        else:
            runs.append((word, 1))
    return runs


def worst(words: Sequence[str]) -> str:
    """One failed frame in a hundred must be seen."""
    return min(words, key=WORST_FIRST.index)


def time_left(found: Detail) -> float | None:
    """Seconds until it is done if all goes on as now; None while nobody renders it, or no frame told its time.

    The middle of all times and not their mean: one frame that took an hour says nothing of the others."""
    one = found.view
    slots = sum(chunk.state == "running" for chunk in found.chunks)
    times = [done.seconds for done in found.per_frame.values() if done.seconds is not None]
    if one.state not in ("open", "held") or not slots or not times:
        return None
    return median(times) * (one.waiting + one.running) / slots
