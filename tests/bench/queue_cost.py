"""What a chunk costs: ours (take, finish) against the bare system calls, in the same run.

bare: rename, open, read, close, unlink on names known beforehand, each claimer its own share.
ours: spool.claim.take and finish, with listings, checks and collisions. No journal: its line is the frame's.
Times are wall seconds per chunk; rounds alternate, the median of the rounds' ratios counts. A daemon is no fresh
process: each claimer works some chunks off before the clock starts. What a round took is put back before the next.
A job has at most 100,000 chunks, so a million is ten jobs, and each round works on another of them.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from spool import beats, claim, frames, job, opening, submit, trusted
from spool.job import Job
from spool.layout import Spool
from spool.waiting import Waiting
from tests.bench.claimers import timed

ROUNDS = 5
MOST = 2000         # chunks worked off in a round
LEAST_EACH = 150    # by a claimer in a round, if so many wait: it listed a thousand names
SHORT = 20          # jobs of a round, where a job has fewer than MOST
WARM = 20           # by each claimer before it
MARK = "/no-such-file-but-a-mark"       # strace's lines count between two of it


@dataclass(frozen=True)
class Cost:
    """Of a chunk, while `waiting` wait and so many claimers are at it; medians."""

    waiting: int
    claimers: int
    bare_us: float
    ours_us: float
    ratio: float


@dataclass(frozen=True)
class Filled:
    """A job, the paths of its chunks in render order, and what is in each."""

    job: Job
    paths: list[str]
    data: bytes


def asked(number: int, root: str, chunks: int) -> Job:
    return Job(job="", name=f"bench{number}", created="", recipe="command", template=("true", "{output}"), chunk=1,
               chunks=0, frames=f"0-{chunks - 1}", order="linear", output=f"{root}/out/####.png", tries=3)


def fill(root: str, waiting: int, jobs: int = 1) -> tuple[Spool, list[Filled]]:
    """A spool with jobs of that many chunks of one frame each."""
    spool = opening.init(root)
    with ProcessPoolExecutor() as pool:
        made = list(pool.map(_submit, [spool] * jobs, [asked(number, root, waiting) for number in range(jobs)]))
    return spool, [_filled(spool, one) for one in made]


def _submit(spool: Spool, wanted: Job) -> Job:
    submit.submit(spool, planned := submit.plan(spool, wanted))
    return planned.job


def _filled(spool: Spool, made: Job) -> Filled:
    paths = _paths(spool, made)
    return Filled(made, paths, trusted.read(paths[0], of=spool))


def _paths(spool: Spool, made: Job) -> list[str]:
    return sorted(f"{folder}/{name}" for folder in job.todo_folders(spool, made) for name in os.listdir(folder)
                  if "." in name)


def refill(spool: Spool, filled: Filled) -> None:
    """What was taken waits again."""
    for path in set(filled.paths) - set(_paths(spool, filled.job)):
        fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        os.write(fd, filled.data)
        os.close(fd)


def bare(spool: Spool, paths: Iterable[tuple[Job, str]], number: int) -> int:
    """The system calls that nobody can do without, for each of these paths."""
    done = 0
    for made, path in paths:
        there = f"{spool.root}/jobs/{made.job}/running/{os.path.basename(path)}@{number}"
        os.rename(path, there)
        fd = os.open(there, os.O_RDONLY)
        os.read(fd, trusted.LIMIT)
        os.close(fd)
        os.unlink(there)
        done += 1
    return done


def ours(spool: Spool, made: Sequence[Job], count: int, number: int) -> int:
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


def measure(root: str, waiting: int, claimers: Sequence[int]) -> list[Cost]:
    """For each number of claimers, in an empty folder."""
    spool, made = fill(root, *_jobs(waiting))
    (warm,) = fill(root, 3 * WARM * sum(claimers) * ROUNDS)[1]
    return [_cost(spool, made, waiting, count, warm.job) for count in claimers]


def _jobs(waiting: int) -> tuple[int, int]:
    """(chunks, jobs): a short job is left when that many still wait, and the next one begun."""
    if waiting < MOST:
        return 2 * waiting, SHORT
    return min(waiting + MOST, frames.MOST_CHUNKS), -(-waiting // frames.MOST_CHUNKS)


def _cost(spool: Spool, made: Sequence[Filled], waiting: int, claimers: int, warm: Job) -> Cost:
    share = max(MOST // claimers, LEAST_EACH) if waiting >= MOST else max(1, waiting // claimers)
    rounds = []
    for number in range(ROUNDS):
        jobs = made if waiting < MOST else [made[number % len(made)]]
        rounds.append(_round(spool, jobs, claimers, share, warm))
    return Cost(waiting, claimers, round(1e6 * statistics.median(bare for bare, _ in rounds), 1),
                round(1e6 * statistics.median(ours for _, ours in rounds), 1),
                round(statistics.median(ours / bare for bare, ours in rounds), 2))


def _round(spool: Spool, made: Sequence[Filled], claimers: int, share: int, warm: Job) -> tuple[float, float]:
    """Seconds per chunk, bare and ours. The bare loop takes from the end of each job, ours from its front."""
    def before() -> None:
        ours(spool, [warm], WARM, os.getpid())

    def bare_of(number: int) -> int:
        return bare(spool, [(one.job, path) for one in made
                            for path in one.paths[-share * claimers:][number::claimers]], number)

    def ours_of(number: int) -> int:
        return ours(spool, [one.job for one in made], share, number)

    seconds = []
    for work in (bare_of, ours_of):
        seconds.append(timed([lambda n=n: work(n) for n in range(claimers)], before))   # type: ignore[misc]  # noqa: B023
        for one in made:
            refill(spool, one)
    return seconds[0], seconds[1]


def calls(kind: str, count: int) -> None:
    """Works off `count` chunks of a fresh spool, for strace to count."""
    with tempfile.TemporaryDirectory() as root:
        spool, (made,) = fill(root, 2000)
        paths = [(made.job, path) for path in made.paths[:count]]
        os.path.exists(MARK)
        bare(spool, paths, 0) if kind == "bare" else ours(spool, [made.job], count, 0)
        os.path.exists(MARK)


if __name__ == "__main__":
    calls(sys.argv[1], int(sys.argv[2]))
