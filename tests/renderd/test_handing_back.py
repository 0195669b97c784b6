"""What becomes of a claim when its render has ended."""

from pathlib import Path

import pytest

from renderd.handing_back import Outcome, hand_back
from spool import beats, claim, journal, opening, orphans
from spool.layout import Spool
from tests.spool import played
from tests.spool.played import Daemon


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "spool"))


def test_a_claim_that_was_lost_is_no_failure_whatever_its_render_says(spool: Spool, tmp_path: Path) -> None:
    _, job = played.add(spool, f"{tmp_path}/out/####.png")
    slow, other = Daemon.born(spool, "slow"), Daemon.born(spool, "other")
    taken = slow.take(job)
    assert taken
    beats.declare_dead(spool, slow.last, other.me)
    orphans.put_back(spool, [job])
    with journal.Journal(spool, job.job, "slow") as lines:
        # Its new owner has swept its folder away, so it misses frames that it had rendered.
        hand_back(spool, taken, Outcome("failed", "frame-missing", "Frame 1 is not there."), [1], lines)
    assert [event["event"] for event in journal.events(spool, job.job)] == ["lost"]
    assert [name.tries for name in claim.waiting_chunks(spool, job)] == [0, 0, 0]
