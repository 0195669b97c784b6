"""System calls per chunk, counted by strace between two marks."""

import re
import subprocess
import sys

from tests.bench.queue_cost import MARK

COUNT = 500
CALL = re.compile(r"(?:\[pid +\d+\] )?(\w+)\(.*")


def per_chunk(kind: str) -> float:
    """Calls of one chunk, worked off by one claimer: `bare` or `ours`."""
    return round(len(names(kind)) / COUNT, 2)


def names(kind: str) -> list[str]:
    """Of each call, in order, while COUNT chunks are worked off."""
    traced = subprocess.run(["strace", "-f", "-qq", sys.executable, "-m", "tests.bench.queue_cost", kind, str(COUNT)],
                            stderr=subprocess.PIPE, text=True, errors="replace", check=True)
    _, counted, _ = traced.stderr.split(MARK)
    return [CALL.sub(r"\1", line) for line in counted.splitlines()[1:-1]]
