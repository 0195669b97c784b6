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

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from spool import atomic, trusted
from spool.chunk import Info, decode, localised
from spool.errors import BadName, Changing, SpoolError
from spool.job import Job, todo_folders
from spool.layout import ChunkName, ClaimName, Incarnation, Spool, claim_text, parse_chunk, parse_claim
from spool.owners import UnknownOwner
from spool.waiting import Waiting

MOST_LOST = 20      # lives of daemons that may end with a chunk. Pupils switch off; this many are no accident


class Claim(NamedTuple):
    """A chunk that is ours."""

    job: Job
    name: ClaimName
    path: str                           # of its info file now
    data: bytes                         # of the info file, as it was read before the rename

    @property
    def info(self) -> Info:
        """What the info file says; BadFile if that makes no sense (then: `set_aside`)."""
        info = _info(f"jobs/{self.job.job}/running/{self.name}", self.data, self.name.chunk)
        return localised(info, self.job) if self.job.written else info


_info = lru_cache(maxsize=16)(decode)      # asked several times for each frame


def take(spool: Spool, job: Job, waiting: Waiting, owner: Incarnation, slot: int,
         fits: Callable[[ChunkName], bool], refused: Callable[[ChunkName, SpoolError], None]) -> Claim | None:
    """A chunk that now belongs to this slot; None if nothing waits that fits.

    Info files that could come from anybody are set aside in failed/, and `refused` hears of each. UnknownOwner
    if nothing else is left to take."""
    unknown: UnknownOwner | None = None
    for folder, text in waiting.names(spool, job):
        try:
            name = parse_chunk(text)
        except BadName:
            continue                    # not ours: `python -m spool check` names it
        try:
            if fits(name) and (claim := _take(spool, job, folder, text, name, owner, slot, waiting, refused)):
                return claim
        except UnknownOwner as error:
            unknown = error
    if unknown:
        raise unknown
    return None


def _take(spool: Spool, job: Job, folder: str, text: str, chunk: ChunkName, owner: Incarnation, slot: int,
          waiting: Waiting, refused: Callable[[ChunkName, SpoolError], None]) -> Claim | None:
    path = f"{folder}/{text}"
    # Read before the rename: an NFSv4 client that reads afterwards keeps a delegation, and if it dies with
    # it nobody can move the file for 102 s. The rename gives the delegation back.
    try:
        data = trusted.read(path, of=spool)
    except (FileNotFoundError, Changing):       # somebody was faster, or saves it in an editor just now
        waiting.lost()
        return None
    except UnknownOwner:                # known elsewhere, or soon: no fault of the file
        raise
    except SpoolError as error:
        if atomic.hand_over(path, f"{spool.failed(job.job)}/{chunk}"):
            refused(chunk, error)
        return None
    if not atomic.move(path, there := f"{spool.running(job.job)}/{claim_text(text, owner, slot)}"):
        waiting.lost()
        return None
    waiting.won()
    return Claim(job, ClaimName(chunk, owner, slot), there, data)


def ours(spool: Spool, claim: Claim) -> bool:
    """Does the claim still stand? Asked of the server, so false after we were declared dead."""
    return str(claim.name) in atomic.names_if_there(spool.running(claim.job.job))


def finish(claim: Claim) -> None:
    """The chunk is no more. Only after the journal has its `done` on the disk.

    Fine if it is gone already: then it was taken from us, and whoever has it finds all frames there."""
    atomic.drop(claim.path)


def release(spool: Spool, claim: Claim) -> bool:
    """Back in todo as it was: no try is used up. False if it was taken from us."""
    return _back(spool, claim.job, claim.name, claim.name.chunk)


def fail(spool: Spool, claim: Claim) -> ChunkName | None:
    """One try more: back in todo for another host first, or in failed/ when the tries are used up.

    Gives its new name; None if it was taken from us."""
    name = claim.name.chunk.tried_on(claim.name.owner.host)
    if name.tries < claim.job.tries:
        return name if _back(spool, claim.job, claim.name, name) else None
    return name if _give_up(spool, claim.job, claim.name, name) else None


def set_aside(spool: Spool, claim: Claim) -> bool:
    """In failed/ as it is, because its info file makes no sense. False if it was taken from us."""
    return _give_up(spool, claim.job, claim.name, claim.name.chunk)


def put_back(spool: Spool, job: Job, name: ClaimName) -> bool:
    """A claim that nobody works on is in todo again; False if somebody else did it."""
    return _back(spool, job, name, name.chunk)


def lose(spool: Spool, job: Job, name: ClaimName) -> ChunkName | None:
    """An orphan is in todo again, one loss more and no try; in failed/ when the losses are used up.

    Gives its new name; None if somebody else did it. Where an answer got lost two may be told that they gave it up."""
    chunk = name.chunk.lost_once_more()
    move = _back if chunk.lost < MOST_LOST else _give_up
    return chunk if move(spool, job, name, chunk) else None


def _give_up(spool: Spool, job: Job, name: ClaimName, chunk: ChunkName) -> bool:
    atomic.ask_anew(folder := spool.failed(job.job))            # it may have failed before, under this name
    return atomic.move(f"{spool.running(job.job)}/{name}", f"{folder}/{chunk}")


def _back(spool: Spool, job: Job, name: ClaimName, chunk: ChunkName) -> bool:
    folder, source = f"{spool.job(job.job)}/{job.todo_folder(chunk.seq)}", f"{spool.running(job.job)}/{name}"
    if atomic.hand_over(source, f"{folder}/{chunk}"):
        return True
    if str(name) not in atomic.names_if_there(spool.running(job.job)):
        return False                    # somebody was faster
    atomic.make_folder(folder, spool.mode)          # it was empty, and somebody tidied up
    return atomic.hand_over(source, f"{folder}/{chunk}")


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


def anything_waits(spool: Spool, job: Job) -> bool:
    """Looks only until it knows: of 100,000 chunks the first is enough."""
    return any(atomic.has_name(folder, _is_chunk) for folder in todo_folders(spool, job))


def failed_chunks(spool: Spool, job: str) -> list[ChunkName]:
    """What was given up in a job."""
    return sorted(_chunks(spool.failed(job)), key=str)


def _is_chunk(name: str) -> bool:
    try:
        parse_chunk(name)
    except BadName:
        return False
    return True


def _chunks(folder: str) -> list[ChunkName]:
    found = []
    for name in atomic.names_if_there(folder):
        try:
            found.append(parse_chunk(name))
        except BadName:
            continue
    return found
