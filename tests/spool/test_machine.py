"""The invariants of claim.py as a state machine: three daemons and a person do anything in any order.

  1. A chunk is one file. The folder it lies in is its state.
  2. It is in exactly one folder.
  3. running/NAME@INCARNATION.SLOT is moved by that incarnation alone, until it has no beat.

At the end everything runs until nothing is left: each frame is in a file and in a journal."""

import os
import shutil
import tempfile
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spool import again, beats, claim, opening, orphans, queue
from spool import job as jobs
from spool.beats import DEAD
from spool.claim import Claim, Waiting
from spool.errors import WrongState
from spool.job import Job
from spool.layout import Beat
from tests.spool import played
from tests.spool.played import Daemon

HOSTS = ("ws01", "ws02", "ws03")
FRAMES = ("1-6", "1-9x2", "4", "1-3,8,20")
who = st.sampled_from(HOSTS)
which = st.integers(0, 9)


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

    def job(self, number: int) -> Job:
        return self.jobs[number % len(self.jobs)]

    def a_claim(self, host: str, number: int) -> Claim | None:
        claims = self.claims[host]
        return claims.pop(number % len(claims)) if claims else None

    def person(self, act: Any, number: int, *args: Any) -> None:
        """A person may be told that it cannot be done now; nothing else may happen."""
        with suppress(WrongState):
            act(self.spool, played.where(self.spool, self.job(number)), *args)

    @precondition(lambda self: len(self.jobs) < 3)
    @rule(frames=st.sampled_from(FRAMES), chunk=st.integers(1, 3), tries=st.integers(1, 3), hold=st.booleans())
    def submit(self, frames: str, chunk: int, tries: int, hold: bool) -> None:
        folder = f"{self.base}/out{len(self.jobs)}"
        os.mkdir(folder)
        self.jobs.append(played.add(self.spool, f"{folder}/####.png", frames=frames, chunk=chunk, tries=tries,
                                    hold=hold)[1])

    # What daemons do

    @precondition(lambda self: self.jobs)
    @rule(host=who, number=which)
    def take(self, host: str, number: int) -> None:
        job, daemon = self.job(number), self.daemons[host]
        waiting = self.listings.setdefault((host, job.job), Waiting())
        if taken := daemon.take(job, waiting, slot=len(self.claims[host])):
            self.claims[host].append(taken)

    @rule(host=who, number=which)
    def publish(self, host: str, number: int) -> None:
        taken = self.a_claim(host, number)
        if taken and claim.ours(self.spool, taken) and (missing := self.daemons[host].missing(taken)):
            self.daemons[host].publish(taken, missing[0])
        if taken:
            self.claims[host].append(taken)

    @rule(host=who, number=which)
    def finish(self, host: str, number: int) -> None:
        taken = self.a_claim(host, number)
        if taken and claim.ours(self.spool, taken):
            self.daemons[host].render(taken)
        elif taken:                     # a late one, that was declared dead: it finds its name gone
            claim.finish(taken)

    @rule(host=who, number=which)
    def fail(self, host: str, number: int) -> None:
        if taken := self.a_claim(host, number):
            assert (claim.fail(self.spool, taken) is not None) == self.owned(host, taken)

    @rule(host=who, number=which)
    def release_claim(self, host: str, number: int) -> None:
        if taken := self.a_claim(host, number):
            assert claim.release(self.spool, taken) == self.owned(host, taken)

    def owned(self, host: str, taken: Claim) -> bool:
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

    @rule(host=who)
    def die(self, host: str) -> None:
        """The computer is switched off and on again: its claims stay, under a name that beats no more."""
        self.reborn(host)

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
        assert not played.doubled(self.spool), played.doubled(self.spool)

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


def assert_each_job_rendered(farm: Farm) -> None:
    assert len(queue.entries(farm.spool)) == len(farm.jobs)
    played.assert_all_rendered(farm.spool)


TestFarm = Farm.TestCase
TestFarm.settings = settings(max_examples=80, stateful_step_count=30, deadline=None,
                             suppress_health_check=list(HealthCheck))
