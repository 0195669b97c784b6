"""What a chunk costs: ours (take, finish) against the bare system calls, in the same run.

bare: rename, open, read, close, unlink on names known beforehand, each claimer its own share.
ours: spool.claim.take and finish, with listings, checks and collisions. No journal: its line is the frame's.
Times are wall seconds per chunk; rounds alternate, the median of the rounds' ratios counts. A daemon is no fresh
process: each claimer works some chunks off before the clock starts.
"""

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from spool import beats, claim, frames, job, opening, submit, trusted
from spool.job import Job
from spool.layout import Spool
from spool.waiting import Waiting

ROUNDS = 5
MOST = 2000         # chunks worked off in a round
WARM = 20           # by each claimer before it


def fill(root: str, waiting: int, jobs: int = 1) -> tuple[Spool, list[Job]]:
    """A spool with jobs of that many chunks of one frame each."""
    spool, made = opening.init(root), []
    for number in range(jobs):
        asked = Job(job="", name=f"bench{number}", created="", recipe="command", template=("true", "{output}"),
                    chunk=1, chunks=0, frames=f"0-{waiting - 1}", order="linear", output=f"{root}/out/####.png",
                    tries=3)
        submit.submit(spool, planned := submit.plan(spool, asked))
        made.append(planned.job)
    return spool, made


def bare(spool: Spool, paths: list[tuple[Job, str]], number: int) -> int:
    """The system calls that nobody can do without, for each of these paths."""
    for made, path in paths:
        there = f"{spool.root}/jobs/{made.job}/running/{os.path.basename(path)}@{number}"
        os.rename(path, there)
        fd = os.open(there, os.O_RDONLY)
        os.read(fd, trusted.LIMIT)
        os.close(fd)
        os.unlink(there)
    return len(paths)


def ours(spool: Spool, made: list[Job], count: int, number: int) -> int:
    """Take and finish `count` chunks of each job."""
    me, done = beats.new_incarnation(f"ws{number}"), 0
    for one in made:
        waiting = Waiting()
        for _ in range(count):
            if mine := claim.take(spool, one, waiting, me, 1, lambda name: True, _never):
                claim.finish(mine)
                done += 1
    return done


def _never(name: object, error: Exception) -> None:
    raise error


def timed(work: list[Callable[[], int]], before: Callable[[], object]) -> float:
    """Wall seconds per chunk when these run at once, each in a process of its own that did `before` first."""
    start, done = multiprocessing.Barrier(len(work) + 1), multiprocessing.Queue()

    def run(piece: Callable[[], int]) -> None:
        before()
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


def measure(waiting: int, claimers: int) -> dict[str, float]:
    """Microseconds per chunk, bare and ours, and their ratio, while about `waiting` chunks wait in the job.

    A short job is left when that many still wait, and the next one begun. The long one lasts for all rounds: it
    begins with as many as a job may have, and ends with four fifths of them."""
    taken = min(MOST, waiting)
    jobs = ROUNDS * MOST // taken if taken < MOST else 1
    with tempfile.TemporaryDirectory() as root:
        spool, made = fill(root, min(waiting + 2 * taken, frames.MOST_CHUNKS), jobs)
        (warm,) = fill(root, 3 * WARM * claimers * ROUNDS)[1]
        part = max(1, jobs // ROUNDS)
        rounds = [_round(spool, (made * ROUNDS if jobs == 1 else made)[n * part:(n + 1) * part], claimers,
                         taken // claimers, warm) for n in range(ROUNDS)]
    return {"waiting": waiting, "claimers": claimers,
            "ratio": round(statistics.median(ours / bare for bare, ours in rounds), 2),
            "bare_us": round(1e6 * statistics.median(bare for bare, _ in rounds)),
            "ours_us": round(1e6 * statistics.median(ours for _, ours in rounds))}


def _round(spool: Spool, jobs: list[Job], claimers: int, count: int, warm: Job) -> tuple[float, float]:
    """Seconds per chunk, bare and ours. The bare loop takes from the end of each job, ours from its front."""
    def before() -> None:
        ours(spool, [warm], WARM, os.getpid())

    ends = [[(job, path) for job in jobs for path in _paths(spool, job)[-count * claimers:][n::claimers]]
            for n in range(claimers)]
    first = timed([lambda n=n: bare(spool, ends[n], n) for n in range(claimers)], before)            # type: ignore[misc]
    return first, timed([lambda n=n: ours(spool, jobs, count, n) for n in range(claimers)], before)  # type: ignore[misc]


def _paths(spool: Spool, made: Job) -> list[str]:
    return sorted(f"{folder}/{name}" for folder in job.todo_folders(spool, made) for name in os.listdir(folder)
                  if "." in name)


def calls(kind: str, count: int) -> None:
    """Works off `count` chunks of a fresh spool, for strace to count."""
    with tempfile.TemporaryDirectory() as root:
        spool, made = fill(root, 2000)
        paths = [(made[0], path) for path in _paths(spool, made[0])]
        open("/dev/null").close()                   # the mark behind which strace's lines count
        bare(spool, paths[:count], 0) if kind == "bare" else ours(spool, made[:1], count, 0)
        open("/dev/null").close()


if __name__ == "__main__":
    calls(sys.argv[1], int(sys.argv[2]))
