"""What a daemon costs that has nothing to do, at its default settings."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spool import opening

SETTLE, WATCH = 5.0, 60.0       # seconds


def measure(watch: float = WATCH) -> dict[str, float]:
    """Percent of a core (all threads, as the scheduler counts them) and MB of memory."""
    with tempfile.TemporaryDirectory() as root:
        opening.init(root)
        daemon = subprocess.Popen([Path(sys.executable).parent / "renderd", "--spool", root, "--host", "idle"],
                                  stderr=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE)
            before, began = _cpu(daemon.pid), time.perf_counter()
            time.sleep(watch)
            used, passed = _cpu(daemon.pid) - before, time.perf_counter() - began
            return {"percent": round(100 * used / passed, 3), "rss_mb": _rss(daemon.pid)}
        finally:
            daemon.terminate()
            daemon.wait()


def _cpu(pid: int) -> float:
    """Seconds on a CPU so far (schedstat of every thread, nanoseconds)."""
    return sum(int(p.read_text().split()[0]) for p in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _rss(pid: int) -> float:
    line = next(t for t in Path(f"/proc/{pid}/status").read_text().splitlines() if t.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024, 1)
