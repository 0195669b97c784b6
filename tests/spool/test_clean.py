"""What old jobs and crashes left behind."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import beats, check, clean, queue
from spool.clean import DAY, Step
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


@pytest.fixture(name="later")
def fixture_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The server's clock goes on by so many seconds: nobody can set a ctime back."""
    real = clean.hosts.server_time

    def goes_on(seconds: float) -> None:
        monkeypatch.setattr(clean.hosts, "server_time", lambda spool: real(spool) + seconds)
    return goes_on


def done(add: Add, daemon: Daemon) -> tuple[Entry, Job]:
    _, job = add()
    daemon.work_off(job)
    assert daemon.settle(job) == "done"
    return played.where(daemon.spool, job), job


def test_a_finished_job_goes_to_trash_and_then_away(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = done(add, daemon)
    assert clean.plan(spool, 0) == [Step(entry.path, "to trash", "done for a short while")]
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert played.where(spool, job).origin == "done"
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("trash")) == []
    assert os.path.exists(job.file_of(1)), "frames are the film, never removed"
    assert not check.check(spool).problems


@pytest.mark.parametrize(("age", "steps"), [(9 * DAY, 0), (11 * DAY, 1)])
def test_only_what_is_older_than_asked_for(spool: Spool, add: Add, daemon: Daemon, later: Callable[[float], None],
                                           age: float, steps: int) -> None:
    done(add, daemon)
    later(age)
    assert len(clean.plan(spool, 10 * DAY)) == steps


def test_what_went_to_trash_just_now_is_not_removed(spool: Spool, add: Add, daemon: Daemon,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """Its age counts from the move: there is as long for an undo as was asked for."""
    entry, job = done(add, daemon)
    there = os.stat(spool.folder(entry.path)).st_ctime_ns
    while os.stat(spool.folder("beats")).st_ctime_ns - there < 50_000_000:
        daemon.beat()
    clean.apply(spool, clean.plan(spool, 0.05))
    assert played.where(spool, job).state == "trash"
    assert clean.plan(spool, 10) == []


def test_open_and_held_jobs_stay(spool: Spool, add: Add, later: Callable[[float], None]) -> None:
    add()
    queue.hold(spool, add()[0])
    later(1000 * DAY)
    assert clean.plan(spool, 0) == []


def test_a_job_that_was_brought_back_after_the_plan_stays(spool: Spool, add: Add) -> None:
    entry, job = add()
    queue.cancel(spool, entry)
    steps = clean.plan(spool, 0)
    queue.undo(spool, queue.find(spool, job.job))
    assert clean.apply(spool, steps) == 0
    assert not check.check(spool).problems


def test_a_job_without_entry_is_only_named_by_check(spool: Spool, add: Add, later: Callable[[float], None]) -> None:
    entry, job = add()
    os.unlink(spool.folder(entry.path))
    later(1000 * DAY)
    assert clean.plan(spool, 0) == []
    assert os.path.isdir(spool.job(job.job))


@pytest.mark.parametrize(("age", "steps"), [(DAY / 2, 0), (2 * DAY, 3)])
def test_what_a_crash_left_goes_after_a_day(spool: Spool, add: Add, daemon: Daemon, later: Callable[[float], None],
                                            age: float, steps: int) -> None:
    _, job = add()
    Path(spool.root, "jobs", ".20261120-101530-shot-7f3a.tmp", "todo").mkdir(parents=True)
    Path(spool.todo(job.job), ".000.0001-0002.12ab34cd.tmp").touch()
    other = Daemon.born(spool, "ws02")
    beats.declare_dead(spool, other.last, daemon.me)
    later(age)
    assert clean.apply(spool, clean.plan(spool, 0)) == steps
    assert not check.check(spool).problems


def test_what_is_not_known_stays(spool: Spool, add: Add, later: Callable[[float], None]) -> None:
    _, job = add()
    known = ["jobs/.backup", "jobs/.x.tmp", "dead/README", "dead/ws01.1.00000000!5", "hosts/.nfs0001", "trash/README",
             "done/README", "README", f"jobs/{job.job}/todo/.swp", f"jobs/{job.job}/.redo.lock"]
    for name in known:
        Path(spool.root, name).touch()
    later(1000 * DAY)
    assert clean.plan(spool, 0) == []


def test_a_removal_that_was_cut_short_goes_on(spool: Spool, add: Add) -> None:
    entry, job = add()
    queue.cancel(spool, entry)
    os.unlink(f"{spool.job(job.job)}/job.json")
    os.rmdir(spool.running(job.job))
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("trash")) == []


def test_a_plan_changes_nothing(spool: Spool, add: Add, daemon: Daemon) -> None:
    done(add, daemon)
    before = played.whole(spool)
    clean.plan(spool, 0)
    assert played.whole(spool) == before


def test_removing_a_job_follows_no_link(spool: Spool, add: Add, output: str) -> None:
    entry, job = add()
    Path(job.file_of(1)).touch()
    Path(spool.job(job.job), "log", "film").symlink_to(os.path.dirname(output))
    queue.cancel(spool, entry)
    clean.apply(spool, clean.plan(spool, 0))
    assert os.path.exists(job.file_of(1))
