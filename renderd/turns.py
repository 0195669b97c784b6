"""In which order this daemon looks into the open jobs: fair among teams of one priority, else as queue/ says.

While all that is open belongs to one team, or share is none, nothing is counted and no folder is looked into."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from spool import claim, turns
from spool.job import Job
from spool.layout import Entry, Spool

KEEP_SECONDS = 1.0  # then chunks at work are counted again
COUNTED = 100       # jobs that are counted in that time at most, those that were not for longest
LEARNED = 20        # jobs that are read at one look at most, only to know whose they are


@dataclass
class Turns:
    """Remembers counts, each a second at least, and who was served when."""

    spool: Spool
    share: str = "owner"                                    # as farm.yaml has it
    rivals: set[int] = field(default_factory=set)           # priorities
    judged: dict[str, str] = field(default_factory=dict)    # the team of each job that was read; "" if not for us
    teams: dict[str, str] = field(default_factory=dict)     # of those that matter now
    lanes: list[turns.Lane] = field(default_factory=list)
    at_work: dict[str, int] = field(default_factory=dict)
    busy: Counter[str] = field(default_factory=Counter)     # the same of each team
    looked: float = -inf                                    # when some were counted last
    counted: dict[str, float] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)

    def learn(self, entries: Sequence[Entry], known: Callable[[str, bool], Job | None],
              takes: Callable[[Job], bool]) -> None:
        """The entries are these now. `known` gives a job, read for the first time only if that is allowed."""
        if self.share == "none" or len(entries) < 2:
            self.rivals.clear()
            return
        budget, teams = LEARNED, self.judged
        crowded = {a.priority for a, b in pairwise(entries) if a.priority == b.priority}
        for entry in entries:
            if entry.job in teams or entry.priority not in crowded:
                continue
            job = known(entry.job, False)
            if job is None and budget:
                budget, job = budget - 1, known(entry.job, True)
            if job:
                teams[entry.job] = turns.team(job, self.share) if takes(job) else ""
        self.teams = {e.job: whose for e in entries if (whose := teams.get(e.job)) and e.priority in crowded}
        self.rivals = turns.rivals(entries, self.teams)
        self.lanes = turns.lanes(entries, self.rivals, self.teams) if self.rivals else []
        open_now = {entry.job for entry in entries}
        for name in self.at_work.keys() - open_now:
            del self.at_work[name]
        for name in self.counted.keys() - open_now:
            del self.counted[name]
        for name in teams.keys() - open_now:
            del teams[name]
        self.busy = turns.busy(self.teams, self.at_work)

    def judge_anew(self) -> None:
        """This host may take other jobs than before, or turns are counted in another way."""
        self.judged.clear()

    def ordered(self, entries: Sequence[Entry]) -> Iterable[Entry]:
        """`entries` are those that were learned last, or none."""
        if not (self.rivals and entries):
            return entries
        self._count()
        return turns.in_turn(self.lanes, self.busy, self.served)

    def took(self, job: str) -> None:
        if self.rivals and job in self.teams:
            self.at_work[job] = self.at_work.get(job, 0) + 1
            whose = self.teams[job]
            self.busy[whose] += 1
            self.served.pop(whose, None)
            self.served[whose] = 1 + max(self.served.values(), default=0)

    def _count(self) -> None:
        now = time.monotonic()
        if now - self.looked < KEEP_SECONDS:
            return
        self.looked = now
        old = [name for name in self.teams if now - self.counted.get(name, -KEEP_SECONDS) >= KEEP_SECONDS]
        for name in sorted(old, key=lambda name: self.counted.get(name, 0.0))[:COUNTED]:
            self.at_work[name] = len(claim.claims(self.spool, name))
            self.counted[name] = now
        self.busy = turns.busy(self.teams, self.at_work)
