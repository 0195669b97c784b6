"""Do locks keep others out, and are they free when their holder dies?

The farm itself uses flock, and only for redo, retry and healing. On NFS both kinds are one."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from filelock import FileLock

from spool import atomic
from spool.fitness.finding import Finding, good
from spool.fitness.mounting import dead_holder
from spool.fitness.processes import together
from spool.fitness.share import Share
from spool.fitness.troubles import trouble

KINDS: dict[str, Callable[[int, int], None]] = {"flock": fcntl.flock, "lockf": fcntl.lockf}
SOON = 2.0          # seconds within which a lock that was given back must be free


def check(share: Share) -> Iterator[Finding]:
    for kind in KINDS:
        prepare(share, kind)
        try:
            yield from _one_kind(share, kind)
        except OSError as error:
            yield trouble("no-locks", kind=kind, text=error.strerror)
            return
    yield good("lock", "A lock keeps others out, and is free when its holder is killed." + dead_holder(share.mount))


def _one_kind(share: Share, kind: str) -> Iterator[Finding]:
    with held(share, kind):
        if together([partial(is_free, share, kind)])[0]:
            yield trouble("lock-shared", kind=kind)
    together([partial(_die_with_it, share, kind)])
    if not free_soon(share, kind):
        yield trouble("lock-stays", kind=kind, seconds=f"{SOON:.0f}")


def prepare(share: Share, kind: str) -> None:
    """The file is there, and may be locked by the group: made as the farm's own locks are."""
    with FileLock(share.path(kind), timeout=0, mode=share.spool.mode & 0o666):
        pass


@contextmanager
def held(share: Share, kind: str) -> Iterator[None]:
    """We hold the lock. BlockingIOError: somebody else does."""
    fd = atomic.open_to_append(share.path(kind))
    try:
        KINDS[kind](fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(fd)


def is_free(share: Share, kind: str) -> bool:
    try:
        with held(share, kind):
            return True
    except BlockingIOError:
        return False


def free_soon(share: Share, kind: str) -> bool:
    end = time.monotonic() + SOON
    while not is_free(share, kind):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _die_with_it(share: Share, kind: str) -> None:
    """Takes the lock and lets the end of the process give it back."""
    KINDS[kind](atomic.open_to_append(share.path(kind)), fcntl.LOCK_EX | fcntl.LOCK_NB)
