"""Is the computer short of memory? Asked of the kernel: how long programs waited for memory (PSI), and what is left.

A computer begins to swap after it has begun to wait. A kernel without PSI tells only what is left."""

from collections.abc import Callable
from pathlib import Path

import psutil

from renderd.host import MB

CALM = 0.5          # of the limit, below which waiting is over: at the limit itself renders would stop and go
ROOMY = 1.5         # times what must be left


def waited(path: Path) -> float | None:
    """Percent of the last ten seconds in which some program waited for memory; None where nobody tells."""
    try:
        with open(path, "rb", buffering=0) as file:
            said = file.read(4096).decode()
        some = next(line for line in said.splitlines() if line.startswith("some "))
        return float(dict(word.split("=") for word in some.split()[1:])["avg10"])
    except (OSError, StopIteration, ValueError, KeyError):
        return None


def left() -> tuple[int, int]:
    """Bytes that programs can still get, of how many."""
    found = psutil.virtual_memory()
    return found.available, found.total


def shortage(pressure: Path, most_waited: float, least_left: float, was_short: bool = False,
             memory: Callable[[], tuple[int, int]] = left) -> str:
    """What is wrong, as the end of a sentence, or nothing. Limits in percent, 0 for none; when it `was_short`, they
    are stricter, so that renders do not stop and go at the limit."""
    if most_waited and (some := waited(pressure)) is not None and some >= most_waited * (CALM if was_short else 1):
        return f"its programs waited for memory in {some:g} % of the last ten seconds"
    if least_left:
        free, total = memory()
        if free < total * least_left / 100 * (ROOMY if was_short else 1):
            return f"{free // MB:,} MB of {total // MB:,} MB are left"
    return ""
