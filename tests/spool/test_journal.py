"""Journals: what was written counts, what was cut is passed over."""

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import check, journal, settle, view
from spool.errors import BadFile, TooMuch, UnsafeFile
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


# Bounds

def many(spool: Spool, job: Job, frames: int) -> int:
    """A journal of that many chunks of one frame; its size."""
    path = file_of(spool, job)
    with path.open("w") as file:
        for f in range(frames):
            stem = f"{f:05}.{f:04}-{f:04}"
            for facts in ({"event": "taken", "who": f"{stem}@ws07.4312.9f2c41aa.2", "blend": "ab" * 32},
                          {"event": "frame", "frame": f, "round": 0, "seconds": 1.5 + f, "blend": "ab" * 32},
                          {"event": "done", "frames": str(f), "try": 1}):
                file.write(json.dumps({"t": "2026-11-20T10:15:30Z", "chunk": stem} | facts) + "\n")
    return path.stat().st_size


def peak(work: Callable[[], object]) -> int:
    """Bytes that it held at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_a_journal_does_not_hold_it(spool: Spool, add: Add) -> None:
    _, job = add()
    assert many(spool, job, 3000) > 1_000_000
    assert peak(lambda: sum(1 for _ in journal.events(spool, job.job))) < 100_000


def test_looking_at_a_job_holds_less_than_700_bytes_a_frame(spool: Spool, add: Add) -> None:
    """Every frame a chunk of its own, the worst case. 100,000 of them stay below 70 MB."""
    entry, job = add(frames="0-2999", chunk=3000)
    many(spool, job, 3000)
    os.unlink(f"{spool.todo(job.job)}/000.0000-2999")
    assert peak(lambda: view.detail(spool, entry)) < 700 * 3000
    assert peak(lambda: settle.look(spool, job)) < 400 * 3000


@pytest.mark.parametrize("torn", [b'{"t":"2026-11-20T10:15:30Z","event":"frame","fra', b'{"t":"2026', b"{", b"\0" * 99,
                                  b'{"t":"x","event":"failed","text":"say {\\"t\\":', b"nobody's words "],
                         ids=range(6))
def test_what_one_slot_could_not_finish_swallows_no_line_of_another(spool: Spool, add: Add, torn: bytes) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as one, Journal(spool, job.job, "ws01") as other:
        one.write("frame", frame=1, round=0)
        with file_of(spool, job).open("ab") as file:
            file.write(torn)            # of the slot `one`; the disk was full, and has room again
        other.write("frame", frame=2, round=0)
        one.write("frame", frame=3, round=0)
    assert frames_done(spool, job) == {1: 0, 2: 0, 3: 0}
    notes = [p for p in check.check(spool).problems if "journal" in p.path]
    assert len(notes) == 1 and notes[0].fault == (torn[:1] == b"n"), notes


def test_a_text_that_looks_like_a_line_is_none(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        lines.write("failed", chunk="000.0001-0002", text='{"t":"x","event":"frame","frame":1,"round":9}')
    whole = file_of(spool, job).read_bytes()
    for end in range(len(whole)):
        file_of(spool, job).write_bytes(whole[:end])
        assert frames_done(spool, job) == {}


def test_a_full_journal_refuses_the_next_claim_and_is_still_read(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        lines.write("frame", frame=1, round=0)
        os.truncate(file_of(spool, job), journal.FULL)          # a hole: no disk is filled
        lines.write("frame", frame=2, round=0)                  # what has begun goes on to its end
        with pytest.raises(TooMuch, match=r"ws01.jsonl is full") as refused:
            Journal(spool, job.job, "ws01")
    assert "as a new one" in str(refused.value.hint)
    with Journal(spool, job.job, "ws02") as lines:
        lines.write("frame", frame=3, round=0)
    assert [json.loads(line)["frame"] for line in journal.lines(spool, str(file_of(spool, job, "ws02")))] == [3]


def test_a_file_that_is_no_journal_by_its_size_is_told(spool: Spool, add: Add) -> None:
    _, job = add()
    file_of(spool, job).touch()
    os.truncate(file_of(spool, job), journal.LIMIT + 1)
    assert frames_done(spool, job) == {}
    with pytest.raises(UnsafeFile):
        Journal(spool, job.job, "ws01")
    assert any("at most" in p.what for p in check.check(spool).faults)
