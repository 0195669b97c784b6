"""What the README tells a newcomer to type works as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
BIN = Path(sys.executable).parent


def typed(heading: str) -> list[str]:
    """The lines of the first block of commands below a heading."""
    below = README.read_text().split(f"\n## {heading}\n")[1]
    return re.findall(r"^    (\S.*)$", re.split(r"\n(?=\S)", below[below.index("\n    ") + 1:])[0], re.MULTILINE)


@pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")
def test_a_first_film(tmp_path: Path) -> None:
    *lines, last = typed("A film")
    assert last.startswith("render web") and len(lines) > 5
    environ = {**os.environ, "HOME": str(tmp_path), "PATH": f"{BIN}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-ec", "\n".join(lines)], env=environ, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr
    assert "shots/s010.blend" in ran.stdout.splitlines()[-1]
