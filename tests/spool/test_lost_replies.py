"""Every step whose reply an NFS server may lose: the request is sent again and meets its own success."""

import os
from collections.abc import Callable
from errno import EINVAL

import pytest

from spool import again, atomic, beats, claim, hosts, queue, trusted
from spool.errors import WrongState
from spool.job import Job
from spool.layout import Entry, Spool
from tests.fakes.nfs import missing_from_memory, remembered_at, replies_lost
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def test_a_taken_chunk_is_ours(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    with replies_lost():
        taken = daemon.take(job)
    assert taken is not None and claim.ours(spool, taken)


def test_a_beat_goes_on(spool: Spool, daemon: Daemon) -> None:
    with replies_lost():
        assert daemon.beat() and daemon.beat()


def test_a_host_that_was_declared_dead_is_known_to_be(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    with replies_lost():
        assert beats.declare_dead(spool, other.last, daemon.me)


def test_a_finished_chunk_is_gone_without_a_word(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    taken = daemon.take(job)
    with replies_lost():
        claim.finish(taken)
    assert claim.claims(spool, job.job) == []


def test_a_failed_chunk_waits_once(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    taken = daemon.take(job)
    with replies_lost():
        claim.fail(spool, taken)
    assert [str(name) for name in claim.waiting_chunks(spool, job)] == ["000.0001-0002~1~ws01"]
    assert claim.claims(spool, job.job) == []


def test_a_job_is_sent(spool: Spool, add: Add) -> None:
    with replies_lost():
        entry, job = add()
    assert queue.entries(spool) == [entry] and len(claim.waiting_chunks(spool, job)) == 3


@pytest.mark.parametrize("move", [
    queue.hold, queue.cancel, lambda spool, entry: queue.set_priority(spool, entry, 70),
    lambda spool, entry: queue.release(spool, queue.hold(spool, entry)),
    lambda spool, entry: queue.undo(spool, queue.cancel(spool, entry)),
], ids=["hold", "cancel", "priority", "release", "undo"])
def test_a_person_hears_that_the_job_was_moved(spool: Spool, add: Add,
                                               move: Callable[[Spool, Entry], Entry]) -> None:
    entry, _ = add()
    with replies_lost():
        assert move(spool, entry) in queue.entries(spool)


def test_who_finds_the_job_moved_elsewhere_hears_so(spool: Spool, add: Add) -> None:
    entry, _ = add()
    queue.cancel(spool, entry)
    with pytest.raises(WrongState):
        queue.hold(spool, entry)


def test_a_redo_reopens_the_job(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    daemon.work_off(job)
    assert daemon.settle(job) == "done"
    with replies_lost():
        again.redo(spool, played.where(spool, job), job, [2])
    assert played.where(spool, job).state == "queue"


def test_a_status_is_written(spool: Spool) -> None:
    with replies_lost():
        hosts.write(spool, "ws01", "status", {"state": "idle"})
    assert hosts.views(spool)[0].status == {"state": "idle"}


# Not a lost reply, but an answer from memory

def test_a_host_that_was_looked_for_before_it_was_there_is_seen(spool: Spool, daemon: Daemon) -> None:
    hosts.write(spool, "ws01", "host", {"programs": ["blender"]})
    for name in ("hosts/ws01", "hosts/ws01/host.json"):
        with missing_from_memory(spool.folder(name)):
            assert not os.path.lexists(spool.folder(name))
            assert [host.name for host in hosts.living(spool)] == ["ws01"]


def test_a_chunk_that_was_put_back_is_found_again(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    [name] = atomic.names(spool.todo(job.job))
    with missing_from_memory(f"{spool.todo(job.job)}/{name}"):
        assert daemon.take(job) is not None


# A name that the client remembers for the same file: the rename is not even sent, and succeeds

def test_a_chunk_is_put_back_where_it_was_before(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    taken = daemon.take(job)
    with remembered_at(f"{spool.todo(job.job)}/{taken.name.chunk}"):
        assert claim.put_back(spool, job, taken.name)
    assert claim.anything_waits(spool, job)


def test_a_chunk_is_retried_where_it_was_before(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2", tries=1)
    taken = daemon.take(job)
    claim.fail(spool, taken)
    with remembered_at(f"{spool.todo(job.job)}/{taken.name.chunk}"):
        again.retry(spool, played.where(spool, job), job)
    assert claim.anything_waits(spool, job)


def test_a_chunk_fails_where_it_failed_before(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2", tries=1)
    taken = daemon.take(job)
    with remembered_at(f"{spool.failed(job.job)}/{taken.name.chunk.tried_on('ws01')}"):
        claim.fail(spool, taken)
    assert claim.failed_chunks(spool, job.job)


@pytest.mark.parametrize("move", [lambda spool, entry: queue.release(spool, entry),
                                  lambda spool, entry: queue.move(spool, entry, "queue")])
def test_a_job_is_moved_where_it_was_before(spool: Spool, add: Add,
                                            move: Callable[[Spool, Entry], Entry]) -> None:
    entry, _ = add()
    held = queue.hold(spool, entry)
    with remembered_at(spool.folder(entry.path)):
        move(spool, held)
    assert queue.entries(spool) == [entry]


# Delegations: who dies with one keeps the others waiting

def test_a_reader_opens_in_the_way_that_gets_no_delegation(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, real = [], os.open
    hosts.write(spool, "ws01", "status", {"state": "idle"})
    monkeypatch.setattr(os, "open", lambda path, flags, *more, **named: (
        opened.append((os.path.basename(path), bool(flags & os.O_DIRECT))), real(path, flags, *more, **named))[1])
    assert trusted.read_json(spool.folder("hosts/ws01/status.json")) == {"state": "idle"}
    assert opened == [("status.json", True)]


def test_a_file_system_that_refuses_that_way_is_read_all_the_same(spool: Spool,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str, flags: int, *more: int, **named: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(EINVAL, "Invalid argument", path)
        return real(path, flags, *more, **named)

    hosts.write(spool, "ws01", "status", {"state": "idle"})
    monkeypatch.setattr(os, "open", refuse)
    assert trusted.read_json(spool.folder("hosts/ws01/status.json")) == {"state": "idle"}
