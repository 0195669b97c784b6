"""Is somebody at the computer: logind by a fake, terminals by a real one; and whose Blender runs there."""

import os
import pty
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renderd import person, processes

Logind = Callable[[str], dict[str, str]]


@pytest.fixture(name="logind")
def fixture_logind(tmp_path: Path) -> Logind:
    """An environment in which loginctl is this shell script."""
    def logind(script: str) -> dict[str, str]:
        program = tmp_path / "loginctl"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return {"PATH": f"{tmp_path}:/bin:/usr/bin"}
    return logind


@pytest.fixture(name="terminal")
def fixture_terminal() -> Iterator[tuple[int, int]]:
    """A real one: what is typed goes into the first, and programs read the second."""
    typed, read = pty.openpty()
    yield typed, read
    os.close(typed)
    os.close(read)


def said(hint: str, since: int = 0) -> str:
    return f"echo IdleHint={hint}\necho IdleSinceHint={since}"


def test_who_works_at_a_desktop_is_there(logind: Logind) -> None:
    assert person.idle_seconds(logind(said("no"))) == 0.0


def test_a_desktop_tells_since_when_nobody_is_there(logind: Logind) -> None:
    idle = person.idle_seconds(logind(said("yes", int((time.time() - 600) * 1e6))))
    assert idle is not None and idle >= 600


def test_a_clock_that_was_set_back_makes_no_time_below_nothing(logind: Logind) -> None:
    assert person.idle_seconds(logind(said("yes", int((time.time() + 600) * 1e6)))) == 0.0


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", "echo IdleSinceHint=5", said("yes") + "; exit 1",
                                    "echo IdleHint=yes; echo IdleSinceHint=never"])
def test_where_logind_cannot_tell_terminals_do(logind: Logind, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "_of_terminals", lambda: 42.0)
    assert person.idle_seconds(logind(script)) == 42.0


def test_where_there_is_no_loginctl_terminals_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "_of_terminals", lambda: 42.0)
    assert person.idle_seconds({"PATH": str(tmp_path)}) == 42.0


def test_a_logind_that_hangs_is_not_waited_for_for_ever(logind: Logind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "_of_terminals", lambda: 42.0)
    monkeypatch.setattr(person, "PATIENCE", 0.1)
    assert person.idle_seconds(logind("exec sleep 60")) == 42.0


def test_what_is_typed_at_a_terminal_counts_and_what_programs_print_does_not(terminal: tuple[int, int]) -> None:
    typed, read = terminal
    folder, name = os.path.split(os.ttyname(read))
    long_ago = time.time() - 7200
    os.utime(f"{folder}/{name}", (long_ago, long_ago))
    os.write(read, b"printed by a program\n")
    os.read(typed, 100)
    idle = person.idle_of((f"{folder}/{name}",))
    assert idle is not None and idle > 7000
    os.write(typed, b"typed\n")
    assert os.read(read, 100) == b"typed\n"
    idle = person.idle_of((f"{folder}/{name}",))
    assert idle is not None and idle < 600


def test_the_terminal_last_typed_at_counts_and_other_devices_do_not(tmp_path: Path) -> None:
    for name, age in (("0", 500), ("17", 90), ("tty1", 900), ("ptmx", 1), ("tty0", 1), ("tty", 1), ("ttyS0", 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age, time.time()))
    idle = person.idle_of(person.terminals((str(tmp_path), str(tmp_path / "none"))))
    assert idle is not None and 90 <= idle < 400


def test_without_a_terminal_nobody_can_tell(tmp_path: Path) -> None:
    assert person.idle_of(person.terminals((str(tmp_path),))) is None
    assert person.idle_of((str(tmp_path / "closed-just-now"),)) is None


# -- whose Blender

def table(*rows: tuple[int, str, int]) -> dict[int, processes.One]:
    return {pid: processes.One(pid, name, parent, pid, pid, 0, 0) for pid, name, parent in rows}


def test_a_blender_of_ours_is_no_persons() -> None:
    me = os.getpid()
    assert person.own_blender(table((me, "renderd", 1), (7, "sh", me), (8, "blender", 7))) is None


def test_a_blender_below_nothing_of_a_farm_is_a_persons() -> None:
    parent = os.getppid()               # any that lives and is no renderd
    found = person.own_blender(table((parent, "blender-4.5", 1)))
    assert found and found.pid == parent and found.who
    assert person.own_blender(table((parent, "not-blender", 1))) is None


def test_parents_in_a_circle_end() -> None:
    """A number was used again while the table was read."""
    parent = os.getppid()
    assert person.own_blender(table((parent, "blender", 5), (5, "sh", parent)))


def test_a_blender_that_has_ended_is_nobodys() -> None:
    assert person.own_blender(table((2**22 + 1, "blender", 1))) is None
