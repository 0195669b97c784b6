"""Whether calls into a share return, asked of the kernel by another thread.

On a hard mount a call waits for its server as long as it takes, and the thread that made it can say nothing
meanwhile. So a thread that touches no share looks at the others in /proc. A thread waits for a file system when it
sleeps in a system call where signals do not wake it (D), or in a function of the kernel's NFS or FUSE.

It is still the same call when its number, arguments and stack are the same, the thread has read and written nothing
since, and was hardly woken: long work is many calls.
"""

import signal
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

SURE = 2.0          # seconds in one call after which it is no quick one that the looks happened to meet
SILENT = 10.0       # seconds in one call after which its share is said not to answer
STIRS = 50          # wakings between two looks that still mean waiting: the kernel tries to reach the server
FILE_SYSTEMS = ("nfs", "request_wait_answer")       # functions of the kernel that sleep lightly; the second is FUSE's

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wait(NamedTuple):
    """One thread in one call that has not returned."""

    thread: str
    call: str
    woken: int
    since: float                        # time.monotonic() of the look that saw it first

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since

    @property
    def clock(self) -> str:
        """When it began, as people say it."""
        return time.strftime("%H:%M:%S", time.localtime(time.time() - self.seconds))


def look(before: Mapping[int, Wait]) -> dict[int, Wait]:
    """What each other thread of this process waits for now, by its native id. `before` is the last look."""
    found = {}
    for thread in threading.enumerate():
        if thread is threading.current_thread() or thread.native_id is None:
            continue
        if now := _wait(thread.native_id, thread.name):
            then = before.get(thread.native_id)
            same = then and then.call == now.call and now.woken - then.woken <= STIRS
            found[thread.native_id] = now._replace(since=then.since) if then and same else now
    return found


def main_thread(waits: Mapping[int, Wait]) -> Wait | None:
    """What the main thread waits for, if it does."""
    return waits.get(threading.main_thread().native_id or 0)


def asked_to_end() -> bool:
    """A signal that ends programs has come, and no thread could take it yet."""
    mask = int(_fields("/proc/self/status")["ShdPnd"], 16)
    return any(mask >> number - 1 & 1 for number in ENDING)


def _wait(native_id: int, name: str) -> Wait | None:
    task = f"/proc/self/task/{native_id}"
    try:
        deeply = _text(f"{task}/stat").rpartition(")")[2].startswith(" D")
        if not deeply and not _text(f"{task}/wchan").startswith(FILE_SYSTEMS):
            return None
        call = _text(f"{task}/syscall") + _text(f"{task}/io")
        woken = int(_fields(f"{task}/status")["voluntary_ctxt_switches"])
    except (OSError, KeyError):         # it ended, or this kernel does not tell: then nothing is said
        return None
    if not call[:1].isdecimal():        # it runs again, or waits for memory
        return None
    return Wait(name, call, woken, time.monotonic())


def _fields(path: str) -> dict[str, str]:
    return {key: value.strip() for key, _, value in (line.partition(":") for line in _text(path).splitlines())}


def _text(path: str) -> str:
    with open(path, "rb", buffering=0) as file:
        return file.read().decode(errors="replace")
