"""What was sent, and what was done to it by hand: the books against which the farm is proved."""

import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SLACK = 20.0            # seconds after a fault in which a render that met it may still end
PLANTED = 900           # chunk numbers from here on were put there by a fault

# What a chunk may fail of, by what was done to its program or its disk.
REASONS: dict[str, frozenset[str]] = {
    "empty": frozenset({"frame-empty"}),
    "cut": frozenset({"frame-cut", "frame-damaged"}),
    "none": frozenset({"frame-missing"}),
    "scene": frozenset({"frame-wrong-scene"}),
    "number": frozenset({"frame-wrong-number"}),
    "crash": frozenset({"crashed"}),
    "killed": frozenset({"killed", "exit-code", "frame-missing", "frame-cut", "frame-empty", "frame-damaged"}),
    "nonsense": frozenset({"info-broken"}),
    "hostile": frozenset({"info-broken"}),
    "full": frozenset({"disk-full", "frame-empty", "frame-cut", "frame-damaged", "frame-missing", "exit-code",
                       "python-error"}),
    "read-only": frozenset({"output-unwritable", "frame-missing", "frame-empty", "frame-cut", "exit-code",
                            "python-error"}),
}
_CLAIM = re.compile(r"/\.renderd/([^/.]+)\.([^/@]+)@")


@dataclass
class Window:
    """From when to when something was wrong for all hosts."""

    what: str
    began: float = field(default_factory=time.time)
    ended: float = float("inf")

    def met(self, at: float) -> bool:
        """Was what happened then harmed by it? A fault is felt a little longer than it lasts."""
        return self.began - 1 <= at <= self.ended + SLACK


@dataclass
class Sent:
    """One job that `render add` accepted."""

    job: str
    folder: Path
    frames: list[int]
    chunks: int
    real: bool = False          # rendered by the real Blender
    at: float = field(default_factory=time.time)
    removed: set[int] = field(default_factory=set)      # frames whose picture a fault removed
    edited: dict[str, range] = field(default_factory=dict)  # chunks whose info file a fault made nonsense: frames
    proved: str = ""            # done | failed: as it was last found right
    seen: object = None         # what it looked like then
    redone: list[float] = field(default_factory=list)   # when frames were asked for again
    cancelled: bool = False     # by a person
    cleaned: bool = False       # by `render clean`


@dataclass
class Books:
    """All jobs, all faults, all violations."""

    jobs: dict[str, Sent] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)    # names of jobs that `render add` said it did not send
    culprits: dict[tuple[str, str], set[str]] = field(default_factory=dict)     # job, chunk: what was done to it
    windows: list[Window] = field(default_factory=list)         # faults of whole disks
    ahead: dict[str, float] = field(default_factory=dict)       # hosts whose clock is wrong, by how many seconds
    faults: dict[str, int] = field(default_factory=dict)        # how often each was made
    violations: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def violation(self, text: str) -> None:
        with self.lock:
            if text not in self.violations:
                self.violations.append(text)
                print(f"VIOLATION {text}", flush=True)

    def chunks(self) -> int:
        return sum(one.chunks for one in self.jobs.values())

    def count(self, fault: str) -> None:
        with self.lock:
            self.faults[fault] = self.faults.get(fault, 0) + 1

    def blame(self, job: str, chunk: str, what: str) -> None:
        self.culprits.setdefault((job, beginning(chunk)), set()).add(what)

    def blame_path(self, path: str, what: str) -> bool:
        """The claim whose folder this path names; False if it names none."""
        if found := _CLAIM.search(path):
            self.blame(found[1], found[2], what)
        return bool(found)

    @contextmanager
    def window(self, what: str) -> Iterator[None]:
        window = Window(what)
        self.windows.append(window)
        try:
            yield
        finally:
            window.ended = time.time()

    def explained(self, job: str, event: dict[str, Any]) -> bool:
        """Is there a fault of which this chunk may have failed?"""
        reason, host = event.get("reason"), event["host"]
        at = datetime.fromisoformat(event["t"]).timestamp() - self.ahead.get(host, 0.0)
        done_to_it = self.culprits.get((job, beginning(str(event.get("chunk")))), set())
        return any(reason in REASONS[what] for what in done_to_it) or any(
            w.met(at) and reason in REASONS[w.what] for w in self.windows)

    def read_confessions(self, paths: Iterable[Path]) -> None:
        """What the stand-ins did wrong by themselves."""
        for path in paths:
            for line in path.read_text().splitlines():
                what, _, pattern = line.partition(" ")
                self.blame_path(pattern, what)


def beginning(chunk: str) -> str:
    """SEQ.FIRST: what stays of a claim that is cut. What it gives away begins elsewhere: nothing was done to that."""
    return chunk.partition("-")[0]
