"""Find the next chunk for a slot: highest priority first, the daemons' own predicate asked for each."""

import time
from dataclasses import dataclass, field
from typing import Any

from renderd import logs
from spool import claim as claims
from spool import hosts, journal, queue
from spool import job as jobs
from spool.claim import Claim
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import ChunkName, Incarnation, Spool
from spool.reasons import explain
from spool.verdict import Host, may_take
from spool.waiting import Waiting

RETRY = 30.0        # seconds until a job that could not be read is read again


@dataclass
class Finder:
    """Remembers what cannot change (job.json) and what may be old (listings)."""

    spool: Spool
    host: Host
    known: dict[str, Job] = field(default_factory=dict)
    listings: dict[str, Waiting] = field(default_factory=dict)
    unreadable: dict[str, float] = field(default_factory=dict)

    def take(self, owner: Incarnation, slot: int) -> Claim | None:
        """A chunk that is ours now, or None if nothing waits that this host may take."""
        entries = queue.entries(self.spool, ("queue",))
        self._forget_all_but({entry.job for entry in entries})
        for entry in entries:
            job = self._job(entry.job)
            if job and may_take(job, None, self.host).yes and (claim := self._take(job, owner, slot)):
                return claim
        return None

    def _take(self, job: Job, owner: Incarnation, slot: int) -> Claim | None:
        waiting = self.listings.setdefault(job.job, Waiting())
        return claims.take(self.spool, job, waiting, owner, slot, lambda name: self._fits(job, name),
                           lambda name, error: self._refused(job, name, error))

    def _fits(self, job: Job, name: ChunkName) -> bool:
        others = [h for h in hosts.living(self.spool) if h.name != self.host.name] if name.avoid else []
        return may_take(job, name, self.host, others).yes

    def _refused(self, job: Job, name: ChunkName, error: SpoolError) -> None:
        text = explain("info-broken", path=error.message)
        with journal.Journal(self.spool, job.job, self.host.name) as lines:
            lines.write("refused", sync=True, chunk=name.stem, reason="info-broken", text=text)
        logs.event("refused", job=job.job, chunk=name, text=error.message)

    def _job(self, name: str) -> Job | None:
        if name not in self.known and time.monotonic() >= self.unreadable.get(name, 0.0):
            try:
                self.known[name] = jobs.read(self.spool, name)
            except (SpoolError, FileNotFoundError) as error:
                self.unreadable[name] = time.monotonic() + RETRY
                logs.event("job-unreadable", job=name, text=error)
        return self.known.get(name)

    def _forget_all_but(self, names: set[str]) -> None:
        memories: tuple[dict[str, Any], ...] = (self.known, self.listings, self.unreadable)
        for memory in memories:
            for name in memory.keys() - names:
                del memory[name]
