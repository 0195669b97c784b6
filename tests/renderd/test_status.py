"""When a daemon tells how it is."""

from pathlib import Path

import pytest

from renderd import status
from renderd.status import Status
from spool import hosts, opening
from tests.bench.simulated import Clock


def test_status_is_told_at_once_when_a_chunk_changes_and_now_and_then_when_a_frame_does(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, clock = opening.init(str(tmp_path / "spool")), Clock()
    monkeypatch.setattr(status, "time", clock)
    told = Status(spool, "alpha")

    def frame(number: int | None, chunk: str) -> object:
        """What is told a second later."""
        clock.now += 1.0
        told.tell({"state": "rendering", "slots": [{"slot": 1, "chunk": chunk, "frame": number}]})
        return hosts.said(spool, "alpha", "status")["slots"][0]["frame"]

    assert frame(None, "000.0001-0020") is None, "the program starts"
    assert [frame(number, "000.0001-0020") for number in range(1, 13)] == [1] * 10 + [11, 11]
    assert frame(13, "001.0021-0030") == 13
    told.tell_end()
    assert hosts.said(spool, "alpha", "status")["state"] == "stopped"


def test_what_could_not_be_told_is_told_at_the_next_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opening.init(str(tmp_path / "spool"))
    told, rendering = Status(spool, "alpha"), {"state": "rendering", "slots": list[object]()}
    with monkeypatch.context() as broken, pytest.raises(OSError, match="share"):
        broken.setattr(hosts, "write", share_fails)
        told.tell(rendering)
    told.tell(rendering)
    assert hosts.said(spool, "alpha", "status")["state"] == "rendering"


def share_fails(*_: object) -> None:
    raise OSError("the share fails")
