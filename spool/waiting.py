"""A listing of what waits in one job, kept and consumed: a claim costs the same however much waits."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from spool import atomic
from spool.job import Job, todo_folders
from spool.layout import Spool

KEEP_NAMES = 64             # names used of one listing once others take from the same folder
KEEP_SECONDS = 1.0          # then it is listed again: a chunk may have come back
SPREAD = 32                 # how far from the first name a claimer looks when others are at it too


@dataclass
class Waiting:
    """In the order of the names as long as nobody else takes; after a lost race spread over the next few."""

    folder: str = ""
    left: list[str] = field(default_factory=list)       # the last is the next
    used: int = 0
    listed: float = 0.0
    spread: int = 1
    segment: int = 0

    def names(self, spool: Spool, job: Job) -> Iterator[tuple[str, str]]:
        """(folder, name) of what waits, from the kept listing first and then from a fresh one."""
        fresh = False
        while True:
            if not self.left or self._worn():
                if fresh:
                    return
                fresh = True
                self._look(spool, job)
            while self.left:
                yield self.folder, self._next()

    def lost(self) -> None:
        """Somebody else was faster."""
        self.spread = min(SPREAD, self.spread * 2)

    def won(self) -> None:
        if self.spread > 1:
            self.spread -= 1

    def _worn(self) -> bool:
        many = self.used >= KEEP_NAMES and self.spread > 1
        return many or time.monotonic() - self.listed > KEEP_SECONDS

    def _look(self, spool: Spool, job: Job) -> None:
        """List again. Of many segments the first that is not empty, from where the last look ended."""
        self.used, self.listed, self.left = 0, time.monotonic(), []
        folders = todo_folders(spool, job)
        for at in range(self.segment, self.segment + len(folders)):
            self.folder = folders[at % len(folders)]
            if found := atomic.names(self.folder):
                self.left, self.segment = sorted(found, reverse=True), at % len(folders)
                return

    def _next(self) -> str:
        self.used += 1
        if self.spread == 1:
            return self.left.pop()
        return self.left.pop(-1 - random.randrange(min(self.spread, len(self.left))))
