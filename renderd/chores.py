"""What the farm needs besides rendering, done by whoever finds it due. No leader: a rename decides.

Runs in a thread of its own: putting back an orphan may stall for 100 s on NFS."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from renderd import logs, staging
from renderd.heart import Heart
from spool import beats, orphans, queue, settle
from spool import claim as claims
from spool import job as jobs
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Entry, Spool

SHARE = 8           # observers that look per beat, however many hosts there are: the server's load stays flat


@dataclass
class Desk:
    """What is remembered between two rounds of chores."""

    observer: beats.Observer
    settler: settle.Settler = field(default_factory=settle.Settler)
    suspects: set[str] = field(default_factory=set)     # own claims that nobody worked on at the last look


def round_of_chores(spool: Spool, heart: Heart, desk: Desk, working: Iterable[str], *, observe: bool = True) -> None:
    """Declare dead, put back orphans, settle jobs."""
    open_jobs = list(_open_jobs(spool))
    if observe:
        _judge(spool, heart, desk)
        _put_back([job for _, job in open_jobs], spool, heart, desk, set(working))
    for entry, job in open_jobs:
        _settle(spool, heart, desk, entry, job)


def _open_jobs(spool: Spool) -> Iterable[tuple[Entry, Job]]:
    for entry in queue.entries(spool, ("queue", "held", "trash")):
        try:
            yield entry, jobs.read(spool, entry.job)
        except (SpoolError, OSError):
            continue                    # the claimer says so, once


def _judge(spool: Spool, heart: Heart, desk: Desk) -> None:
    living = beats.living(spool)
    if random.random() > SHARE / max(1, len(living)):
        return
    for beat in desk.observer.judge(living, heart.count):
        if beats.declare_dead(spool, beat, heart.owner):
            logs.event("declared-dead", who=beat.owner, beat=beat.count)


def _put_back(open_jobs: list[Job], spool: Spool, heart: Heart, desk: Desk, working: set[str]) -> None:
    for job, name in orphans.put_back(spool, open_jobs):
        logs.event("orphan", job=job.job, chunk=name.chunk, owner=name.owner)
    found = orphans.forgotten(spool, open_jobs, heart.owner, working)
    for job, name in found:
        # Twice: at the first look the claimer may just be about to tell us of it.
        if str(name) in desk.suspects and claims.put_back(spool, job, name):
            logs.event("forgotten", job=job.job, chunk=name.chunk)
    desk.suspects = {str(name) for _, name in found}


def _settle(spool: Spool, heart: Heart, desk: Desk, entry: Entry, job: Job) -> None:
    if entry.state == "trash":
        return
    outcome = desk.settler.settle(spool, entry, job, heart.count)
    if outcome.state == "done":
        staging.sweep_job(job.output, job.job)
        logs.event("job-done", job=job.job, frames=job.frames)
    elif outcome.state == "failed":
        logs.event("job-failed", job=job.job)
    elif outcome.state == "lost":
        logs.event("healed", job=job.job, frames=len(outcome.frames))


class Chores(threading.Thread):
    """Does a round of chores every beat or so, and at once after `due`."""

    def __init__(self, spool: Spool, heart: Heart, working: Callable[[], Iterable[str]]) -> None:
        super().__init__(name="chores", daemon=True)
        self.spool, self.heart, self.working = spool, heart, working
        self.desk = Desk(beats.Observer(heart.owner))
        self._due, self._ended = threading.Event(), False

    def due(self) -> None:
        """A chunk ended: perhaps its job is done."""
        self._due.set()

    def stop(self) -> None:
        self._ended = True
        self._due.set()

    def run(self) -> None:
        while not self._ended:
            asked = self._due.wait(self.spool.beat * random.uniform(0.8, 1.2))
            self._due.clear()
            if not self._ended:
                self.round(observe=not asked)

    def round(self, observe: bool) -> None:
        try:
            round_of_chores(self.spool, self.heart, self.desk, self.working(), observe=observe)
        except (OSError, SpoolError) as error:      # the share fails; the next round tries again
            logs.event("share-trouble", text=error, doing="chores")
