"""The person at the computer comes first: renders stand still at once, lose nothing, and go back if it lasts."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from renderd import person, processes
from renderd.schedule import DAYS
from spool import hosts
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm, farm, says

ONE = BLENDS / "one_20.blend"
HEAVY = BLENDS / "heavy_12.blend"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Farm]:
    with farm(tmp_path) as made:
        yield made


@pytest.fixture
def fake(real: Farm) -> Farm:
    """Its Blender is tests/fakes/blender.py, driven, with frames that take their time."""
    blender = real.root / "blender"
    blender.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE_BLENDER} "$@"\n')
    blender.chmod(0o755)
    real.environ |= {"RENDERD_BLENDER": str(blender), "RENDERD_PROGRAMS": "blender", "FAKE_DRIVEN": "yes",
                     "RENDERD_ENVIRONMENT": "PATH,HOME,FAKE_*",
                     "FAKE_SECONDS": "0.1", "FAKE_MOOD": str(real.root / "mood")}
    return real


def hurry(made: Farm) -> None:
    """From the next frame on nobody takes long for one."""
    (made.root / "mood").write_text("FAKE_SECONDS=0\n")


def renderd(made: Farm, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / "renderd", *words], env=made.environ, text=True, capture_output=True, timeout=60,
                          check=False)


def states(made: Farm) -> set[str]:
    """As the kernel calls those of all programs of renders: T stands still."""
    found = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in made.blenders()]
    return set(found)


def stand_still(made: Farm) -> None:
    """All programs of renders, at once: who was stopped while it waited for a CPU is told so when it gets one."""
    made.until(lambda: states(made) == {"T"})


def ticks(made: Farm) -> int:
    return sum(one.ticks for pid in made.blenders() if (one := processes.of(pid)))


def status(made: Farm, host: str = "alpha") -> dict[str, Any]:
    return hosts.said(made.spool, host, "status")


def beat(made: Farm) -> int:
    return max(int(path.name.rpartition("!")[2]) for path in made.spool_dir.glob("beats/alpha.*"))


def codes(made: Farm, host: str = "alpha") -> list[str]:
    return [one["code"] for one in status(made, host).get("obstacles", [])]


def until_rendering(made: Farm, frames: int = 1) -> None:
    made.until(lambda: len(made.frames()) >= frames and bool(made.blenders()))


def settings(made: Farm, **values: object) -> None:
    """The settings file of all daemons of this farm; RENDERD_* of the environment would win."""
    folder = made.root / "renderd"
    folder.mkdir(exist_ok=True)
    (folder / "renderd.yaml").write_text("".join(f"{name}: {value}\n" for name, value in values.items()))


# -- paused by a person

def test_pause_stops_a_real_blender_and_loses_nothing(real: Farm) -> None:
    job = real.add(HEAVY, "Heavy", "1-6", chunk=6, width=160, height=90)
    real.host("alpha")
    until_rendering(real)
    assert renderd(real, "pause").returncode == 0
    stand_still(real)
    used, seen, pids = ticks(real), real.frames(), real.blenders()
    beaten = beat(real)
    real.until(lambda: codes(real) == ["paused"] and beat(real) > beaten + 5)
    assert ticks(real) == used
    assert set(real.frames()) - set(seen) <= {"0001.png", "0002.png", "0003.png"}, "what was written is published"
    assert real.state(job) == "open"
    assert renderd(real, "resume").returncode == 0
    assert real.blenders() == pids, "it is the same Blender"
    real.until_state(job, "done")
    assert [says(real.out / name)[0] for name in real.frames()] == [1, 2, 3, 4, 5, 6]
    assert not real.events(job, "failed") and not real.events(job, "returned")
    assert len(real.events(job, "taken")) == 1


def test_a_signal_pauses_and_another_resumes(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-20", chunk=20)
    daemon = fake.host("alpha", FAKE_SECONDS="0.2")
    until_rendering(fake)
    daemon.send_signal(signal.SIGUSR1)
    fake.until(lambda: states(fake) == {"T"})
    daemon.send_signal(signal.SIGUSR2)
    fake.until_state(job, "done")
    assert len(fake.events(job, "taken")) == 1


def test_the_children_of_a_command_and_those_that_left_its_group_stand_still_too(real: Farm) -> None:
    script = real.root / "work.sh"
    script.write_text("#!/bin/bash\nsetsid sleep 600 &\nset -m\nsleep 601 &\nsleep 602 &\necho > $1\nwait\n")
    script.chmod(0o755)
    real.environ["RENDERD_PROGRAMS"] = str(script)
    job = real.add_command([str(script), str(real.root / "begun")], "1", chunk=1, output="")
    real.host("alpha")
    real.until(lambda: (real.root / "begun").exists() and len(real.blenders()) == 4)
    assert renderd(real, "pause", "alpha").returncode == 0
    stand_still(real)
    assert renderd(real, "resume").returncode == 0
    real.until(lambda: states(real) == {"S"})
    assert renderd(real, "pause").returncode == 0
    real.stop("alpha")
    real.until(lambda: not real.blenders(), 30)        # nothing of them stands still for ever
    assert [c.state for c in real.detail(job).chunks] == ["waiting"]


def test_a_kept_blender_stands_still_and_what_begins_meanwhile_does_not_run(fake: Farm) -> None:
    first = fake.add(ONE, "Shot", "1-2", chunk=2)
    fake.host("alpha")
    fake.until_state(first, "done")
    assert len(fake.blenders()) == 1 and renderd(fake, "pause").returncode == 0
    stand_still(fake)
    second = fake.add(ONE, "Shot", "3-4", chunk=2)
    fake.until(lambda: codes(fake) == ["paused"])
    assert not fake.events(second, "taken")
    assert renderd(fake, "resume").returncode == 0
    fake.until_state(second, "done")


def test_a_long_pause_gives_the_frames_to_another_host(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-30", chunk=30)
    fake.host("alpha", FAKE_SECONDS="0.3", RENDERD_PAUSE_RETURN="1")
    until_rendering(fake, 2)
    assert renderd(fake, "pause", "alpha").returncode == 0
    fake.host("beta", FAKE_SECONDS="0.01")
    fake.until_state(job, "done")
    assert {e["host"] for e in fake.events(job, "frame")} == {"alpha", "beta"}
    assert [says(fake.out / name)[0] for name in fake.frames()] == list(range(1, 31))
    assert not fake.events(job, "failed")
    fake.until(lambda: "T" not in states(fake))        # nothing of alpha's is left


def test_a_pause_is_no_time_of_a_frame_and_does_not_count_as_hung(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-3", chunk=3)
    fake.host("alpha", FAKE_SECONDS="0.5", RENDERD_NO_PROGRESS="2")
    until_rendering(fake)
    begun = time.monotonic()
    assert renderd(fake, "pause").returncode == 0
    beaten = beat(fake)
    fake.until(lambda: beat(fake) > beaten + 20)       # twice no_progress
    assert renderd(fake, "resume").returncode == 0
    lasted = time.monotonic() - begun
    hurry(fake)
    fake.until_state(job, "done")
    assert not fake.events(job, "failed")
    assert max(e["wall"] for e in fake.events(job, "frame")) < lasted - 1


def test_a_daemon_that_is_killed_leaves_nothing_that_stands_still(fake: Farm) -> None:
    fake.add(ONE, "Shot", "1-9", chunk=9)
    fake.host("alpha", FAKE_SECONDS="0.3")
    until_rendering(fake)
    assert renderd(fake, "pause").returncode == 0
    fake.kill("alpha")
    fake.until(lambda: not fake.blenders(), 30)


def test_nor_does_it_leave_what_its_programs_started(real: Farm) -> None:
    """The kernel kills what the daemon started, and not what that started: the warden does (leftovers.py)."""
    script = real.root / "work.sh"
    script.write_text("#!/bin/bash\nsetsid sleep 600 &\nsleep 602 &\necho > $1\nwait\n")
    script.chmod(0o755)
    real.environ["RENDERD_PROGRAMS"] = str(script)
    real.add_command([str(script), str(real.root / "begun")], "1", chunk=1, output="")
    real.host("alpha")
    real.until(lambda: (real.root / "begun").exists() and len(real.blenders()) == 3)
    assert renderd(real, "pause").returncode == 0
    stand_still(real)
    real.kill("alpha")
    real.until(lambda: not real.blenders())


def test_without_a_daemon_pause_says_so(real: Farm) -> None:
    said = renderd(real, "pause")
    assert said.returncode == 1 and "No daemon answers on this computer." in said.stderr
    assert renderd(real, "pause", "a", "b").returncode == 2


# -- by itself

def test_outside_its_hours_a_host_takes_nothing_until_they_come(fake: Farm) -> None:
    far = DAYS[(datetime.now() + timedelta(days=3)).weekday()]
    settings(fake, when=f'"{far} 10:00-11:00"')
    job = fake.add(ONE, "Shot", "1-4", chunk=4)
    fake.host("alpha")
    fake.until(lambda: codes(fake) == ["outside-hours"])
    assert f"on {far} 10:00" in str(status(fake)["obstacles"])
    assert not fake.events(job, "taken")
    settings(fake, when=f'"{far}, 00:00-12:00, 12:00-24:00"')
    said = subprocess.run([BIN / "render", "host", "reload", "alpha"], env=fake.environ, capture_output=True,
                          check=True)
    assert b"Read again: when." in said.stdout
    fake.until_state(job, "done")


def test_when_somebody_is_there_renders_stand_still(fake: Farm) -> None:
    """A fake loginctl stands for logind, and says what a desktop would."""
    said, programs = fake.root / "said", fake.root / "bin"
    programs.mkdir()
    (programs / "loginctl").write_text(f'#!/bin/sh\ncat {said}\n')
    (programs / "loginctl").chmod(0o755)
    said.write_text("IdleHint=yes\nIdleSinceHint=0\n")
    job = fake.add(ONE, "Shot", "1-20", chunk=20)
    fake.host("alpha", FAKE_SECONDS="0.6", RENDERD_IDLE_MINUTES="5", PATH=f"{programs}:{os.environ['PATH']}")
    until_rendering(fake)
    said.write_text("IdleHint=no\nIdleSinceHint=0\n")
    fake.until(lambda: codes(fake) == ["person-there"] and states(fake) == {"T"})
    hurry(fake)
    said.write_text("IdleHint=yes\nIdleSinceHint=0\n")
    fake.until_state(job, "done")
    assert len(fake.events(job, "taken")) == 1


def test_without_logind_who_types_at_a_terminal_is_there(fake: Farm) -> None:
    programs = fake.root / "bin"
    programs.mkdir()
    (programs / "loginctl").write_text("#!/bin/sh\nexit 1\n")
    (programs / "loginctl").chmod(0o755)
    typed, read = pty.openpty()
    try:
        os.utime(os.ttyname(read), (0, 0))
        if (idle := person.idle_of(person.terminals())) is None or idle < 3600:
            pytest.skip("somebody types at another terminal of this computer")
        job = fake.add(ONE, "Shot", "1-20", chunk=20)
        fake.host("alpha", FAKE_SECONDS="0.6", RENDERD_IDLE_MINUTES="5", PATH=f"{programs}:{os.environ['PATH']}")
        until_rendering(fake)
        os.write(typed, b"x\n")
        os.read(read, 10)
        fake.until(lambda: codes(fake) == ["person-there"] and states(fake) == {"T"})
        hurry(fake)
        os.utime(os.ttyname(read), (0, 0))
        fake.until_state(job, "done")
    finally:
        os.close(typed)
        os.close(read)
    assert len(fake.events(job, "taken")) == 1


def test_a_persons_blender_stops_renders_but_not_those_of_another_daemon(fake: Farm) -> None:
    """Its name is all that the kernel tells of it."""
    own = fake.root / "own" / "blender"
    own.parent.mkdir()
    shutil.copy("/bin/sleep", own)
    job, other = fake.add(ONE, "Shot", "1-30", chunk=15), fake.add(ONE, "Shot", "31-32", chunk=1)
    shutil.copy("/bin/sleep", fake.root / "blender.real")
    fake.host("alpha", FAKE_SECONDS="0.3", RENDERD_BESIDE_BLENDER="false")
    fake.host("beta", FAKE_SECONDS="0.3")
    fake.until(lambda: len(fake.events(job, "taken")) == 2)
    artist = subprocess.Popen([own, "600"], start_new_session=True)
    try:
        fake.until(lambda: codes(fake) == ["other-blender"])
        assert str(artist.pid) in str(status(fake)["obstacles"]) and codes(fake, "beta") == []
        fake.until(lambda: "T" in states(fake))
    finally:
        artist.kill()
        artist.wait()
    hurry(fake)
    fake.until_state(job, "done")
    fake.until_state(other, "done")


def test_short_memory_stops_renders_and_gives_them_back_if_it_lasts(fake: Farm) -> None:
    pressure = fake.root / "pressure"
    calm, short = "some avg10=0.00 avg60=0.00\n", "some avg10=42.00 avg60=9.00\n"
    pressure.write_text(calm)
    job = fake.add(ONE, "Shot", "1-30", chunk=30)
    fake.host("alpha", FAKE_SECONDS="0.4", RENDERD_PRESSURE_FILE=str(pressure), RENDERD_MEMORY_RETURN="5")
    until_rendering(fake)
    pressure.write_text(short)
    fake.until(lambda: codes(fake) == ["short-memory"] and states(fake) == {"T"})
    assert "42 %" in str(status(fake)["obstacles"])
    pressure.write_text(calm)
    fake.until(lambda: states(fake) == {"S"})
    pressure.write_text(short)
    fake.until(lambda: len(fake.events(job, "returned")) == 1)
    pressure.write_text(calm)
    fake.host("beta", FAKE_SECONDS="0.01")
    fake.until_state(job, "done")
    assert codes(fake) == ["short-memory"], "it takes no more for a while"
    assert len(fake.frames()) == 30 and not fake.events(job, "failed")


def test_without_psi_what_is_left_of_the_memory_counts(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-2", chunk=2)
    fake.host("alpha", RENDERD_PRESSURE_FILE=str(fake.root / "none"), RENDERD_MEMORY_LEFT="100")
    fake.until(lambda: codes(fake) == ["short-memory"])
    assert "MB are left" in str(status(fake)["obstacles"]) and not fake.events(job, "taken")
    fake.host("beta", RENDERD_PRESSURE_FILE=str(fake.root / "none"))
    fake.until_state(job, "done")


def test_a_render_is_the_least_important_of_all(real: Farm) -> None:
    job = real.add(HEAVY, "Heavy", "1-3", chunk=3, width=160, height=90)
    real.host("alpha")
    until_rendering(real)
    pid = real.blenders()[0]
    assert os.sched_getscheduler(pid) == os.SCHED_IDLE
    assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"
    if Path(f"/proc/{pid}/autogroup").exists():
        assert Path(f"/proc/{pid}/autogroup").read_text().endswith("nice 19\n")
    real.until_state(job, "done")
