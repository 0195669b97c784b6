"""What a chunk costs: ours (take, finish) against the bare system calls, in the same run.

    python -m tests.bench.queue_cost WAITING CLAIMERS      one line of JSON

bare: rename, open, read, close, unlink on names known beforehand, each claimer its own share.
ours: spool.claim.take and finish, with listings, checks and collisions.
Times are CPU-bound wall seconds per chunk; rounds alternate, the median of the rounds' ratios counts."""

import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from spool import beats, claim, job, opening, queue, submit, trusted
from spool.job import Job
from spool.layout import Spool
from spool.waiting import Waiting

ROUNDS = 5
MOST = 4000         # chunks worked off in a round


def fill(root: str, waiting: int) -> tuple[Spool, Job]:
    """A spool with one job of that many chunks of one frame."""
    spool = opening.init(root)
    asked = Job(job="", name="bench", created="", recipe="command", template=("true", "{output}"), chunk=1, chunks=0,
                frames=f"0-{waiting - 1}", order="linear", output=f"{root}/out/####.png", tries=3)
    submit.submit(spool, planned := submit.plan(spool, asked))
    return spool, planned.job


def bare(spool: Spool, made: Job, paths: list[str], number: int) -> int:
    """The system calls that nobody can do without, for each of these paths."""
    running = spool.running(made.job)
    for path in paths:
        there = f"{running}/{os.path.basename(path)}@{number}"
        os.rename(path, there)
        fd = os.open(there, os.O_RDONLY)
        os.read(fd, trusted.LIMIT)
        os.close(fd)
        os.unlink(there)
    return len(paths)


def ours(spool: Spool, made: Job, count: int, number: int) -> int:
    """Take and finish until `count` are done or nothing waits."""
    me, waiting, done = beats.new_incarnation(f"ws{number}"), Waiting(), 0
    while done < count and (mine := claim.take(spool, made, waiting, me, 1, lambda name: True, _never)):
        claim.finish(spool, mine)
        done += 1
    return done


def _never(name: object, error: Exception) -> None:
    raise error


def timed(work: list[Callable[[], int]]) -> float:
    """Wall seconds per chunk when these run at once, each in a process of its own."""
    start, done = multiprocessing.Barrier(len(work) + 1), multiprocessing.Queue()

    def run(piece: Callable[[], int]) -> None:
        start.wait()
        done.put(piece())

    processes = [multiprocessing.Process(target=run, args=(piece,)) for piece in work]
    for process in processes:
        process.start()
    start.wait()
    began = time.perf_counter()
    count = sum(done.get() for _ in work)
    seconds = time.perf_counter() - began
    for process in processes:
        process.join()
    return seconds / count


def measure(waiting: int, claimers: int, folder: str) -> dict[str, float]:
    """Seconds per chunk, bare and ours, and their ratio."""
    rounds = []
    for number in range(ROUNDS):
        per_chunk = {}
        for kind in ("bare", "ours"):
            root = f"{folder}/{kind}{number}"
            spool, made = fill(root, waiting)
            share = min(MOST, waiting) // claimers
            per_chunk[kind] = timed(_work(kind, spool, made, share, claimers))
            shutil.rmtree(root)
        rounds.append(per_chunk)
    ratio = statistics.median(r["ours"] / r["bare"] for r in rounds)
    return {"waiting": waiting, "claimers": claimers, "ratio": round(ratio, 3),
            "bare_us": round(1e6 * statistics.median(r["bare"] for r in rounds), 1),
            "ours_us": round(1e6 * statistics.median(r["ours"] for r in rounds), 1)}


def _work(kind: str, spool: Spool, made: Job, share: int, claimers: int) -> list[Callable[[], int]]:
    if kind == "ours":
        return [lambda n=n: ours(spool, made, share, n) for n in range(claimers)]        # type: ignore[misc]
    paths = sorted(f"{folder}/{name}" for folder in job.todo_folders(spool, made) for name in os.listdir(folder))
    return [lambda n=n: bare(spool, made, paths[n * share:(n + 1) * share], n) for n in range(claimers)]  # type: ignore[misc]


def alone(kind: str, root: str, count: int) -> None:
    """One claimer on a spool that was filled before, for strace to count."""
    spool = opening.open_spool(root)
    made = job.read(spool, queue.entries(spool)[0].job)
    for piece in _work(kind, spool, made, count, 1):
        piece()


if __name__ == "__main__":
    if sys.argv[1] in ("bare", "ours"):
        alone(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), str(Path(scratch)))))
