"""What each host says of itself."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import hosts
from spool.layout import Spool
from tests.spool.played import Daemon


def test_what_a_host_wrote_is_shown(spool: Spool, daemon: Daemon) -> None:
    hosts.write(spool, "ws01", "host", {"programs": ["blender"], "blenders": [{"version": "4.2.3"}]})
    hosts.write(spool, "ws01", "status", {"state": "idle"})
    [view] = hosts.views(spool)
    assert (view.name, view.alive, view.status["state"]) == ("ws01", True, "idle")
    assert view.seen_s is not None and view.seen_s < 60
    assert hosts.living(spool)[0].blenders == ((4, 2),)


def test_a_host_without_a_beat_is_not_alive(spool: Spool) -> None:
    hosts.write(spool, "ws01", "host", {})
    assert [view.alive for view in hosts.views(spool)] == [False]


@pytest.mark.parametrize("break_it", [lambda p: p.write_text("{"), lambda p: p.unlink(), lambda p: p.chmod(0o666)])
def test_a_host_whose_facts_cannot_be_read_is_shown_without(spool: Spool, break_it: Callable[[Path], object]) -> None:
    hosts.write(spool, "ws01", "host", {"a": 1})
    break_it(Path(spool.root, "hosts", "ws01", "host.json"))
    assert [dict(view.facts) for view in hosts.views(spool)] == [{}]


def test_a_probe_that_another_process_left_tells_no_old_time(spool: Spool) -> None:
    Path(spool.root, "hosts", f".now.{os.getpid()}").touch()
    time.sleep(0.3)
    assert abs(hosts.server_time(spool) - time.time()) < 0.2


def test_the_probe_of_the_clock_leaves_nothing_behind(spool: Spool) -> None:
    hosts.server_time(spool)
    assert os.listdir(spool.folder("hosts")) == []


def test_where_nothing_may_be_written_our_own_clock_is_taken(spool: Spool) -> None:
    mount = ["mount", "--bind", "-o", "ro", spool.root, spool.root]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a folder read-only")
    try:
        assert abs(hosts.server_time(spool) - time.time()) < 5
    finally:
        subprocess.run(["umount", "-l", spool.root], check=True)
