"""The invariants of claim.py as a state machine: three daemons and a person do anything in any order.

  1. A chunk is one file. The folder it lies in is its state.
  2. It is in exactly one folder; parts of it are in two if its owner died while it gave them away.
  3. running/NAME@INCARNATION.SLOT is moved by that incarnation alone, until it has no beat.

At the end everything runs until nothing is left: each frame is in a file and in a journal."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spool import again, atomic, beats, claim, opening, orphans, queue, tail
from spool import job as jobs
from spool.beats import DEAD
from spool.claim import Claim, Waiting
from spool.errors import WrongState
from spool.job import Job
from spool.layout import Beat
from tests.spool import played
from tests.spool.played import Daemon

HOSTS = ("ws01", "ws02", "ws03")
FRAMES = ("1-6", "1-9x2", "1-3,8,20", "4")
who = st.sampled_from(HOSTS)
which = st.integers(0, 9)


def has_claims(farm: "Farm") -> bool:
    return any(farm.claims.values())


class Farm(RuleBasedStateMachine):
    """What each daemon knows is in `daemons`, `claims` and `listings`: it may be old, as on a real farm."""

    def __init__(self) -> None:
        super().__init__()
        self.base = tempfile.mkdtemp(dir=played.MEMORY)
        self.spool = opening.init(f"{self.base}/farm")
        self.jobs: list[Job] = []
        self.chunks: dict[str, set[int]] = {}               # of each job the SEQs ever seen
        self.claims: dict[str, list[Claim]] = {host: [] for host in HOSTS}
        self.listings: dict[tuple[str, str], Waiting] = {}
        self.daemons = {host: Daemon.born(self.spool, host) for host in HOSTS}
        self.seen_beats: dict[str, Beat] = {}
        self.stale_orphans: list[tuple[Job, Any]] = []
        self.half_cut: set[str] = set()                     # "JOB/SEQ" of which a part may be in two chunks

    def job(self, number: int) -> Job:
        return self.jobs[number % len(self.jobs)]

    def a_claim(self, number: int) -> tuple[str, Claim]:
        """One that somebody thinks to have, and who."""
        every = [(host, taken) for host, claims in self.claims.items() for taken in claims]
        host, taken = every[number % len(every)]
        self.claims[host].remove(taken)
        return host, taken

    def person(self, act: Any, number: int, *args: Any) -> None:
        """A person may be told that it cannot be done now; nothing else may happen."""
        with suppress(WrongState):
            act(self.spool, played.where(self.spool, self.job(number)), *args)

    @initialize(frames=st.sampled_from(FRAMES), chunk=st.sampled_from((6, 3)), tries=st.integers(1, 3))
    def first(self, frames: str, chunk: int, tries: int) -> None:
        self.submit(frames, chunk, tries, hold=False)
        self.take("ws01", 0, 2)         # or half of all plays would end before anybody had a claim

    @precondition(lambda self: len(self.jobs) < 2)
    @rule(frames=st.sampled_from(FRAMES), chunk=st.integers(1, 6), tries=st.integers(1, 3), hold=st.booleans())
    def submit(self, frames: str, chunk: int, tries: int, hold: bool) -> None:
        folder = f"{self.base}/out{len(self.jobs)}"
        os.mkdir(folder)
        self.jobs.append(played.add(self.spool, f"{folder}/####.png", frames=frames, chunk=chunk, tries=tries,
                                    hold=hold)[1])

    # What daemons do

    @precondition(lambda self: self.jobs)
    @rule(host=who, number=which, many=st.integers(1, 3))
    def take(self, host: str, number: int, many: int) -> None:
        job, daemon = self.job(number), self.daemons[host]
        waiting = self.listings.setdefault((host, job.job), Waiting())
        for _ in range(many):
            if taken := daemon.take(job, waiting, slot=self.free_slot(host)):
                self.claims[host].append(taken)

    def free_slot(self, host: str) -> int:
        return next(n for n in count() if n not in {c.name.slot for c in self.claims[host]})

    @precondition(has_claims)
    @rule(number=which)
    def publish(self, number: int) -> None:
        host, taken = self.a_claim(number)
        if claim.ours(self.spool, taken) and (missing := self.daemons[host].missing(taken)):
            self.daemons[host].publish(taken, missing[0])
        self.claims[host].append(taken)

    @precondition(has_claims)
    @rule(number=which)
    def finish(self, number: int) -> None:
        host, taken = self.a_claim(number)
        if claim.ours(self.spool, taken):
            self.daemons[host].render(taken)
        else:                           # a late one, that was declared dead: it finds its name gone
            claim.finish(taken)

    @precondition(has_claims)
    @rule(number=which)
    def fail(self, number: int) -> None:
        _, taken = self.a_claim(number)
        owned = self.owned(taken)
        assert (claim.fail(self.spool, taken) is not None) == owned

    @precondition(has_claims)
    @rule(number=which)
    def release_claim(self, number: int) -> None:
        _, taken = self.a_claim(number)
        owned = self.owned(taken)
        assert claim.release(self.spool, taken) == owned

    @precondition(has_claims)
    @rule(number=which, pieces=st.integers(1, 3), dies=st.integers(0, 3))
    def cut(self, number: int, pieces: int, dies: int) -> None:
        """Gives the end away; or dies after so many pieces are in todo."""
        host, taken = self.a_claim(number)
        owned, frames = self.owned(taken), taken.info.frames
        frames = frames[:1 + number % len(frames)]
        try:
            with dying_after(dies or 9):
                short = tail.cut(self.spool, taken, frames, pieces)
        except Died:
            self.half_cut.add(f"{taken.job.job}/{taken.name.chunk.seq}")
            self.reborn(host)
            return
        assert short is taken or (short is not None) == owned
        if short:
            self.claims[host].append(short)

    def owned(self, taken: Claim) -> bool:
        """Invariant 3: as long as the owner has a beat, its claim is its own."""
        alive = taken.name.owner in {b.owner for b in beats.living(self.spool)}
        return alive or str(taken.name) in self.before

    @rule(host=who)
    def beat(self, host: str) -> None:
        daemon = self.daemons[host]
        alive = daemon.me in {b.owner for b in beats.living(self.spool)}
        assert daemon.beat() == alive
        if not alive:
            self.reborn(host)

    @precondition(has_claims)
    @rule(number=which)
    def die(self, number: int) -> None:
        """A computer is switched off and on again: its claims stay, under a name that beats no more."""
        self.reborn(self.a_claim(number)[0])

    def reborn(self, host: str) -> None:
        self.daemons[host], self.claims[host] = Daemon.born(self.spool, host), []
        self.listings = {key: kept for key, kept in self.listings.items() if key[0] != host}

    @rule(host=who, lives=st.booleans())
    def observe_for_a_lease(self, host: str, lives: bool) -> None:
        """One beats; the others do, or are away for so long."""
        for _ in range(DEAD + 1):
            for other in HOSTS if lives else (host,):
                self.beat(other)
            self.daemons[host].observe()

    @precondition(lambda self: self.jobs)
    @rule()
    def list_orphans(self) -> None:
        """Somebody lists them now and acts later."""
        self.stale_orphans = orphans.find(self.spool, self.jobs)

    @rule()
    def put_back_orphans(self) -> None:
        for job, name in self.stale_orphans:
            claim.put_back(self.spool, job, name)
        self.stale_orphans = []
        orphans.put_back(self.spool, self.jobs)

    @precondition(lambda self: self.jobs)
    @rule(host=who, number=which)
    def settle(self, host: str, number: int) -> None:
        if played.where(self.spool, self.job(number)).state == "queue":
            self.daemons[host].settle(self.job(number))

    # What people do

    @precondition(lambda self: self.jobs)
    @rule(number=which, act=st.sampled_from([queue.hold, queue.release, queue.cancel, queue.undo]))
    def move(self, number: int, act: Any) -> None:
        self.person(act, number)

    @precondition(lambda self: self.jobs)
    @rule(number=which, priority=st.integers(0, 100))
    def priority(self, number: int, priority: int) -> None:
        self.person(queue.set_priority, number, priority)

    @precondition(lambda self: self.jobs)
    @rule(number=which)
    def retry(self, number: int) -> None:
        self.person(again.retry, number, self.job(number))

    @precondition(lambda self: self.jobs)
    @rule(number=which, first=st.integers(0, 5), count=st.integers(1, 3))
    def redo(self, number: int, first: int, count: int) -> None:
        frames = self.job(number).frame_list()
        self.person(again.redo, number, self.job(number), frames[first % len(frames):][:count])

    # What must hold

    @invariant()
    def a_chunk_is_in_exactly_one_folder(self) -> None:
        doubled = [d for d in played.doubled(self.spool) if _job_and_seq(d) not in self.half_cut]
        assert not doubled, doubled

    @invariant()
    def a_job_has_one_entry(self) -> None:
        entries = [e.job for e in queue.entries(self.spool)]
        assert sorted(entries) == sorted(j.job for j in self.jobs), played.whole(self.spool)

    @invariant()
    def every_frame_is_in_a_chunk_or_in_a_journal(self) -> None:
        for job in self.jobs:
            assert not played.nowhere(self.spool, job), played.whole(self.spool)

    @invariant()
    def a_claim_of_who_has_a_beat_is_its_own(self) -> None:
        there = {str(c) for job in self.jobs for c in claim.claims(self.spool, job.job)}
        self.before = there
        alive = {beat.owner for beat in beats.living(self.spool)}
        ours = {str(c.name) for claims in self.claims.values() for c in claims if c.name.owner in alive}
        assert ours <= there, (ours - there, played.whole(self.spool))

    @invariant()
    def a_done_job_has_every_frame(self) -> None:
        for entry in queue.entries(self.spool, ("done",)):
            job = jobs.read(self.spool, entry.job)
            assert len(os.listdir(os.path.dirname(job.output))) >= len(job.frame_list())
            left = [*claim.waiting_chunks(self.spool, job), *claim.failed_chunks(self.spool, job.job),
                    *claim.claims(self.spool, job.job)]
            assert not left, played.whole(self.spool)

    def teardown(self) -> None:
        try:
            played.recover(self.spool)
            assert_each_job_rendered(self)
        finally:
            shutil.rmtree(self.base)


class Died(Exception):
    """The daemon, in the middle of a step."""


@contextmanager
def dying_after(steps: int) -> Iterator[None]:
    """The computer loses power after so many pieces, or the shortening, are on the disk."""
    left = iter(range(steps))

    def mortal(act: Any) -> Any:
        def acted(*args: Any) -> Any:
            if next(left, None) is None:
                raise Died
            return act(*args)
        return acted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(atomic, "replace", mortal(atomic.replace))
        patch.setattr(atomic, "move", mortal(atomic.move))
        yield


def _job_and_seq(path: str) -> str:
    """Of jobs/JOB/STATE/SEQ.FIRST-LAST"""
    words = path.split(" and ")[0].split("/")
    return f"{words[1]}/{words[-1].split('.')[0]}"


def assert_each_job_rendered(farm: Farm) -> None:
    assert len(queue.entries(farm.spool)) == len(farm.jobs)
    played.assert_all_rendered(farm.spool)


TestFarm = Farm.TestCase
TestFarm.settings = settings(max_examples=120, stateful_step_count=30, deadline=None,
                             suppress_health_check=list(HealthCheck))
