"""What waits near frames that were dear is taken first."""

from pathlib import Path

import pytest

from spool import claim, journal, opening
from spool.dear import NEAR, Dear
from spool.job import Job
from spool.layout import Spool
from spool.waiting import Waiting
from tests.spool import played
from tests.spool.played import Daemon


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "farm"))


def add(spool: Spool, order: str = "probe") -> Job:
    return played.add(spool, f"{spool.root}/../out/####.png", frames="1-400", chunk=10, order=order)[1]


def took(spool: Spool, job: Job, host: str, seconds: dict[int, float]) -> None:
    with journal.Journal(spool, job.job, host) as lines:
        for frame, wall in seconds.items():
            lines.write("frame", chunk="000.0001-0010", frame=frame, round=0, seconds=wall)


def firsts(spool: Spool, job: Job) -> list[int]:
    """The first frames of what waits, in the order in which it is offered."""
    return [claim.parse_chunk(name).first for _, name in Waiting().names(spool, job)]


def test_what_lies_near_a_dear_frame_comes_first_and_all_else_in_its_order(spool: Spool) -> None:
    job = add(spool)
    usual = firsts(spool, job)
    took(spool, job, "ws01", {1: 4.0, 2: 4.0, 3: 4.0, 200: 40.0})
    found = firsts(spool, job)
    near = [first for first in usual if first + 9 >= 200 - NEAR and first <= 200 + NEAR]
    assert found == [*near, *(first for first in usual if first not in near)] != usual


@pytest.mark.parametrize("seconds", [
    {1: 0.1, 2: 0.1, 200: 4.0},             # too short to matter
    {1: 20.0, 2: 20.0, 200: 50.0},          # hardly dearer
    {200: 900.0},                           # nothing to compare it with
    {},
])
def test_nothing_else_is_dear(spool: Spool, seconds: dict[int, float]) -> None:
    job = add(spool)
    usual = firsts(spool, job)
    took(spool, job, "ws01", seconds)
    assert firsts(spool, job) == usual


@pytest.mark.parametrize("order", ["linear", "bisect"])
def test_who_asked_for_an_order_gets_it(spool: Spool, order: str) -> None:
    job = add(spool, order)
    took(spool, job, "ws01", {1: 4.0, 2: 4.0, 200: 40.0})
    assert firsts(spool, job) == [claim.parse_chunk(str(name)).first for name in claim.waiting_chunks(spool, job)]


def test_each_host_is_measured_by_itself(spool: Spool) -> None:
    job = add(spool)
    usual = firsts(spool, job)
    took(spool, job, "slow", dict.fromkeys(range(11, 21), 40.0))
    took(spool, job, "fast", dict.fromkeys(range(21, 61), 4.0))
    assert firsts(spool, job) == usual


def test_what_was_heard_once_stays_known(spool: Spool) -> None:
    job, dear = add(spool), Dear()
    took(spool, job, "ws01", {1: 4.0, 2: 4.0, 200: 40.0})
    dear.learn(spool, job)
    dear.learn(spool, job)
    assert dear.frames == [200]


def test_a_name_that_is_no_chunk_does_no_harm() -> None:
    assert Dear([200]).first(["notes.txt", "001.0201-0210", "000.0001-0010"]) == [
        "001.0201-0210", "000.0001-0010", "notes.txt"]


def test_a_daemon_takes_the_dear_first(spool: Spool) -> None:
    job = add(spool)
    took(spool, job, "ws02", {1: 4.0, 2: 4.0, 205: 40.0})
    found = Daemon.born(spool).take(job)
    assert found and abs(found.info.frames[0] - 205) <= NEAR + 10
