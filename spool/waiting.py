"""A listing of what waits in one job, kept and consumed: a claim costs the same however much waits."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from spool import atomic
from spool.dear import Dear
from spool.errors import BadName
from spool.job import Job, todo_folders
from spool.layout import Spool, parse_chunk

KEEP_LOSSES = 3             # lost races in a row after which a listing is known to be old
NAMES_A_LOSS = 32           # of a long one more: to list so many names again costs about as much as one lost race
LOOKS = 8                   # for one claim at most, while others are always faster
KEEP_SECONDS = 1.0          # then it is listed again: a chunk may have come back
SPREAD = 1024               # how far from the first name a claimer looks at most when others are at it too


@dataclass
class Waiting:
    """In the order of the names, dear frames of a `probe` job first; after each lost race from another place among
    the next few on, where few meet."""

    folder: str = ""
    left: list[str] = field(default_factory=list)       # the last is the next
    listed: float = 0.0
    spread: int = 1
    at: int = 0                                         # how many names of `left` are passed over
    losses: int = 0                                     # in a row
    patience: int = KEEP_LOSSES                         # how many of them are enough
    segment: int = 0                                    # where the last look in order ended
    aside: bool = False                                 # looking out of order
    ahead: list[tuple[int, str]] = field(default_factory=list)      # folders that this look has not listed yet
    dear: Dear = field(default_factory=Dear)

    def names(self, spool: Spool, job: Job) -> Iterator[tuple[str, str]]:
        """(folder, name) of what waits, from the kept listing first and then from a fresh one."""
        looks = 0
        while True:
            if self._worn() or not (self.left or self.ahead):
                if looks and (looks == LOOKS or not self._outrun()):
                    return
                looks += 1
                self._look(spool, job)
            while self._more() and not (self._outrun() and looks < LOOKS):
                yield self.folder, self._next()

    def frames(self, job: Job, bound: int) -> int:
        """How many wait beside the name that was given last, about; no more than `bound` is looked for."""
        if self.ahead:
            return bound
        found = 0
        for name in self.left:
            found += min(_frames(name), job.chunk)      # a name does not tell the step of its frames
            if found >= bound:
                break
        return min(found, bound)

    def lost(self) -> None:
        """Somebody else was faster: then the next names are wanted by many."""
        self.spread, self.losses = SPREAD, self.losses + 1

    def won(self) -> None:
        self.losses = 0

    def _worn(self) -> bool:
        return self._outrun() or self._old()

    def _outrun(self) -> bool:
        return self.losses >= self.patience

    def _old(self) -> bool:
        return time.monotonic() - self.listed > KEEP_SECONDS

    def _look(self, spool: Spool, job: Job) -> None:
        """Look again, of many segments first at the one where the last look ended."""
        folders = list(enumerate(todo_folders(spool, job)))
        start = self.segment
        if self._old():                 # claims that far apart seldom meet: back to the order of the names
            self.spread, self.aside = 1, False
        elif self.spread > 1 and len(folders) > 1:
            # Many are here: go where nobody is, and come back when claims are far apart again.
            self.spread, self.aside, start = 1, True, random.randrange(len(folders))
        self.at = 0 if self.spread == 1 else self.spread        # the first place of a listing is drawn, too
        self.losses, self.listed, self.left = 0, time.monotonic(), []
        self.ahead = [*folders[start:], *folders[:start]]
        if job.order == "probe":
            self.dear.learn(spool, job)

    def _more(self) -> bool:
        """Lists the next segment when one is used up: perhaps nothing in it fitted."""
        while not self.left and self.ahead:
            at, self.folder = self.ahead.pop(0)
            self.segment = self.segment if self.aside else at
            self.left = self.dear.first(atomic.names_if_there(self.folder))[::-1]
            self.patience = max(KEEP_LOSSES, len(self.left) // NAMES_A_LOSS)
        return bool(self.left)

    def _next(self) -> str:
        if self.losses or self.at >= len(self.left):
            self.at = int(random.random() * min(self.spread, len(self.left)))
        return self.left.pop(-1 - self.at)


def _frames(name: str) -> int:
    try:
        chunk = parse_chunk(name)
    except BadName:
        return 0
    return chunk.last - chunk.first + 1
