"""`render clean` by itself: the cron file and the timer say what there really is."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spool import opening, queue
from spool.layout import Spool
from tests.spool import played

ETC = Path(__file__).parents[2] / "etc"
CRON = ETC / "cron.d/renderd"
SERVICE, TIMER = ETC / "systemd/renderd-clean.service", ETC / "systemd/renderd-clean.timer"
RENDER = Path(sys.executable).with_name("render")
FIELD = r"(\*|\d+)(-\d+)?(/\d+)?(,\d+(-\d+)?)*"


def cron_line() -> re.Match[str]:
    """The one line that does something, as cron(8) reads a file of cron.d: five times, a user, a command."""
    lines = [line for line in CRON.read_text().splitlines() if line.strip() and not line.startswith("#")]
    found = [line for line in lines if not re.fullmatch(r"[A-Z]+=\S+", line)]
    assert len(found) == 1, found
    match = re.fullmatch(rf"((?:{FIELD}\s+){{5}})(?P<user>\S+)\s+(?P<command>.+)", found[0])
    assert match, found
    return match


def start_line() -> str:
    found = re.findall(r"(?m)^ExecStart=(.*)$", SERVICE.read_text())
    assert len(found) == 1
    return str(found[0])


def test_cron_takes_the_file() -> None:
    """cron passes over a file with a dot in its name, one that others may write, and a last line without an end."""
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", CRON.name)
    assert not CRON.stat().st_mode & 0o133
    assert CRON.read_bytes().endswith(b"\n")
    minute, hour, *rest = cron_line()[1].split()
    assert int(minute) < 60 and int(hour) < 24 and rest == ["*", "*", "*"]
    assert "%" not in cron_line()["command"], "cron makes a line break of it"


def test_cron_and_systemd_run_it_as_the_user_of_the_daemon() -> None:
    daemon = re.findall(r"(?m)^User=(.*)$", (ETC / "systemd/renderd.service").read_text())
    assert [cron_line()["user"]] == re.findall(r"(?m)^User=(.*)$", SERVICE.read_text()) == daemon


def test_the_program_lies_beside_the_daemon() -> None:
    daemon = re.findall(r"(?m)^ExecStart=(\S+)$", (ETC / "systemd/renderd.service").read_text())[0]
    for command in (cron_line()["command"], start_line()):
        assert os.path.dirname(shlex.split(command)[0]) == os.path.dirname(daemon)
        assert os.path.basename(shlex.split(command)[0]) == RENDER.name and RENDER.exists()


@pytest.mark.parametrize("which", ["cron", "systemd"])
def test_the_command_runs_as_it_is_written(which: str, tmp_path: Path) -> None:
    spool = opening.init(str(tmp_path / "farm"))
    (tmp_path / "out").mkdir()
    entry, job = played.add(spool, str(tmp_path / "out/####.png"))
    queue.cancel(spool, entry)
    command = cron_line()["command"] if which == "cron" else start_line()
    mine = command.replace("/opt/renderd/bin/render", str(RENDER))
    assert mine != command
    assert clean(mine, spool) == (0, "" if which == "cron" else "There is nothing to clean.\n")
    assert played.where(spool, job).state == "trash", "it is younger than 14 days"
    assert clean(mine.replace("14d", "0s"), spool)[0] == 0
    assert os.listdir(spool.folder("jobs")) == []


def clean(command: str, spool: Spool) -> tuple[int, str]:
    ran = subprocess.run(["/bin/sh", "-c", command], env={"RENDERD_SPOOL": spool.root, "HOME": "/nonexistent"},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return ran.returncode, ran.stdout


def test_cron_hears_what_could_not_be_done(tmp_path: Path) -> None:
    code, text = clean(cron_line()["command"].replace("/opt/renderd/bin/render", str(RENDER)),
                       Spool(str(tmp_path / "gone")))
    assert code == 1 and "No spool at" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this computer")
def test_systemd_takes_the_timer(tmp_path: Path) -> None:
    (tmp_path / SERVICE.name).write_text(SERVICE.read_text().replace("/opt/renderd/bin/render", "/bin/true"))
    shutil.copy(TIMER, tmp_path)
    done = subprocess.run(["systemd-analyze", "--system", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
                          capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    calendar = re.findall(r"(?m)^OnCalendar=(.*)$", TIMER.read_text())
    subprocess.run(["systemd-analyze", "calendar", *calendar], check=True, capture_output=True, timeout=30)
