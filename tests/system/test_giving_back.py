"""One long chunk, and a host that comes later and finds nothing: it gets the end of it. With the real Blender."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import atomic, hungry
from spool.layout import parse_chunk
from tests.system import scripted
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm, says

FRAMES = 20
ONE = BLENDS / "one_20.blend"


def mood(farm: Farm) -> Path:
    """Frames last long while it is there: nobody is done before others have come."""
    return farm.root / "mood"


def driven(farm: Farm) -> str:
    blend = scripted.slow_while(mood(farm), ONE, farm.root / "slow.blend")
    mood(farm).touch()
    farm.environ |= scripted.ALLOWED
    return farm.add(blend, "Shot", f"1-{FRAMES}", chunk=FRAMES)


def plain(farm: Farm) -> str:
    """By a Blender that cannot be driven: all its frames are ordered at its start."""
    mood(farm).write_text("FAKE_SECONDS=1\n")
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_MOOD": str(mood(farm))}
    return farm.add(ONE, "Shot", f"1-{FRAMES}", chunk=FRAMES)


def until_taken(farm: Farm, job: str) -> None:
    farm.until(lambda: bool(os.listdir(farm.spool.running(job))))


def assert_all_right(farm: Farm, job: str) -> None:
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 1) for f in range(1, FRAMES + 1)], farm.show()
    checked = subprocess.run([sys.executable, "-m", "spool", "check", str(farm.spool_dir)], capture_output=True,
                             text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert {chunk.state for chunk in farm.detail(job).chunks} == {"done"}


@pytest.mark.parametrize("add", [driven, plain])
def test_a_host_that_finds_nothing_gets_the_end_of_a_long_chunk(farm: Farm, add: Callable[[Farm], str]) -> None:
    job = add(farm)
    farm.host("alpha", RENDERD_THREADS="1")
    until_taken(farm, job)
    farm.host("beta", RENDERD_THREADS="1")
    farm.until(lambda: {one["host"] for one in farm.events(job, "taken")} == {"alpha", "beta"})
    mood(farm).unlink()
    farm.until_state(job, "done")

    assert_all_right(farm, job)
    assert {d.host for d in farm.detail(job).per_frame.values()} == {"alpha", "beta"}
    lines = [one["frame"] for one in farm.events(job, "frame")]
    assert sorted(lines) == list(range(1, FRAMES + 1)), "no frame was rendered twice"
    assert 1 <= len(farm.events(job, "cut")) < FRAMES // 2, "nothing flaps"
    assert "ended-hanging" not in (farm.root / "alpha.log").read_text()
    farm.until(lambda: hungry.now(farm.spool) == [], 10)


def test_dear_frames_wait_for_others_at_once_though_nobody_is_hungry(farm: Farm) -> None:
    """50 frames of 0.6 s, among such of 0.05 s: a second chunk of those keeps the other host busy."""
    mood(farm).write_text(f"FAKE_BLENDER=dear\nFAKE_DEAR=0.6\nFAKE_FRAMES={' '.join(map(str, range(51, 101)))}\n")
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_DRIVEN": "yes", "FAKE_SECONDS": "0.05", "FAKE_MOOD": str(mood(farm))}
    job = farm.add(ONE, "Shot", "1-200", chunk=50, order="linear")
    farm.host("alpha"), farm.host("beta")

    def helpers() -> set[str]:
        return {one["host"] for one in farm.events(job, "taken") if one["chunk"].startswith("001.")}

    farm.until(lambda: len(helpers()) == 2)
    mood(farm).unlink()
    farm.until_state(job, "done")
    said = "".join((farm.root / f"{name}.log").read_text() for name in ("alpha", "beta"))
    given = [line for line in said.splitlines() if "gave-back" in line and "chunk=001.0051-0100" in line]
    assert len(given) == 1 and "pieces=1" not in given[0].split(), "a hungry host would get one piece"
    lines = [one["frame"] for one in farm.events(job, "frame")]
    assert sorted(lines) == list(range(1, 201)), "no frame was rendered twice"


def test_who_dies_between_the_tail_and_the_shortening_loses_nothing(farm: Farm) -> None:
    job = plain(farm)
    farm.environ["FAKE_DRIVEN"] = "yes"         # as a Blender that stays: it dies with its daemon
    farm.dying("alpha", "cut")
    until_taken(farm, job)
    farm.host("beta")
    assert farm.hosts["alpha"].wait(timeout=30) == -signal.SIGKILL

    def lie() -> set[tuple[int, int]]:
        """The first and last frame of each chunk; one that is just moved may be missing."""
        folders = (farm.spool.todo(job), farm.spool.running(job))
        names = [parse_chunk(name.split("@")[0]) for folder in folders for name in atomic.names(folder)]
        return {(name.first, name.last) for name in names}

    whole = (1, FRAMES)
    farm.until(lambda: whole in (found := lie()) and [last for _, last in found - {whole}] == [FRAMES], 5)
    mood(farm).unlink()
    farm.until_state(job, "done")
    assert_all_right(farm, job)
