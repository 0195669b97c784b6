"""A share that really hangs in the kernel when it is told to: a FUSE file system whose server is stopped."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def reason_to_skip() -> str:
    """Why no such share can be made here; nothing if it can."""
    if not shutil.which("bindfs"):
        return "bindfs is not installed"
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "only root with /dev/fuse can mount a share that stops to answer"
    return ""


class Share:
    """A folder behind a server. `stop` it, and every call into the folder waits until `go_on`."""

    def __init__(self, behind: Path, folder: Path) -> None:
        self.folder = folder
        for each in (behind, folder):
            each.mkdir()
        self.server = subprocess.Popen(["bindfs", "-f", "-o", "entry_timeout=0,attr_timeout=0", behind, folder])
        end = time.monotonic() + 10
        while not os.path.ismount(folder):
            assert time.monotonic() < end and self.server.poll() is None, "bindfs does not mount"
            time.sleep(0.02)
        control = behind.with_name("control")
        control.mkdir()
        subprocess.run(["mount", "-t", "fusectl", "fusectl", control], check=True)
        self._waiting = control / str(os.minor(folder.stat().st_dev)) / "waiting"
        self._control = control

    def stop(self) -> None:
        """At a moment when it has no request in hand: FUSE lets nobody die whose request is in hand, as NFS does."""
        while True:
            self.server.send_signal(signal.SIGSTOP)
            while not all(") T " in task.read_text() for task in Path(f"/proc/{self.server.pid}/task").glob("*/stat")):
                time.sleep(0.001)
            if int(self._waiting.read_text()) == 0:
                return
            self.go_on()

    def go_on(self) -> None:
        self.server.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.go_on()
        for each in (self.folder, self._control):
            subprocess.run(["umount", "-l", each], check=False)
        self.server.kill()
        self.server.wait()


@contextmanager
def share(behind: Path, folder: Path) -> Iterator[Share]:
    made = Share(behind, folder)
    try:
        yield made
    finally:
        made.close()
