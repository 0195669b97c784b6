"""The brake on all programs that this daemon runs: they stand still at once, and go on as if nothing had been.

    runs ---stop: SIGSTOP---> stands still ---go: SIGCONT---> runs

Invariants
  1. While the brake is on, no program of the daemon runs: one that starts is stopped as soon as it has a number.
  2. Stopped are its process group, its session, and what any of them started, as long as it has a living parent
     among them.
  3. Only what was stopped here is let go on.

What a crash leaves behind: nothing. What the daemon started is killed, stopped or not (child.py, leftovers.py).
"""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from renderd import processes

LOOKS = 5           # for processes that were started while others were being stopped


@dataclass(eq=False)
class Braked:
    """One program, by the number of its process and group."""

    pid: int
    since: float | None = None          # it stands still since then
    _rested: float = 0.0
    strays: dict[int, int] = field(default_factory=dict)       # stopped outside of its group: number, and when it began

    @property
    def rests(self) -> bool:
        return self.since is not None

    @property
    def rested(self) -> float:
        """Seconds that it stood still so far."""
        since = self.since
        return self._rested + (time.monotonic() - since if since is not None else 0.0)

    def signal(self, number: int) -> None:
        """To its group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def signal_strays(self, number: int) -> None:
        for pid, began in self.strays.items():
            one = processes.of(pid)
            if one and one.began == began:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)

    def rest(self) -> None:
        self.since = time.monotonic()
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._rested, self.since = self.rested, None
        self.signal_strays(signal.SIGCONT)
        self.signal(signal.SIGCONT)
        self.strays = {}


class Brake:
    """For every thread."""

    def __init__(self) -> None:
        self._lock, self._on = threading.Lock(), False
        self._programs: set[Braked] = set()

    @property
    def on(self) -> bool:
        return self._on

    def add(self, pid: int) -> Braked:
        """A program that has just started."""
        program = Braked(pid)
        with self._lock:
            self._programs.add(program)
            if self._on:
                self._stop([program])
        return program

    def remove(self, program: Braked) -> None:
        """It is being ended: what was stopped of it outside of its group would stand still for ever."""
        with self._lock:
            self._programs.discard(program)
            program.signal_strays(signal.SIGKILL)
            program.strays = {}

    def stop(self) -> None:
        """When this returns nothing runs."""
        with self._lock:
            if not self._on:
                self._on = True
                self._stop(list(self._programs))

    def go(self) -> None:
        with self._lock:
            if self._on:
                self._on = False
                for program in self._programs:
                    program.go_on()

    def kill(self) -> None:
        """All of every program, for a daemon that ends at once: nothing is waited for."""
        with self._lock:
            for pid in processes.below(processes.table(), {program.pid for program in self._programs}):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)

    def _stop(self, programs: list[Braked]) -> None:
        for program in programs:
            program.rest()
        for _ in range(LOOKS if programs else 0):
            found = processes.table()
            new = [self._stop_strays(found, program) for program in programs]       # of each, whatever another had
            if not any(new):
                return

    def _stop_strays(self, found: processes.Table, program: Braked) -> bool:
        """Whether there were any that still ran."""
        new = {pid: found[pid].began for pid in processes.below(found, {program.pid})
               if found[pid].group != program.pid and pid not in program.strays}
        for pid in new:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP)
        program.strays |= new
        return bool(new)


BRAKE = Brake()         # of this process, which is one daemon
