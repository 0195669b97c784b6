"""The small picture of a mail."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from renderd import thumbnail

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg here")


@pytest.mark.parametrize("name", ["100%d/0001.png", "%04d.png", "a b/🎬.exr", "-i.jpg"])
def test_a_picture_may_be_called_anything(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    plain = tmp_path / f"plain{path.suffix}"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=640x360", "-frames:v", "1", plain],
                   check=True, timeout=60)
    plain.rename(path)
    made = thumbnail.make(str(path), ["ffmpeg"], os.environ)
    assert made.startswith(b"\xff\xd8\xff")


def test_what_is_not_allowed_is_not_run(tmp_path: Path) -> None:
    assert thumbnail.make(str(tmp_path / "a.png"), ["blender"], os.environ) == b""
