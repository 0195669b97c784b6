"""What frames used: seconds, and CPU time of a program and of its children."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from renderd import meter
from renderd.meter import Meter, cpu_seconds

BURN = "import time\nwhile time.process_time() < 0.2: pass\nprint(1, flush=True)\ntime.sleep(60)"


@contextmanager
def burnt(*command: str) -> Iterator[int]:
    """The process id, when 0.2 s of CPU time were used."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert program.stdout and program.stdout.readline()
        yield program.pid
    finally:
        os.killpg(program.pid, 9)
        program.wait()


@pytest.mark.parametrize("command", [
    [sys.executable, "-c", BURN], ["sh", "-c", f"{sys.executable} -c '{BURN}'; :"],
    ["sh", "-c", f"{sys.executable} -c '{BURN.replace('60', '0')}' >&2; echo; sleep 60"]],
                         ids=["own", "child", "ended"])
def test_time_of_all_processes_counts(command: list[str]) -> None:
    with burnt(*command) as pid:
        end = time.monotonic() + 20         # a child that ended counts once it was waited for
        while (found := cpu_seconds(pid) or 0.0) < 0.15 and time.monotonic() < end:
            time.sleep(0.02)
        assert 0.15 <= found < 5


def test_a_program_that_ended_has_none() -> None:
    done = subprocess.Popen(["true"])
    done.wait()
    assert cpu_seconds(done.pid) is None


def test_a_program_may_have_any_name() -> None:
    rename = f"open('/proc/self/comm', 'w').write(') 1 2 3 4 5 6 (')\n{BURN}"
    with burnt(sys.executable, "-c", rename) as pid:
        assert 0.15 <= (cpu_seconds(pid) or 0.0) < 5


@pytest.fixture(name="played")
def fixture_played(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | None]:
    """A clock and a program's CPU seconds, to be set by hand."""
    now: dict[str, float | None] = {"time": 100.0, "cpu": 5.0}
    monkeypatch.setattr(meter.time, "monotonic", lambda: now["time"])
    monkeypatch.setattr(meter, "cpu_seconds", lambda pid: now["cpu"])
    monkeypatch.setattr(meter, "peak_mb", lambda pid: now.get("peak"))
    return now


def test_a_frame_is_measured_from_the_one_before(played: dict[str, float | None]) -> None:
    made = Meter(counted=5.0)
    played |= {"time": 102.0, "cpu": 8.0}
    assert made.frame(1)[:3] == (2.0, 3.0, None)
    played |= {"time": 103.0, "cpu": 8.5}
    assert made.frame(1)[:3] == (1.0, 0.5, None)


def test_what_a_program_needs_to_begin_is_no_measure(played: dict[str, float | None]) -> None:
    made = Meter()
    played |= {"time": 102.0, "cpu": 8.0}
    assert made.frame(1)[:3] == (2.0, None, None)
    played |= {"time": 104.0, "cpu": 10.0}
    assert made.frame(1)[:3] == (2.0, 2.0, None)


def test_frames_that_end_together_share_what_the_program_used_at_the_last_look(
        played: dict[str, float | None]) -> None:
    made = Meter(counted=0.0)
    played["peak"] = 70.0
    made.look(1)
    played |= {"time": 106.0, "cpu": None, "peak": None}
    assert [made.frame(1, share)[:3] for share in (3, 2, 1)] == [(2.0, pytest.approx(5 / 3), 70.0)] * 3


def test_what_a_blender_tells_of_itself_counts_and_nonsense_does_not(played: dict[str, float | None]) -> None:
    made = Meter()
    assert made.told({"seconds": 0.5, "cpu": 1.7, "peak_mb": 225.1})[:3] == (0.5, 1.7, 225.1)
    played["time"] = 103.0
    assert made.told({"seconds": "x", "cpu": -1, "peak_mb": None})[:3] == (3.0, None, 225.1)
