"""The steps of a farm as one writes them who knows POSIX and not NFS. Each goes wrong in a case of cases.py."""

import os
import shutil
import time
from collections.abc import Callable
from typing import BinaryIO

from filelock import FileLock, Timeout
from inotify_simple import INotify, flags

SILENT = 60.0       # seconds after which a host without a heartbeat is taken for dead


# -- what the answers say

def take(waiting: str, running: str) -> bool:
    try:
        os.rename(waiting, running)
    except FileNotFoundError:
        return False                    # somebody was faster
    return True


def take_and_look(waiting: str, running: str) -> bool:
    try:
        os.rename(waiting, running)
    except FileNotFoundError:
        return os.path.exists(running)  # a request that was sent twice, perhaps
    return True


def take_then_read(waiting: str, running: str) -> bytes | None:
    if not take(waiting, running):
        return None
    with open(running, "rb") as file:
        return file.read()


def finish(running: str) -> bool:
    try:
        os.unlink(running)
    except FileNotFoundError:
        return False                    # it was taken from us: what we rendered does not count
    return True


def replace(path: str, data: bytes) -> None:
    aside = f"{path}.{os.getpid()}.tmp"
    with open(aside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(aside, path)


def lock(make: Callable[[], object]) -> bool:
    try:
        make()
    except FileExistsError:
        return False                    # somebody else has it
    return True


def make_folder(path: str, mode: int) -> None:
    if lock(lambda: os.mkdir(path)):
        os.chmod(path, mode)


# -- what is there

def is_there(path: str) -> bool:
    return os.path.exists(path)


def opens(path: str) -> bool:
    try:
        with open(path, "rb"):
            return True
    except FileNotFoundError:
        return False


def count(folder: str) -> int:
    return len(os.listdir(folder))


def read_again(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def hears_of(folder: str, name: str, seconds: float, begun: Callable[[], object]) -> bool:
    with INotify() as watch:
        watch.add_watch(folder, flags.CREATE | flags.MOVED_TO)
        begun()
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            if any(event.name == name for event in watch.read(timeout=left * 1000)):
                return True
    return False


# -- who is alive, and who has what

def beat_by_touch(running: str) -> bool:
    try:
        os.utime(running)
    except FileNotFoundError:
        return False                    # it was taken from us
    return True


def is_dead(beat: str) -> bool:
    return time.time() - os.stat(beat).st_mtime > SILENT


def lock_file(path: str, seconds: float) -> FileLock | None:
    held = FileLock(path)
    try:
        held.acquire(timeout=seconds)
    except Timeout:
        return None
    return held


# -- putting away

def archive(folder: str, target: str) -> None:
    os.rename(folder, target)


def remove_job(folder: str, entry: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.unlink(entry)


def note(log: str, line: str) -> None:
    with open(log, "a") as file:
        file.write(line + "\n")
