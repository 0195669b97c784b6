"""When a job is hopeless: how many chunks failed, on how many computers, and for what reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spool import beats, hopeless, hosts, journal, queue
from spool.job import Job
from spool.layout import Entry, Spool

Add = Callable[..., tuple[Entry, Job]]


@pytest.fixture(name="job")
def fixture_job(add: Add) -> Job:
    return add(frames="1-10", chunk=1)[1]


def fails(spool: Spool, job: Job, host: str, *chunks: int, reason: str = "crashed", event: str = "failed") -> None:
    with journal.Journal(spool, job.job, host) as lines:
        for chunk in chunks:
            lines.write(event, chunk=f"{chunk:03}.0001-0001", reason=reason, text=f"text of {reason}")


def lives(spool: Spool, job: Job, name: str, **status: Any) -> None:
    """It has a beat, runs the program of the job, and says this."""
    beats.born(spool, beats.new_incarnation(name))
    hosts.write(spool, name, "host", {"programs": [job.asked_program], "blenders": [{"version": "9.9.0"}]})
    hosts.write(spool, name, "status", status)


def test_three_chunks_that_fail_on_two_computers_are_enough(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 2)
    assert hopeless.judge(spool, job) is None
    fails(spool, job, "ws02", 3)
    found = hopeless.judge(spool, job)
    assert found and (found.chunks, found.hosts, found.counted) == (3, ("ws01", "ws02"), {"ws01": 2, "ws02": 1})
    assert (found.reason, found.text) == ("crashed", "text of crashed")


def test_two_are_enough_though_a_third_might_try(spool: Spool, job: Job) -> None:
    lives(spool, job, "ws03")
    fails(spool, job, "ws01", 1, 2)
    fails(spool, job, "ws02", 3)
    assert hopeless.judge(spool, job)


def test_the_same_chunk_counts_once(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 1, 2)
    fails(spool, job, "ws02", 1, 2)
    assert hopeless.judge(spool, job) is None


def test_one_frame_is_hope(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 2, 3, 4)
    fails(spool, job, "ws02", 1, event="frame")
    assert hopeless.judge(spool, job) is None


def test_a_job_of_three_chunks_just_fails(spool: Spool, add: Add) -> None:
    job = add(frames="1-3", chunk=1)[1]
    fails(spool, job, "ws01", 0, 1, 2)
    fails(spool, job, "ws02", 0, 1, 2)
    assert hopeless.judge(spool, job) is None


def test_one_computer_alone_does_not_count_while_another_may_try(spool: Spool, job: Job) -> None:
    lives(spool, job, "ws01")
    fails(spool, job, "ws01", 1, 2, 3)
    assert hopeless.judge(spool, job), "nobody else is there"
    lives(spool, job, "ws02")
    assert hopeless.judge(spool, job) is None
    hosts.write(spool, "ws02", "status", {"obstacles": [{"code": "paused", "facts": {}}]})
    assert hopeless.judge(spool, job), "it takes nothing"


def test_what_is_wrong_with_the_scene_needs_no_other_computer(spool: Spool, job: Job) -> None:
    lives(spool, job, "ws02")
    fails(spool, job, "ws01", 1, 2, 3, reason="no-camera")
    assert hopeless.judge(spool, job)


def test_a_reason_that_nobody_knows_may_be_one_of_the_computer(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 2, 3, reason="of-a-newer-version")
    found = hopeless.judge(spool, job)
    assert found and found.reason == "of-a-newer-version"
    lives(spool, job, "ws02")
    assert hopeless.judge(spool, job) is None


def test_it_is_held_once_with_the_reason(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 2, 3, reason="no-camera")
    why = hopeless.judge(spool, job)
    assert why and hopeless.hold(spool, job, why) and not hopeless.hold(spool, job, why)
    found = hopeless.why_held(spool, queue.find(spool, job.job))
    assert found and found.code == "probes-failed"
    assert found.facts == {"job": job.job, "reason": "no-camera", "text": "text of no-camera", "chunks": 3,
                           "hosts": ["ws01"]}


def test_what_failed_before_it_was_released_is_forgiven(spool: Spool, job: Job) -> None:
    fails(spool, job, "ws01", 1, 2, 3)
    why = hopeless.judge(spool, job)
    assert why and hopeless.hold(spool, job, why)
    queue.move(spool, queue.find(spool, job.job), "queue")
    assert hopeless.judge(spool, job) is None
    fails(spool, job, "ws01", 4, 5)
    assert hopeless.judge(spool, job) is None
    fails(spool, job, "ws01", 1)
    assert hopeless.judge(spool, job)


@pytest.mark.parametrize("said", ["", "{", "[]", '{"counted": 3}', '{"counted": {"ws01": true, "ws02": "x"}}'])
def test_a_reason_that_cannot_be_read_forgives_nothing(spool: Spool, job: Job, said: str) -> None:
    Path(spool.job(job.job), "hold.json").write_text(said)
    fails(spool, job, "ws01", 1, 2, 3)
    assert hopeless.judge(spool, job)
    queue.move(spool, queue.find(spool, job.job), "held")
    assert hopeless.why_held(spool, queue.find(spool, job.job)) is None
