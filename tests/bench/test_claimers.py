"""Claimers that fail are told of, and what a bench leaves behind that was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.claimers import timed

HOLD = """
import time
from tests.bench.claimers import roomy_folder
with roomy_folder() as room:
    print(room, flush=True)
    time.sleep(60)
"""


def test_a_bench_that_is_killed_leaves_neither_mount_nor_image(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True,
                              env=os.environ | {"TMPDIR": str(tmp_path)})
    assert killed.stdout
    room = Path(killed.stdout.readline().strip())
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    left = room.parent.parent
    assert left.is_relative_to(tmp_path)
    assert str(left) not in Path("/proc/self/mounts").read_text()
    assert not (left / "image").exists()


def broken() -> int:
    raise ValueError("nothing there")


def killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


def endless() -> int:
    signal.pause()
    return 1


@pytest.mark.parametrize("before", [lambda: None, broken])
def test_a_claimer_that_fails_ends_the_measurement_with_its_reason(before: Callable[[], object]) -> None:
    with pytest.raises(RuntimeError, match="nothing there"):
        timed([broken, endless], before)


def test_a_claimer_that_is_killed_ends_the_measurement() -> None:
    with pytest.raises(RuntimeError, match="killed"):
        timed([killed, endless])


def test_the_time_is_from_the_first_begin_to_the_last_end() -> None:
    def slow() -> int:
        time.sleep(0.2)
        return 1

    assert 0.05 <= timed([slow, lambda: 3]) < 5.0       # four pieces
