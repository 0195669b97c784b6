"""When which fault begins, goes on and is undone."""

import heapq
import random
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from tests.soak.faults import (
    Fault,
    burst,
    full_pictures,
    full_spool,
    hostile,
    kill_blender,
    kill_daemon,
    kill_driven,
    kill_group,
    link_for_a_picture,
    mood,
    nonsense,
    read_only_pictures,
    read_only_spool,
    remove_frame,
    restart,
    sleep,
)
from tests.soak.stage import Stage

EVERY = 3.5             # seconds between two faults, on average
DISK_EVERY = 100.0      # between two faults of a whole disk: what they leave behind must have gone by then
BURST_EVERY = 600.0

WEIGHTS: dict[Fault, int] = {kill_daemon: 6, kill_group: 3, restart: 3, sleep: 5, kill_blender: 6, kill_driven: 5,
                             mood: 6, remove_frame: 5, nonsense: 4, hostile: 6, link_for_a_picture: 4}
DISK: tuple[Fault, ...] = (full_spool, full_pictures, read_only_spool, read_only_pictures)


@dataclass(order=True)
class _Next:
    """A fault that goes on at a time."""

    at: float
    number: int
    steps: Iterator[float]


class Faults(threading.Thread):
    """Makes faults until the stage is ending, then undoes what is still on."""

    def __init__(self, stage: Stage, rng: random.Random) -> None:
        super().__init__(name="faults", daemon=True)
        self.stage, self.rng, self.number = stage, rng, 0
        self.on: list[_Next] = []
        now = time.monotonic()
        self.due = {"any": now + 5, "disk": now + 30 if stage.disks else float("inf"), "burst": now + 60}
        self.disk: list[Fault] = []
        self.every: list[Fault] = []        # each kind comes once before chance decides

    def run(self) -> None:
        while not self.stage.ending.wait(0.1):
            self._begin_what_is_due()
            while self.on and self.on[0].at <= time.monotonic():
                one = heapq.heappop(self.on)
                if self._go_on(one):
                    heapq.heappush(self.on, one)
        for one in sorted(self.on):
            while self._go_on(one):
                time.sleep(0.2)

    def _begin_what_is_due(self) -> None:
        now = time.monotonic()
        if now > self.due["any"]:
            self.due["any"] = now + self.rng.expovariate(1 / EVERY)
            self.every = self.every or [*self.rng.sample(list(WEIGHTS), len(WEIGHTS)),
                                        *self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=50)]
            self._begin(self.every.pop(0))
        if now > self.due["disk"]:
            self.due["disk"] = now + DISK_EVERY * self.rng.uniform(0.9, 1.3)
            self.disk = self.disk or self.rng.sample(DISK, len(DISK))
            self._begin(self.disk.pop())
        if now > self.due["burst"]:
            self.due["burst"] = now + BURST_EVERY
            self._begin(burst)

    def _begin(self, fault: Fault) -> None:
        self.stage.books.count(fault.__name__.replace("_", " "))
        self.stage.note(f"fault {fault.__name__}")
        one = _Next(0.0, self.number, fault(self.stage, self.rng))
        self.number += 1
        if self._go_on(one):
            heapq.heappush(self.on, one)

    def _go_on(self, one: _Next) -> bool:
        """False if it has come to its end."""
        try:
            one.at = time.monotonic() + next(one.steps)
        except StopIteration:
            return False
        except Exception:
            self.stage.books.violation(f"the soak itself: {traceback.format_exc()}")
            return False
        return True
