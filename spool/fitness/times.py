"""The clock of this computer against the file server's, and how fine the times of files are."""

import os
import time
from collections.abc import Iterator
from itertools import pairwise

from spool import atomic
from spool.fitness.finding import Finding, good
from spool.fitness.share import Share
from spool.fitness.troubles import trouble

MUCH = 10.0         # seconds that a clock may be off
FILES = 12
APART = 0.02        # seconds between two files
SECOND = 1_000_000_000


def clock(share: Share) -> Iterator[Finding]:
    """The server writes the time on files, so a new file tells its clock."""
    path = share.path(f"now.{os.getpid()}")
    before = time.time()
    atomic.touch(path)
    server, after = os.stat(path).st_ctime, time.time()
    atomic.drop(path)
    # Whatever lies between before and after may be right; file times come in steps of some milliseconds.
    offset = before - server if server < before else min(0.0, after - server)
    if abs(offset) > MUCH:
        yield trouble("clock-off", offset=_words(abs(offset)), way="ahead of" if offset > 0 else "behind")
    else:
        yield good("clock", f"Less than {max(1, round(abs(offset) + 0.5))} s off the file server's.")


def fineness(share: Share) -> Iterator[Finding]:
    stamps = []
    for n in range(FILES):
        atomic.touch(share.path(f"time-{n}"))
        stamps.append(os.stat(share.path(f"time-{n}")).st_mtime_ns)
        time.sleep(APART)
    for n in range(FILES):
        atomic.drop(share.path(f"time-{n}"))
    steps = [later - stamp for stamp, later in pairwise(stamps) if later > stamp]
    if not steps or all(stamp % SECOND == 0 for stamp in stamps):
        yield trouble("coarse-times")
        return
    yield good("times", f"Two files made {min(steps) / 1e6:.0f} ms apart have different times.")


def _words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
