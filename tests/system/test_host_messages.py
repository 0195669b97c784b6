"""Commands to one, several and all hosts: three daemons, told by messages and at their doors."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spool import messages
from tests.system.farm import BIN, BLENDS, Farm
from tests.system.test_courtesy import codes, fake, hurry, real, settings, stand_still, status  # noqa: F401  (fixtures)

ONE = BLENDS / "one_20.blend"
NAMES = ("alpha", "beta", "gamma")


@pytest.fixture
def three(fake: Farm) -> Iterator[Farm]:  # noqa: F811
    """Three daemons that render a long job. Nobody finds their doors: all goes by messages. Who stands still for
    some seconds is not dead yet."""
    (fake.spool_dir / "farm.yaml").write_text("format: 1\nbeat: 2\ntries: 3\n")
    job = fake.add(ONE, "Shot", "1-90", chunk=30, order="linear")
    for name in NAMES:
        fake.host(name, FAKE_SECONDS="0.5", XDG_RUNTIME_DIR=str(fake.scratch))
    fake.environ["XDG_RUNTIME_DIR"] = str(fake.root)
    fake.environ["TMPDIR"] = str(fake.root)
    fake.until(lambda: len(fake.detail(job).per_frame) >= 3 and len(fake.events(job, "taken")) == 3)
    yield fake


def host(made: Farm, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit status and answers, by host."""
    done = subprocess.run([BIN / "render", "host", *words, "--json", "--timeout", "60"], env=made.environ, text=True,
                          capture_output=True, timeout=120, check=False)
    return done.returncode, {one["host"]: one for one in json.loads(done.stdout)}


def job_of(made: Farm) -> str:
    return next(iter((made.spool_dir / "jobs").iterdir())).name


def test_one_several_and_all_are_paused_and_resumed(three: Farm) -> None:
    job = job_of(three)
    code, said = host(three, "pause", "alpha")
    assert code == 0 and [*said] == ["alpha"] and "1 render stands still" in said["alpha"]["text"]
    three.until(lambda: codes(three) == ["paused"])
    assert codes(three, "beta") == codes(three, "gamma") == []
    code, said = host(three, "pause", "beta", "gamma")
    assert code == 0 and {*said} == {"beta", "gamma"}
    stand_still(three)
    code, said = host(three, "resume", "--all")
    assert code == 0 and {*said} == {*NAMES} and all(one["ok"] for one in said.values())
    hurry(three)
    three.until_state(job, "done")
    assert not three.events(job, "failed") and not three.events(job, "returned")


def test_finish_ends_the_chunk_and_then_the_daemon_and_others_go_on(three: Farm) -> None:
    job = job_of(three)
    assert host(three, "finish", "alpha")[0] == 0
    hurry(three)
    assert three.hosts["alpha"].wait(timeout=120) == 0
    assert not [e for e in three.events(job, "returned") if e["host"] == "alpha"]
    assert [e["chunk"] for e in three.events(job, "done") if e["host"] == "alpha"]
    three.until_state(job, "done")
    assert host(three, "status", "alpha") == (1, {"alpha": {
        "host": "alpha", "answered": False, "ok": False, "text": "No renderd of that name runs."}})


def test_return_gives_the_frames_back_and_quit_ends_at_once(three: Farm) -> None:
    job = job_of(three)
    assert host(three, "return", "alpha")[0] == 0
    three.until(lambda: [e["host"] for e in three.events(job, "returned")] == ["alpha"])
    assert codes(three) == ["paused"], "or it would take them again"
    assert host(three, "quit", "beta")[0] == 0
    assert three.hosts["beta"].wait(timeout=60) == 0
    hurry(three)
    three.until_state(job, "done")
    assert len(three.frames()) == 90 and not three.events(job, "failed")


def test_reload_reads_settings_again_and_tells_what_is_wrong_with_them(three: Farm) -> None:
    settings(three, idle_minutes=0, keep_memory=30)
    code, said = host(three, "reload", "--all")
    assert code == 0 and {one["text"] for one in said.values()} == {"Read again: keep_memory."}
    settings(three, keep_memory=30, when="22:00")
    code, said = host(three, "reload", "alpha")
    assert code == 1 and said["alpha"]["answered"] and "renderd.yaml:2: when" in said["alpha"]["text"]
    assert codes(three) == [], "it goes on as before"


def test_who_does_not_answer_is_named_and_the_message_taken_back(three: Farm) -> None:
    os.kill(three.hosts["beta"].pid, 19)
    done = subprocess.run([BIN / "render", "host", "pause", "--all", "--timeout", "6"], env=three.environ, text=True,
                          capture_output=True, timeout=60, check=False)
    os.kill(three.hosts["beta"].pid, 18)
    assert done.returncode == 1 and "beta: It said nothing in 6 s; the message was taken back." in done.stderr
    assert "alpha: Paused." in done.stdout and "gamma: Paused." in done.stdout
    assert not [*Path(three.spool.inbox("beta")).iterdir()]


def test_what_waited_while_a_daemon_was_off_is_not_done(fake: Farm) -> None:  # noqa: F811
    fake.host("alpha")
    fake.until(lambda: status(fake).get("state") == "idle")
    fake.stop("alpha")
    messages.send(fake.spool, "alpha", "quit")
    job = fake.add(ONE, "Shot", "1-2", chunk=2)
    fake.host("alpha")
    fake.until_state(job, "done")
    assert "It came before this daemon was started." in (fake.root / "alpha.log").read_text()
    assert fake.hosts["alpha"].poll() is None


def test_only_who_may_is_obeyed(three: Farm) -> None:
    """A message of somebody else, in the spool of a group; his account has no name here that is an operator."""
    nobody = 65534
    os.chmod(three.spool_dir, 0o2775)           # a group's: members are heard
    daemon = three.host("delta", FAKE_SECONDS="0.3")
    three.until(lambda: status(three, "delta").get("state") in ("idle", "rendering"))
    name = messages.send(three.spool, "delta", "status")
    three.until(lambda: name in status(three, "delta")["answers"])
    for kind, ok in (("status", True), ("quit", False)):
        path = Path(three.spool.inbox("delta"), f"20261122-000000-000000-0000000{int(ok)}.json")
        aside = path.with_name(".aside")
        aside.write_text(json.dumps({"kind": kind}))
        os.chown(aside, nobody, -1)
        aside.rename(path)
        three.until(lambda: path.name in status(three, "delta")["answers"])     # noqa: B023
        assert status(three, "delta")["answers"][path.name]["ok"] is ok
    assert "nobody may not command this host" in str(status(three, "delta")["answers"])
    last = messages.send(three.spool, "delta", "status")
    three.until(lambda: last in status(three, "delta")["answers"])
    assert daemon.poll() is None, "it was not obeyed"


def test_on_the_same_computer_the_door_answers_though_the_message_would_not(fake: Farm) -> None:  # noqa: F811
    job = fake.add(ONE, "Shot", "1-9", chunk=9)
    fake.host("alpha", FAKE_SECONDS="0.3")
    fake.until(lambda: len(fake.frames()) >= 1)
    os.rename(fake.spool.inbox("alpha"), f"{fake.root}/inbox-away")
    assert host(fake, "pause", "alpha")[0] == 0
    stand_still(fake)
    assert host(fake, "resume", "alpha")[0] == 0
    fake.until_state(job, "done")
