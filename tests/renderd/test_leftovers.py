"""What programs started themselves ends with the daemon, however that ends, or with the next one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renderd import leftovers

# A daemon that runs a stage: a script, which starts a program of its own; one of them stands still.
DAEMON = """
import os, sys, time
from renderd import leftovers, living
with leftovers.warden():
    script = 'sleep 3600 & kill -STOP $!; setsid sleep 3600 & echo $!; env -i sleep 3600 & touch up; wait'
    program = living.start(["sh", "-c", script], sys.argv[1], dict(os.environ), "")
    program.process.hear(20)
    sys.stdin.read()
"""


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (folder := tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    for pid in left(folder):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(name="daemon")
def fixture_daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", DAEMON, folder.parent], stdin=subprocess.PIPE)
    until(lambda: len(left(folder)) >= 4 and (folder.parent / "up").exists())
    yield started
    started.kill()
    started.wait()


def left(folder: Path) -> list[int]:
    """Programs and their children, by their folder for temporary files; by their group those without environment."""
    def marked(pid: int) -> bool:
        try:
            return f"TMPDIR={folder}/renderd-".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
    every = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    groups = {_group(pid) for pid in every if marked(pid)} - {0}
    return [pid for pid in every if _group(pid) in groups]


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def warden_of(daemon: "subprocess.Popen[bytes]") -> int:
    children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
    return next(int(pid) for pid in children if b"leftovers.py" in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_what_a_killed_daemon_left_is_ended(daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    warden = warden_of(daemon)
    daemon.kill()
    daemon.wait()
    until(lambda: not left(folder))
    until(lambda: not Path(f"/proc/{warden}").exists() and not os.listdir(folder))


def test_nothing_is_left_behind_a_daemon_that_ends_by_itself(daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    assert daemon.stdin
    daemon.stdin.close()
    assert daemon.wait(timeout=60) == 0
    assert not left(folder)


def test_the_next_daemon_ends_it_where_nobody_watched(daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    os.kill(warden_of(daemon), signal.SIGKILL)
    daemon.kill()
    daemon.wait()
    assert left(folder)
    leftovers.sweep_dead()
    assert not left(folder) and not os.listdir(folder)


def test_nothing_of_a_daemon_that_lives_is_touched(daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    before = left(folder), os.listdir(folder)
    leftovers.sweep_dead()
    assert (left(folder), os.listdir(folder)) == before
