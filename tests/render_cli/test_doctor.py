"""render doctor: on a good share, on bad ones, on one that is away; together with another host; and what it leaves."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from renderd.messages import Inbox
from spool import messages
from spool.fitness import helping, locks, pair
from spool.layout import Spool
from tests.faults.doctor_shares import LOCAL, local, namespace, reason_to_skip
from tests.faults.doctor_shares import Share as BadShare
from tests.render_cli.conftest import PlayedHost, Render

REPO = Path(__file__).resolve().parents[2]
Host = Callable[..., PlayedHost]


def everything(root: str) -> list[str]:
    return sorted(str(path) for path in Path(root).rglob("*"))


def codes(said: Any) -> set[str]:
    return {found["code"] for found in said.json["checks"]} - {""}


def test_a_good_share_is_fit_and_nothing_stays_in_it(spool: Spool, render: Render) -> None:
    before = everything(spool.root)
    said = render("doctor", "--json")
    assert said.code == 0
    assert {"create", "rename", "replace", "folder", "lock", "lease"} <= {
        found["line"] for found in said.json["checks"] if found["state"] == "ok"}
    assert everything(spool.root) == before


def test_each_line_tells_its_state_and_each_trouble_its_cure(spool: Spool, render: Render) -> None:
    os.chmod(spool.root, 0o2775)
    before = os.umask(0o077)
    try:
        said = render("doctor")
    finally:
        os.umask(before)
    assert said.code == 1           # the folders of the spool are not for the group
    lines = said.out.splitlines()
    [umask] = [n for n, line in enumerate(lines) if line.startswith("umask ")]
    assert "! warning" in lines[umask] and lines[umask + 1].strip().startswith("-> umask 002")


def test_what_is_no_spool_is_wrong(render: Render, tmp_path: Path) -> None:
    said = render("doctor", "--json", "--spool", tmp_path / "nothing")
    assert (said.code, codes(said)) == (1, {"not-open"})


def test_a_package_of_somebody_else_is_wrong(spool: Spool, render: Render, tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other" / "webview").mkdir(parents=True)
    (tmp_path / "other" / "webview" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "webview", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "other")
    said = render("doctor", "--json")
    assert said.code == 1 and "foreign-package" in codes(said)


def test_the_last_result_of_a_host_of_the_farm_is_kept(spool: Spool, render: Render, host: Host,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    host("alpha")
    monkeypatch.setenv("RENDERD_HOST", "alpha")
    assert render("hosts", "--json").json[0]["share"] == ""
    said = render("doctor", "--json")
    kept = json.loads(Path(spool.folder("hosts/alpha/doctor.json")).read_text())
    assert kept["checks"] == said.json["checks"]
    assert render("hosts", "--json").json[0]["share"] == said.json["state"]
    assert "unfit" not in render("hosts").out
    os.chmod(spool.root, 0o2775)
    assert render("doctor").code == 1
    assert "unfit" in render("hosts").out


def test_a_computer_that_is_no_host_does_not_become_one(spool: Spool, render: Render) -> None:
    render("doctor")
    assert os.listdir(spool.folder("hosts")) == []


# -- bad shares, real ones

@pytest.fixture(scope="module")
def mounts() -> None:
    if reason := reason_to_skip():
        pytest.skip(reason)


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("bad", [one for one in LOCAL if one.must], ids=lambda one: one.name)
def test_a_bad_share_is_found(bad: BadShare) -> None:
    found = local(bad)
    assert found.right, found.text


AWAY = """
import ctypes, os, sys
from render_cli import border, doctor
from render_cli.main import render
fuse = os.open("/dev/fuse", os.O_RDWR)      # a filesystem whose server never says a word
options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0".encode()
if ctypes.CDLL(None, use_errno=True).mount(b"none", sys.argv[1].encode(), b"fuse", 0, options):
    sys.exit(f"no mount: {os.strerror(ctypes.get_errno())}")
doctor.PATIENCE = 1.0
sys.exit(border.run(render, "render", ["doctor", "--json", "--spool", sys.argv[1]]))
"""


@pytest.mark.usefixtures("mounts")
@pytest.mark.skipif(not os.access("/dev/fuse", os.R_OK | os.W_OK), reason="there is no /dev/fuse for us")
def test_a_share_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    ran = subprocess.run([*namespace(), sys.executable, "-c", AWAY, str(tmp_path)], capture_output=True, text=True,
                         timeout=60, cwd=REPO, check=False)
    assert ran.returncode == 1, ran
    assert json.loads(ran.stdout)["checks"][-1]["code"] == "no-reply"


def test_ctrl_c_ends_it_at_once_and_nothing_stays(spool: Spool, host: Host) -> None:
    host("ws08")
    messages.open_inbox(spool, "ws08")      # it never answers, so that the doctor surely waits
    before = sorted(os.listdir(spool.root))
    process = subprocess.Popen([Path(sys.executable).parent / "render", "doctor", "--with", "ws08"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not os.listdir(spool.inbox("ws08")):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.05)
    assert sorted(os.listdir(spool.root)) != before
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert sorted(os.listdir(spool.root)) == before


# -- together with another host

@pytest.fixture
def ws07(spool: Spool, host: Host) -> Iterator[None]:
    """The part of a daemon that reads messages."""
    host("ws07")
    messages.open_inbox(spool, "ws07")
    inbox, ended = Inbox(spool, "ws07"), threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            if messages.anything_waits(spool, "ws07"):
                inbox.knock()

    main = threading.Thread(target=look)
    for thread in (inbox, main):
        thread.start()
    yield
    ended.set()
    main.join()
    inbox.stop()
    inbox.join()


def test_two_hosts_race_look_and_lock(spool: Spool, render: Render, ws07: None) -> None:
    said = render("doctor", "--json", "--with", "ws07")
    assert said.code == 0
    with_both = {found["line"]: found["state"] for found in said.json["checks"] if found["host"] == "ws07"}
    assert with_both.pop("mount") in ("ok", "warning")      # this computer's disk may be of any kind
    assert with_both == {"answer": "warning", "clock": "ok", "sight": "ok", "rename": "ok", "lock": "ok"}
    assert not [path for path in everything(spool.root) if ".doctor" in path]
    assert os.listdir(spool.inbox("ws07")) == []


def test_a_name_that_both_hosts_win_is_wrong(spool: Spool, render: Render, ws07: None,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def cheat(folder: str, names: list[str], me: str, pause: float = 0) -> tuple[list[str], float]:
        for name in names:
            Path(folder, f"won-{name}@{me}").touch()
        return names, 0.0

    monkeypatch.setattr(helping, "win", cheat)
    said = render("doctor", "--json", "--with", "ws07")
    assert said.code == 1 and "rename-shared" in codes(said)


def test_a_lock_that_both_hosts_get_is_wrong(spool: Spool, render: Render, ws07: None,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = dict.fromkeys(locks.KINDS, True)
    monkeypatch.setitem(helping.STEPS, "lock", lambda found, body: everybody)
    said = render("doctor", "--json", "--with", "ws07")
    assert said.code == 1 and "lock-shared" in codes(said)


def test_a_host_that_is_not_there_is_named(spool: Spool, render: Render) -> None:
    said = render("doctor", "--json", "--with", "ws08")
    assert said.code == 1 and "dead-host" in codes(said)


def test_a_host_of_an_older_version_is_named(spool: Spool, render: Render, host: Host) -> None:
    host("ws08")
    assert "old-host" in codes(render("doctor", "--json", "--with", "ws08"))


def test_a_host_that_does_not_answer_is_given_up_and_its_message_taken_back(
        spool: Spool, render: Render, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host("ws08")
    messages.open_inbox(spool, "ws08")
    monkeypatch.setattr(pair, "PATIENCE", 0.3)
    said = render("doctor", "--json", "--with", "ws08")
    assert said.code == 1 and "no-answer" in codes(said)
    assert os.listdir(spool.inbox("ws08")) == []
