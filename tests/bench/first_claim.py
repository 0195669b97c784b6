"""From `render add` to the first claim, on one machine: a real command, a real daemon that waits for work."""

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spool import opening, queue
from spool.layout import Spool
from tests.bench import scenes

RUNS = 9
LOOK = 0.0005       # seconds between two looks
LIMIT = 60.0
BIN = Path(sys.executable).parent
REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Waited:
    """Seconds, medians: from the start of the command to the entry in queue/, and from there to the claim."""

    to_entry: float
    to_claim: float
    total: float
    python: float       # of `total`: a Python that does nothing


def measure(runs: int = RUNS) -> Waited:
    for package in ("spool", "assetfs", "render_cli"):
        compileall.compile_dir(REPO / package, quiet=1)         # as whoever installed has them
    with tempfile.TemporaryDirectory() as room:
        blend = scenes.make(Path(room), "shot", 1, 64, 36)
        spool = opening.init(f"{room}/spool")
        daemon = subprocess.Popen([BIN / "renderd", "--spool", spool.root, "--host", "bench"],
                                  stderr=subprocess.DEVNULL)
        try:
            _until(lambda: os.listdir(spool.folder("beats")))
            time.sleep(1)               # its first look is over
            waits = [_add(spool, blend) for _ in range(runs)]
        finally:
            daemon.terminate()
            daemon.wait()
    python = statistics.median(_seconds([sys.executable, "-c", ""]) for _ in range(runs))
    return Waited(statistics.median(entry for entry, _ in waits), statistics.median(claim for _, claim in waits),
                  statistics.median(entry + claim for entry, claim in waits), python)


def _add(spool: Spool, blend: Path) -> tuple[float, float]:
    before = {entry.job for entry in queue.entries(spool)}
    began = time.perf_counter()
    command = subprocess.Popen([BIN / "render", "--spool", spool.root, "add", blend, "--frames", "1"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (job,) = _until(lambda: {name.partition(".")[2] for name in os.listdir(spool.folder("queue"))} - before)
    entered = time.perf_counter()
    _until(lambda: os.listdir(spool.running(job)))
    claimed = time.perf_counter()
    assert command.wait() == 0
    _until(lambda: queue.state_of(spool, job) == "done")        # so that the slot is free again
    return entered - began, claimed - entered


def _until(what: Callable[[], Any]) -> Any:
    """What it gives, once that is something."""
    limit = time.monotonic() + LIMIT
    while not (found := what()):
        assert time.monotonic() < limit, "it took too long"
        time.sleep(LOOK)
    return found


def _seconds(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - began
