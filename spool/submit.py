"""Put a job into the spool: whole, or not at all.

It is built as jobs/.JOB-xxxx.tmp, synced, and renamed; then its entry is made. A crash leaves a .tmp folder
(clean.py removes it), or a job without an entry, which nobody works on (check.py names it)."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

from spool import atomic, chunk, chunk_size, queue, trusted
from spool import frames as frame_lists
from spool import job as jobs
from spool.errors import BadFrames, NotWritten, SpoolError, TooMuch
from spool.job import Job
from spool.layout import JOB_FOLDERS, SEGMENT, Entry, Spool, slug

MOST_OPEN = 10_000              # open and held jobs: every daemon lists them all, again and again


class Submitted(NamedTuple):
    """A job that is in the spool, or would be."""

    entry: Entry
    job: Job
    chunks: tuple[tuple[int, ...], ...]         # the frames of each, in render order


def plan(spool: Spool, job: Job, *, priority: int = 50, hold: bool = False) -> Submitted:
    """What `submit` will do. The job gets its name here, if it has none; `job` says everything else."""
    at = datetime.now(UTC)
    named = replace(job, job=job.job or fresh_name(spool, job.name, at), created=f"{at:%Y-%m-%dT%H:%M:%SZ}")
    return plan_named(spool, named, priority=priority, hold=hold)


def fresh_name(spool: Spool, called: str, at: datetime | None = None) -> str:
    """Four characters are few for a script that sends hundreds of jobs in one second."""
    while True:
        name = f"{at or datetime.now(UTC):%Y%m%d-%H%M%S}-{slug(called)}-{os.urandom(2).hex()}"
        if not os.path.lexists(spool.job(name)):
            return name


def plan_named(spool: Spool, job: Job, *, priority: int, hold: bool) -> Submitted:
    """As `plan`, for a job that has its name."""
    frames = job.frame_list()
    if not frames:
        raise BadFrames("No frames were asked for.", "Examples: --frames 1-100   --frames 1-100x2,120")
    if not 0 <= priority <= 100:
        raise SpoolError(f"Priority {priority} is not from 0 to 100.", "50 is usual; higher renders first.")
    pieces = chunk_size.pieces(job, frames)
    named = replace(job, frames=frame_lists.text(frames), chunks=len(pieces))
    planned = Submitted(Entry("held" if hold else "queue", priority, named.job), named, tuple(map(tuple, pieces)))
    _refuse_too_much(spool, planned)
    return planned


def _refuse_too_much(spool: Spool, planned: Submitted) -> None:
    """What would be refused by whoever reads it is not written; and a script gone wild is stopped."""
    if len(_job_json(planned.job)) > trusted.JOB_LIMIT:
        raise TooMuch(f"job.json would be larger than {trusted.JOB_LIMIT:,} bytes: the list of frames is too long.",
                      "Send it in several jobs.")
    longest = max(planned.chunks, key=lambda frames: len(frame_lists.text(frames)))
    if len(chunk.encode(planned.job, chunk.name_of(0, 3, longest), longest)) > trusted.LIMIT:
        raise TooMuch(f"The info file of {len(longest):,} frames would be larger than {trusted.LIMIT:,} bytes.",
                      "Use a smaller --chunk.")
    if len(queue.entries(spool, ("queue", "held"))) >= MOST_OPEN:
        raise TooMuch(f"{spool.root} has {MOST_OPEN:,} open jobs, and cannot take more.",
                      "Cancel what nobody needs (render cancel JOB), or wait until some are done.")


def same_output(spool: Spool, found: Job) -> list[Entry]:
    """Open or held jobs that write some of the same files."""
    clash = []
    for entry in queue.entries(spool, ("queue", "held")):
        try:
            other = jobs.read(spool, entry.job)
        except (SpoolError, OSError):
            continue                    # shown as broken by `render jobs`
        if entry.job != found.job and found.output and other.output == found.output \
                and set(other.frame_list()) & set(found.frame_list()):
            clash.append(entry)
    return clash


def submit(spool: Spool, planned: Submitted, progress: Callable[[int], None] = lambda done: None) -> None:
    """The job is in the spool and open. `progress` hears how many chunks are written."""
    job = planned.job
    aside = aside_of(spool, job.job)
    try:
        build(spool, aside, planned, progress)
        if not atomic.move(aside, spool.job(job.job)):
            raise NotWritten(f"{aside} was removed while the job was built.", "Send the job again.")
        atomic.sync_folder(f"{spool.root}/jobs")
        atomic.touch(spool.folder(planned.entry.path))
    except OSError as error:
        if _is_entered(spool, planned.entry):
            return
        _take_back(spool, job.job, aside)
        raise NotWritten(f"The job cannot be written into {spool.root}: {error.strerror or error}.",
                         "Is the disk full (df -h), or your quota used up? Make room, and send the job again. If there "
                         "is room, this was late news of an earlier trouble: just send it again.") from error


def _is_entered(spool: Spool, entry: Entry) -> bool:
    """It was, and only the answer got lost."""
    try:
        return entry.name in atomic.names(spool.folder(entry.state))
    except OSError:
        return False


def _take_back(spool: Spool, job: str, aside: str) -> None:
    """What is half there must not keep a full disk full; and nobody would ever work on a job without an entry."""
    with suppress(OSError):             # it has not got that far
        atomic.move(spool.job(job), aside)
    atomic.remove_tree(aside)


def aside_of(spool: Spool, job: str) -> str:
    """Where one builder builds it: no other one has this folder."""
    return f"{spool.root}/jobs/.{job}-{os.urandom(2).hex()}.tmp"


def build(spool: Spool, aside: str, planned: Submitted, progress: Callable[[int], None] = lambda done: None,
          more: Mapping[str, bytes] = MappingProxyType({})) -> None:
    """The job's folder, whole and on the disk, under a name that nobody reads; with `more` files in it."""
    _make_folders(spool, aside, planned.job)
    _write_chunks(aside, planned.job, planned.chunks, progress)
    for name, data in {"job.json": _job_json(planned.job), **more}.items():
        atomic.write_unsynced(f"{aside}/{name}", data)
    atomic.sync_filesystem(aside)


def _job_json(job: Job) -> bytes:
    return (json.dumps(jobs.to_json(job), indent=1) + "\n").encode()


def _make_folders(spool: Spool, aside: str, job: Job) -> None:
    atomic.make_folder(aside, spool.mode)
    for name in JOB_FOLDERS:
        atomic.make_folder(f"{aside}/{name}", spool.mode)
    if job.segmented:
        for number in range(-(-job.chunks // SEGMENT)):
            atomic.make_folder(f"{aside}/todo/{number:03}", spool.mode)


def _write_chunks(aside: str, job: Job, pieces: Sequence[Sequence[int]], progress: Callable[[int], None]) -> None:
    width = max(3, len(str(len(pieces) - 1)))
    for seq, frames in enumerate(pieces):
        name = chunk.name_of(seq, width, frames)
        path = os.path.join(aside, job.todo_folder(name.seq), str(name))
        atomic.write_unsynced(path, chunk.encode(job, name, frames))
        if seq % 500 == 0:
            progress(seq)
    progress(len(pieces))
