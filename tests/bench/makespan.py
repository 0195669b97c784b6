"""How long a film takes on uneven hosts, against the least that is possible: the real spool, simulated renders.

Twenty hosts of speed 1 to 4, 1,000 frames of FRAME seconds (on the slowest), and HEAVY in a row that take ten times as
long. Finding, taking, journal, cutting and finishing is the code of the daemons, in a real folder; only the clock and
the renders are simulated. A Blender needs START to come up:

    fixed       for each chunk; a chunk stays with who took it
    warm        once a host: it lives on
    give-back   as warm, and the end of a chunk goes to hosts that find nothing, or, if it is dear, back into todo
                (renderd/giving_back.py)
    auto        as give-back, with `--chunk auto` instead of ten frames a chunk

The least is all work spread over all speeds without a gap, or the longest frame on the fastest host."""

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from renderd import finder, giving_back
from renderd.finder import Finder
from renderd.giving_back import Appetite, Giver
from spool import beats, chunk_size, claim, hosts, journal, opening, submit, waiting
from spool import frames as frame_lists
from spool.claim import Claim
from spool.job import Job
from spool.layout import Incarnation, Spool
from spool.verdict import Host
from tests.bench.simulated import Clock

HOSTS, FRAMES, CHUNK = 20, 1000, 10
FRAME, HEAVY, TIMES = 4.0, 50, 10.0         # seconds on a host of speed 1; frames; how much dearer they are
START = 1.2                                 # seconds of a Blender on a host of speed 1
POLL = 2.0
MODES = ("fixed", "warm", "give-back", "auto")
GIVING = ("give-back", "auto")
RUNS = 5                                    # each with the heavy stretch elsewhere


@dataclass(frozen=True)
class Film:
    """What each frame costs, and how fast each host is."""

    heavy: range
    speeds: tuple[float, ...]

    def seconds(self, frame: int) -> float:
        return FRAME * (TIMES if frame in self.heavy else 1.0)

    @property
    def least(self) -> float:
        every = [self.seconds(frame) for frame in range(1, FRAMES + 1)]
        return max(sum(every) / sum(self.speeds), max(every) / max(self.speeds))


@dataclass
class Farm:
    """What the simulated hosts share."""

    spool: Spool
    job: Job
    film: Film
    mode: str
    clock: Clock
    left: set[int]
    ended: float = 0.0
    last: str = ""                  # what the last frame was
    gap: float = 0.0                # when somebody first found nothing


@dataclass
class SimulatedHost:
    """A daemon with one slot."""

    farm: Farm
    me: Incarnation
    speed: float
    finder: Finder
    appetite: Appetite
    giver: Giver
    warm: bool = False
    claim: Claim | None = None
    frames: list[int] = field(default_factory=list)     # of the claim, that are not there; the first is at work
    since: float = 0.0                                  # when the first was begun

    def look(self) -> None:
        """Takes what there is, or looks again later."""
        farm = self.farm
        self.claim = self.finder.take(self.me, 1)
        farm.gap = farm.gap or (0.0 if self.claim else farm.clock.now)
        if farm.mode in GIVING:
            self.appetite.is_now(self.claim is None and self.finder.could_help(), self.me)
        if self.claim:
            self.frames, start = list(self.claim.info.frames), 0.0 if self.warm else START / self.speed
            self.warm = farm.mode != "fixed"
            self.giver = Giver(farm.spool, start=giving_back.START + POLL, born=farm.clock.now)
            farm.clock.after(start, self.loaded)
        else:
            farm.clock.after(POLL * random.uniform(0.8, 1.2), self.look)

    def loaded(self) -> None:
        self.giver.begins(START / self.speed)
        self.begin()

    def begin(self) -> None:
        clock, self.since = self.farm.clock, self.farm.clock.now
        clock.after(self.farm.film.seconds(self.frames[0]) / self.speed, self.rendered)
        if self.farm.mode in GIVING:
            self.share(self.frames[0])

    def share(self, frame: int) -> None:
        """When it is due, again and again while this frame is at work."""
        if not self.claim or self.frames[0] != frame:
            return
        if self.giver.due():
            with self.lines() as lines:
                self.claim = self.giver.give(self.claim, self.frames[:1], self.frames[1:], self.since, lines)
            assert self.claim, "nobody takes a claim away here"
            self.frames = [frame for frame in self.frames if frame <= self.claim.name.chunk.last]
        self.farm.clock.after(self.giver.next - self.farm.clock.now, lambda: self.share(frame))

    def rendered(self) -> None:
        """A frame is there."""
        farm, frame, given = self.farm, self.frames.pop(0), self.claim
        assert given
        farm.left.remove(frame)
        farm.ended = farm.clock.now
        farm.last = f"frame {frame}, {farm.clock.now - self.since:.0f} s on a host of speed {self.speed:.1f}"
        wall = farm.clock.now - self.since
        self.giver.published(wall, wall)
        with self.lines() as lines:
            lines.write("frame", chunk=given.name.chunk.stem, frame=frame, seconds=round(wall, 2))
            if not self.frames:
                lines.write("done", chunk=given.name.chunk.stem, frames=frame_lists.text(given.info.frames))
        if self.frames:
            self.begin()
        else:
            claim.finish(given)
            self.claim = None
            self.look()

    def lines(self) -> journal.Journal:
        return journal.Journal(self.farm.spool, self.farm.job.job, self.me.host)


@dataclass(frozen=True)
class Course:
    """How a film went: seconds, and what the last frame was."""

    least: float
    made: float
    first_idle: float
    last: str

    @property
    def ratio(self) -> float:
        return round(self.made / self.least, 3)


def measure(modes: Sequence[str] = MODES, runs: int = RUNS) -> dict[str, list[Course]]:
    """By mode, for each film."""
    return {mode: [course(film, mode) for film in films(runs)] for mode in modes}


def films(count: int) -> list[Film]:
    """Each with the heavy stretch elsewhere."""
    speeds = tuple(1 + 3 * number / (HOSTS - 1) for number in range(HOSTS))
    places = [FRAMES * (2 * number + 1) // (2 * count) for number in range(count)]
    return [Film(range(place, place + HEAVY), speeds) for place in places]


def course(film: Film, mode: str) -> Course:
    clock, began = Clock(), Clock().now
    random.seed(film.heavy.start)
    with tempfile.TemporaryDirectory() as root, clock.rules(waiting, finder, giving_back):
        spool = opening.init(f"{root}/spool")
        farm = Farm(spool, _submit(spool, root, mode), film, mode, clock, set(range(1, FRAMES + 1)))
        for number, speed in enumerate(film.speeds):
            host = Host(f"ws{number:02}", programs=("true",))
            me = beats.new_incarnation(host.name)
            beats.born(spool, me)
            hosts.write(spool, host.name, "host", {"programs": host.programs})
            at_work = SimulatedHost(farm, me, speed, Finder(spool, host), Appetite(spool), Giver(spool))
            clock.after(random.uniform(0, POLL), at_work.look)
        clock.run(lambda: bool(farm.left))
        return Course(film.least, farm.ended - began, farm.gap - began, farm.last)


def _submit(spool: Spool, root: str, mode: str) -> Job:
    size = {"chunk": chunk_size.BOUND, "chunk_seconds": spool.chunk_seconds} if mode == "auto" else {"chunk": CHUNK}
    asked = Job(job="", name="film", created="", recipe="command", template=("true", "{frames}"), frames=f"1-{FRAMES}",
                chunks=0, order="probe", output=f"{root}/out/####.png", tries=3, **size)    # type: ignore[arg-type]
    submit.submit(spool, planned := submit.plan(spool, asked))
    return planned.job
