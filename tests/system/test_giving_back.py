"""One long chunk, and a host that comes later and finds nothing: it gets the end of it. With the real Blender."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from spool import atomic, claim, hungry
from tests.system.farm import BLENDS, FAKE_BLENDER, ROOT, Farm, says

FRAMES = 20         # each takes about half a second with one thread on a quiet computer
DYING = ROOT / "tests" / "fakes" / "dying.py"


def heavy(farm: Farm) -> str:
    return farm.add(BLENDS / "heavy_12.blend", "Heavy", f"1-{FRAMES}", chunk=FRAMES, width=160, height=90)


def plain(farm: Farm) -> str:
    """By a Blender that cannot be driven: all its frames are ordered at its start."""
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_SECONDS": "0.4"}
    return farm.add(BLENDS / "one_20.blend", "Shot", f"1-{FRAMES}", chunk=FRAMES)


def until_taken(farm: Farm, job: str) -> None:
    farm.until(lambda: bool(os.listdir(farm.spool.running(job))))


def assert_all_right(farm: Farm, job: str, number: int) -> None:
    assert [says(farm.out / name) for name in farm.frames()] == [(f, number) for f in range(1, FRAMES + 1)], farm.show()
    checked = subprocess.run([sys.executable, "-m", "spool", "check", str(farm.spool_dir)], capture_output=True,
                             text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert {chunk.state for chunk in farm.detail(job).chunks} == {"done"}


@pytest.mark.parametrize(("add", "number"), [(heavy, 7), (plain, 1)])
def test_a_host_that_finds_nothing_gets_the_end_of_a_long_chunk(farm: Farm, add: Callable[[Farm], str],
                                                                number: int) -> None:
    job = add(farm)
    farm.host("alpha", RENDERD_THREADS="1")
    until_taken(farm, job)
    farm.host("beta", RENDERD_THREADS="1")
    farm.until_state(job, "done")

    assert_all_right(farm, job, number)
    assert {d.host for d in farm.detail(job).per_frame.values()} == {"alpha", "beta"}
    lines = [one["frame"] for one in farm.events(job, "frame")]
    assert sorted(lines) == list(range(1, FRAMES + 1)), "no frame was rendered twice"
    assert 1 <= len(farm.events(job, "cut")) < FRAMES // 2, "nothing flaps"
    assert "ended-hanging" not in (farm.root / "alpha.log").read_text()
    farm.until(lambda: hungry.now(farm.spool) == [], 10)


def test_dear_frames_wait_for_others_at_once_though_nobody_is_hungry(farm: Farm) -> None:
    """50 frames of 0.6 s, among such of 0.05 s: a second chunk of those keeps the other host busy."""
    mood = farm.root / "mood"
    mood.write_text(f"FAKE_BLENDER=dear\nFAKE_DEAR=0.6\nFAKE_FRAMES={' '.join(map(str, range(51, 101)))}\n")
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_DRIVEN": "yes", "FAKE_SECONDS": "0.05", "FAKE_MOOD": str(mood)}
    job = farm.add(BLENDS / "one_20.blend", "Shot", "1-200", chunk=50, order="linear")
    farm.host("alpha"), farm.host("beta")

    def helpers() -> set[str]:
        return {one["host"] for one in farm.events(job, "taken") if one["chunk"].startswith("001.")}

    farm.until(lambda: len(helpers()) == 2)
    mood.unlink()
    farm.until_state(job, "done")
    said = "".join((farm.root / f"{name}.log").read_text() for name in ("alpha", "beta"))
    given = [line for line in said.splitlines() if "gave-back" in line and "chunk=001.0051-0100" in line]
    assert len(given) == 1 and "pieces=1" not in given[0].split(), "a hungry host would get one piece"
    lines = [one["frame"] for one in farm.events(job, "frame")]
    assert sorted(lines) == list(range(1, 201)), "no frame was rendered twice"


def test_who_dies_between_the_tail_and_the_shortening_loses_nothing(farm: Farm) -> None:
    job = plain(farm)
    farm.environ["FAKE_DRIVEN"] = "yes"         # as a Blender that stays: it dies with its daemon
    farm.hosts["alpha"] = subprocess.Popen([sys.executable, DYING, "--host", "alpha"], start_new_session=True,
                                           env=farm.environ | {"FAKE_SECONDS": "2"})
    until_taken(farm, job)
    farm.host("beta", FAKE_SECONDS="0.05")
    assert farm.hosts["alpha"].wait(timeout=30) == -signal.SIGKILL
    assert [c.chunk.last for c in claim.claims(farm.spool, job) if c.owner.host == "alpha"] == [FRAMES]
    lie = [name for folder in (farm.spool.todo(job), farm.spool.running(job)) for name in atomic.names(folder)]
    assert len(lie) == 2, "the tail, and the whole chunk"
    farm.until_state(job, "done")
    assert_all_right(farm, job, 1)
