"""What the farm needs besides rendering, done by whoever finds it due. No leader: a rename decides.

Runs in a thread of its own: putting back an orphan may stall for 100 s on NFS."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from renderd import logs, staging
from renderd.handing_back import note_lost
from renderd.heart import Heart
from spool import admit, beats, hungry, orphans, queue, settle
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
    known: dict[str, Job] = field(default_factory=dict)     # job.json never changes
    said: dict[str, str] = field(default_factory=dict)      # the trouble of a job, told once


def round_of_chores(spool: Spool, heart: Heart, desk: Desk, working: Iterable[str], *, observe: bool = True) -> None:
    """Declare dead, put back orphans, settle jobs. What is in the trash waits there until somebody undoes it."""
    at_work, suspects, open_jobs = set(working), desk.suspects, _open_jobs(spool, desk)
    if observe:
        _judge(spool, heart, desk)
        _admit(spool, desk)
        desk.suspects = set()
    for entry, job in open_jobs:
        with _alone(job.job, desk):
            if observe:
                _put_back(job, spool, heart, at_work, suspects, desk)
            _settle(spool, heart, desk, entry, job)


@contextmanager
def _alone(job: str, desk: Desk) -> Iterator[None]:
    """What is wrong with one job keeps no other from its chores."""
    try:
        yield
        desk.said.pop(job, None)
    except (OSError, SpoolError) as error:
        if desk.said.get(job) != str(error):
            logs.event("share-trouble", text=error, doing="chores", job=job)
        desk.said[job] = str(error)
    except Exception:
        logs.bug(doing="chores", job=job)


def _admit(spool: Spool, desk: Desk) -> None:
    """Jobs that members sent through the inbox. On average one daemon looks per beat, however many there are."""
    if not spool.by_inbox or random.random() * len(beats.living(spool)) > 1:
        return
    for name in admit.waiting(spool):
        with _alone(name, desk):
            found = admit.admit(spool, name)
            if found and found.text:
                logs.event("sent-back", job=found.job, owner=found.owner, text=found.text)
            elif found:
                logs.event("admitted", job=found.job, owner=found.owner)


def _open_jobs(spool: Spool, desk: Desk) -> list[tuple[Entry, Job]]:
    found = []
    for entry in queue.entries(spool, ("queue", "held")):
        try:
            found.append((entry, desk.known.get(entry.job) or jobs.read(spool, entry.job)))
        except (SpoolError, OSError):
            continue                    # the claimer says so, once
    desk.known = {entry.job: job for entry, job in found}
    return found


def _judge(spool: Spool, heart: Heart, desk: Desk) -> None:
    living = beats.living(spool)
    if random.random() > SHARE / max(1, len(living)):
        return
    for beat in desk.observer.judge(living, heart.count):
        if beats.declare_dead(spool, beat, heart.owner):
            hungry.unsay(spool, beat.owner)
            logs.event("declared-dead", who=beat.owner, beat=beat.count)


def _put_back(job: Job, spool: Spool, heart: Heart, working: set[str], suspects: set[str], desk: Desk) -> None:
    for name, there in orphans.put_back(spool, [job]):
        logs.event("orphan", job=job.job, chunk=name.chunk, owner=name.owner)
        if there.lost >= claims.MOST_LOST:
            note_lost(spool, job, there, name.owner.host, heart.owner.host)
    for _, name in orphans.forgotten(spool, [job], heart.owner, working):
        # Twice: at the first look the claimer may just be about to tell us of it.
        desk.suspects.add(str(name))
        if str(name) in suspects and claims.put_back(spool, job, name):
            logs.event("forgotten", job=job.job, chunk=name.chunk)


def _settle(spool: Spool, heart: Heart, desk: Desk, entry: Entry, job: Job) -> None:
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
        look = self._next_look()
        while not self._ended:
            self._due.wait(max(0.0, look - time.monotonic()))
            self._due.clear()
            observe = time.monotonic() >= look      # however often chunks end: a busy host must see the dead too
            if observe:
                look = self._next_look()
            if not self._ended:
                self.round(observe)

    def _next_look(self) -> float:
        return time.monotonic() + self.spool.beat * random.uniform(0.8, 1.2)

    def round(self, observe: bool) -> None:
        try:
            round_of_chores(self.spool, self.heart, self.desk, self.working(), observe=observe)
        except (OSError, SpoolError) as error:      # the share fails; the next round tries again
            logs.event("share-trouble", text=error, doing="chores")
        except Exception:                           # a bug; without chores nobody would say that a job is done
            logs.bug(doing="chores")
