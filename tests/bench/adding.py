"""`submit` of 10,000 chunks on the local disk."""

import os
import tempfile
import time

from spool import opening, submit
from tests.bench.queue_cost import Job

CHUNKS = 10_000


def seconds() -> float:
    """From the plan until the job is open, everything on the disk."""
    with tempfile.TemporaryDirectory() as root:
        spool = opening.init(root)
        asked = Job(job="", name="large", created="", recipe="command", template=("true", "{first}"), chunk=10,
                    chunks=0, frames=f"1-{CHUNKS * 10}", order="probe", output="", tries=3)
        os.sync()                       # what others left to write is not ours
        began = time.perf_counter()
        submit.submit(spool, submit.plan(spool, asked))
        return time.perf_counter() - began
