"""One program that renders: start it, hear it, end it; a Blender that is driven is also told what to do."""

import fcntl
import json
import os
import select
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from renderd.brake import BRAKE

CHILD = Path(__file__).with_name("child.py")
LONGEST_LINE = 64 * 1024        # bytes; a program that never ends its line must not fill our memory
LONGEST_EVENT = 4 << 20         # bytes; two hundred paths that JSON writes with six characters a letter
ROOM = 1 << 20                  # bytes that a pipe holds for us while a share lets us wait; more needs privileges
GATHER = 0.05                   # seconds that lines may wait, of a Blender that tells what matters as events
MOST_READS = 32                 # of a pipe at a time, so that a program that screams is not all we hear

Event = dict[str, Any]          # what driver_inside.py tells


class _Lines:
    """The lines that come out of a pipe."""

    def __init__(self, fd: int, longest: int = LONGEST_LINE) -> None:
        self.fd, self.open, self._rest, self._longest = fd, True, b"", longest
        os.set_blocking(fd, False)
        with suppress(OSError):         # the user's pipes have used up what the kernel allows
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, ROOM)

    def read(self) -> list[str]:
        """What is there now; bytes that are not UTF-8 become surrogates."""
        data = self._rest
        for _ in range(MOST_READS):
            try:
                more = os.read(self.fd, 65536)
            except BlockingIOError:
                break
            if not more:
                self.open = False
                break
            data += more
        *whole, self._rest = data.split(b"\n")
        if self._rest and (not self.open or len(self._rest) > self._longest):
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode("utf-8", "surrogateescape") for line in whole]


class Process:
    """A running program; a group of its own that dies with the daemon (see child.py).

    What it says on stdout and stderr comes in one stream, in the order in which it was said. One that is `driven`
    also gets orders on stdin and tells events on a pipe of its own: see driver_inside.py."""

    def __init__(self, command: Sequence[str], cwd: str, environ: Mapping[str, str], *, driven: bool = False) -> None:
        wrapped = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), cwd, "--", *command]
        ours, theirs = os.pipe() if driven else (None, None)
        handed_on = {} if theirs is None else {"RENDERD_EVENTS": str(theirs)}
        try:
            self._popen = subprocess.Popen(
                wrapped, env={**environ, **handed_on}, stdin=subprocess.PIPE if driven else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                pass_fds=() if theirs is None else (theirs,))
        except BaseException:
            if ours is not None:
                os.close(ours)
            raise
        finally:
            if theirs is not None:
                os.close(theirs)
        self.braked = BRAKE.add(self._popen.pid)
        try:
            self._listen(ours)
        except BaseException:           # no more descriptors
            self._end(ours)
            raise

    def _listen(self, events: int | None) -> None:
        assert self._popen.stdout
        self._said = _Lines(self._popen.stdout.fileno())
        self._told = None if events is None else _Lines(events, LONGEST_EVENT)
        self._poll = selectors.DefaultSelector()
        for lines in filter(None, (self._said, self._told)):
            self._poll.register(lines.fd, selectors.EVENT_READ)
        self._news = select.poll()
        if self._told:
            self._news.register(self._told.fd, select.POLLIN)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def open(self) -> bool:
        """It may still say something."""
        return self._said.open

    def hear(self, wait: float) -> list[str | Event]:
        """What it said and told within `wait` seconds at most: lines, and then events."""
        if not self.open:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(wait)
            return []
        ready = self._poll.select(wait)
        if not ready:
            return []
        if self._told and self._told.open and all(key.fd != self._told.fd for key, _ in ready):
            # Blender flushes each of its forty lines a frame: to wake for each would cost more than to render it.
            self._news.poll(1000 * GATHER)
        told = self._read(self._told)
        # Read second: what was said before an event is there when the event is.
        return [*self._read(self._said), *_events(told)]

    def _read(self, lines: _Lines | None) -> list[str]:
        if lines is None or not lines.open:
            return []
        read = lines.read()
        if not lines.open:
            self._poll.unregister(lines.fd)
        return read

    def order(self, **order: object) -> None:
        """Told to a Blender that is driven; nothing happens if it has just ended."""
        assert self._popen.stdin
        with suppress(BrokenPipeError):
            os.write(self._popen.stdin.fileno(), json.dumps(order).encode() + b"\n")

    def no_more_orders(self) -> None:
        """A Blender that is driven leaves when it has done what it does now."""
        if self._popen.stdin:
            self._popen.stdin.close()

    def ended(self) -> int | None:
        """Its exit code (negative: the signal), or None while it runs."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        """To the whole group, so that a program's own children hear it too."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)

    def kill(self) -> int:
        """No process of the group is left; gives the exit code."""
        self.signal(signal.SIGKILL)
        return self._popen.wait()

    def close(self) -> None:
        self._poll.close()
        self._end(self._told.fd if self._told else None)

    def _end(self, events: int | None) -> None:
        BRAKE.remove(self.braked)
        self.kill()
        for pipe in filter(None, (self._popen.stdin, self._popen.stdout)):
            pipe.close()
        if events is not None:
            os.close(events)


def _events(lines: list[str]) -> list[Event]:
    """Whoever inherits the pipe may write anything into it."""
    found = []
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            found.append(event)
    return found


def peak_mb(pid: int) -> float | None:
    """The most memory that the program has held so far, in MiB; None before and after its life."""
    return _memory(pid, "VmHWM:")


def held_mb(pid: int) -> float | None:
    """The memory that the program holds now, in MiB; None before and after its life."""
    return _memory(pid, "VmRSS:")


def _memory(pid: int, line: str) -> float | None:
    """A number of proc(5)."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words, open(f"/proc/{pid}/status") as status:
            if os.fsencode(CHILD) in words.read().split(b"\0"):
                return None             # not the program yet
            found = next((one for one in status if one.startswith(line)), None)
    except OSError:                     # it ended between two looks
        return None
    return round(int(found.split()[1]) / 1024, 1) if found else None
