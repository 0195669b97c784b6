"""What a round of chores costs, and what it leaves alone."""

import os
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from renderd import chores
from spool import beats, claim, opening, queue, view
from tests.spool import played
from tests.spool.played import Daemon


def test_a_round_does_not_look_into_jobs_that_lie_in_the_trash(tmp_path: object,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be thousands, for weeks; what they need waits until somebody brings them back."""
    spool = opening.init(f"{tmp_path}/farm")
    os.mkdir(f"{tmp_path}/out")
    daemon, other = Daemon.born(spool), Daemon.born(spool, "ws02")
    entry, job = played.add(spool, f"{tmp_path}/out/####.png")
    taken = other.take(job)
    assert taken
    trashed = queue.cancel(spool, entry)
    beats.declare_dead(spool, other.last, daemon.me)
    listed: list[str] = []
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: (listed.append(where(folder)), listdir(folder))[1])
    heart = SimpleNamespace(owner=daemon.me, count=1)
    desk = chores.Desk(beats.Observer(daemon.me))
    chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert listed and not [folder for folder in listed if job.job in folder]
    queue.undo(spool, trashed)
    chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert str(taken.name.chunk.lost_once_more()) in listdir(spool.todo(job.job)), "its orphan is put back then"


def test_a_sleeper_loses_its_chunk_of_a_cancelled_job_too(tmp_path: object) -> None:
    """It would publish its frame over that of the job which was sent instead."""
    spool = opening.init(f"{tmp_path}/farm")
    os.mkdir(f"{tmp_path}/out")
    daemon, sleeper = Daemon.born(spool), Daemon.born(spool, "ws02")
    entry, job = played.add(spool, f"{tmp_path}/out/####.png")
    taken = sleeper.take(job)
    assert taken
    queue.cancel(spool, entry)
    desk = chores.Desk(beats.Observer(daemon.me))
    for count in range(1, 20):
        chores.round_of_chores(spool, SimpleNamespace(owner=daemon.me, count=count), desk, [])  # type: ignore[arg-type]
    assert not claim.ours(spool, taken)


def test_a_chunk_that_took_too_many_computers_down_says_so(tmp_path: object) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    daemon = Daemon.born(spool)
    _, job = played.add(spool, "", frames="1-2")
    desk = chores.Desk(beats.Observer(daemon.me))
    for life in range(claim.MOST_LOST):
        lost = Daemon.born(spool, f"off{life}")
        assert lost.take(job)
        beats.retire(spool, lost.me)
        chores.round_of_chores(spool, SimpleNamespace(owner=daemon.me, count=1), desk, [])  # type: ignore[arg-type]
    found = queue.find(spool, job.job)
    assert found.state == "failed"
    chunk, = view.detail(spool, found).chunks
    assert chunk.state == "failed" and f"{claim.MOST_LOST} times" in chunk.reason
    assert f"off{claim.MOST_LOST - 1}" in chunk.reason


def test_a_host_whose_chunks_end_all_the_time_looks_for_the_dead_too(tmp_path: object) -> None:
    """Each end asks for a round at once; none may put off the look at the beats."""
    spool = replace(opening.init(f"{tmp_path}/farm"), beat=0.1)
    thread = chores.Chores(spool, SimpleNamespace(owner=Daemon.born(spool).me), list)   # type: ignore[arg-type]
    observed = threading.Event()
    thread.round = lambda observe: observed.set() if observe else None      # type: ignore[method-assign]
    thread.start()
    try:
        for _ in range(500):
            thread.due("j")
            if observed.wait(0.01):
                break
        assert observed.is_set()
    finally:
        thread.stop()
        thread.join()


def test_of_many_hosts_only_a_few_look_into_the_jobs_at_a_beat(tmp_path: object,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    daemon = Daemon.born(spool)
    for number in range(19):
        Daemon.born(spool, f"other{number}")
    heart, desk = SimpleNamespace(owner=daemon.me, count=1), chores.Desk(beats.Observer(daemon.me))
    cared: list[int] = []
    monkeypatch.setattr(chores, "_care", lambda *about: cared.append(1))
    chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert cared, "at the start of a life, for what the one before may have left"
    for _ in range(400):
        chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert 10 < len(cared) < 120, "two of twenty, so forty of four hundred"


def test_who_declares_somebody_dead_puts_back_his_chunks_at_once(tmp_path: object,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    daemon, other = Daemon.born(spool), Daemon.born(spool, "ws02")
    _, job = played.add(spool, "", frames="1-2")
    assert other.take(job)
    desk = chores.Desk(beats.Observer(daemon.me))
    monkeypatch.setattr(chores, "_my_turn", lambda desk, lookers: lookers == chores.OBSERVERS)
    for count in range(beats.DEAD + 1):
        assert not claim.waiting_chunks(spool, job)
        chores.round_of_chores(spool, SimpleNamespace(owner=daemon.me, count=count), desk, [])  # type: ignore[arg-type]
    assert claim.waiting_chunks(spool, job)


def test_a_claim_that_looks_forgotten_is_looked_at_again_at_the_next_beat(tmp_path: object,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    daemon = Daemon.born(spool)
    _, job = played.add(spool, "", frames="1-2")
    assert daemon.take(job)
    heart, desk = SimpleNamespace(owner=daemon.me, count=1), chores.Desk(beats.Observer(daemon.me))
    chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert not claim.waiting_chunks(spool, job), "the claimer may just be about to tell us of it"
    monkeypatch.setattr(chores, "_my_turn", lambda desk, lookers: False)
    chores.round_of_chores(spool, heart, desk, [])      # type: ignore[arg-type]
    assert claim.waiting_chunks(spool, job)


def test_who_is_born_and_takes_a_chunk_while_we_look_is_not_taken_for_dead(tmp_path: object,
                                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    daemon = Daemon.born(spool)
    _, job = played.add(spool, "", frames="1-2")
    entries, taken = queue.entries, []

    def meanwhile(*about: object) -> object:
        """Beats were listed; claims are listed next."""
        taken.append(Daemon.born(spool, "ws02").take(job))
        return entries(*about)          # type: ignore[arg-type]

    monkeypatch.setattr(queue, "entries", meanwhile)
    desk = chores.Desk(beats.Observer(daemon.me))
    chores.round_of_chores(spool, SimpleNamespace(owner=daemon.me, count=1), desk, [])  # type: ignore[arg-type]
    assert taken[0] and claim.ours(spool, taken[0])


def test_the_end_of_a_chunk_asks_for_its_own_job_alone(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(f"{tmp_path}/farm")
    os.mkdir(f"{tmp_path}/out")
    daemon = Daemon.born(spool)
    (_, mine), (_, other) = (played.add(spool, f"{tmp_path}/out/####.png", frames="1-2") for _ in range(2))
    daemon.work_off(mine)
    daemon.work_off(other)
    thread = chores.Chores(spool, SimpleNamespace(owner=daemon.me, count=1), list)  # type: ignore[arg-type]
    thread.due(mine.job)
    thread.round(observe=False)
    assert [entry.job for entry in queue.entries(spool, ("done",))] == [mine.job]
    thread.round(observe=True)
    assert {entry.job for entry in queue.entries(spool, ("done",))} == {mine.job, other.job}


def where(folder: object) -> str:
    return os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) else str(folder)
