"""Where a claim renders, and how a frame gets from there to its place.

    OUTPUT/.renderd/JOB.CLAIM/0007.png --whole? still ours? fsync, rename--> OUTPUT/0007.png

Invariants
  1. Nothing but this rename ever writes under a frame's final name.
  2. A claim that was lost publishes nothing: `ours` is asked of the server before each rename (the moment between:
     docs/SPOOL.md, Publishing).

What a crash leaves behind: a folder in OUTPUT/.renderd; whoever takes the chunk next removes it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC

from renderd.errors import DaemonError
from spool import atomic, beats, space, trusted
from spool.claim import Claim
from spool.errors import BadName, LostClaim
from spool.layout import Spool, parse_claim
from spool.sequence import File

TURNS = 20          # how often .renderd may vanish under us before we give up


class CannotPublish(DaemonError):
    """The output folder refuses: `code` is a word of spool/reasons.py."""

    def __init__(self, code: str, path: str, error: OSError) -> None:
        super().__init__(f"{path}: {error.strerror}.")
        self.code, self.path = code, path


class NoRoom(DaemonError):
    """The disk of the output is full, so nothing was begun; `free` is what is left, or what the server says."""

    def __init__(self, folder: str, free: str) -> None:
        super().__init__(f"{folder} has no room: {free}.")
        self.facts = {"path": folder, "free": free}


def folder_of(claim: Claim) -> str:
    """The claim's own folder, on the filesystem of its output."""
    name = claim.name._replace(chunk=claim.name.chunk.fresh())      # with all who tried it, too long for a file
    return f"{os.path.dirname(claim.job.output)}/.renderd/{claim.job.job}.{name}"


def refuse_full(spool: Spool, claim: Claim) -> None:
    """NoRoom if the disk is full, also without what dead claims of the chunk left there."""
    folder = os.path.dirname(claim.job.output)
    if folder and space.look(folder).is_full:
        with suppress(OSError):         # `prepare` says what is wrong there, once there is room
            _sweep(spool, claim)
        if (room := space.look(folder)).is_full:
            raise NoRoom(folder, space.size(room.free))


def prepare(spool: Spool, claim: Claim) -> str:
    """The claim's folder, new and empty; what dead claims of the same chunk left is gone. CannotPublish, NoRoom."""
    folder = folder_of(claim)
    try:
        _sweep(spool, claim)
        atomic.remove_tree(folder)
        _make(folder)
    except OSError as error:
        odd = isinstance(error, NotADirectoryError)         # a link or a file in the place of .renderd
        path = error.filename if odd else os.path.dirname(claim.job.output)
        if _code(error) == "disk-full":             # a quota, or no more files
            raise NoRoom(path, os.strerror(error.errno or ENOSPC)) from error
        raise CannotPublish(_code(error), path, error) from error
    return folder


def _make(folder: str) -> None:
    """The folder of the pictures itself is never made: it may lie on a share that is not mounted here."""
    root = os.path.dirname(folder)
    mode = os.stat(os.path.dirname(root)).st_mode & 0o7777      # who may write there may render beside us
    for _ in range(TURNS):
        with suppress(FileNotFoundError):       # another claim has just ended, and removed .renderd
            atomic.make_folder(root, mode)
            atomic.make_folder(folder, mode)
            return
    atomic.make_folder(folder, mode)


def remove(folder: str) -> None:
    """The folder is gone, and .renderd too if it was the last."""
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):             # others still render here
        os.rmdir(os.path.dirname(folder))


def sweep_job(output: str, job: str) -> None:
    """Nothing of this job is left in .renderd; for a job that is done."""
    root = f"{os.path.dirname(output)}/.renderd"
    for name in atomic.names_if_there(root) if output else []:
        if name.startswith(f"{job}."):
            remove(f"{root}/{name}")


def _sweep(spool: Spool, claim: Claim) -> None:
    root, alive = os.path.dirname(folder_of(claim)), None
    for name in atomic.names_if_there(root):
        rest = name.removeprefix(f"{claim.job.job}.")
        if rest == name or not rest.startswith(f"{claim.name.chunk.seq}."):     # of which ours may be a piece
            continue
        alive = alive or {beat.owner for beat in beats.living(spool)}
        try:
            if parse_claim(rest).owner in alive:
                continue
        except BadName:
            continue                    # not ours to remove
        shutil.rmtree(f"{root}/{name}", ignore_errors=True)


def publish(source: str, target: str, ours: Callable[[], bool]) -> File:
    """The file, found whole, is under its final name and on the disk: its size and time. LostClaim if it must not."""
    with _refusals(target):
        info = _sync(source)
    _refuse_lost(target, ours)
    with _refusals(target):
        moved = _rename(source, target)
        atomic.sync_folder(os.path.dirname(target))
    if not moved:       # or our folder was swept while we slept, and a Blender that knew nothing made it anew
        _refuse_lost(target, ours)
    return _as_others_see(target, info)


def _as_others_see(target: str, info: os.stat_result) -> File:
    """An NFS client may go by its own clock for what it has just written, until the name is looked up anew."""
    with suppress(OSError):                 # replaced, or moved away by a person just now
        found = os.lstat(target)
        if found.st_ino == info.st_ino:
            return found.st_size, found.st_mtime_ns
    return info.st_size, info.st_mtime_ns


def _refuse_lost(target: str, ours: Callable[[], bool]) -> None:
    if not ours():                      # asks the spool; what fails there is no fault of the output
        raise LostClaim(f"{target} is not published: the chunk is somebody else's now.")


@contextmanager
def _refusals(target: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotPublish(_code(error), target, error) from error


def _rename(source: str, target: str) -> bool:
    """False if the file is not there, in a folder that is: while the claim is ours nobody else moves it, so the
    rename was done and its answer lost."""
    try:
        os.replace(source, target)
    except FileNotFoundError:
        folder, name = os.path.split(source)
        if name in os.listdir(folder):
            raise
        return False
    return True


def _sync(path: str) -> os.stat_result:
    """On the disk; what it is then."""
    fd = trusted.open_to_read(path)     # with a delegation nobody could remove it if we fell asleep now
    try:
        os.fsync(fd)
        return os.fstat(fd)
    finally:
        os.close(fd)


def _code(error: OSError) -> str:
    return "disk-full" if error.errno in (ENOSPC, EDQUOT) else "output-unwritable"
