"""Some processes at the same work at once, and a place for the million files that they work on."""

import ctypes
import multiprocessing
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

ROOM = 16 * 1024 ** 3       # bytes of the file system in a file; only what is written is used of it
INODE = 4096                # one for so many bytes
CLONE_NEWNS = 0x20000       # of unshare(2); Python has a name for it from 3.12 on
MKFS = ("mkfs.ext4", "-q", "-m", "0", "-i", str(INODE), "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1")


def timed(work: Sequence[Callable[[], int]], before: Callable[[], object] = lambda: None) -> float:
    """Wall seconds per piece done when these run at once, each in a process of its own that did `before` first."""
    start, done = multiprocessing.Barrier(len(work) + 1), multiprocessing.Queue()

    def run(piece: Callable[[], int]) -> None:
        before()
        start.wait()
        done.put(piece())

    processes = [multiprocessing.Process(target=run, args=(piece,)) for piece in work]
    for process in processes:
        process.start()
    start.wait()
    began = time.perf_counter()
    count = sum(done.get() for _ in work)
    seconds = time.perf_counter() - began
    for process in processes:
        process.join()
    return seconds / max(1, count)


@contextmanager
def roomy_folder() -> Iterator[str]:
    """A folder for a million files. Where we may mount, it is a file system in one file on the same disk: to remove
    a million files may take longer than all that is measured. Elsewhere it is a plain folder. After a kill -9 only
    an empty folder is left: the mount goes with the process, and the file has no name by then."""
    with tempfile.TemporaryDirectory() as folder:
        inside = f"{folder}/files"
        os.mkdir(inside)
        mounted = _mount(f"{folder}/image", inside)
        try:
            os.mkdir(empty := f"{inside}/room")
            yield empty
        finally:
            if mounted:
                subprocess.run(["umount", "--lazy", inside], check=True)


def _mount(image: str, inside: str) -> bool:
    with open(image, "wb") as file:
        file.truncate(ROOM)
    try:
        _own_mounts()
        for command in ([*MKFS, image], ["mount", "-o", "loop,noinit_itable", image, inside]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):        # not root, or no loop device
        return False
    finally:
        os.unlink(image)
    return True


@cache
def _own_mounts() -> None:
    """From now on only this process and its children see what they mount, and the last of them takes it along."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "no mounts of our own")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True, stderr=subprocess.DEVNULL)
