"""Give the end of a claim away: others take it from todo, and the claim goes on with the rest.

    running/003.0021-0030@W.2 --cut--> todo/003.0025-0027, todo/003.0028-0030, running/003.0021-0024@W.2

Invariants
  1. The tail waits, on the disk, before the claim is shortened. So every frame is in a chunk at any moment.
  2. A name says which frames of its info file count. So shortening is one rename, and only the owner does it.
  3. SEQ, tries, hosts to avoid and losses stay: the tail has the past of the chunk that it was part of.

What a crash leaves behind: the tail, or a part of it, in todo, and the whole claim. Its frames are in two chunks then:
whoever comes second finds them published. Nobody needs to clean that. Who sleeps between the look at its claim and
the tail may put that into a job that is done since: it lies there, and no frame is missing.
"""

from collections.abc import Sequence
from itertools import pairwise

from spool import atomic, chunk, claim, command
from spool.claim import Claim
from spool.layout import Spool


def divisible(given: Claim) -> bool:
    """Can somebody else render a part of it? Not where a person edited the info file, nor where the command does
    not say which frames it renders."""
    job, info = given.job, given.info
    known = command.names_frames(job.template) and info.output == job.output
    return not info.stage and not job.one_file and known and chunk.as_written(job, info)


def cut(spool: Spool, given: Claim, keep: Sequence[int], pieces: int) -> Claim | None:
    """The claim with only the frames of `keep`, the first of its own; the others wait in todo, in so many pieces.

    None if it was taken from us; then what we put into todo is rendered twice at worst. The claim as it is if
    nothing is left to give, or if it is not `divisible`. Of a claim that was begun the journal
    has its `taken`; there the caller writes `cut`."""
    frames = given.info.frames
    if not keep or tuple(keep) != frames[:len(keep)]:
        raise ValueError(f"{keep} is no beginning of {frames}")
    if len(keep) == len(frames) or not divisible(given):
        return given
    if not claim.ours(spool, given):    # a done job must not get a chunk from who was declared dead
        return None
    for piece in _split(frames[len(keep):], pieces):
        _wait(spool, given, piece)
    return _shortened(spool, given, keep[-1])


def _split(frames: Sequence[int], pieces: int) -> list[Sequence[int]]:
    """As even as can be."""
    count = max(1, min(pieces, len(frames)))
    edges = [len(frames) * at // count for at in range(count + 1)]
    return [frames[start:end] for start, end in pairwise(edges)]


def _wait(spool: Spool, given: Claim, frames: Sequence[int]) -> None:
    """If a chunk of this name waits already, it is the same one: this cut was begun before."""
    name = given.name.chunk._replace(first=frames[0], last=frames[-1])
    folder = f"{spool.job(given.job.job)}/{given.job.todo_folder(name.seq)}"
    atomic.make_folder(folder, spool.mode)          # it was empty, and somebody tidied up
    atomic.replace(f"{folder}/{name}", chunk.encode(given.job, name, frames, given.info.round))


def _shortened(spool: Spool, given: Claim, last: int) -> Claim | None:
    name = given.name._replace(chunk=given.name.chunk._replace(last=last))
    there = f"{spool.running(given.job.job)}/{name}"
    return given._replace(name=name, path=there) if atomic.move(given.path, there) else None
