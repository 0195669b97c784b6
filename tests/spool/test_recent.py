"""The ends of journals: what the newest frames took."""

import os
from collections.abc import Callable

import pytest

from spool import recent
from spool.job import Job
from spool.journal import Journal
from spool.layout import Entry, Spool
from tests.spool.played import BIN

Add = Callable[..., tuple[Entry, Job]]


def rendered(spool: Spool, job: Job, host: str, *seconds: object) -> str:
    with Journal(spool, job.job, host) as lines:
        for frame, took in enumerate(seconds):
            lines.write("frame", chunk="000.0001-0002", frame=frame, seconds=took)
            lines.write("done", chunk="000.0001-0002")
    return f"{spool.job(job.job)}/journal/{host}.jsonl"


def test_own_frames_count_and_not_those_of_others(spool: Spool, add: Add) -> None:
    _, job = add()
    rendered(spool, job, "slow", 100.0), rendered(spool, job, "ws01", 1.0, 2.0)
    assert recent.seconds(spool, job.job, "ws01") == [1.0, 2.0]


def test_frames_that_are_left_out_count_for_nobody(spool: Spool, add: Add) -> None:
    _, job = add()
    rendered(spool, job, "other", 9.0, 3.0, 8.0), rendered(spool, job, "ws01", 1.0, 2.0)
    assert recent.seconds(spool, job.job, "ws01", besides=(0, 2)) == [2.0]
    assert recent.seconds(spool, job.job, "ws01", besides=(0, 1)) == [8.0]


def test_before_the_first_own_frame_others_are_asked_but_few(spool: Spool, add: Add) -> None:
    _, job = add()
    for number in range(20):
        rendered(spool, job, f"other{number}", 3.0)
    assert recent.seconds(spool, job.job, "ws01") == [3.0] * recent.OTHERS


def test_only_the_end_is_read_however_long_the_journal_is(spool: Spool, add: Add,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    _, job = add()
    path, read, pread = rendered(spool, job, "ws01", *range(2000)), [], os.pread

    def counted(fd: int, size: int, at: int) -> bytes:
        read.append(size)
        return pread(fd, size, at)

    monkeypatch.setattr(os, "pread", counted)
    found = recent.seconds(spool, job.job, "ws01")
    assert os.path.getsize(path) > 10 * recent.TAIL and sum(read) == recent.TAIL
    assert 50 < len(found) < 200 and found == list(range(2000))[-len(found):]


def test_reading_the_scene_and_writing_the_file_take_time_as_well(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        lines.write("frame", chunk="000.0001-0002", frame=1, seconds=0.1, wall=4.0)
        lines.write("frame", chunk="000.0001-0002", frame=2, seconds=0.1)
    assert recent.seconds(spool, job.job, "ws01") == [4.0, 0.1]


def test_what_makes_no_sense_is_passed_over(spool: Spool, add: Add) -> None:
    _, job = add()
    path = rendered(spool, job, "ws01", "long", None, -1, float("inf"), 4.0)
    with open(path, "ab") as file:
        file.write(b'{"t": "torn", "event": "frame", "seco\xff')
    assert recent.seconds(spool, job.job, "ws01") == [4.0]


def test_a_journal_that_could_be_anybodys_says_nothing(spool: Spool, add: Add) -> None:
    _, job = add()
    os.chmod(rendered(spool, job, "ws01", 4.0), 0o666)
    assert recent.seconds(spool, job.job, "ws01") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_strangers_journal_says_nothing(spool: Spool, add: Add) -> None:
    _, job = add()
    os.chown(rendered(spool, job, "ws01", 4.0), BIN, -1)
    assert recent.seconds(spool, job.job, "ws01") == []
