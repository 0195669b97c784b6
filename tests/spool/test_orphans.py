"""Claims whose incarnation has no beat."""

from collections.abc import Callable

from spool import again, beats, claim, orphans
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def test_a_claim_of_the_dead_is_put_back_with_no_try_used_up(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    taken = daemon.take(job)
    beats.retire(spool, daemon.me)
    assert [name for name, _ in orphans.put_back(spool, [job])] == [taken.name]
    assert [str(n) for n in claim.waiting_chunks(spool, job)] == ["000.0001-0002,lost1"]


def test_a_chunk_that_takes_down_one_daemon_after_another_is_given_up(spool: Spool, add: Add) -> None:
    _, job = add(frames="1-2")
    for life in range(1, claim.MOST_LOST + 1):
        daemon = Daemon.born(spool, f"ws{life:02}")
        assert daemon.take(job), "it waits for the next"
        beats.retire(spool, daemon.me)
        orphans.put_back(spool, [job])
    assert [str(n) for n in claim.failed_chunks(spool, job.job)] == [f"000.0001-0002,lost{claim.MOST_LOST}"]
    assert not Daemon.born(spool).take(job)


def test_a_lost_chunk_that_fails_as_well_keeps_both_counts_until_it_is_retried(spool: Spool, add: Add) -> None:
    entry, job = add(frames="1-2")
    lost = Daemon.born(spool, "ws02")
    lost.take(job)
    beats.retire(spool, lost.me)
    orphans.put_back(spool, [job])
    failing = Daemon.born(spool)
    for _ in range(job.tries):
        taken = failing.take(job)
        assert taken
        name = claim.fail(spool, taken)
    assert str(name) == "000.0001-0002~3~ws01,lost1"
    assert [str(n) for n in again.retry(spool, entry, job)] == [str(name)]
    assert [str(n) for n in claim.waiting_chunks(spool, job)] == ["000.0001-0002"]


def test_a_claim_of_the_living_is_left_alone(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    taken = daemon.take(job)
    assert orphans.put_back(spool, [job]) == []
    assert claim.ours(spool, taken)


def test_claims_are_listed_before_beats(spool: Spool, add: Add) -> None:
    """A daemon that is born and claims while we list is not taken for dead."""
    _, job = add()

    def jobs() -> object:
        yield job                       # its claims are listed now; the beats not yet
        Daemon.born(spool, "ws02").take(job)
        yield job

    assert orphans.find(spool, jobs()) == []    # type: ignore[arg-type]


def test_a_claim_that_its_owner_forgot_is_known(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    known, lost = daemon.take(job), daemon.take(job, slot=1)
    Daemon.born(spool, "ws02").take(job)
    held = claim.claims(spool, job.job)
    assert len(held) == 3 and orphans.forgotten(held, daemon.me, [str(known.name)]) == [lost.name]
