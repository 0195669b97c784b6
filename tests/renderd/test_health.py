"""When a computer calls itself sick, and when it leaves a job to others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from renderd.handing_back import Outcome
from renderd.health import Health
from spool import beats, hosts, journal, opening, queue
from spool.job import Job
from spool.layout import Spool
from tests.spool import played

FAILED = Outcome("failed", "crashed", "It crashed.")
SCENE = Outcome("failed", "no-camera", "There is no camera.")
FINISHED = Outcome("finished")


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="add")
def fixture_add(spool: Spool, tmp_path: Path) -> Callable[[], Job]:
    return lambda: played.add(spool, f"{tmp_path}/out/####.png", frames="1-10", chunk=1)[1]


@pytest.fixture(name="called")
def fixture_called() -> list[list[str]]:
    """The jobs with which it called itself sick."""
    return []


@pytest.fixture(name="health")
def fixture_health(spool: Spool, called: list[list[str]]) -> Health:
    return Health(spool, "ws01", lambda jobs, text: called.append(jobs))


def says(spool: Spool, job: Job, host: str, event: str, chunk: int = 0) -> None:
    with journal.Journal(spool, job.job, host) as lines:
        lines.write(event, chunk=f"{chunk:03}.0001-0001", reason="crashed", text="x")


def lives(spool: Spool, job: Job, name: str) -> None:
    beats.born(spool, beats.new_incarnation(name))
    hosts.write(spool, name, "host", {"programs": [job.asked_program], "blenders": [{"version": "9.9.0"}]})


def test_two_jobs_that_others_render_make_it_sick(spool: Spool, add: Callable[[], Job], health: Health,
                                                  called: list[list[str]]) -> None:
    jobs = [add(), add()]
    for job in jobs:
        says(spool, job, "ws02", "frame")
        assert called == []
        health.ended(job, FAILED)
    assert called == [sorted(job.job for job in jobs)]


def test_of_jobs_that_nobody_else_tried_it_takes_three(add: Callable[[], Job], health: Health,
                                                       called: list[list[str]]) -> None:
    for _ in range(3):
        assert called == []
        health.ended(job := add(), FAILED)
        health.ended(job, FAILED)
    assert len(called) == 1


def test_what_is_done_in_between_makes_it_well(add: Callable[[], Job], health: Health, called: list[list[str]]) -> None:
    health.ended(add(), FAILED)
    health.ended(add(), FAILED)
    health.ended(add(), FINISHED)
    health.ended(add(), FAILED)
    assert called == []


def test_neither_the_scene_nor_what_others_fail_too_is_its_fault(spool: Spool, add: Callable[[], Job], health: Health,
                                                                 called: list[list[str]]) -> None:
    for _ in range(4):
        says(spool, job := add(), "ws02", "failed")
        health.ended(job, FAILED)
        health.ended(add(), SCENE)
        health.ended(add(), Outcome("failed", "of-a-newer-version"))
        health.ended(add(), Outcome("returned"))
        health.ended(add(), None)
    assert called == []


def test_a_job_that_fails_here_three_times_in_a_row_is_left_to_others(spool: Spool, add: Callable[[], Job],
                                                                      health: Health) -> None:
    job = add()
    lives(spool, job, "ws01")
    lives(spool, job, "ws02")
    assert [health.ended(job, FAILED) for _ in range(2)] == ["", ""]
    assert health.ended(job, FAILED) == "the last 3 chunks of it failed here; ws02 may render them"
    assert health.ended(job, FINISHED) == "" == health.ended(job, FAILED), "that begins anew"


def test_where_nobody_else_may_it_is_not_left(spool: Spool, add: Callable[[], Job], health: Health) -> None:
    job = add()
    lives(spool, job, "ws01")
    beats.born(spool, beats.new_incarnation("ws02"))        # it runs nothing
    assert {health.ended(job, FAILED) for _ in range(5)} == {""}


def test_nor_is_one_that_others_fail_too(spool: Spool, add: Callable[[], Job], health: Health) -> None:
    job = add()
    lives(spool, job, "ws02")
    says(spool, job, "ws02", "failed")
    assert {health.ended(job, FAILED) for _ in range(5)} == {""}


def test_a_failure_puts_a_hopeless_job_on_hold(spool: Spool, add: Callable[[], Job], health: Health) -> None:
    job = add()
    for chunk in range(3):
        says(spool, job, "ws02", "failed", chunk)
    health.ended(job, FAILED)
    assert queue.find(spool, job.job).state == "held"


def test_a_spool_that_is_gone_breaks_nothing(spool: Spool, add: Callable[[], Job], health: Health) -> None:
    job = add()
    Path(spool.root).rename(f"{spool.root}-away")
    assert health.ended(job, FAILED) == ""
