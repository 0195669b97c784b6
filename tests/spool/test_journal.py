"""Journals: what was written counts, what was cut is passed over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import journal
from spool.errors import BadFile, UnsafeFile
from spool.job import Job
from spool.journal import Journal
from spool.layout import Entry, Spool

Add = Callable[..., tuple[Entry, Job]]


def frames_done(spool: Spool, job: Job) -> dict[int, int]:
    return {f: d.round for f, d in journal.done_frames(journal.events(spool, job.job)).items()}


def file_of(spool: Spool, job: Job, host: str = "ws01") -> Path:
    return Path(spool.job(job.job), "journal", f"{host}.jsonl")


def test_frames_of_all_hosts_are_read(spool: Spool, add: Add) -> None:
    _, job = add()
    for host, frame in (("ws01", 1), ("ws02", 2)):
        with Journal(spool, job.job, host) as lines:
            lines.write("frame", frame=frame, round=0)
    assert frames_done(spool, job) == {1: 0, 2: 0}
    assert journal.missing(spool, job) == [3, 4, 5, 6]


def test_a_cut_last_line_is_passed_over_and_closed_by_the_next_life(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        lines.write("frame", frame=1, round=0)
    file_of(spool, job).write_bytes(file_of(spool, job).read_bytes() + b'{"t":"2026')
    assert frames_done(spool, job) == {1: 0}
    with Journal(spool, job.job, "ws01") as lines:
        lines.write("frame", frame=2, round=0)
    assert frames_done(spool, job) == {1: 0, 2: 0}


@pytest.mark.parametrize("line", [b"[" * 100_000, b"\xff\xfe", b"[1]", b'{"event":1}', b'{"event":"frame"}',
                                  b'{"event":"frame","frame":true}', b'{"event":"failed","chunk":[1]}', b"null",
                                  b'{"event":"frame","frame":"1","round":0}', b""])
def test_a_line_that_makes_no_sense_is_passed_over(spool: Spool, add: Add, line: bytes) -> None:
    _, job = add()
    file_of(spool, job).write_bytes(line + b'\n{"event":"frame","frame":2,"round":0}\n')
    assert frames_done(spool, job) == {2: 0}
    assert all(isinstance(e.get("chunk", ""), str) for e in journal.events(spool, job.job))


def test_the_highest_round_of_a_frame_counts(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        for round in (0, 2, 1):
            lines.write("frame", frame=1, round=round)
    assert frames_done(spool, job) == {1: 2}


@pytest.mark.parametrize("odd", ["link", "0666", "hardlink"])
def test_a_journal_that_nobody_would_read_is_not_written(spool: Spool, add: Add, odd: str) -> None:
    _, job = add()
    path = file_of(spool, job)
    if odd == "link":
        path.symlink_to(path.parent / "elsewhere")
    else:
        path.touch()
        os.link(path, path.parent / "second") if odd == "hardlink" else path.chmod(0o666)
    with pytest.raises((UnsafeFile, OSError)):
        Journal(spool, job.job, "ws01")


def test_what_is_synced_is_synced_after_it_was_written(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    _, job = add()
    seen: list[str] = []
    write, fsync = os.write, os.fsync
    with Journal(spool, job.job, "ws01") as lines:
        monkeypatch.setattr(os, "write", lambda fd, data: (seen.append("write"), write(fd, data))[1])
        monkeypatch.setattr(os, "fsync", lambda fd: (seen.append("sync"), fsync(fd))[1])
        lines.write("frame", frame=1)
        lines.write("done", sync=True)
    assert seen == ["write", "write", "sync"]


@pytest.mark.parametrize("text", ["{}", "[]", '{"round": "x", "frames": "1"}', '{"round": 1, "frames": 5}',
                                  '{"round": 1, "frames": "5-1"}', "{"])
def test_a_redo_that_makes_no_sense_is_told(spool: Spool, add: Add, text: str) -> None:
    _, job = add()
    Path(spool.job(job.job), "redo", "001-ab12.json").write_text(text)
    with pytest.raises(BadFile, match="001-ab12"):
        journal.wanted_rounds(spool, job)
