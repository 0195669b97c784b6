"""Some processes at the same work at once, and a place for the million files that they work on."""

import ctypes
import multiprocessing
import os
import queue
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

ROOM = 16 * 1024 ** 3       # bytes of the file system in a file; only what is written is used of it
INODE = 4096                # one for so many bytes
CLONE_NEWNS = 0x20000       # of unshare(2); Python has a name for it from 3.12 on
MKFS = ("mkfs.ext4", "-q", "-m", "0", "-i", str(INODE), "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1")


def timed(work: Sequence[Callable[[], int]], before: Callable[[], object] = lambda: None) -> float:
    """Wall seconds per piece done when these run at once, each in a process of its own that did `before` first.

    From when the first begins until the last has ended. RuntimeError: one of them failed, and why."""
    start, told = multiprocessing.Barrier(len(work)), multiprocessing.Queue()

    def run(piece: Callable[[], int]) -> None:
        try:
            before()
            start.wait()
            began = time.perf_counter()
            count = piece()
            told.put((began, time.perf_counter(), count))
        except Exception:
            told.put(traceback.format_exc())

    processes = [multiprocessing.Process(target=run, args=(piece,)) for piece in work]
    for process in processes:
        process.start()
    try:
        spans = [_next(told, processes) for _ in work]
    finally:
        for process in processes:
            process.terminate()         # one that waits for a failed one would never end
            process.join()
    seconds = max(end for _, end, _ in spans) - min(began for began, _, _ in spans)
    return seconds / max(1, sum(count for _, _, count in spans))


def _next(told: "multiprocessing.Queue[Any]", processes: Sequence[multiprocessing.Process]) -> tuple[float, float, int]:
    """(begin, end, count) of whoever ends next."""
    while True:
        try:
            found = told.get(timeout=1)
        except queue.Empty:
            if any(process.exitcode for process in processes):
                raise RuntimeError("A claimer was killed.") from None
            continue
        if isinstance(found, str):
            raise RuntimeError(f"A claimer failed.\n{found}")
        return cast(tuple[float, float, int], found)


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
