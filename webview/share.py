"""What a page itself must ask a share: few at a time, so that one that does not answer stops few threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

ASKING = 3          # threads that may wait for a share so; serving.THREADS are many more
PATIENCE = 1.0      # seconds that one waits for its turn
GLANCE = 0.25       # seconds that one waits for what another thread finds out, if something is known already
LONGEST = 5.0       # and if nothing is
_turns = BoundedSemaphore(ASKING)


class ShareBusy(Exception):
    """Others wait already, and get no answer."""


@contextmanager
def asking() -> Iterator[None]:
    """Around every listing, opening and reading of files by a page. Raises ShareBusy; is never taken twice."""
    if not _turns.acquire(timeout=PATIENCE):
        raise ShareBusy
    try:
        yield
    finally:
        _turns.release()


@contextmanager
def turn(lock: Lock, *, known: bool) -> Iterator[bool]:
    """Whether it is ours to look; else somebody does, and what is `known` must do. ShareBusy if nothing is."""
    ours = lock.acquire(timeout=GLANCE if known else LONGEST)
    if not (ours or known):
        raise ShareBusy
    try:
        yield ours
    finally:
        if ours:
            lock.release()
