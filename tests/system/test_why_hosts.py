"""`render why` of hosts that are not there or take nothing, and of a share that cannot be used; with real daemons."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from renderd.schedule import DAYS
from tests.system import silent_share
from tests.system.farm import BIN, Farm, farm
from tests.system.test_why import BLEND, FAKE, NEW, codes, command_hosts, hosts, reason, sent, until_host, why


@pytest.fixture(name="empty")
def fixture_empty(tmp_path: Path) -> Iterator[Farm]:
    """A farm where no daemon was started yet."""
    with farm(tmp_path) as made:
        made.environ |= FAKE | NEW
        yield made


# -- hosts that are not there

def test_no_daemon_was_ever_started(empty: Farm) -> None:
    said = why(empty, sent(empty, "1-9"))
    assert codes(said) == ["no-host-ever"] and said["hosts"] == [] and said["code"] == 0
    assert codes(why(empty)) == ["no-host-ever"]


def test_every_daemon_is_gone_one_ended_one_declared_dead_one_not_heard_of(empty: Farm) -> None:
    for name in ("alpha", "beta", "gamma"):
        empty.host(name)
    empty.until(lambda: list(hosts(why(empty)).values()) == ["idle"] * 3)
    empty.kill("beta")
    empty.until(lambda: hosts(why(empty))["beta"] == "host-dead")
    assert empty.stop("alpha") == 0
    empty.kill("gamma")
    job = sent(empty, "1-9")
    said = until_host(empty, "gamma", "host-silent", job)
    assert codes(said) == ["no-host"] and not any(one["alive"] for one in said["hosts"])
    assert hosts(said) == {"alpha": "host-off", "beta": "host-dead", "gamma": "host-silent"}
    assert codes(why(empty)) == ["no-host"] and codes(why(empty, "alpha")) == ["host-off"]


def test_hosts_that_are_on_and_take_nothing(empty: Farm) -> None:
    pressure, far = empty.root / "pressure", DAYS[(datetime.now() + timedelta(days=3)).weekday()]
    pressure.write_text("some avg10=99.00 avg60=99.00 avg300=99.00 total=1\n")
    empty.host("paused")
    empty.host("hours", RENDERD_WHEN=f"{far} 10:00-11:00")
    empty.host("short", RENDERD_PRESSURE_FILE=str(pressure))
    empty.until(lambda: len(hosts(why(empty))) == 3 and hosts(why(empty))["paused"] == "idle")
    command_hosts(empty, "pause", "paused")
    empty.host("ends")
    long = sent(empty, "77", name="long")
    until_host(empty, "ends", "renders-it", long)
    command_hosts(empty, "finish", "ends")
    empty.host("sick", RENDERD_PROGRAMS="false")
    for _ in range(3):
        empty.add_command(["false", "{frame}"], "1", output="")
    until_host(empty, "sick", "sick")
    job = sent(empty, "1-9")
    said = until_host(empty, "ends", "finishing", job)
    assert codes(said) == ["nobody-fits"] and not any(one["may"] for one in said["hosts"])
    assert hosts(said) == {"paused": "paused", "hours": "outside-hours", "short": "short-memory", "ends": "finishing",
                           "sick": "sick"}
    assert codes(why(empty, "hours"))[0] == "outside-hours"


def test_hosts_that_somebody_needs_for_himself(empty: Farm) -> None:
    """A fake logind says what a desktop would; of a Blender its name is all that the kernel tells."""
    for folder in ("bin", "own"):
        (empty.root / folder).mkdir()
    (empty.root / "bin/loginctl").write_text("#!/bin/sh\necho IdleHint=no\n")
    (empty.root / "bin/loginctl").chmod(0o755)
    shutil.copy("/bin/sleep", own := empty.root / "own/blender")
    job, person = sent(empty), subprocess.Popen([own, "600"], start_new_session=True)
    try:
        empty.host("desk", RENDERD_IDLE_MINUTES="5", PATH=f"{empty.root}/bin:{os.environ['PATH']}")
        empty.host("artist", RENDERD_BESIDE_BLENDER="false")
        until_host(empty, "desk", "person-there", job)
        said = until_host(empty, "artist", "other-blender", job)
    finally:
        person.kill()
        person.wait()
    assert codes(said) == ["nobody-fits"] and "idle_minutes" in str(said)


# -- the share

def test_a_spool_that_anybody_may_write(empty: Farm) -> None:
    empty.spool_dir.chmod(0o777)
    said = why(empty)
    assert (codes(said), said["code"]) == (["spool-refused"], 1)


def test_a_spool_of_another_version(empty: Farm) -> None:
    (empty.spool_dir / "farm.yaml").write_text("format: 2\n")
    said = why(empty)
    assert (codes(said), said["code"], said["state"]) == (["spool-foreign"], 1, "unknown")


@pytest.mark.skipif(bool(silent_share.reason_to_skip()), reason=silent_share.reason_to_skip())
def test_the_share_does_not_answer(tmp_path: Path) -> None:
    with silent_share.share(tmp_path / "backing", tmp_path / "spool") as share, farm(tmp_path) as made:
        job = made.add(BLEND, "Shot", "1")
        share.stop()
        try:
            words = [[], [job], ["alpha"]]
            asked = [subprocess.Popen([BIN / "render", "why", *some, "--json"], env=made.environ, text=True,
                                      stdout=subprocess.PIPE) for some in words]
            heard = [one.communicate(timeout=60)[0] for one in asked]
        finally:
            share.go_on()
        assert [one.returncode for one in asked] == [75] * 3
        assert [codes(json.loads(one)) for one in heard] == [["share-silent"]] * 3


@pytest.mark.skipif(bool(silent_share.reason_to_skip()), reason=silent_share.reason_to_skip())
def test_the_share_of_the_pictures_does_not_answer(tmp_path: Path) -> None:
    with silent_share.share(tmp_path / "backing", tmp_path / "pictures") as share, farm(tmp_path) as made:
        job = made.add_command(["touch", "{output}"], "1", output="../pictures/####.png")
        share.stop()
        try:
            said = why(made, job)
        finally:
            share.go_on()
    assert codes(said)[0] == "output-silent" and "pictures" in reason(said, "output-silent")["text"]
