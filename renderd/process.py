"""One program that renders: start it, hear it, end it."""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
LONGEST_LINE = 64 * 1024        # bytes; a program that never ends its line must not fill our memory


class Process:
    """A running program; a group of its own that dies with the daemon (see child.py).

    What it says on stdout and stderr comes in one stream, in the order in which it was said."""

    def __init__(self, command: Sequence[str], cwd: str, environ: Mapping[str, str]) -> None:
        wrapped = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), cwd, "--", *command]
        self._popen = subprocess.Popen(wrapped, env=dict(environ), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        assert self._popen.stdout
        self._fd = self._popen.stdout.fileno()
        os.set_blocking(self._fd, False)
        self._poll = selectors.DefaultSelector()
        self._poll.register(self._fd, selectors.EVENT_READ)
        self._rest = b""
        self.open = True                # it may still say something

    @property
    def pid(self) -> int:
        return self._popen.pid

    def lines(self, wait: float) -> list[str]:
        """What it said within `wait` seconds at most; bytes that are not UTF-8 become surrogates."""
        if not self.open:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(wait)
            return []
        if not self._poll.select(wait):
            return []
        data = self._read()
        if not data:
            self.open = False
            self._poll.unregister(self._fd)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (not data or len(self._rest) > LONGEST_LINE):
            whole, self._rest = [*whole, self._rest], b""
        return [line.decode("utf-8", "surrogateescape") for line in whole]

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, 65536)
        except BlockingIOError:
            return b""

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
        self.kill()
        self._poll.close()
        if self._popen.stdout:
            self._popen.stdout.close()


def peak_mb(pid: int) -> float | None:
    """The most memory that the program has held so far, in MiB (VmHWM of proc(5)); None before and after its life."""
    try:
        if os.fsencode(CHILD) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return None                 # not the program yet
        with open(f"/proc/{pid}/status") as file:
            found = next((line for line in file if line.startswith("VmHWM:")), None)
    except OSError:                     # it ended between two looks
        return None
    return round(int(found.split()[1]) / 1024, 1) if found else None
