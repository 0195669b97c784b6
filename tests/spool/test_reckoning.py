"""Sums over journals, and what is said of slow frames."""

from collections.abc import Callable

import pytest

from spool import reckoning
from spool.job import Job
from spool.journal import Journal
from spool.layout import Entry, Spool
from spool.reckoning import Frame

Add = Callable[..., tuple[Entry, Job]]


def test_sums_of_frames_failures_and_what_was_kept(spool: Spool, add: Add) -> None:
    _, job = add()
    with Journal(spool, job.job, "ws01") as lines:
        for frame, seconds in ((1, 2.0), (2, 4.0), (2, 6.0)):
            lines.write("frame", chunk="000.0001-0002", frame=frame, round=0, seconds=seconds, peak_mb=100.0 * frame)
        lines.write("frame", chunk="000.0001-0002", frame=3, round=0, seconds=9.0, kept=job.job)
        lines.write("failed", chunk="000.0001-0002", reason="hung", text="x")
    found = reckoning.reckon(spool, "host", top=2)
    total = found.total
    assert (total.frames, total.seconds, total.peak_mb, total.failures, total.joules) == (3, 12.0, 200.0, 1, None)
    assert [(one.seconds, one.frame) for one in found.slowest] == [(6.0, 2), (4.0, 2)]
    assert [row.key for row in found.rows] == ["ws01"]


@pytest.mark.parametrize(("frame", "said"), [
    (Frame(60, 1, "j", "ws", "", 60, 400, 15000), "smaller textures"),
    (Frame(10, 1, "j", "ws", "", 60, 400, 100), "only 10 of 60 s"),
    (Frame(60, 1, "j", "ws", "", 60, 66, 100), "1.1 of 8 cores"),
    (Frame(60, 1, "j", "ws", "", 60, 400, 100), "6 x the middle"),
    (Frame(12, 1, "j", "ws", "", 12, 90, 100), "")])
def test_advice_names_what_stands_out(frame: Frame, said: str) -> None:
    text = reckoning.advice(frame, 10.0, 8, 16000)
    assert said in text and bool(text) == bool(said)
