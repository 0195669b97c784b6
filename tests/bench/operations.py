"""What a farm of many daemons asks of the file server, for each chunk: counted, at the real rates, in simulated time.

Each daemon is the real one with its real looks, chores, claims, journals, publishing and beats; only its threads, its
clock and the program that renders are simulated. A chunk is ten frames of a second. Ten jobs are open, and all take
from the first of them, as daemons do. Of more than a hundred daemons a hundred are counted; the others are there: they
beat, look, take, hold and finish, in everybody's way, but do no chores. Counted is from when every daemon renders, so
the number of chunks that wait makes no difference but for the listings, of a thousand names at most: a million need
not be filled in. All find work as long as it is counted: what hungry daemons cost is in hungry.py."""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import renderd.chores
import renderd.finder
import renderd.living
import renderd.status
import spool.waiting
from renderd.brake import Braked
from renderd.chores import Chores
from renderd.daemon import Daemon
from renderd.delivery import Order
from renderd.heart import Heart
from renderd.living import Keeper
from renderd.render import Render
from renderd.settings import Settings
from renderd.silence import Watch
from spool import beats, claim, hosts, messages, opening, submit
from spool import frames as frame_lists
from spool.job import Job
from spool.layout import Spool
from tests.bench.counting import Count, counted
from tests.bench.film_faces import face, png
from tests.bench.simulated import Clock

JOBS, JOB_CHUNKS = 10, 10_000
FRAMES, FRAME = 10, 1.0                 # frames of a chunk; seconds
BEFORE = 10.0                           # seconds until every daemon is at work
COUNTED = 4_000.0                       # seconds that are counted, over the number of daemons
LEAST, MOST = 10.0, 120.0               # of them
SAMPLE = 100                            # daemons that are counted, of so many or more
PICTURE = png(face(0, 16))


@dataclass(frozen=True)
class PerChunk:
    """Of one chunk, with so many daemons."""

    daemons: int
    chunks: int                         # that were finished while it was counted
    calls: float
    names: float                        # that listings gave
    by_call: dict[str, float]


class Program:
    """In the place of a render: its pictures are there at once, and not counted."""

    open = False
    pid = os.getpid()
    braked = Braked(pid)                # nobody ever stops it

    def __init__(self, command: Sequence[str], cwd: str, environ: object, driven: bool) -> None:
        for frame in frame_lists.parse(command[-1]):
            (Path(command[-2]).parent / f"{frame:04}.png").write_bytes(PICTURE)

    def hear(self, wait: float) -> list[str]:
        return []

    def ended(self) -> int:
        return 0

    def kill(self) -> int:
        return 0

    def signal(self, number: int) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class SimulatedDaemon:
    """A real daemon whose threads are events of the clock."""

    daemon: Daemon
    clock: Clock
    finished: Counter[str]
    count: Count
    counted: bool
    busy: bool = False

    def live(self) -> None:
        daemon, after = self.daemon, self.clock.after
        me = beats.new_incarnation(daemon.settings.host)
        daemon.heart = Heart(daemon.spool, me, lambda: None)
        daemon.chores = Chores(daemon.spool, daemon.heart, daemon.crew.working)
        hosts.write(daemon.spool, me.host, "host", daemon.facts)
        messages.open_inbox(daemon.spool, me.host)
        after(random.uniform(0, daemon.spool.beat), self.beat)
        after(random.uniform(0, FRAMES * FRAME), self.turn)
        if self.counted:
            after(random.uniform(0, daemon.spool.beat), self.chores)

    def beat(self) -> None:
        self.count.on = self.counted
        heart = self.daemon.heart
        heart.last = beats.beat(self.daemon.spool, heart.last) or heart.last
        self.clock.after(self.daemon.spool.beat, self.beat)

    def chores(self) -> None:
        self.count.on = True
        self.daemon.chores.round(observe=True)
        self.clock.after(self.daemon.spool.beat * random.uniform(0.8, 1.2), self.chores)

    def turn(self, again: bool = True) -> None:
        self.count.on = self.counted
        self.daemon._turn()
        if not self.busy and self.daemon.crew.slots[0].claim:
            self.busy = True
            self.clock.after(FRAMES * FRAME, self.rendered)
        if again:
            self.clock.after(self.daemon._pause(), self.turn)

    def rendered(self) -> None:
        """All that a render does in the spool and beside the pictures, at its end; the claim stood meanwhile."""
        slot, self.count.on = self.daemon.crew.slots[0], self.counted
        assert slot.claim
        if self.counted:
            outcome = Render(slot.bench, slot.claim, Order(), Keeper()).run()
            self.finished[outcome.kind] += 1
            self.daemon.chores.due(slot.claim.job.job)
            self.daemon.chores.round(observe=False)     # as the end of a chunk makes it due
        else:
            claim.finish(slot.claim)
        slot._taken, self.busy = None, False
        self.turn(again=False)


Folder = Callable[[], AbstractContextManager[str]]


def measure(daemons: Sequence[int] = (10, 100, 1000), jobs: int = JOBS, chunks: int = JOB_CHUNKS,
            folder: Folder = tempfile.TemporaryDirectory) -> list[PerChunk]:
    """For each number of daemons, on a new spool each."""
    return [_measure(count, jobs, chunks, folder) for count in daemons]


def _measure(daemons: int, jobs: int, chunks: int, folder: Folder) -> PerChunk:
    random.seed(daemons)
    seconds = min(MOST, max(LEAST, COUNTED / daemons))
    clock, finished = Clock(), Counter[str]()
    modules = (spool.waiting, renderd.chores, renderd.status, renderd.finder)
    with folder() as room, ExitStack() as stack:
        shared = opening.init(f"{room}/spool")
        os.mkdir(f"{room}/out")
        for number in range(jobs):
            submit.submit(shared, submit.plan(shared, asked(number, room, chunks)))
        stack.enter_context(clock.rules(*modules))
        stack.enter_context(patch.object(renderd.living, "Process", Program))
        count = stack.enter_context(counted(room))
        for number in range(daemons):
            sampled = number % max(1, daemons // SAMPLE) == 0
            SimulatedDaemon(daemon(shared, f"ws{number:04}"), clock, finished, count, sampled).live()
        began = clock.now
        clock.run(lambda: clock.now < began + BEFORE)
        count.clear()
        before = Counter(finished)
        clock.run(lambda: clock.now < began + BEFORE + seconds)
        done = finished["finished"] - before["finished"]
    assert set(finished) == {"finished"}, finished
    return PerChunk(daemons, done, round(count.total / done, 1), round(count.names / done, 1),
                    {name: round(calls / done, 2) for name, calls in count.calls.most_common()})


def asked(number: int, room: str, chunks: int) -> Job:
    return Job(job="", name=f"bench{number}", created="", recipe="command", chunk=FRAMES, chunks=0, tries=3,
               template=("true", "{output}", "{frames}"), frames=f"1-{chunks * FRAMES}", order="probe",
               output=f"{room}/out/####.png")


def daemon(shared: Spool, host: str) -> Daemon:
    settings = Settings(host=host, programs=("true",), blender=())
    return Daemon(shared, settings, {}, Watch({}))
