"""What a chunk costs: ours (take, finish) against the bare system calls, in the same run.

bare: rename, open, read, close, unlink on names known beforehand, each claimer its own share.
ours: spool.claim.take and finish, with listings, checks and collisions. No journal: its line is the frame's.
found: as ours, but it is a daemon's finder that takes: it looks which jobs are open, and chooses one.

Times are wall seconds per chunk; the median of the rounds' ratios counts. Both take from the front of the same jobs
in all rounds, and who begins changes from round to round; rounds of 1, 8 and 32 claimers follow each other, so that a
slow minute of the machine is no slow figure of one of them. What was taken is put back before the next, and one round
goes before that does not count, as all is read before: a file system is slow with what it touches first. A daemon is
no fresh process: each claimer works some chunks off before the clock starts. A job has at most 100,000 chunks, so a
million are ten jobs; like daemons, all take from the first of them.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from renderd.finder import Finder
from spool import beats, claim, frames, job, opening, queue, submit, trusted
from spool.job import Job
from spool.layout import Spool
from spool.verdict import Host
from spool.waiting import Waiting
from tests.bench.claimers import timed

ROUNDS = 27         # many claimers on two cores and one lock: single ones differ by up to 1.7 times
MOST = 8000         # chunks worked off in a round
EACH = 100          # by a claimer at least, if so many wait: as many a listing as where 100 wait for each
FOUND, FOUND_WAITING = 4000, 8000       # by a daemon in a round, and how many wait then
WARM = 20           # by each claimer before it
Works = Sequence[Callable[[], int]]     # one for each claimer
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


def found(spool: Spool, count: int) -> int:
    """Take and finish `count` chunks of the first open job."""
    me, finder, done = beats.new_incarnation("ws0"), Finder(spool, Host("ws0", ("true",))), 0
    while done < count and (mine := finder.take(me, 1)):
        claim.finish(mine)
        done += 1
    return done


def _never(name: object, error: Exception) -> None:
    raise error


def measure(root: str, waiting: int, claimers: Sequence[int]) -> list[Cost]:
    """For each number of claimers, in an empty folder."""
    spool, made = fill(root, *_jobs(waiting))
    (warm,) = fill(root, 2 * (ROUNDS + 1) * WARM * sum(claimers))[1]
    here = made[:_short_jobs(waiting)]
    for one in here:
        _touch(one)
    os.sync()
    rounds = [[_round(spool, here, count, _share(waiting, count), warm.job, ours_first=bool(number % 2))
               for count in claimers] for number in range(ROUNDS + 1)]
    return [_median(waiting, count, of_one) for count, *of_one in zip(claimers, *rounds[1:], strict=True)]


def measure_found(root: str, jobs: int) -> Cost:
    """By one daemon, with so many open jobs; all it takes is of the first."""
    spool, (first,) = fill(f"{root}/farm", FOUND_WAITING)
    queue.set_priority(spool, queue.find(spool, first.job.job), 90)
    fill(spool.root, WARM, jobs - 1)
    other, _ = fill(f"{root}/other", 2 * (ROUNDS + 1) * WARM)
    _touch(first)
    pairs = [(first.job, path) for path in first.paths[:FOUND]]
    rounds = [_in_turn([lambda: bare(spool, pairs, 0)], [lambda: found(spool, FOUND)], lambda: found(other, WARM),
                       lambda: refill(spool, first), ours_first=bool(number % 2)) for number in range(ROUNDS + 1)]
    return _median(FOUND_WAITING, 1, rounds[1:])


def _touch(filled: Filled) -> None:
    """Reads all that waits: with many at it ours goes where nobody was before, and the bare loop does not."""
    for path in filled.paths:
        with open(path, "rb") as file:
            file.read()


def _jobs(waiting: int) -> tuple[int, int]:
    """(chunks, jobs): that many wait when a round begins. A short job is left when all is taken, and the next begun."""
    if waiting < frames.MOST_CHUNKS:
        return waiting, _short_jobs(waiting)
    return frames.MOST_CHUNKS, -(-waiting // frames.MOST_CHUNKS)


def _short_jobs(waiting: int) -> int:
    """Jobs of a round."""
    return -(-MOST // min(waiting, MOST))


def _share(waiting: int, claimers: int) -> int:
    """Chunks that a claimer takes of a job."""
    return max(MOST // claimers, EACH) if waiting >= MOST else max(1, waiting // claimers)


def _median(waiting: int, claimers: int, rounds: Sequence[tuple[float, float]]) -> Cost:
    return Cost(waiting, claimers, round(1e6 * statistics.median(bare for bare, _ in rounds), 1),
                round(1e6 * statistics.median(ours for _, ours in rounds), 1),
                round(statistics.median(ours / bare for bare, ours in rounds), 2))


def _round(spool: Spool, made: Sequence[Filled], claimers: int, share: int, warm: Job,
           ours_first: bool) -> tuple[float, float]:
    """Seconds per chunk, bare and ours."""
    def bare_of(number: int) -> int:
        return bare(spool, [(one.job, path) for one in made
                            for path in one.paths[:share * claimers][number::claimers]], number)

    def ours_of(number: int) -> int:
        return ours(spool, [one.job for one in made], share, number)

    def put_back() -> None:
        for one in made:
            refill(spool, one)

    works = [[partial(work, number) for number in range(claimers)] for work in (bare_of, ours_of)]
    return _in_turn(works[0], works[1], lambda: ours(spool, [warm], WARM, os.getpid()), put_back, ours_first)


def _in_turn(bare_work: Works, our_work: Works, warm_up: Callable[[], object], put_back: Callable[[], None],
             ours_first: bool) -> tuple[float, float]:
    """Seconds per piece, of the one and the other."""
    seconds = {}
    for mine in (ours_first, not ours_first):
        seconds[mine] = timed(our_work if mine else bare_work, before=warm_up)
        put_back()
    return seconds[False], seconds[True]


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
