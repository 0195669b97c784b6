"""One daemon of a name: on this machine by a lock, on the whole spool by looking at beats."""

import os
import stat
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

from renderd.errors import DaemonError
from renderd.heart import Heart
from spool import beats, hungry
from spool.door import key
from spool.layout import Beat, Incarnation, Spool

WATCH = 2.5         # beats that another machine's beat is watched for before we take the name


class NameTaken(DaemonError):
    """Another daemon already serves the spool under this name."""


class RunsAsRoot(DaemonError):
    """Renders would run as root for jobs of other people."""


def lock_name(spool: Spool, host: str) -> FileLock:
    """A lock on this machine's own disk, held; the kernel drops it when the process ends, however it ends."""
    folder = Path(tempfile.gettempdir()) / f"renderd-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid() or not stat.S_ISDIR(folder.lstat().st_mode):
        raise NameTaken(f"{folder} belongs to somebody else.", "Remove it, or set TMPDIR to another folder.")
    lock = FileLock(folder / f"{host}-{key(spool)}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NameTaken(f"Another renderd serves {spool.root} as {host!r} on this machine.",
                        "Stop it, or give this one a name of its own: --host NAME") from None
    return lock


def end_former_lives(spool: Spool, me: Incarnation) -> list[Incarnation]:
    """Declares dead what crashed here before; the lives that were ended."""
    ended = [beat.owner for beat in beats.former_lives(spool, me) if beats.declare_dead(spool, beat, me)]
    for life in ended:
        hungry.unsay(spool, life)
    return ended


def check_name(spool: Spool, heart: Heart) -> None:
    """NameTaken if a beat of our name changes while we watch: another machine has it.

    We beat already, so of two that start together at least one sees the other, and perhaps both give up: whoever
    saw nobody goes on, so whoever saw somebody must not."""
    me = heart.owner
    before = {b.owner: b.count for b in _of_same_name(spool, me)}
    if not before:
        return
    time.sleep(WATCH * spool.beat)
    for beat in _of_same_name(spool, me):
        if beat.count != before.get(beat.owner, beat.count):
            raise NameTaken(f"Another machine serves {spool.root} as {me.host!r}.",
                            "Give one of the two a name of its own: --host NAME, or host: in /etc/renderd/renderd.yaml")


def _of_same_name(spool: Spool, me: Incarnation) -> list[Beat]:
    return [b for b in beats.living(spool) if b.owner.host == me.host and b.owner != me]


def refuse_root(spool: Spool, allowed: bool) -> None:
    """Root may serve a spool into which only root can put jobs; any other only when told."""
    info = os.stat(spool.root)
    closed = not info.st_mode & stat.S_IWOTH and (info.st_gid == 0 or not info.st_mode & stat.S_IWGRP)
    own = info.st_uid == 0 and closed and not spool.by_inbox
    if os.geteuid() == 0 and not allowed and not own:
        raise RunsAsRoot(f"Others than root may put jobs into {spool.root}, and renderd would run them as root.",
                         "Start it as a user of its own (see etc/systemd), or say --allow-root.")
