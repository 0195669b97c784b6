"""Chunks that are added to a job after it was submitted: by redo, and by the farm healing itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

from filelock import FileLock, Timeout

from spool import atomic, chunk, claim, journal, trusted
from spool import frames as frame_lists
from spool.errors import BadName, Busy
from spool.job import Job
from spool.layout import STAGE_SEQ, ChunkName, Spool, parse_chunk


@contextmanager
def alone(spool: Spool, job: str, wait: float) -> Iterator[None]:
    """Nobody else adds chunks to this job meanwhile. Busy after `wait` seconds. Claiming never comes here."""
    # The mode, because filelock's own would keep out everybody but the first who used it.
    lock = FileLock(f"{spool.job(job)}/.redo.lock", timeout=wait, mode=spool.mode & 0o666)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(f"Somebody else changes {job} right now.", "Try again in a minute.") from None
    try:
        yield
    finally:
        lock.release()


def add(spool: Spool, job: Job, rounds: Mapping[int, int]) -> list[ChunkName]:
    """New chunks in todo for these frames, each with the round it is for. Only while `alone`: two callers
    would choose the same numbers."""
    seq, names = next_seq(spool, job), []
    for round, piece in _pieces(job, rounds):
        name = chunk.name_of(seq, max(3, len(str(job.chunks - 1))), piece)
        folder = f"{spool.job(job.job)}/{job.todo_folder(name.seq)}"
        atomic.make_folder(folder, spool.mode)
        atomic.replace(f"{folder}/{name}", chunk.encode(job, name, piece, round))
        names.append(name)
        seq += 1
    return names


def add_stage(spool: Spool, job: Job, stage: str, rounds: Mapping[int, int]) -> None:
    """The chunk of a stage of the whole job, in todo: its name is always the same, so there is one. Only while
    `alone`."""
    (frame, round), = rounds.items()
    name = ChunkName(STAGE_SEQ[stage], frame, frame)
    folder = f"{spool.job(job.job)}/{job.todo_folder(name.seq)}"
    atomic.make_folder(folder, spool.mode)
    atomic.replace(f"{folder}/{name}", chunk.encode(job, name, [frame], round))


def _pieces(job: Job, rounds: Mapping[int, int]) -> Iterable[tuple[int, Sequence[int]]]:
    by_round = sorted(rounds, key=lambda f: (rounds[f], f))
    for round, frames in groupby(by_round, key=lambda f: rounds[f]):
        for piece in frame_lists.chunks(list(frames), job.chunk):
            yield from ((round, part) for part in _readable(job, piece))


def _readable(job: Job, piece: Sequence[int]) -> Iterator[Sequence[int]]:
    """In halves as long as the info file would be too large: scattered frames make a long list."""
    half = len(piece) // 2
    if half and len(chunk.encode(job, chunk.name_of(0, 3, piece), piece)) > trusted.LIMIT:
        yield from _readable(job, piece[:half])
        yield from _readable(job, piece[half:])
    else:
        yield piece


def next_seq(spool: Spool, job: Job) -> int:
    """A number that no chunk of this job has had, as far as listings and journals tell."""
    listed = [*claim.waiting_chunks(spool, job), *claim.failed_chunks(spool, job.job),
              *(c.chunk for c in claim.claims(spool, job.job))]
    known = [int(n.seq) for n in listed if not n.stage]
    for event in journal.events(spool, job.job):
        try:
            name = parse_chunk(str(event.get("chunk")))
        except BadName:
            continue                    # an event of the job, not of a chunk
        known += [] if name.stage else [int(name.seq)]
    return max([job.chunks - 1, *known]) + 1
