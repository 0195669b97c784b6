"""A job that is looked at again and again, compared with one that is looked at once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import again, claim, following, journal, queue, view
from spool.errors import BadFile
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def journal_of(spool: Spool, job: Job, host: str = "ws01") -> Path:
    return Path(spool.job(job.job), "journal", f"{host}.jsonl")


def test_it_sees_what_a_single_look_sees(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(frames="1-8", chunk=2, tries=2)
    followed = None

    def same() -> None:
        nonlocal followed
        at = played.where(spool, job)
        followed = following.look(spool, at, followed, waiting=True)
        assert followed.detail == view.detail(spool, at)

    same()
    for step in range(6):
        taken = daemon.take(job)
        assert taken
        same()
        if step % 2:
            with journal.Journal(spool, job.job, "ws01") as lines:
                lines.write("failed", chunk=taken.name.chunk.stem, reason="crashed", text="It crashed.")
            claim.fail(spool, taken)
        else:
            daemon.publish(taken, taken.info.frames[0])
            same()
            daemon.render(taken)
        same()
    again.redo(spool, entry, job, [1, 2])
    same()
    daemon.work_off(job)
    same()
    queue.move(spool, entry, "held")
    same()


def test_nothing_new_is_nothing_to_do(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.render(daemon.take(job))     # type: ignore[arg-type]
    first = following.look(spool, entry)
    assert following.look(spool, entry, first) is first
    daemon.take(job)
    assert following.look(spool, entry, first) is not first


def test_only_what_was_added_is_read(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(frames="1-6", chunk=2)
    daemon.render(daemon.take(job))     # type: ignore[arg-type]
    first = following.look(spool, entry)
    path = journal_of(spool, job)
    size = path.stat().st_size
    with path.open("r+b") as file:      # whoever read it again would hear of frame 6
        file.write(b'{"t":"","event":"frame","frame":6}\n'.rjust(size))
    daemon.render(daemon.take(job))     # type: ignore[arg-type]
    assert following.look(spool, entry, first).detail.ready() == {1, 2, 3, 4}


def test_job_json_is_read_once(spool: Spool, add: Add) -> None:
    entry, job = add()
    first = following.look(spool, entry)
    Path(spool.job(job.job), "job.json").write_text("nonsense")
    assert following.look(spool, entry, first) is first
    with pytest.raises(BadFile):
        following.look(spool, entry)


def test_half_a_line_is_heard_when_it_is_whole(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add(frames="1-6", chunk=6)
    taken = daemon.take(job)
    assert taken
    daemon.publish(taken, 1)
    path = journal_of(spool, job)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    first = following.look(spool, entry)
    assert first.detail.ready() == set()
    with path.open("ab") as file:
        file.write(whole[-20:])
    assert following.look(spool, entry, first).detail.ready() == {1}


@pytest.mark.parametrize("how", ["another file", "shorter"])
def test_a_journal_that_was_replaced_is_heard_anew(spool: Spool, add: Add, daemon: Daemon, how: str) -> None:
    """A backup was put back: what stood in the other one does not count."""
    entry, job = add(frames="1-6", chunk=2)
    path = journal_of(spool, job)
    daemon.render(daemon.take(job))     # type: ignore[arg-type]
    backup = path.read_bytes()
    daemon.render(daemon.take(job))     # type: ignore[arg-type]
    first = following.look(spool, entry)
    assert first.detail.ready() == {1, 2, 3, 4}
    if how == "shorter":
        os.truncate(path, len(backup))
    else:
        path.with_suffix(".new").write_bytes(backup + b" " * 10_000)
        os.rename(path.with_suffix(".new"), path)
    assert following.look(spool, entry, first).detail.ready() == {1, 2}
