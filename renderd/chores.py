"""What the farm needs besides rendering, done by whoever finds it due. No leader: a rename decides.

Runs in a thread of its own: putting back an orphan may stall for 100 s on NFS."""

import queue as queues
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from renderd import job_log, logs, staging
from renderd.handing_back import note_lost
from renderd.heart import Heart
from spool import admit, atomic, beats, drop_box, hungry, notices, orphans, queue, settle
from spool import claim as claims
from spool import job as jobs
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Beat, ClaimName, Entry, Spool

# However many hosts there are, so many of them look per beat, each at its turn by chance: the server's load stays flat.
OBSERVERS = 8       # at the beats
CARERS = 2          # into the jobs, beside whoever ended a chunk there
SELDOM = 12         # beats from one look of a host to its next at most, on average: the farm may have shrunk


@dataclass
class Desk:
    """What is remembered between two rounds of chores."""

    observer: beats.Observer
    settler: settle.Settler = field(default_factory=settle.Settler)
    suspects: set[str] = field(default_factory=set)     # own claims that nobody worked on at the last look
    known: dict[str, Job] = field(default_factory=dict)     # job.json never changes
    said: dict[str, str] = field(default_factory=dict)      # the trouble of a job, told once
    lives: int = 1                                          # that had a beat at the last look


def round_of_chores(spool: Spool, heart: Heart, desk: Desk, working: Iterable[str]) -> None:
    """At a beat: declare dead, put back orphans, settle jobs. Into the trash it looks only when somebody died."""
    care = _my_turn(desk, CARERS) or bool(desk.suspects)       # asked before a first look tells how many we are
    if _my_turn(desk, OBSERVERS):
        care |= _judge(spool, heart, desk)
    _admit(spool, desk)
    if care:
        _care(spool, heart, desk, set(working))


def settle_ended(spool: Spool, heart: Heart, desk: Desk, ended: Collection[str]) -> None:
    """Jobs of which a chunk ended here: perhaps it was the last."""
    for entry, job in _open_jobs(spool, desk, ended) if ended else []:
        with _alone(job.job, desk):
            _settle(spool, heart, desk, entry, job)


def _my_turn(desk: Desk, lookers: int) -> bool:
    """By chance; always at the first look of a life."""
    return random.random() < max(lookers / desk.lives, 1 / SELDOM)


def _living(spool: Spool, desk: Desk) -> list[Beat]:
    found = beats.living(spool)
    desk.lives = max(1, len(found))
    return found


def _care(spool: Spool, heart: Heart, desk: Desk, working: set[str]) -> None:
    """Every open job: who has its chunks, and is it done?"""
    alive, suspects, desk.suspects = {beat.owner for beat in _living(spool, desk)}, desk.suspects, set()
    for entry, job in _open_jobs(spool, desk):
        with _alone(job.job, desk):
            held = claims.claims(spool, job.job)
            busy = [name for name in held if name.owner in alive]
            if len(busy) < len(held):           # dead, or born since we looked: orphans.py looks in order
                _put_back(job, spool, heart)
            _remember(job, spool, desk, suspects, orphans.forgotten(busy, heart.owner, working))
            if busy:
                desk.settler.is_busy(job)
            else:
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
    if not spool.by_inbox or random.random() * desk.lives > 1:
        return
    for name in admit.waiting(spool):
        with _alone(name, desk):
            found = admit.admit(spool, name)
            if found and found.text:
                logs.event("sent-back", job=found.job, owner=found.owner, text=found.text)
            elif found:
                logs.event("admitted", job=found.job, owner=found.owner)


def somebody_waits(spool: Spool, desk: Desk) -> bool:
    """Whether people are to be told something. On average one daemon looks per beat, however many there are."""
    return bool(spool.channels) and random.random() * desk.lives <= 1 \
        and bool(atomic.names_if_there(spool.folder(notices.FOLDER)))


def something_dropped(spool: Spool, desk: Desk) -> bool:
    """Whether the drop-box is worth a look. On average one daemon lists it per beat, however many there are."""
    return random.random() * desk.lives <= 1 and drop_box.anything(spool)


def _open_jobs(spool: Spool, desk: Desk, only: Collection[str] | None = None) -> list[tuple[Entry, Job]]:
    """All, or those of `only` that still are."""
    found, entries = [], queue.entries(spool, ("queue", "held"))
    desk.known = {entry.job: job for entry in entries if (job := desk.known.get(entry.job))}
    for entry in entries:
        if only is None or entry.job in only:
            try:
                found.append((entry, desk.known.get(entry.job) or jobs.read(spool, entry.job)))
            except (SpoolError, OSError):
                continue                # the claimer says so, once
    desk.known |= {entry.job: job for entry, job in found}
    return found


def _judge(spool: Spool, heart: Heart, desk: Desk) -> bool:
    """Whether somebody was declared dead."""
    dead = [beat for beat in desk.observer.judge(_living(spool, desk), heart.count)
            if beats.declare_dead(spool, beat, heart.owner)]
    for beat in dead:
        hungry.unsay(spool, beat.owner)
        logs.event("declared-dead", who=beat.owner, beat=beat.count)
    if dead:
        _disown(spool, heart, desk)
    return bool(dead)


def _disown(spool: Spool, heart: Heart, desk: Desk) -> None:
    """Who sleeps must lose its claims of cancelled jobs too: by the time it wakes up, the same frames may have come
    from a job that was sent instead."""
    for entry in queue.entries(spool, ("trash",)):
        with _alone(entry.job, desk), suppress(FileNotFoundError):
            _put_back(jobs.read(spool, entry.job), spool, heart)


def _put_back(job: Job, spool: Spool, heart: Heart) -> None:
    for name, there in orphans.put_back(spool, [job]):
        logs.event("orphan", job=job.job, chunk=name.chunk, owner=name.owner)
        if there.lost >= claims.MOST_LOST:
            note_lost(spool, job, there, name.owner.host, heart.owner.host)


def _remember(job: Job, spool: Spool, desk: Desk, suspects: set[str], forgotten: Iterable[ClaimName]) -> None:
    for name in forgotten:
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
    if outcome.state in ("done", "failed"):
        job_log.write(spool, job.job)


class Chores(threading.Thread):
    """Does a round of chores every beat or so, and settles a job at once after `due`."""

    def __init__(self, spool: Spool, heart: Heart, working: Callable[[], Iterable[str]],
                 knock: Callable[[], None] = lambda: None, beat: Callable[[], None] = lambda: None,
                 dropped: Callable[[], None] = lambda: None) -> None:
        super().__init__(name="chores", daemon=True)
        self.spool, self.heart, self.working, self.knock, self.beat = spool, heart, working, knock, beat
        self.dropped = dropped
        self.desk, self._fresh = Desk(beats.Observer(heart.owner)), spool
        self._due, self._ended, self._ended_jobs = threading.Event(), False, queues.SimpleQueue[str]()
        self._told = self._settled = 0          # ends of chunks: heard of, and settled; each counted by one thread

    def go_by(self, spool: Spool) -> None:
        """From the next round on: its rules and named paths changed."""
        self._fresh = spool

    def due(self, job: str) -> None:
        """A chunk of it ended: perhaps it is done."""
        self._told += 1
        self._ended_jobs.put(job)
        self._due.set()

    def quiet(self) -> bool:
        """Whatever ended here was settled: what that put into todo is there."""
        return self._told == self._settled

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
        """All that a beat asks for, with `observe`; else what the ends of chunks do."""
        ended = self._ended_since()
        if self._fresh is not self.spool:
            self.spool, self.desk.known = self._fresh, {}       # jobs were read with the folders of before
        try:
            settle_ended(self.spool, self.heart, self.desk, set(ended))
            if observe:
                round_of_chores(self.spool, self.heart, self.desk, self.working())
                if somebody_waits(self.spool, self.desk):
                    self.knock()
                self.beat()
                if something_dropped(self.spool, self.desk):
                    self.dropped()
        except (OSError, SpoolError) as error:      # the share fails; the next round tries again
            logs.event("share-trouble", text=error, doing="chores")
        except Exception:                           # a bug; without chores nobody would say that a job is done
            logs.bug(doing="chores")
        finally:
            self._settled += len(ended)

    def _ended_since(self) -> list[str]:
        found = []
        with suppress(queues.Empty):
            while True:
                found.append(self._ended_jobs.get_nowait())
        return found
