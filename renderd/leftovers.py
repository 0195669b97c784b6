"""What a daemon that has ended left on this computer: processes, and folders for temporary files.

    daemon ---a pipe that nobody else holds---> warden: when the daemon ends, however it ends, it sweeps
    the next daemon of this computer sweeps too, for a warden may have been killed as well

    python -I -S leftovers.py PID FOLDER        the warden; a script that needs the standard library alone

The kernel ends what the daemon itself started (child.py), and not what that started: the svn of a stage that is a
script, for example, which would go on, or stand still for ever with its locks. All of it has a folder for temporary
files of this daemon in its environment, and is known by that.

Invariants
  1. Nothing of a daemon that lives is touched.
  2. Of processes whose number means another one to us (a container) none is touched.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

ROUNDS, PAUSE = 50, 0.05    # what is being forked just now is found in the next round; what dies takes a moment
PATIENCE = 10.0             # seconds that we wait for the warden

Ended = Callable[[int], bool]       # is this the number of a daemon that has ended?


def scratch() -> str:
    """A new folder for the temporary files of a program of this daemon, on this machine's own disk."""
    return tempfile.mkdtemp(prefix=f"renderd-{os.getpid()}-")


@contextmanager
def warden() -> Iterator[None]:
    """Meanwhile somebody watches over this process; nothing that it started is left in the end."""
    watcher = subprocess.Popen([sys.executable, "-I", "-S", __file__, str(os.getpid()), tempfile.gettempdir()],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                               start_new_session=True)
    assert watcher.stdin
    try:
        yield
    finally:
        watcher.stdin.close()
        with suppress(subprocess.TimeoutExpired):   # something of ours hangs in the kernel
            watcher.wait(PATIENCE)


def sweep_dead() -> None:
    """Of all daemons of this computer that have ended. This one has started nothing yet."""
    _sweep(tempfile.gettempdir(), lambda pid: pid == os.getpid() or _is_gone(pid))


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:             # somebody else's
        return False
    return False


def _sweep(folder: str, ended: Ended) -> None:
    for _ in range(ROUNDS):
        if not _kill(folder, ended):
            break
        time.sleep(PAUSE)
    for name in os.listdir(folder):
        if _is_of(name, ended):
            shutil.rmtree(f"{folder}/{name}", ignore_errors=True)


def _kill(folder: str, ended: Ended) -> bool:
    """Whether there was anything."""
    found = [int(name) for name in os.listdir("/proc") if name.isdecimal() and _marked(int(name), folder, ended)]
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(os.getpgid(pid), signal.SIGKILL)      # also those of its group that have another environment
    return bool(found)


def _marked(pid: int, folder: str, ended: Ended) -> bool:
    mark = os.fsencode(f"TMPDIR={folder}/")
    try:
        if os.stat(f"/proc/{pid}/ns/pid").st_ino != os.stat("/proc/self/ns/pid").st_ino:
            return False
        with open(f"/proc/{pid}/environ", "rb") as file:
            said = next((one for one in file.read().split(b"\0") if one.startswith(mark)), b"")
    except OSError:                     # it has ended, or is somebody else's
        return False
    return _is_of(os.fsdecode(said.removeprefix(mark)), ended)


def _is_of(name: str, ended: Ended) -> bool:
    """Is this the folder of a program of a daemon that has ended?"""
    found = re.fullmatch(r"renderd-(\d{1,9})-\w+", name, re.ASCII)
    return found is not None and ended(int(found[1]))


def watch(pid: int, folder: str) -> None:
    """Until nobody holds the other end of our standard input any more."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)       # we end when the daemon has ended
    os.read(0, 1)
    _sweep(folder, lambda number: number == pid)


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2])
