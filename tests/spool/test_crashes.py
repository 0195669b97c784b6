"""A crash before each file operation in turn: nothing accepted is lost, nothing doubled."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.crashing import SCENARIOS

REPO = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_crash_before_any_file_operation_is_survived(scenario: str, tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-m", "tests.fakes.crashing", scenario, str(tmp_path)], cwd=REPO,
                         capture_output=True, text=True, timeout=120, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(ran.stdout) >= 3, "the scenario did nothing to the disk"
