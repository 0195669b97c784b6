"""The soak can fail: what breaks a promise is a violation."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.blender import PICTURES
from tests.soak import frames
from tests.soak.books import Books, Sent
from tests.soak.one_job import wrong
from tests.soak.proof import Proof
from tests.soak.waits import Waits

JOB = "20261120-101530-soak-7f3a"


@pytest.fixture(name="done")
def fixture_done(tmp_path: Path) -> tuple[Path, Sent]:
    """A job of two chunks with a frame each, as it must be when it is done."""
    root, out = tmp_path / JOB, tmp_path / "out"
    for folder in (root / "journal", root / "failed", root / "redo", out):
        folder.mkdir(parents=True)
    lines: list[dict[str, object]] = []
    for frame in (1, 2):
        (out / f"{frame:04}.png").write_bytes(PICTURES["PNG"](frame, "Five"))
        chunk = f"00{frame - 1}.000{frame}-000{frame}"
        lines += [{"event": "frame", "frame": frame, "round": 0, "chunk": chunk}, {"event": "done", "chunk": chunk}]
    _write(root, lines)
    return root, Sent(JOB, out, [1, 2], 2)


def _write(root: Path, lines: list[dict[str, object]]) -> None:
    (root / "journal" / "ws01.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _lines(root: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (root / "journal" / "ws01.jsonl").read_text().splitlines()]


def _wrong(done: tuple[Path, Sent], books: Books | None = None, state: str = "done") -> list[str]:
    return list(wrong(books or Books(), *done, state))


def test_a_job_that_is_as_it_must_be_is_proved(done: tuple[Path, Sent]) -> None:
    assert _wrong(done) == []


def test_a_frame_without_its_line_is_found(done: tuple[Path, Sent]) -> None:
    _write(done[0], [line for line in _lines(done[0]) if line.get("frame") != 2])
    assert _wrong(done) == ["no journal accounts for frame 2"]


def test_a_chunk_whose_end_nobody_wrote_down_is_found(done: tuple[Path, Sent]) -> None:
    _write(done[0], [line for line in _lines(done[0]) if line["event"] == "frame"])
    assert _wrong(done) == ["no journal says how the chunks [0, 1] ended"]


def test_another_frame_under_this_name_is_found(done: tuple[Path, Sent]) -> None:
    (done[1].folder / "0002.png").write_bytes(PICTURES["PNG"](1, "Five"))
    assert "is frame 1" in _wrong(done)[0]


def test_a_frame_that_is_gone_is_excused_only_if_it_was_removed_by_hand(done: tuple[Path, Sent]) -> None:
    (done[1].folder / "0002.png").unlink()
    assert _wrong(done) == ["the file of frame 2 is not there"]
    done[1].removed.add(2)
    assert _wrong(done) == []


def test_a_redo_counts_in_its_own_round(done: tuple[Path, Sent]) -> None:
    (done[0] / "redo" / "001-ab12.json").write_text('{"round": 1, "frames": "2"}')
    assert _wrong(done) == ["no journal accounts for frame 2"]


def test_a_failure_needs_a_fault_that_explains_it(done: tuple[Path, Sent]) -> None:
    event: dict[str, object] = {"t": "2026-11-20T10:20:00Z", "event": "failed", "chunk": "000.0001-0001",
                                "reason": "frame-cut"}
    _write(done[0], [*_lines(done[0]), event])
    assert "nothing that was done to it explains" in _wrong(done)[0]
    books = Books()
    books.blame_path(f"/out/.renderd/{JOB}.000.0001-0001@ws01.4.0badcafe.1/####.png", "empty")
    assert len(_wrong(done, books)) == 1, "an empty frame is no cut one"
    books.blame_path(f"/out/.renderd/{JOB}.000.0001-0001@ws01.4.0badcafe.1/####.png", "cut")
    assert _wrong(done, books) == []


def test_what_was_done_to_a_claim_explains_no_failure_of_what_it_had_given_away(done: tuple[Path, Sent]) -> None:
    books = Books()
    books.blame_path(f"/out/.renderd/{JOB}.000.0001-0020@ws01.4.0badcafe.1/####.png", "cut")
    failed = {"t": "2026-11-20T10:20:00Z", "host": "ws01", "reason": "frame-cut"}
    assert books.explained(JOB, failed | {"chunk": "000.0001-0010"}), "what it kept"
    assert not books.explained(JOB, failed | {"chunk": "000.0011-0020"})


@pytest.mark.parametrize(("claims", "counted"), [([1], {"ws01.7.0badcafe.1"}), ([1, 2], set())])
def test_work_of_a_driven_program_counts_for_no_claim_that_it_may_not_be_at(claims: list[int],
                                                                           counted: set[str]) -> None:
    """And a claim whose plain program is seen is not one of those."""
    line = f"blender -o /out/.renderd/{JOB}.003.0001-0009@ws01.7.0badcafe.3/####.png"
    stage: Any = SimpleNamespace(
        programs=lambda: {os.getpid(): line}, driven=lambda: {os.getpid(): 7},
        claims_of=lambda daemon: [f"{JOB}.00{slot}.0001-0009~1~ws02@ws01.{daemon}.0badcafe.{slot}"
                                  for slot in [*claims, 3]])
    worked = Proof(stage)._worked()
    assert worked.keys() == {"ws01.7.0badcafe.3"} | counted and all(worked.values())


@pytest.mark.parametrize("format", sorted(PICTURES))
def test_the_frames_of_the_stand_in_say_what_they_are(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"0270.{ {'PNG': 'png', 'TIFF': 'tif', 'OPEN_EXR': 'exr'}[format] }"
    path.write_bytes(PICTURES[format](270, "Five"))
    assert frames.wrong(path) == ""
    path.write_bytes(PICTURES[format](271, "Five"))
    assert frames.wrong(path)
    path.write_bytes(PICTURES[format](270, "Five")[:-100])
    assert frames.wrong(path)


def test_what_stands_still_is_counted_from_the_end_of_its_fault() -> None:
    waits = Waits(limit=60)
    assert waits.look(["a"], now=0, calm_since=0) == []
    assert waits.look(["a", "b"], now=50, calm_since=0) == []
    assert waits.look(["a", "b"], now=61, calm_since=0) == ["a"]
    assert waits.look(["a", "b"], now=100, calm_since=70) == []
    assert waits.look(["b"], now=131, calm_since=70) == ["b"]
