"""What grows has a limit, and whoever meets it is told the limit and the cure. docs/SPOOL.md has the table."""

import os
import random
from collections.abc import Callable

import pytest

from spool import added, again, atomic, beats, chunk, claim, clean, journal, submit, trusted
from spool import frames as frame_lists
from spool import job as jobs
from spool.errors import TooMuch
from spool.host_names import host_name
from spool.job import Job
from spool.layout import (
    Beat,
    ClaimName,
    Entry,
    Incarnation,
    Spool,
    parse_chunk,
    parse_claim,
    slug,
)
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]

LONGEST_NAME = 255              # bytes of one name on every filesystem of Linux and on NFS
SCATTERED = ",".join(str(f) for f in range(100_000, 400_000, 7) if f % 3)       # 28,571 frames, 200 kB as a list


def test_more_chunks_than_a_spool_should_hold_are_refused_with_the_cure(spool: Spool, output: str) -> None:
    with pytest.raises(TooMuch, match="1,000,000 files in the spool; 100,000 are the most") as refused:
        submit.plan(spool, played.a_job(output, frames="1-1000000", chunk=1))
    assert "--chunk 10 or larger" in str(refused.value.hint)
    assert len(submit.plan(spool, played.a_job(output, frames="1-1000000", chunk=10)).chunks) == 100_000


def test_more_frames_than_a_job_should_have_are_refused(spool: Spool, output: str) -> None:
    with pytest.raises(TooMuch, match="more than 1,000,000 frames") as refused:
        submit.plan(spool, played.a_job(output, frames="0-1000000", chunk=100))
    assert "several jobs" in str(refused.value.hint)


def test_an_info_file_that_nobody_would_read_is_not_written(spool: Spool, output: str) -> None:
    with pytest.raises(TooMuch, match="larger than 65,536 bytes") as refused:
        submit.plan(spool, played.a_job(output, frames=SCATTERED, chunk=20_000))
    assert "smaller --chunk" in str(refused.value.hint)
    assert submit.plan(spool, played.a_job(output, frames=SCATTERED, chunk=100))


def test_a_job_json_that_nobody_would_read_is_not_written(spool: Spool, output: str) -> None:
    lone = sorted(random.Random(1).sample(range(100_000, 1_000_000), 200_000))
    with pytest.raises(TooMuch, match=r"job\.json would be larger than 1,048,576 bytes") as refused:
        submit.plan(spool, played.a_job(output, frames=frame_lists.text(lone), chunk=100))
    assert "several jobs" in str(refused.value.hint)


def test_what_was_just_accepted_is_read(spool: Spool, add: Add, daemon: Daemon) -> None:
    """At the limit of job.json and of an info file."""
    frames = SCATTERED[:SCATTERED.index(",", 30_000)]
    _, job = add(frames=frames, chunk=100_000)
    assert jobs.read(spool, job.job).frame_list() == frame_lists.parse(frames)
    assert daemon.take(job) and not daemon.refused


def test_a_script_gone_wild_is_stopped(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit, "MOST_OPEN", 2)
    add(frames="1")
    add(frames="1", hold=True)
    with pytest.raises(TooMuch, match="has 2 open jobs") as refused:
        add(frames="1")
    assert "render cancel" in str(refused.value.hint)
    assert len(os.listdir(spool.folder("jobs"))) == 2


def test_a_redo_of_too_many_scattered_frames_is_refused_before_the_job_is_opened(spool: Spool, add: Add,
                                                                                 daemon: Daemon) -> None:
    entry, job = add(frames="100000-399999", chunk=300_000)
    before = played.whole(spool)
    with pytest.raises(TooMuch, match="longer than 65,536 bytes") as refused:
        again.redo(spool, entry, job, frame_lists.parse(SCATTERED))
    assert "several steps" in str(refused.value.hint)
    assert {p for p in played.whole(spool) if not p.endswith(".lock")} == set(before)


def test_redo_for_ever_is_stopped(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, job = add(frames="1")
    monkeypatch.setattr(again, "MOST_REDOS", 3)
    for _ in range(3):
        again.redo(spool, entry, job, [1])
    with pytest.raises(TooMuch, match="was redone 3 times") as refused:
        again.redo(spool, entry, job, [1])
    assert "new job" in str(refused.value.hint)
    assert len(journal.redos(spool, job.job)) == 3


def test_chunks_that_are_added_for_scattered_frames_are_small_enough_to_be_read(spool: Spool, add: Add) -> None:
    _, job = add(frames="100000-399999", chunk=300_000)
    frames = frame_lists.parse(SCATTERED)
    names = added.add(spool, job, dict.fromkeys(frames, 1))
    found: list[int] = []
    for name in names:
        path = f"{spool.todo(job.job)}/{name}"
        found += chunk.decode(path, trusted.read(path), name).frames
    assert found == frames and len(names) < 10


def test_a_host_that_fails_for_ever_is_stopped_by_the_tries(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1", tries=3)
    count = 0
    while taken := daemon.take(job):
        claim.fail(spool, taken)
        count += 1
        assert count < 10
    assert count == 3 and len(atomic.names(spool.failed(job.job))) == 1


def test_the_longest_names_fit_into_a_folder(output: str) -> None:
    host = host_name("w" * 99)
    life = Incarnation(host, 4_194_304, "9f2c41aa")
    name = parse_chunk("999999.1000000-1048574")
    for number in range(99):
        name = name.tried_on(f"{number:02}{host}"[:32])
    running = str(ClaimName(name, life, 999))
    assert str(parse_claim(running)) == running
    job = f"20261120-101530-{slug('x' * 99)}-7f3a"
    fresh = str(ClaimName(name.fresh(), life, 999))
    beat = str(Beat(life, 10**14))
    for longest in (f"{running}.log", f".{name}.12345678.tmp", f"{job}.{fresh}", f"{beat}~{life}", f".{job}.tmp",
                    str(Entry("trash", 100, job, "failed").name)):
        assert len(longest.encode()) <= LONGEST_NAME, longest


@pytest.mark.timeout(30)
def test_scattered_frames_take_no_time_that_grows_with_their_square() -> None:
    """200,000 of them took a minute once."""
    lone = sorted(random.Random(1).sample(range(frame_lists.HIGHEST), 200_000))
    assert frame_lists.parse(frame_lists.text(lone)) == lone
    assert sorted(frame_lists.ordered(range(100_000), "bisect")) == list(range(100_000))


def test_a_daemon_that_crashes_for_ever_leaves_one_beat_at_most(spool: Spool, add: Add, output: str) -> None:
    """Each life is declared dead by the next, and clean removes the dead."""
    for _ in range(20):
        daemon = Daemon.born(spool)
        for former in beats.living(spool):
            if former.owner != daemon.me:
                beats.declare_dead(spool, former, daemon.me)
    assert len(os.listdir(spool.folder("beats"))) == 1
    assert clean.apply(spool, clean.plan(spool, 0, clean.server_now(spool) + 2 * 86400)) == 19
    assert os.listdir(spool.folder("dead")) == []
