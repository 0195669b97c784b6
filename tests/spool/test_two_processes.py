"""Two real processes at one job."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from spool.job import Job
from spool.layout import Entry, Spool

REPO = Path(__file__).resolve().parents[2]


def test_two_processes_take_each_of_300_chunks_once(spool: Spool, add: Callable[..., tuple[Entry, Job]]) -> None:
    _, job = add(frames="1-300", chunk=1)
    both = [subprocess.Popen([sys.executable, "-m", "tests.spool.taking", spool.root, job.job, host], cwd=REPO,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for host in ("ws01", "ws02")]
    try:
        for one in both:
            assert one.stdout is not None and one.stdout.readline() == "ready\n"
        for one in both:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        took = [one.communicate(timeout=60)[0].split() for one in both]
    finally:
        for one in both:
            one.kill()
            one.wait()
    assert len(took[0]) + len(took[1]) == 300
    assert len({*took[0], *took[1]}) == 300
    assert took[0] and took[1], "one had nothing: this was no race"
