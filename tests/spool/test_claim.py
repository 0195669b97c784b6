"""Take a chunk, and hand it back."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import beats, claim, queue
from spool.claim import Waiting
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def states(spool: Spool, job: Job) -> dict[str, list[str]]:
    return {"todo": [str(n) for n in claim.waiting_chunks(spool, job)],
            "running": sorted(str(c) for c in claim.claims(spool, job.job)),
            "failed": [str(n) for n in claim.failed_chunks(spool, job.job)]}


def test_a_taken_chunk_lies_in_running_under_the_name_of_its_owner(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    taken = daemon.take(job, slot=7)
    assert states(spool, job) == {"todo": [], "running": [f"000.0001-0002@{daemon.me}.7"], "failed": []}
    assert taken is not None and taken.info.frames == (1, 2)


def test_chunks_are_taken_in_the_order_of_their_names(add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-10", chunk=2)
    taken = [daemon.take(job, slot=slot) for slot in range(5)]
    assert [t.name.chunk.seq for t in taken if t] == ["000", "001", "002", "003", "004"]


def test_none_is_taken_where_nothing_waits(add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1")
    assert [bool(daemon.take(job)) for _ in range(2)] == [True, False]


def test_a_released_chunk_waits_as_it_was(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    before = states(spool, job)
    assert claim.release(spool, daemon.take(job))
    assert states(spool, job) == before


def test_a_failed_chunk_waits_with_one_try_more_and_the_host_to_avoid(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1")
    claim.fail(spool, daemon.take(job))
    assert states(spool, job)["todo"] == ["000.0001-0001~1~ws01"]


def test_after_its_last_try_a_chunk_lies_in_failed(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1", tries=2)
    claim.fail(spool, daemon.take(job))
    claim.fail(spool, daemon.take(job))
    assert states(spool, job) == {"todo": [], "running": [], "failed": ["000.0001-0001~2~ws01"]}


def test_a_chunk_that_was_put_back_is_not_ours(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1")
    taken = daemon.take(job)
    claim.put_back(spool, job, taken.name)
    assert not claim.ours(spool, taken)
    assert not claim.release(spool, taken)
    assert claim.fail(spool, taken) is None
    claim.finish(taken)
    assert states(spool, job)["todo"] == ["000.0001-0001"]


def test_shortening_a_chunk_is_a_rename(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-10", chunk=10)
    os.rename(f"{spool.todo(job.job)}/000.0001-0010", f"{spool.todo(job.job)}/000.0001-0003")
    taken = daemon.take(job)
    assert taken is not None and taken.info.frames == (1, 2, 3)


def _say(old: str, new: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("break_it", [
    lambda path: path.write_text("{nonsense"), lambda path: path.write_text(""), lambda path: path.chmod(0o666),
    lambda path: (path.unlink(), path.symlink_to("/etc/passwd")), lambda path: (path.unlink(), os.mkfifo(path)),
    lambda path: (path.unlink(), path.mkdir()), lambda path: os.truncate(path, 70_000),
    lambda path: os.link(path, path.parent.parent / "log" / "second"),
    _say('"1-2"', '"7-9"'), _say('"true"', '{"a": 1}'), _say("####.png", "\\u0000####.png"),
    _say('"output": "', '"output": [], "was": "'),
    _say('"round": 0', '"round": "0"'), _say('"format": 1', '"format": 9'),
], ids=["nonsense", "empty", "0666", "link", "pipe", "folder", "large", "hardlink", "frames", "command", "nul",
        "output", "round", "format"])
def test_a_nonsense_info_file_is_set_aside_and_the_next_is_taken(
        spool: Spool, add: Add, daemon: Daemon, break_it: Callable[[Path], object]) -> None:
    _, job = add(frames="1-4")
    path = Path(spool.todo(job.job), "000.0001-0002")
    before = path.read_text()
    break_it(path)
    assert not path.is_file() or path.read_text() != before or path.stat().st_mode & 2 or path.stat().st_nlink > 1
    taken = daemon.take(job)
    assert taken is not None and taken.name.chunk.seq == "001"
    assert [str(n) for n in daemon.refused] == ["000.0001-0002"] == states(spool, job)["failed"]


def test_names_that_are_no_chunks_are_passed_over(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1")
    for name in ("000.README", ".nfs0001", "000.0001-0010\n", "0"):
        Path(spool.todo(job.job), name).touch()
    assert daemon.take(job) is not None
    assert daemon.take(job) is None


# Many chunks

def test_a_job_with_many_chunks_has_segments_of_a_thousand(spool: Spool, add: Add) -> None:
    _, job = add(frames="1-2001", chunk=1)
    assert [len(os.listdir(f"{spool.todo(job.job)}/{name}")) for name in ("000", "001", "002")] == [1000, 1000, 1]


def test_every_segment_is_worked_off(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-1002", chunk=1)
    waiting, taken = Waiting(), 0
    while got := daemon.take(job, waiting):
        claim.finish(got)
        taken += 1
    assert taken == 1002


def test_a_segment_in_which_nothing_fits_does_not_hide_the_next(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-1002", chunk=1)
    got = claim.take(spool, job, Waiting(), daemon.me, 0, lambda name: int(name.seq) >= 1000, lambda *told: None)
    assert got is not None and got.name.chunk.seq == "1000"


def test_a_foreign_file_in_a_segment_does_not_hide_the_next(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-1001", chunk=1)
    for name in os.listdir(f"{spool.todo(job.job)}/000"):
        os.unlink(f"{spool.todo(job.job)}/000/{name}")
    Path(spool.todo(job.job), "000", "README").touch()
    assert daemon.take(job, Waiting()) is not None


def test_a_chunk_that_a_person_moved_to_todo_of_a_large_job_is_found(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-1001", chunk=1)
    for name in os.listdir(f"{spool.todo(job.job)}/000"):
        os.unlink(f"{spool.todo(job.job)}/000/{name}")
    os.rename(f"{spool.todo(job.job)}/001/1000.1001-1001", f"{spool.todo(job.job)}/1000.1001-1001")
    waiting = Waiting()
    assert daemon.take(job, waiting) is not None
    assert daemon.take(job, waiting) is None


# Races

def test_claimers_that_hurry_seldom_want_the_same_chunk(spool: Spool, add: Add,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    _, job = add(frames="1-800", chunk=1)
    crowd = [(Daemon.born(spool, f"ws{number}"), Waiting()) for number in range(8)]
    races, lost = list[Waiting](), Waiting.lost
    monkeypatch.setattr(Waiting, "lost", lambda self: races.append(self) or lost(self))
    random.seed(1)
    for _ in range(70):
        for daemon, waiting in crowd:
            taken = daemon.take(job, waiting)
            assert taken is not None
            claim.finish(taken)
    assert len(races) < 0.1 * 70 * 8, len(races)


def test_a_listing_that_others_work_off_meanwhile_is_not_read_to_its_end(spool: Spool, add: Add) -> None:
    _, job = add(frames="1-1000", chunk=1)
    waiting, given = Waiting(), 0
    for given, (folder, _) in enumerate(waiting.names(spool, job)):
        if given == 0:                  # as if all had been taken since it was listed
            for file in Path(folder).iterdir():
                file.unlink()
        waiting.lost()
    assert 0 < given < 50


def test_names_that_are_listed_and_never_there_are_given_up(spool: Spool, add: Add) -> None:
    _, job = add(frames="1-40", chunk=1)
    waiting, given = Waiting(), []
    for _, name in waiting.names(spool, job):       # as of a client whose listing stays old
        given.append(name)
        waiting.lost()
    assert set(given) == {str(chunk) for chunk in claim.waiting_chunks(spool, job)} and len(given) < 80


def test_of_two_takers_with_the_same_old_listing_one_gets_the_chunk(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-4")
    other, old, same = Daemon.born(spool, "ws02"), Waiting(), Waiting()
    first = [daemon.take(job, old), other.take(job, same)]      # both have listed 000 and 001 now
    for got in first:
        claim.release(spool, got)
    again = [daemon.take(job, Waiting()), other.take(job, old), other.take(job, same)]
    names = [str(got.name.chunk) for got in again if got]
    assert sorted(set(names)) == sorted(names)
    assert len(states(spool, job)["running"]) == 2


def test_a_chunk_that_vanishes_between_listing_and_taking_goes_to_nobody_twice(
        spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-6", chunk=2)
    waiting, other = Waiting(), Daemon.born(spool, "ws02")
    steal = {"000": True}

    def fits(name: object) -> bool:     # between our listing and our rename
        if steal.pop("000", False):
            other.take(job)
        return True

    got = claim.take(spool, job, waiting, daemon.me, 0, fits, lambda *told: None)
    assert got is not None and got.name.chunk.seq != "000"


def test_declared_dead_between_listing_and_finish_takes_nothing_from_the_next_owner(
        spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    slow = daemon.take(job)
    daemon.publish(slow, 1)
    other = Daemon.born(spool, "ws02")
    assert beats.declare_dead(spool, daemon.last, other.me)
    claim.put_back(spool, job, slow.name)
    fast = other.take(job)
    daemon.finish(slow)                 # wakes up, and has not noticed yet
    assert claim.ours(spool, fast)
    other.render(fast)
    assert other.settle(job) == "done"
    played.assert_all_rendered(spool)


def test_a_chunk_put_back_twice_is_put_back_once(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    name = daemon.take(job).name
    assert claim.put_back(spool, job, name)
    other = daemon.take(job, slot=1)
    assert not claim.put_back(spool, job, name)
    assert claim.ours(spool, other)


def test_a_job_on_hold_keeps_what_runs(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(frames="1-2")
    taken = daemon.take(job)
    queue.hold(spool, entry)
    assert claim.ours(spool, taken)


def test_an_info_file_that_is_saved_in_an_editor_just_now_is_taken_later(spool: Spool, add: Add, daemon: Daemon,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    _, job = add(frames="1")
    read = os.read

    def saved_meanwhile(fd: int, size: int) -> bytes:
        return read(fd, size) + b" " * ("/todo/" in os.readlink(f"/proc/self/fd/{fd}"))

    monkeypatch.setattr(os, "read", saved_meanwhile)
    assert not daemon.take(job)
    monkeypatch.undo()
    assert states(spool, job)["failed"] == [] and daemon.take(job)


def test_what_is_no_chunk_does_not_wait(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    assert claim.anything_waits(spool, job)
    daemon.take(job)
    for name in (".nfs0000000000000001", ".000.0001-0002.0badcafe.tmp", "000.0001-0002.orig", "README"):
        Path(f"{spool.todo(job.job)}/{name}").touch()
    assert not claim.anything_waits(spool, job)
    shutil.rmtree(spool.todo(job.job))
    assert not claim.anything_waits(spool, job), "somebody tidied up"
