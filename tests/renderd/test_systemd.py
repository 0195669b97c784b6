"""What systemd hears, and whether it takes the unit files."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from renderd.settings import Settings
from renderd.systemd import notify, watchdog_seconds

UNITS = Path(__file__).parents[2] / "etc/systemd"


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[dict[str, str], socket.socket]]:
    """The environment that systemd gives, and its end of the socket."""
    name = f"{tmp_path}/notify" if request.param == "path" else f"\0renderd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(name)
        channel.settimeout(5)
        yield {"NOTIFY_SOCKET": name.replace("\0", "@")}, channel


def test_systemd_hears_that_the_daemon_is_ready(systemd: tuple[dict[str, str], socket.socket]) -> None:
    environ, channel = systemd
    assert notify(environ, READY=1, STATUS="2 renders")
    assert channel.recv(4096) == b"READY=1\nSTATUS=2 renders"


def test_a_status_stays_one_line(systemd: tuple[dict[str, str], socket.socket]) -> None:
    environ, channel = systemd
    notify(environ, STATUS="é\nSTOPPING=1\udc80")
    assert channel.recv(4096) == "STATUS=é STOPPING=1?".encode()


def test_a_systemd_that_does_not_read_stops_nothing(systemd: tuple[dict[str, str], socket.socket]) -> None:
    environ, _ = systemd
    start = time.monotonic()
    while notify(environ, WATCHDOG=1):
        assert time.monotonic() - start < 5, "the socket never got full"
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
def test_without_systemd_nothing_is_told(environ: dict[str, str]) -> None:
    assert not notify(environ, READY=1)


def test_a_socket_that_is_gone_is_no_error(tmp_path: Path) -> None:
    assert not notify({"NOTIFY_SOCKET": f"{tmp_path}/gone"}, WATCHDOG=1)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_counts_when_it_is_meant_for_this_process(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_seconds(environ) == seconds


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this computer")
@pytest.mark.parametrize(("unit", "whose"), [("renderd.service", "--system"), ("renderd-user.service", "--user"),
                                             ("renderd-web.service", "--system"),
                                             ("renderd-assets.service", "--system")])
def test_systemd_takes_the_unit_file(unit: str, whose: str, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^ExecStart=.*", "ExecStart=/bin/true", (UNITS / unit).read_text())
    (tmp_path / unit).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", whose, "verify", "--man=no", str(tmp_path / unit)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", ["renderd.service", "renderd-user.service"])
def test_systemd_waits_longer_than_a_render_has_to_end(unit: str) -> None:
    found = re.search(r"(?m)^TimeoutStopSec=(\d+)$", (UNITS / unit).read_text())
    assert found and int(found[1]) > Settings().stop_grace
