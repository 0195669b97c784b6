"""Take a chunk, and hand it back.

    todo ---take---> running ---finish---> (gone; the journal has it)
      ^                |  |
      +----release-----+  +-----fail-----> failed

Invariants
  1. A chunk is one file. The folder it lies in is its state.
  2. It is in exactly one folder, after every crash, because one rename moves it.
  3. running/NAME@INCARNATION.SLOT is moved by that incarnation alone, until it has no
     beat (see beats.py); then by whoever gets there first.

What a crash leaves behind: a file in running/ that nobody works on (see orphans.py).
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from spool import atomic, chunk, trusted
from spool.chunk import Info
from spool.errors import BadName, SpoolError
from spool.job import Job, todo_folders
from spool.layout import ChunkName, ClaimName, Incarnation, Spool, parse_chunk, parse_claim

KEEP_NAMES = 64             # names used of one listing: others take from the same folder
KEEP_SECONDS = 1.0          # then a listing is looked at again: a chunk may have come back
SPREAD = 32                 # how far from the first name a claimer looks when others are at it too


@dataclass(frozen=True)
class Claim:
    """A chunk that is ours."""

    job: Job
    name: ClaimName
    info: Info

    def path(self, spool: Spool) -> str:
        return f"{spool.running(self.job.job)}/{self.name}"


@dataclass
class Waiting:
    """A listing of the chunks that wait in one job, kept and consumed.

    In the order of the names as long as nobody else takes; after a lost race spread over the next few."""

    paths: list[str] = field(default_factory=list)      # the last is the next
    used: int = 0
    listed: float = 0.0
    spread: int = 1
    segment: int = 0

    def worn(self) -> bool:
        return self.used >= KEEP_NAMES or time.monotonic() - self.listed > KEEP_SECONDS

    def look(self, spool: Spool, job: Job) -> None:
        """List again. Of many segments the first that is not empty, from where the last look ended."""
        folders = todo_folders(spool, job)
        order = range(self.segment, self.segment + len(folders))
        self.used, self.listed, self.paths = 0, time.monotonic(), []
        for at in order:
            folder = folders[at % len(folders)]
            if found := sorted(atomic.names(folder), reverse=True):
                self.paths, self.segment = [f"{folder}/{name}" for name in found], at % len(folders)
                return

    def next(self) -> str:
        self.used += 1
        return self.paths.pop(-1 - random.randrange(min(self.spread, len(self.paths))))

    def lost(self) -> None:
        self.spread = min(SPREAD, self.spread * 2)

    def won(self) -> None:
        self.spread = max(1, self.spread - 1)


def take(spool: Spool, job: Job, waiting: Waiting, owner: Incarnation, slot: int,
         fits: Callable[[ChunkName], bool], refused: Callable[[ChunkName, SpoolError], None]) -> Claim | None:
    """A chunk that now belongs to this slot; None if nothing waits that fits.

    Info files that make no sense are set aside in failed/, and `refused` hears of each."""
    if fresh := waiting.worn() or not waiting.paths:
        waiting.look(spool, job)
    while waiting.paths or not fresh:
        if not waiting.paths:           # a kept listing is used up: perhaps something came back meanwhile
            fresh = True
            waiting.look(spool, job)
            continue
        path = waiting.next()
        try:
            name = parse_chunk(os.path.basename(path))
        except BadName:
            continue                    # not ours: `python -m spool check` names it
        if fits(name) and (claim := _take(spool, job, path, ClaimName(name, owner, slot), waiting, refused)):
            return claim
    return None


def _take(spool: Spool, job: Job, path: str, name: ClaimName, waiting: Waiting,
          refused: Callable[[ChunkName, SpoolError], None]) -> Claim | None:
    # Read before the rename: an NFSv4 client that reads afterwards keeps a delegation, and if it dies with
    # it nobody can move the file for 102 s. The rename gives the delegation back.
    try:
        data = trusted.read(path)
        info = chunk.decode(path, data, name.chunk)
    except FileNotFoundError:           # somebody was faster
        waiting.lost()
        return None
    except SpoolError as error:
        if atomic.hand_over(path, f"{spool.failed(job.job)}/{name.chunk}"):
            refused(name.chunk, error)
        return None
    if not atomic.move(path, f"{spool.running(job.job)}/{name}"):
        waiting.lost()
        return None
    waiting.won()
    return Claim(job, name, info)


def ours(spool: Spool, claim: Claim) -> bool:
    """Does the claim still stand? Asked of the server, so false after we were declared dead."""
    return str(claim.name) in atomic.names(spool.running(claim.job.job))


def finish(spool: Spool, claim: Claim) -> None:
    """The chunk is no more. Only after the journal has its `done` on the disk.

    Fine if it is gone already: then it was taken from us, and whoever has it finds all frames there."""
    atomic.drop(claim.path(spool))


def release(spool: Spool, claim: Claim) -> bool:
    """Back in todo as it was: no try is used up. False if it was taken from us."""
    return _back(spool, claim.job, claim.name, claim.name.chunk)


def fail(spool: Spool, claim: Claim) -> ChunkName | None:
    """One try more: back in todo for another host first, or in failed/ when the tries are used up.

    Gives its new name; None if it was taken from us."""
    name = claim.name.chunk.tried_on(claim.name.owner.host)
    if name.tries < claim.job.tries:
        return name if _back(spool, claim.job, claim.name, name) else None
    gone = atomic.move(claim.path(spool), f"{spool.failed(claim.job.job)}/{name}")
    return name if gone else None


def put_back(spool: Spool, job: Job, name: ClaimName) -> bool:
    """An orphan or a claim nobody works on is in todo again; False if somebody else did it."""
    return _back(spool, job, name, name.chunk)


def _back(spool: Spool, job: Job, name: ClaimName, chunk: ChunkName) -> bool:
    folder = f"{spool.job(job.job)}/{job.todo_folder(chunk.seq)}"
    return atomic.hand_over(f"{spool.running(job.job)}/{name}", f"{folder}/{chunk}")


def claims(spool: Spool, job: str) -> list[ClaimName]:
    """Who has what in a job now. Names that are no claims are skipped."""
    found = []
    for name in atomic.names_if_there(spool.running(job)):
        try:
            found.append(parse_claim(name))
        except BadName:
            continue
    return found


def waiting_chunks(spool: Spool, job: Job) -> list[ChunkName]:
    """What waits in a job, in render order."""
    return sorted((n for folder in todo_folders(spool, job) for n in _chunks(folder)), key=str)


def failed_chunks(spool: Spool, job: str) -> list[ChunkName]:
    """What was given up in a job."""
    return sorted(_chunks(spool.failed(job)), key=str)


def _chunks(folder: str) -> list[ChunkName]:
    found = []
    for name in atomic.names_if_there(folder):
        try:
            found.append(parse_chunk(name))
        except BadName:
            continue
    return found
