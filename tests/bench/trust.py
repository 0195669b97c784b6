"""A trusted read of an info file, against the bare open, read and close of the same files."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable

from spool import opening, trusted

FILES, ROUNDS = 2_000, 9


def measure() -> dict[str, float]:
    """Microseconds of CPU per file (the machine may be busy): bare, ours, what ours adds; medians of rounds in turn."""
    with tempfile.TemporaryDirectory() as root:
        spool = opening.init(root)
        paths = [f"{root}/jobs/{number}" for number in range(FILES)]
        for path in paths:
            with open(path, "wb") as file:
                file.write(bytes(250))
        rounds = [(_us(_bare, paths), _us(lambda path: trusted.read(path, of=spool), paths)) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(kind) for kind in zip(*rounds, strict=True))
    more = statistics.median(ours - bare for bare, ours in rounds)
    return {"bare_us": round(bare, 1), "ours_us": round(ours, 1), "more_us": round(more, 1),
            "ratio": round(ours / bare, 2)}


def _bare(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY)
    data = os.read(fd, 4096)
    os.close(fd)
    return data


def _us(read: Callable[[str], bytes], paths: list[str]) -> float:
    began = time.process_time()
    for path in paths:
        read(path)
    return 1e6 * (time.process_time() - began) / len(paths)
