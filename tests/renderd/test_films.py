"""Films that were not written to their end are no films."""

import subprocess
from pathlib import Path

import pytest

from renderd.pictures import Broken, film


@pytest.fixture(name="whole", params=["mp4", "mkv", "mov", "avi", "webm"])
def fixture_whole(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"film.{request.param}"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36:r=10", "-frames:v", "10", path],
                   check=True)
    return path


def test_a_whole_film_is_taken(whole: Path) -> None:
    film.look(str(whole))


@pytest.mark.parametrize("kept", [0, 0.5, 0.95])
def test_a_film_that_was_cut_is_not(whole: Path, kept: float) -> None:
    data = whole.read_bytes()
    whole.write_bytes(data[:int(len(data) * kept)])
    with pytest.raises(Broken):
        film.look(str(whole))
