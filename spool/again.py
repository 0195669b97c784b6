"""Frames once more: chunks that failed, and frames that somebody wants anew."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime

from spool import added, atomic, chunk, claim, journal, queue, trusted
from spool import frames as frame_lists
from spool.errors import BadFile, BadFrames, SpoolError, TooMuch, WrongState
from spool.job import Job
from spool.layout import ChunkName, Entry, Spool

MOST_REDOS = 1000       # each has a file that is read with every look at the job
LOCK_WAIT = 20      # seconds; for two people at once. Claiming never comes here


def retry(spool: Spool, entry: Entry, job: Job) -> list[ChunkName]:
    """The failed chunks of the job are in todo, with all their tries; the job is open.

    An info file that makes no sense is written anew from job.json."""
    names = [name for name in claim.failed_chunks(spool, job.job) if name.stage != "error"]
    if not names and entry.state != "failed":
        raise WrongState(f"Nothing failed in {job.job}.", "To render frames anew: render redo JOB --frames 5-9")
    with added.alone(spool, job.job, LOCK_WAIT):
        _forget(spool, job, ["error"])      # they are run again should it fail again
        for name in names:                  # before the entry: an open job with failed chunks only would be
            _wait_again(spool, job, name)   # found failed again at once
    if entry.state in ("failed", "trash"):
        queue.move(spool, entry, "queue")
    return names


def _wait_again(spool: Spool, job: Job, name: ChunkName) -> None:
    source = f"{spool.failed(job.job)}/{name}"
    target = f"{spool.job(job.job)}/{job.todo_folder(name.seq)}/{name.fresh()}"
    try:
        chunk.decode(source, trusted.read(source, of=spool), name)
    except FileNotFoundError:
        return                          # somebody else retries it
    except SpoolError:
        _mend(spool, job, name, source)
    atomic.hand_over(source, target)


def _forget(spool: Spool, job: Job, stages: Sequence[str]) -> None:
    """Chunks of these stages that failed are no more."""
    for name in claim.failed_chunks(spool, job.job):
        if name.stage in stages:
            atomic.drop(f"{spool.failed(job.job)}/{name}")


def _mend(spool: Spool, job: Job, name: ChunkName, path: str) -> None:
    """Written anew where it is, so that it is in one folder after a crash too."""
    rounds = journal.wanted_rounds(spool, job)
    frames = [f for f in rounds if name.first <= f <= name.last]
    if not frames or os.path.isdir(path):
        raise BadFile(f"{path} is no chunk of {job.job}.", "Somebody put it there: remove it.")
    # One round for all: a later one than was asked for counts as well.
    atomic.replace(path, chunk.encode(job, name.fresh(), frames, max(rounds[f] for f in frames)))


def redo(spool: Spool, entry: Entry, job: Job, frames: Sequence[int]) -> list[ChunkName]:
    """New chunks for frames of the job, to be rendered although they are there. The job is open.

    The old pictures stay until the new ones replace them."""
    check_frames(job, frames)
    frames = job.frame_list() if job.one_file else frames       # a film is rendered anew as a whole
    with added.alone(spool, job.job, LOCK_WAIT):
        round, note = _note(spool, job, frames)
        _reopen(spool, entry)
        atomic.replace(f"{spool.job(job.job)}/redo/{round:03}-{os.urandom(2).hex()}.json", note)
        names = added.add(spool, job, dict.fromkeys(frames, round))
        _forget(spool, job, ["end", "error"])       # they are run anew when these frames are there
        # Between reopening and the note a daemon may have found every frame there.
        for closed in queue.entries(spool, ("done", "failed")):
            if closed.job == job.job:
                queue.move(spool, closed, "queue")
    return names


def _note(spool: Spool, job: Job, frames: Sequence[int]) -> tuple[int, bytes]:
    """The next round, and what its note says. TooMuch for a note that nobody would read."""
    rounds = [round for round, _ in journal.redos(spool, job.job)]
    round = 1 + max(rounds, default=0)
    note = {"round": round, "frames": frame_lists.text(frames), "t": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    data = json.dumps(note).encode()
    if len(rounds) >= MOST_REDOS:
        raise TooMuch(f"{job.job} was redone {MOST_REDOS} times.", "Send it as a new job: render add")
    if len(data) > trusted.LIMIT:
        raise TooMuch(f"The list of {len(frames):,} frames is longer than {trusted.LIMIT:,} bytes.",
                      "Redo them in several steps.")
    return round, data


def check_frames(job: Job, frames: Sequence[int]) -> None:
    strange = sorted(set(frames) - set(job.frame_list()))
    if not frames or strange:
        raise BadFrames(f"{frame_lists.text(strange) or 'No frame'} is not in {job.frames}, the frames of {job.job}.",
                        "Send other frames as a new job: render add --frames ...")


def _reopen(spool: Spool, entry: Entry) -> None:
    if entry.state not in ("queue", "held"):
        queue.bring(spool, entry, "queue")
