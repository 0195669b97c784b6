"""One thing to be fuzzed, and the limits that each of its inputs is held to."""

import atexit
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from random import Random

Scramble = Callable[[bytes], bytes]     # changes bytes without knowing what they mean
Mutate = Callable[[bytes, Random, Scramble], bytes]


@dataclass(frozen=True)
class Target:
    """`run` reads an input as the farm would; it catches our own errors and nothing else."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    share: int                          # of the inputs of a long run
    mutate: Mutate | None = None        # changes that know the format
    words: tuple[bytes, ...] = ()       # what the format is made of
    longest: int = 4096                 # bytes of an input
    seconds: float = 1.0                # of CPU, for one input
    megabytes: float = 50               # beyond what the process has before


class OverLimit(Exception):
    """An input that takes too long or too much memory."""


def measured(target: Target, data: bytes) -> tuple[float, float]:
    """Seconds and megabytes that the input took. Raises OverLimit, and what `run` lets through."""
    before, start = _fresh_peak(), time.process_time()
    target.run(data)
    seconds, megabytes = time.process_time() - start, (_peak() - before) / 1024
    if seconds > target.seconds:
        raise OverLimit(f"it took {seconds:.1f} s")
    if megabytes > target.megabytes:
        raise OverLimit(f"it took {megabytes:.0f} MB")
    return seconds, megabytes


def file(name: str, data: bytes) -> str:
    """A file with this content, in a folder of this process. The next file of this name replaces it."""
    path = os.path.join(_root(), name)
    with open(path, "wb") as out:
        out.write(data)
    return path


@cache
def folder(name: str) -> str:
    """A folder beside these files."""
    path = os.path.join(_root(), name)
    os.makedirs(path, exist_ok=True)
    return path


@cache
def _root() -> str:
    path = tempfile.mkdtemp(prefix="fuzz-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _fresh_peak() -> int:
    """The resident memory in kB, from which on the peak is counted again."""
    with suppress(OSError):             # then only an input that beats all before it is seen, and that is enough
        os.write(_clear_refs(), b"5")
    return _peak()


@cache
def _clear_refs() -> int:
    return os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
