"""`submit` of 10,000 chunks on the local disk, beside the bare making of as many files."""

import os
import tempfile
import time

from spool import opening, submit
from spool.job import Job

CHUNKS = 10_000


def measure() -> tuple[float, float]:
    """Seconds: ours, and the disk's own. Nothing is removed in between: ext4 is slow for a while after that."""
    with tempfile.TemporaryDirectory() as folder:
        return _ours(f"{folder}/ours"), _bare(f"{folder}/bare")


def _bare(root: str) -> float:
    """Open, write and close 10,000 files of the size of an info file, in folders of 1,000; not synced."""
    os.sync()                           # what others left to write is not ours
    began = time.perf_counter()
    for number in range(CHUNKS):
        if number % 1000 == 0:
            os.makedirs(f"{root}/{number // 1000}")
        fd = os.open(f"{root}/{number // 1000}/{number}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(fd, bytes(250))
        os.close(fd)
    return time.perf_counter() - began


def _ours(root: str) -> float:
    """From the plan until the job is open, everything on the disk."""
    spool = opening.init(root)
    asked = Job(job="", name="large", created="", recipe="command", template=("true", "{first}"), chunk=10,
                chunks=0, frames=f"1-{CHUNKS * 10}", order="probe", output="", tries=3)
    os.sync()
    began = time.perf_counter()
    submit.submit(spool, submit.plan(spool, asked))
    return time.perf_counter() - began
