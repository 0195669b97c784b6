"""The frames of a claim, from the folder that the program writes into to their place.

    a file in the claim's folder --whole? the right one? still ours?--> its final name --> a line in the journal
                                 --its recipe has post-*: held until those have passed it--^

Invariants
  1. A frame has a line in the journal only after it was published.
  2. Of a claim that was lost nothing is published.
  3. A frame that a post-* stage has not passed is not published.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from renderd import frames, logs, staging
from renderd.bench import Bench
from renderd.diagnose import Finding
from renderd.errors import ChunkFails
from renderd.giving_back import START, Giver
from renderd.meter import Meter, Used
from renderd.pictures import Picture
from spool import claim as claims
from spool import frames as frame_lists
from spool import sequence
from spool.claim import Claim
from spool.errors import LostClaim
from spool.journal import Journal
from spool.sequence import File

HOLD = 20.0         # seconds of rendering that held frames may be worth: who stops us loses no more
MOST_HELD = 500     # frames that post-* get as arguments at a time


@dataclass
class Order:
    """What the daemon wants of a running render; set from another thread."""

    stop: str = ""      # "" go on | "return" stop, frames back | "lost" stop, publish nothing


@dataclass
class Delivery:
    """What is still to come of a claim, and how it comes.

    A Blender that is driven is told one frame after the other, always the next of `waiting`. Whoever takes frames out
    of `waiting` takes them from the render, but for `frame`; so the end of the claim can be given away any time."""

    bench: Bench
    claim: Claim                        # shorter, once its end was given away
    order: Order
    waiting: list[int] = field(default_factory=list)    # frames that are not published yet
    frame: int | None = None                            # that the program works on now
    blend: str = ""                                     # SHA-256 of the .blend
    folder: str = ""                                    # empty: the farm does not know what the program writes
    meter: Meter = field(default_factory=Meter)
    gave: bool = False                                  # a part of the claim away, so the program may go on too long
    check: Callable[[Sequence[int], Sequence[str]], None] | None = None     # raises if these pictures must not go out
    held: dict[int, Used] = field(default_factory=dict)     # frames that are whole and wait for `check`
    lines: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.giver = Giver(self.bench.spool, start=START + self.bench.settings.poll,
                           neighbours=self.bench.neighbours)
        self._joules()                  # what was used before is not ours

    @property
    def stem(self) -> str:
        return self.claim.name.chunk.stem

    def keep_ready(self) -> None:
        """Frames that an earlier job made from the very same input are not rendered again (`render add --force`)."""
        claim, job, spool = self.claim, self.claim.job, self.bench.spool
        if not job.before or not job.is_blender or claim.info.round:
            return
        try:
            if self.bench.fingerprints.of(job.blend) != job.blend_sha256:
                return                  # it was saved again since: what is to come would be from another input
        except OSError:                 # readiness.py says why
            return
        kept = []
        for frame, other, file in sequence.ready(spool, job, self.waiting):
            if isinstance(frames.examine(job.file_of(frame), frame, job), Picture):
                self.lines.write("frame", chunk=self.stem, frame=frame, round=0, blend=job.blend_sha256, file=file,
                                 kept=other)
                kept.append(frame)
        self.waiting = [f for f in self.waiting if f not in kept]
        if kept:
            logs.event("kept", job=job.job, chunk=self.stem, frames=frame_lists.text(kept))

    def saved(self, name: str, pid: int) -> None:
        """Blender says that it wrote this file; it says so on a full disk too."""
        job = self.claim.job
        for frame in self.waiting:
            if os.path.basename(job.file_of(frame)) == name:
                picture = self._examine(frame)
                if isinstance(picture, Picture):
                    self._accept(frame, picture, self.meter.frame(pid))
                return

    def written(self, frame: int, used: Used) -> Finding | None:
        """The frame is published; or what is wrong with it."""
        if frame not in self.waiting:
            return None
        picture = self._examine(frame)
        if isinstance(picture, Finding):
            return picture
        self._accept(frame, picture, used)
        return None

    def collect(self, pid: int) -> list[Finding]:
        """Publish what is whole; what is wrong with the rest."""
        if self.claim.job.one_file and self.waiting:
            return self._film(pid)
        findings = []
        for frame in list(self.waiting):
            found = self._examine(frame)
            if isinstance(found, Finding):
                findings.append(found)
            else:
                self._accept(frame, found, self.meter.frame(pid, share=len(self.waiting)))
        return findings

    def _film(self, pid: int) -> list[Finding]:
        """One file for all frames: it is published as a whole."""
        first, used = self.waiting[0], self.meter.frame(pid, share=len(self.waiting))
        found = self._examine(first)
        if not isinstance(found, Finding) and self.check:
            self.check(list(self.waiting), [self._staged(first)])
            found = self._examine(first)
        if isinstance(found, Finding):
            return [found]
        file = self._move(first)
        for frame in list(self.waiting):
            self._note(frame, found, used, file)
            self._tick_off(frame, found, used)
        return []

    def _accept(self, frame: int, picture: Picture | None, used: Used) -> None:
        """It is whole: published, or held until `check` has seen it."""
        if not self.check:
            self._publish(frame, picture, used)
            self._tick_off(frame, picture, used)
            return
        self.held[frame] = used
        self._tick_off(frame, picture, used)
        worth = sum(one.wall for one in self.held.values())
        if not self.waiting or worth > HOLD or len(self.held) >= MOST_HELD:
            self.let_go()

    def let_go(self) -> None:
        """Held frames are published, if `check` lets them; what it raises comes through, and they wait again."""
        held, self.held = dict(sorted(self.held.items())), {}
        if not held or not self.check:
            return
        try:
            self.check(list(held), [self._staged(frame) for frame in held] if self.folder else [])
            for frame, used in list(held.items()):
                found = self._examine(frame)            # `check` may have converted it
                if isinstance(found, Finding):
                    raise ChunkFails(found.code, found.facts)
                self._publish(frame, found, used)
                del held[frame]
        finally:
            self.waiting = sorted([*self.waiting, *held])

    def give(self) -> None:
        """The end of the claim to hosts that found nothing to do, if there are any."""
        begun = [f for f in self.waiting if self.frame is None or f <= self.frame]
        short = self.giver.give(self.claim, begun, self.waiting[len(begun):], self.meter.since, self.lines)
        if short is None:
            raise LostClaim(f"{self.claim.name} is somebody else's now.")
        self.gave = self.gave or short != self.claim
        self.claim, self.waiting = short, [f for f in self.waiting if f <= short.name.chunk.last]

    def _examine(self, frame: int) -> Picture | Finding | None:
        """The frame as it lies in the folder; None for a program whose files the farm does not know."""
        if not self.folder:
            return None
        return frames.examine(self._staged(frame), frame, self.claim.job)

    def _staged(self, frame: int) -> str:
        """Where the picture lies before it is published."""
        return f"{self.folder}/{os.path.basename(self.claim.job.file_of(frame))}"

    def _publish(self, frame: int, picture: Picture | None, used: Used) -> None:
        file = self._move(frame) if self.claim.job.output else None
        self._note(frame, picture, used, file)

    def _move(self, frame: int) -> File:
        return staging.publish(self._staged(frame), self.claim.job.file_of(frame), self._ours)

    def _note(self, frame: int, picture: Picture | None, used: Used, file: File | None) -> None:
        seconds = _seconds(picture, used)
        self.lines.write("frame", chunk=self.stem, frame=frame, round=self.claim.info.round, seconds=seconds,
                         peak_mb=used.peak, blend=self.blend, wall=round(used.wall, 3),
                         cpu=None if used.cpu is None else round(used.cpu, 3), file=file,
                         **self._joules())
        logs.event("published", job=self.claim.job.job, frame=frame, seconds=seconds)

    def _tick_off(self, frame: int, picture: Picture | None, used: Used) -> None:
        self.giver.published(used.wall, _seconds(picture, used))
        self.waiting.remove(frame)
        if self.frame == frame:
            self.frame = next((f for f in self.waiting if f > frame), None)

    def look(self, pid: int) -> None:
        """Now and then while a frame takes long: see meter.py and energy.py."""
        self.meter.look(pid)
        if self.bench.energy:
            self.bench.energy.look()

    def _joules(self) -> dict[str, Any]:
        """Since the last question; nothing where no counter can be read."""
        used = self.bench.energy.since() if self.bench.energy else None
        return {} if used is None else {"joules": used}

    def _ours(self) -> bool:
        return self.order.stop != "lost" and claims.ours(self.bench.spool, self.claim)


def _seconds(picture: Picture | None, used: Used) -> float:
    """That the frame took: what the picture tells, else what was measured."""
    told = picture.render_seconds if picture else None
    return round(max(0.0, told - used.rested), 2) if told else round(used.wall, 2)
