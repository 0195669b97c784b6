"""Find the next chunk for a slot: highest priority first, the daemons' own predicate asked for each."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from renderd import logs
from renderd.handing_back import note_refused
from renderd.turns import Turns
from spool import chunk_size, hosts, journal, limits, obstacles, queue, recent, tail
from spool import claim as claims
from spool import job as jobs
from spool.claim import Claim
from spool.errors import BadFile, SpoolError
from spool.job import Job
from spool.layout import ChunkName, Entry, Incarnation, Spool
from spool.rules import Rules
from spool.verdict import Host, may_take
from spool.waiting import Waiting

RETRY = 30.0        # seconds that a job is left alone that could not be read, or not worked on
MOST_TOLD = 20      # jobs that are left alone, in status.json
FULL = 10.0         # seconds that a limit is told in status.json after we met it: who is busy does not look any more
KEEP_SECONDS = 1.0  # then queue/ is listed again: a job may have come, gone, or got another priority


@dataclass
class Finder:
    """Remembers what cannot change (job.json) and what may be old (listings)."""

    spool: Spool
    host: Host
    known: dict[str, Job] = field(default_factory=dict)
    listings: dict[str, Waiting] = field(default_factory=dict)
    resting: dict[str, float] = field(default_factory=dict)
    troubles: dict[str, dict[str, Any]] = field(default_factory=dict)   # why a job rests, for status.json
    full: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)     # when a limit was met, and which
    entries: list[Entry] = field(default_factory=list)  # of queue/, as they were when it was
    listed: float = 0.0
    alive: list[Host] | None = None     # as they are during one `take`
    turns: Turns = field(init=False)
    rules: Rules = field(init=False)    # of farm.yaml, as it is now

    def __post_init__(self) -> None:
        self.turns = Turns(self.spool)
        self.go_by(self.spool)

    def go_by(self, spool: Spool) -> None:
        """From now on."""
        if spool.rules.paths != self.spool.rules.paths:
            self.known.clear()          # jobs were read with the folders of before
        self.spool, self.rules, self.turns.share = spool, spool.rules, spool.rules.share
        self.turns.judge_anew()

    def is_now(self, host: Host) -> None:
        """What this host has became something else."""
        self.host = host
        self.turns.judge_anew()

    def take(self, owner: Incarnation, slot: int, last: str = "") -> Claim | None:
        """A chunk that is ours now, or None if nothing waits that this host may take; of no job behind `last`."""
        self.alive = None
        kept = [] if time.monotonic() - self.listed > KEEP_SECONDS else self.entries
        if claim := self._first(kept, owner, slot, last):
            return claim
        self._look()                    # before we say that there is nothing
        return None if self.entries == kept else self._first(self.entries, owner, slot, last)

    def look_anew(self) -> None:
        """At the next `take`: what was kept is known to be old."""
        self.listed = 0.0

    def _look(self) -> None:
        self.entries, self.listed = queue.entries(self.spool, ("queue",)), time.monotonic()
        self._forget_all_but({entry.job for entry in self.entries})
        self.turns.learn(self.entries, self._known, lambda job: may_take(job, None, self.host).yes)

    def _first(self, entries: Sequence[Entry], owner: Incarnation, slot: int, last: str) -> Claim | None:
        if last and all(entry.job != last for entry in entries):
            return None                 # on hold or cancelled, and its renders still need their room
        for entry in entries if last else self.turns.ordered(entries):
            try:
                if claim := self._take(entry.job, owner, slot):
                    return claim
            except (OSError, SpoolError) as error:      # of this job alone; the next may be well
                logs.event("share-trouble", text=error, doing="take", job=entry.job)
                self.leave_alone(obstacles.note("job-rests", entry.job, text=str(error)))
            if entry.job == last:
                break
        return None

    def could_help(self) -> bool:
        """Whether there was an open job at the last look that this host may take chunks of."""
        now, full = time.monotonic(), {name for name, _ in self._full()}
        return any(may_take(job, None, self.host).yes for name, job in self.known.items()
                   if now >= self.resting.get(name, 0.0) and name not in full)

    def leave_alone(self, note: dict[str, Any]) -> None:
        """The job of the note, for a while: one that cannot be worked on must not keep us from all others."""
        self.resting[note["job"]] = time.monotonic() + RETRY
        self.troubles[note["job"]] = note

    def obstacles(self) -> list[dict[str, Any]]:
        """For status.json: the jobs that are left alone, and why; and of which others have as much as may be."""
        now = time.monotonic()
        rests = [self.troubles[job] for job in sorted(self.troubles) if now < self.resting.get(job, 0.0)]
        return rests[:MOST_TOLD] + [note for _, note in self._full()][:MOST_TOLD]

    def _full(self) -> list[tuple[str, dict[str, Any]]]:
        """Jobs of which others have as much as may be, and how much that is."""
        now = time.monotonic()
        return [(job, note) for job, (seen, note) in sorted(self.full.items()) if now - seen < FULL]

    def _take(self, name: str, owner: Incarnation, slot: int) -> Claim | None:
        job = self._job(name)
        if not job or not may_take(job, None, self.host).yes:
            return None
        if limits.limited(job, self.rules):
            claim = self._take_within_limits(job, owner, slot)
        else:
            claim = self._take_any(job, owner, slot)
        if claim:
            self.turns.took(name)
        return self._sized(claim) if claim and job.chunk_seconds else claim

    def _take_any(self, job: Job, owner: Incarnation, slot: int) -> Claim | None:
        waiting = self.listings.setdefault(job.job, Waiting())
        return claims.take(self.spool, job, waiting, owner, slot, lambda name: self._fits(job, name),
                           lambda name, error: self._refused(job, name, error))

    def _take_within_limits(self, job: Job, owner: Incarnation, slot: int) -> Claim | None:
        """None too if others took at the same moment, and all together too much: then ours goes back."""
        rules, before = self.rules, limits.look(self.spool, job, self._whose, self.rules)
        if not (answer := limits.may_add(job, self.host.name, before, rules)).yes:
            self.full[job.job] = time.monotonic(), obstacles.note(answer.code, job.job, **answer.facts)
            return None
        self.full.pop(job.job, None)
        claim = self._take_any(job, owner, slot)
        if claim is None:
            return None
        after = limits.look(self.spool, job, self._whose, rules)
        if not limits.too_much(job, self.host.name, before, after, rules):
            return claim
        claims.release(self.spool, claim)
        logs.event("over-limit", job=job.job, chunk=claim.name.chunk.stem)
        return None

    def _sized(self, claim: Claim) -> Claim | None:
        """As much of it as lasts as long as the job wants; the rest waits again. None if it was taken from us."""
        try:
            frames = claim.info.frames
        except BadFile:
            return claim                # render.py sets it aside
        job = claim.job
        at_work = len(claims.claims(self.spool, job.job))
        waiting = len(frames) + self.listings[job.job].frames(job, chunk_size.PARTS * at_work * job.chunk)
        keep = chunk_size.keep(recent.seconds(self.spool, job.job, self.host.name), job, waiting, at_work)
        return tail.cut(self.spool, claim, frames[:keep], pieces=1)

    def _fits(self, job: Job, name: ChunkName) -> bool:
        return may_take(job, name, self.host, self._others() if self.host.name in name.avoid else ()).yes

    def _others(self) -> list[Host]:
        if self.alive is None:
            self.alive = [host for host in hosts.living(self.spool) if host.name != self.host.name]
        return self.alive

    def _refused(self, job: Job, name: ChunkName, error: SpoolError) -> None:
        with journal.Journal(self.spool, job.job, self.host.name) as lines:
            note_refused(lines, job, name, error)

    def _known(self, name: str, read: bool) -> Job | None:
        return self._job(name) if read else self.known.get(name)

    def _whose(self, name: str) -> Job | None:
        """Also of a job that is left alone here: what others have of it counts."""
        return self.known.get(name) or self._job(name)

    def _job(self, name: str) -> Job | None:
        if time.monotonic() < self.resting.get(name, 0.0):
            return None
        if name not in self.known:
            try:
                self.known[name] = jobs.read(self.spool, name)
            except (SpoolError, FileNotFoundError) as error:
                self.leave_alone(obstacles.note("job-unreadable", name, text=str(error),
                                                hint=getattr(error, "hint", None) or ""))
                logs.event("job-unreadable", job=name, text=error)
        return self.known.get(name)

    def _forget_all_but(self, names: set[str]) -> None:
        memories: tuple[dict[str, Any], ...] = (self.known, self.listings, self.resting, self.troubles,
                                                 self.full)
        for memory in memories:
            for name in memory.keys() - names:
                del memory[name]
