"""Frames once more: retry and redo."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from spool import added, again, claim, journal, queue
from spool.errors import BadFrames, Busy, WrongState
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def waiting(spool: Spool, job: Job) -> list[str]:
    return [str(n) for n in claim.waiting_chunks(spool, job)]


def a_failed(spool: Spool, add: Add, daemon: Daemon, break_it: bool = False) -> tuple[Entry, Job]:
    _, job = add(frames="1-2", tries=1)
    if break_it:
        Path(spool.todo(job.job), "000.0001-0002").write_text("{nonsense")
        daemon.take(job)
    else:
        claim.fail(spool, daemon.take(job))
    assert daemon.settle(job) == "failed"
    return played.where(spool, job), job


def test_retry_gives_a_failed_chunk_all_its_tries(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = a_failed(spool, add, daemon)
    again.retry(spool, entry, job)
    assert waiting(spool, job) == ["000.0001-0002"]
    assert played.where(spool, job).state == "queue"


@pytest.mark.parametrize("odd", ["nonsense", "link"])
def test_retry_writes_a_nonsense_info_file_anew(spool: Spool, add: Add, daemon: Daemon, odd: str) -> None:
    entry, job = a_failed(spool, add, daemon, break_it=True)
    if odd == "link":
        path = Path(spool.failed(job.job), "000.0001-0002")
        path.unlink()
        path.symlink_to("/etc/passwd")
    again.retry(spool, entry, job)
    assert daemon.take(job).info.frames == (1, 2)


def test_what_retry_writes_anew_is_for_the_round_that_counts(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(frames="1-4", tries=1)
    daemon.work_off(job)
    again.redo(spool, entry, job, [3, 4])
    Path(spool.todo(job.job), waiting(spool, job)[0]).write_text("{nonsense")
    daemon.take(job)
    assert daemon.settle(job) == "failed"
    again.retry(spool, played.where(spool, job), job)
    daemon.work_off(job)
    assert journal.missing(spool, job) == []


def test_retry_where_nothing_failed_is_refused(spool: Spool, add: Add) -> None:
    entry, job = add()
    with pytest.raises(WrongState, match="Nothing failed"):
        again.retry(spool, entry, job)


def test_redo_asks_for_frames_in_a_new_round(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    daemon.work_off(job)
    daemon.settle(job)
    again.redo(spool, played.where(spool, job), job, [2, 3, 6])
    assert played.where(spool, job).state == "queue"
    assert waiting(spool, job) == ["003.0002-0003", "004.0006-0006"]
    assert journal.missing(spool, job) == [2, 3, 6]


def test_a_second_redo_has_the_next_round(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    for _ in range(2):
        again.redo(spool, entry, job, [2])
        daemon.work_off(job)
    assert journal.wanted_rounds(spool, job)[2] == 2
    assert journal.missing(spool, job) == []


def test_a_number_of_a_chunk_is_never_used_twice(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    names = [again.redo(spool, entry, job, [1])[0].seq for _ in range(3)]
    daemon.work_off(job)
    names.append(again.redo(spool, entry, job, [1])[0].seq)
    assert names == ["003", "004", "005", "006"]


def test_redo_of_frames_that_the_job_does_not_have_is_refused(spool: Spool, add: Add) -> None:
    entry, job = add()
    for frames in ([7], []):
        with pytest.raises(BadFrames):
            again.redo(spool, entry, job, frames)
    assert journal.redos(spool, job.job) == []


def test_redo_leaves_a_job_on_hold(spool: Spool, add: Add) -> None:
    entry, job = add()
    held = queue.hold(spool, entry)
    again.redo(spool, held, job, [1])
    assert played.where(spool, job).state == "held"


def test_who_comes_while_another_changes_the_job_is_told_so(spool: Spool, add: Add,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    entry, job = add()
    monkeypatch.setattr(again, "LOCK_WAIT", 0)
    with FileLock(f"{spool.job(job.job)}/.redo.lock"), pytest.raises(Busy, match="right now"):
        again.redo(spool, entry, job, [1])


def test_the_lock_lets_in_everybody_who_may_write_the_spool(spool: Spool, add: Add) -> None:
    _, job = add()
    group = Spool(spool.root, mode=0o2775)
    old = os.umask(0o022)
    try:
        with added.alone(group, job.job, 0):
            mode = os.stat(f"{spool.job(job.job)}/.redo.lock").st_mode
    finally:
        os.umask(old)
    assert oct(mode & 0o777) == "0o664"
