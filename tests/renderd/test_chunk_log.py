"""The log of a chunk is bounded, and still tells how it began and how it ended."""

import os
from pathlib import Path

import pytest

from renderd import chunk_log
from renderd.chunk_log import END, ChunkLog


def written(tmp_path: Path, limit: int, lines: list[str]) -> str:
    path = tmp_path / "log"
    with ChunkLog(str(path), limit) as log:
        for line in lines:
            log.write(line)
    return path.read_text()


def test_a_log_below_its_limit_is_whole(tmp_path: Path) -> None:
    assert written(tmp_path, 1000, ["one", "two", ""]) == "one\ntwo\n\n"


def test_of_a_long_log_the_beginning_and_the_end_are_kept(tmp_path: Path) -> None:
    text = written(tmp_path, 10_000, [f"line {n}" for n in range(50_000)])
    lines = text.splitlines()
    assert lines[:3] == ["line 0", "line 1", "line 2"]
    assert lines[-2:] == ["line 49998", "line 49999"]
    assert len(text) < 10_000 + 200
    notes = [line for line in lines if not line.startswith("line ")]
    assert "log_limit is reached" in notes[0] and "bytes are not kept: log_limit" in notes[1]
    kept = sum(len(line) + 1 for line in lines if line.startswith("line "))
    assert int(notes[1].split()[0].strip("(").replace(",", "")) == sum(len(f"line {n}\n") for n in range(50_000)) - kept


def test_a_line_is_there_for_whoever_reads_along_though_no_other_follows(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ChunkLog(str(tmp_path / "log"), 1000) as log:
        log.write("one")
        monkeypatch.setattr(chunk_log, "FLUSH", 0.0)
        log.flush_if_due()
        assert (tmp_path / "log").read_text() == "one\n"


@pytest.mark.parametrize("trap", ["link", "hard link", "pipe"])
def test_a_file_that_somebody_put_in_its_place_is_left_alone(tmp_path: Path, trap: str) -> None:
    (private := tmp_path / "private").write_text("mine")
    private.chmod(0o600)
    if trap == "link":
        (tmp_path / "log").symlink_to(private)
    elif trap == "hard link":
        os.link(private, tmp_path / "log")
    else:
        os.mkfifo(tmp_path / "log")
    reader = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    with ChunkLog(str(tmp_path / "log"), 1000) as log:
        log.write("one")
    assert private.read_text() == "mine" and private.stat().st_mode & 0o777 == 0o600
    assert os.read(reader, 10) == (b"" if trap == "pipe" else b"mine")
    os.close(reader)


@pytest.mark.parametrize("limit", [0, 1, 100, 10_000])
def test_no_line_is_too_long_for_the_limit(tmp_path: Path, limit: int) -> None:
    assert len(written(tmp_path, limit, ["x" * 65_536] * 50)) < limit + 200


def test_a_program_that_says_ten_gigabytes_fills_neither_disk_nor_memory(tmp_path: Path,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_log, "FLUSH", 0.0)
    line = "x" * 65_535
    with ChunkLog(str(tmp_path / "log"), 1_000_000) as log:
        for _ in range(10_000_000_000 // 65_536 // 100):        # a hundredth: what is kept does not grow any more
            log.write(line)
            assert sum(map(len, log._end)) <= END + len(line) + 1
            assert os.path.getsize(tmp_path / "log") < 1_000_100


def test_the_last_word_of_the_daemon_is_there_in_a_long_log(tmp_path: Path) -> None:
    assert written(tmp_path, 500, ["noise"] * 1000 + ["renderd: a picture is not there"]).endswith(
        "renderd: a picture is not there\n")
