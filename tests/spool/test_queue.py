"""Entries, and the moves that people make."""

import os
from collections.abc import Callable

import pytest

from spool import queue
from spool.errors import NoJob, SpoolError, WrongState
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played

Add = Callable[..., tuple[Entry, Job]]


def test_a_job_on_hold_is_released_to_where_it_was(spool: Spool, add: Add) -> None:
    entry, _ = add()
    assert queue.hold(spool, entry).state == "held"
    assert queue.release(spool, queue.find(spool, entry.job)) == entry


@pytest.mark.parametrize("state", ["queue", "held", "done", "failed"])
def test_undo_brings_a_cancelled_job_back_to_where_it_was(spool: Spool, add: Add, state: str) -> None:
    entry, _ = add()
    there = queue.move(spool, entry, state) if state != "queue" else entry
    cancelled = queue.cancel(spool, there)
    assert os.listdir(spool.folder("trash")) == [f"{entry.name}~{state}"] == [cancelled.name]
    assert queue.undo(spool, queue.find(spool, entry.job)).state == state


def test_priority_is_in_the_name(spool: Spool, add: Add) -> None:
    entry, _ = add()
    queue.set_priority(spool, entry, 7)
    assert os.listdir(spool.folder("queue")) == [f"07.{entry.job}"]


def test_a_priority_of_a_cancelled_job_keeps_its_origin(spool: Spool, add: Add) -> None:
    entry, _ = add()
    queue.set_priority(spool, queue.cancel(spool, entry), 80)
    assert queue.find(spool, entry.job).origin == "queue"


def test_an_entry_that_a_person_renamed_by_hand_can_be_moved(spool: Spool, add: Add) -> None:
    entry, _ = add()
    os.rename(spool.folder(entry.path), spool.folder(f"queue/5.{entry.job}"))
    assert queue.hold(spool, queue.find(spool, entry.job)).state == "held"
    assert queue.set_priority(spool, queue.find(spool, entry.job), 6).name == f"06.{entry.job}"


@pytest.mark.parametrize("priority", [-1, 101])
def test_a_priority_beyond_the_scale_is_refused(spool: Spool, add: Add, priority: int) -> None:
    with pytest.raises(SpoolError):
        queue.set_priority(spool, add()[0], priority)


def test_what_somebody_else_moved_first_is_told(spool: Spool, add: Add) -> None:
    entry, _ = add()
    queue.cancel(spool, entry)
    with pytest.raises(WrongState, match="somebody else"):
        queue.hold(spool, entry)


@pytest.mark.parametrize(("act", "state"), [(queue.hold, "held"), (queue.release, "queue"), (queue.undo, "done"),
                                            (queue.hold, "done"), (queue.release, "trash"), (queue.cancel, "trash")])
def test_a_move_that_makes_no_sense_is_refused(spool: Spool, add: Add, act: Callable[..., Entry], state: str) -> None:
    entry, _ = add()
    there = queue.move(spool, entry, state) if state != "queue" else entry
    with pytest.raises(WrongState):
        act(spool, there)
    assert played.where(spool, played.jobs.read(spool, entry.job)).state == state


def test_a_part_of_the_name_finds_the_job(spool: Spool, add: Add) -> None:
    entry, _ = add()
    assert queue.find(spool, entry.job[-4:]) == entry


@pytest.mark.parametrize("part", ["nothing", "shot"])
def test_a_name_of_no_job_or_of_many_is_refused(spool: Spool, add: Add, part: str) -> None:
    add()
    add()
    with pytest.raises(NoJob):
        queue.find(spool, part)


def test_names_that_are_no_entries_are_passed_over(spool: Spool, add: Add) -> None:
    entry, _ = add()
    for name in ("README", f"50.{entry.job}\n", ".nfs001", f"50.{entry.job}~queue"):
        with open(spool.folder(f"queue/{name}"), "w"):
            pass
    assert queue.entries(spool) == [entry]
