"""What is told of a job: strips and estimates."""

from collections.abc import Callable

import pytest

from spool import job_facts, journal, view
from spool.claim import Claim
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def timed(spool: Spool, taken: Claim, seconds: list[float | None]) -> None:
    with journal.Journal(spool, taken.job.job, "ws01") as lines:
        for frame, took in zip(taken.info.frames, seconds, strict=False):
            lines.write("frame", chunk=taken.name.chunk.stem, frame=frame, round=0, seconds=took)


def left(spool: Spool, job: Job) -> float | None:
    return job_facts.time_left(view.detail(spool, played.where(spool, job)))


def test_time_left_is_the_middle_time_of_a_frame_for_each_that_is_left(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-10", chunk=5)
    taken = daemon.take(job)
    assert taken
    timed(spool, taken, [2.0, 4.0, 900.0])
    assert left(spool, job) == 4.0 * 7
    daemon.take(job)
    assert left(spool, job) == 4.0 * 7 / 2, "two of them work at it"


@pytest.mark.parametrize("seconds", [[], [None, None]])
def test_no_times_no_estimate(spool: Spool, add: Add, daemon: Daemon, seconds: list[float | None]) -> None:
    _, job = add(frames="1-10", chunk=5)
    taken = daemon.take(job)
    assert taken
    timed(spool, taken, seconds)
    assert left(spool, job) is None


def test_nobody_at_work_no_estimate(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-10", chunk=5)
    taken = daemon.take(job)
    assert taken
    timed(spool, taken, [2.0] * 5)
    daemon.finish(taken)
    assert left(spool, job) is None


def test_a_strip_shows_the_worst_of_each_group() -> None:
    states = dict.fromkeys(range(1, 1001), "done") | {500: "failed", 1000: "waiting"}
    strip = job_facts.strip(states, 10)
    assert strip == [("done", 4), ("failed", 1), ("done", 4), ("waiting", 1)]


def test_a_strip_of_few_frames_has_a_sign_for_each() -> None:
    assert job_facts.strip({1: "done", 2: "running", 5: "running"}, 100) == [("done", 1), ("running", 2)]
    assert job_facts.strip({}, 100) == []
