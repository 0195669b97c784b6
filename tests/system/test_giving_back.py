"""One long chunk, and a host that comes later and finds nothing: it gets the end of it. With the real Blender."""

import os
import signal
import subprocess
import sys

from spool import hungry
from tests.system.farm import BLENDS, ROOT, Farm, says

FRAMES = 24
DYING = ROOT / "tests" / "fakes" / "dying.py"


def add(farm: Farm) -> str:
    return farm.add(BLENDS / "heavy_12.blend", "Heavy", f"1-{FRAMES}", chunk=FRAMES, width=160, height=90)


def assert_all_right(farm: Farm, job: str) -> None:
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 7) for f in range(1, FRAMES + 1)], farm.show()
    checked = subprocess.run([sys.executable, "-m", "spool", "check", str(farm.spool_dir)], capture_output=True,
                             text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert {chunk.state for chunk in farm.detail(job).chunks} == {"done"}


def test_a_host_that_finds_nothing_gets_the_end_of_a_long_chunk(farm: Farm) -> None:
    job = add(farm)
    farm.host("alpha", RENDERD_THREADS="1")
    farm.until(lambda: len(farm.frames()) >= 1)
    farm.host("beta", RENDERD_THREADS="1")
    farm.until_state(job, "done")

    assert_all_right(farm, job)
    assert {d.host for d in farm.detail(job).per_frame.values()} == {"alpha", "beta"}
    lines = [one["frame"] for one in farm.events(job, "frame")]
    assert sorted(lines) == list(range(1, FRAMES + 1)), "no frame was rendered twice"
    assert {one["host"] for one in farm.events(job, "cut")} <= {"alpha", "beta"}
    farm.until(lambda: hungry.now(farm.spool) == [], 10)


def test_who_dies_between_the_tail_and_the_shortening_loses_nothing(farm: Farm) -> None:
    job = add(farm)
    farm.hosts["alpha"] = subprocess.Popen([sys.executable, DYING, "--host", "alpha"], env=farm.environ | {"RENDERD_THREADS": "1"},
                                           start_new_session=True)
    farm.until(lambda: len(farm.frames()) >= 1)
    farm.host("beta", RENDERD_THREADS="1")
    farm.until(lambda: farm.hosts["alpha"].poll() is not None)
    assert farm.hosts["alpha"].wait() == -signal.SIGKILL
    assert len([n for n in os.listdir(farm.spool.todo(job)) + os.listdir(farm.spool.running(job)) if n[0] != "."]) >= 2
    farm.until_state(job, "done")
    assert_all_right(farm, job)
