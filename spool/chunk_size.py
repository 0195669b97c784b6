"""How large chunks are: so many frames, or (`--chunk auto`) as many as last about so many seconds.

    submit      single frames first, which show early what is wrong; between them chunks of the bound
    a claimer   keeps what lasts about `chunk_seconds`, towards the end of the job less, and puts the rest back at
                once (tail.py)

Pure: nothing here touches a disk."""

from collections.abc import Sequence
from itertools import pairwise

from spool import frames as frame_lists
from spool.job import Job

BOUND = 100             # frames in a chunk of `auto` at most
UNKNOWN = 2             # frames as long as none has told its time
GROWTH = 2              # times as many as have told theirs: one quick frame promises nothing for a hundred
NEWEST = 10             # frames that tell how long the next will take: a film has heavy stretches
PARTS = 2               # hosts are not equally fast: who takes half of an even part of the rest ends before the others
APART = 50              # frames for each of those that `probe` sends alone: they part what a chunk may be
LEAST = 10.0            # seconds of work that are worth a chunk of their own


def pieces(job: Job, frames: Sequence[int]) -> list[list[int]]:
    """The frames (ascending) of each chunk of a new job, in render order."""
    alike = frame_lists.chunks(frames, job.chunk)           # refuses what would be too many
    if not job.chunk_seconds:
        return frame_lists.ordered(alike, job.order)
    alone = frame_lists.ordered(range(len(frames)), job.order)[:frame_lists.probes(len(frames), job.order, APART)]
    rest = [piece for stretch in _between(alone, frames) for piece in frame_lists.chunks(stretch, job.chunk)]
    return [*([frames[at]] for at in alone), *_spread(rest, job.order)]


def _between(alone: Sequence[int], frames: Sequence[int]) -> list[Sequence[int]]:
    """The stretches that these places part: so no chunk reaches over a frame of another one."""
    walls = [-1, *sorted(alone), len(frames)]
    return [frames[left + 1:right] for left, right in pairwise(walls) if left + 1 < right]


def _spread(rest: list[list[int]], order: str) -> list[list[int]]:
    return frame_lists.ordered(rest, "bisect" if order == "bisect" else "linear")


def keep(times: Sequence[float], job: Job, waiting: int = 0, at_work: int = 1) -> int:
    """How many frames a claimer keeps; `times` are the seconds that the newest ones took, the newest last.

    Of what is `waiting`, with what it has just taken, it keeps so little that the others, who are `at_work` too, will
    not have to wait for it."""
    assert job.chunk_seconds
    if not times:
        return min(UNKNOWN, job.chunk)
    from statistics import median  # which takes long to load, and only claimers come here

    usual = max(median(times[-NEWEST:]), 0.001)
    lasting = job.chunk_seconds / usual
    part = waiting / (PARTS * at_work) if at_work > 1 else job.chunk
    return max(1, int(min(lasting, GROWTH * len(times), job.chunk, max(part, LEAST / usual))))
