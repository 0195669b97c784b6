"""What a bench leaves behind that was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

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
