"""Is the job done? Found in journals and files."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from spool import again, claim, journal, queue, settle, submit
from spool.job import Job
from spool.layout import Entry, Spool
from spool.settle import LEASE, Settler
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def heal(daemon: Daemon, job: Job, looks: int) -> list[str]:
    """The outcomes of so many looks, a beat apart."""
    found = []
    for _ in range(looks):
        found.append(daemon.settle(job))
        daemon.beat()
    return found


def test_a_job_is_done_when_every_frame_is_in_a_journal_and_in_a_file(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    assert daemon.settle(job) == "busy"
    daemon.work_off(job)
    assert daemon.settle(job) == "done"
    assert played.where(spool, job).path == f"done/{entry.name}"


def test_a_job_is_not_done_while_a_file_is_not_there(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    daemon.work_off(job)
    os.unlink(job.file_of(3))
    assert daemon.settle(job) == "busy"
    assert played.where(spool, job).state == "queue"


def test_a_job_is_not_done_where_its_output_cannot_be_seen(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    daemon.work_off(job)
    os.rename(os.path.dirname(job.output), os.path.dirname(job.output) + "-away")
    assert set(heal(daemon, job, 3 * LEASE)) == {"busy"}
    assert not claim.waiting_chunks(spool, job)


def test_a_job_is_not_done_while_a_frame_has_no_line_in_a_journal(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1")
    taken = daemon.take(job)
    Path(job.file_of(1)).touch()
    claim.finish(taken)
    assert daemon.settle(job) == "busy"


def test_a_job_is_failed_when_the_rest_lies_in_failed(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(tries=1)
    claim.fail(spool, daemon.take(job))
    assert daemon.settle(job) == "busy"
    daemon.work_off(job)
    assert daemon.settle(job) == "failed"
    assert played.where(spool, job).path == f"failed/{entry.name}"


def test_error_stages_that_cannot_run_do_not_wait_again_for_ever(spool: Spool, tmp_path: Path, daemon: Daemon) -> None:
    (tmp_path / "out").mkdir(exist_ok=True)
    planned = submit.plan(spool, replace(played.a_job(f"{tmp_path}/out/####.png", frames="1", tries=1), recipe="mine"))
    submit.submit(spool, planned)
    job, stages = planned.job, list[str]()
    for _ in range(3):
        daemon.settle(job)
        if taken := daemon.take(job):
            stages.append(taken.info.stage)
            with journal.Journal(spool, job.job, "ws01") as lines:
                lines.write("failed", chunk=taken.name.chunk.stem)
            claim.fail(spool, taken)
    assert stages == ["", "error"] and played.where(spool, job).state == "failed"
    again.retry(spool, played.where(spool, job), job)
    assert [name.stage for name in claim.waiting_chunks(spool, job)] == [""]
    assert not claim.failed_chunks(spool, job.job)


def test_a_job_fails_too_when_nobody_could_make_its_output_folder(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2", tries=1)
    shutil.rmtree(os.path.dirname(job.output))
    claim.fail(spool, daemon.take(job))
    assert daemon.settle(job) == "failed"


def test_of_two_who_settle_one_did(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    assert [Settler().settle(spool, entry, job, 0).state for _ in range(3)] == ["done", "busy", "busy"]


def test_a_redo_between_look_and_move_leaves_the_job_open(spool: Spool, add: Add, daemon: Daemon,
                                                          monkeypatch: object) -> None:
    entry, job = add()
    daemon.work_off(job)
    found = settle.look(spool, job)
    again.redo(spool, entry, job, [2])
    assert Settler()._close(spool, entry, job, found).state == "busy"
    assert played.where(spool, job).state == "queue"


def test_frames_that_are_nowhere_are_put_back_after_two_looks_a_lease_apart(
        spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    os.unlink(f"{spool.todo(job.job)}/001.0003-0004")
    daemon.work_off(job)
    assert set(heal(daemon, job, LEASE)) == {"busy"}
    assert not claim.waiting_chunks(spool, job)
    assert daemon.settle(job) == "lost"
    assert [str(n) for n in claim.waiting_chunks(spool, job)] == ["003.0003-0004"]


def test_looks_without_beats_put_nothing_back(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    os.unlink(f"{spool.todo(job.job)}/001.0003-0004")
    daemon.work_off(job)
    assert {daemon.settle(job) for _ in range(5 * LEASE)} == {"busy"}
    assert not claim.waiting_chunks(spool, job)


def test_other_frames_nowhere_begin_a_new_lease(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    os.unlink(f"{spool.todo(job.job)}/001.0003-0004")
    daemon.work_off(job)
    heal(daemon, job, LEASE)
    os.unlink(job.file_of(1))
    assert set(heal(daemon, job, LEASE)) == {"busy"}
    assert daemon.settle(job) == "lost"


def test_of_two_who_heal_one_did(spool: Spool, add: Add, daemon: Daemon) -> None:
    """Both have waited for a lease; the second looks again before it adds, else a number is used twice."""
    _, job = add()
    os.unlink(f"{spool.todo(job.job)}/001.0003-0004")
    daemon.work_off(job)
    found, entry = settle.look(spool, job), played.where(spool, job)
    first, second = (Settler({job.job: (found.frames, 0)}) for _ in range(2))
    assert first.settle(spool, entry, job, LEASE).state == "lost"
    taken = Daemon.born(spool, "ws02").take(job)
    assert second._add(spool, job, found).state == "busy"
    assert not played.doubled(spool)
    assert str(taken.name.chunk) == "003.0003-0004"


def test_what_was_put_back_is_for_the_round_that_counts(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    again.redo(spool, entry, job, [2, 3])
    for name in claim.waiting_chunks(spool, job):
        os.unlink(f"{spool.todo(job.job)}/{name}")
    heal(daemon, job, LEASE + 1)
    assert daemon.take(job).info.round == 1
    assert journal.wanted_rounds(spool, job) == {1: 0, 2: 1, 3: 1, 4: 0, 5: 0, 6: 0}


def test_a_cancelled_job_is_not_settled_by_an_old_listing(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    queue.cancel(spool, entry)
    assert Settler().settle(spool, entry, job, 0).state == "busy"
    assert played.where(spool, job).state == "trash"


def test_a_failed_chunk_whose_frames_came_by_a_redo_is_no_more(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(tries=1)
    claim.fail(spool, daemon.take(job))
    again.redo(spool, entry, job, [1, 2])
    daemon.work_off(job)
    assert daemon.settle(job) == "done"
    assert claim.failed_chunks(spool, job.job) == []
