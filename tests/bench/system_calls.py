"""System calls per chunk, counted by strace between two marks."""

import subprocess
import sys

from tests.bench.queue_cost import MARK

COUNT = 500


def per_chunk(kind: str) -> float:
    """Calls of one chunk, worked off by one claimer: `bare` or `ours`."""
    traced = subprocess.run(["strace", "-f", "-qq", sys.executable, "-m", "tests.bench.queue_cost", kind, str(COUNT)],
                            stderr=subprocess.PIPE, text=True, errors="replace", check=True)
    _, counted, _ = traced.stderr.split(MARK)
    return round(counted.count("\n") / COUNT, 2)
