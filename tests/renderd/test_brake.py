"""The brake: what stands still, what goes on, and what is left of it. Real processes."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from renderd import processes
from renderd.brake import LOOKS, Brake

TREE = "setsid sleep 600 & set -m; sleep 600 & sleep 600 & echo; wait"      # one that left the session, one the group


@pytest.fixture(name="start")
def fixture_start() -> Iterator[Callable[..., int]]:
    """`start(COMMAND)`: the number of a shell that leads a session, and has started all that it wants to."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(command: str = TREE) -> int:
        made = subprocess.Popen(["bash", "-c", command], start_new_session=True, stdout=subprocess.PIPE)
        begun.append(made)
        assert made.stdout and made.stdout.readline()
        return made.pid

    yield start
    for one in begun:
        for pid in tree(one.pid):
            os.kill(pid, signal.SIGKILL)
        one.wait()
        assert one.stdout
        one.stdout.close()


def tree(pid: int) -> set[int]:
    return processes.below(processes.table(), {pid})


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def states(pids: set[int]) -> str:
    return "".join(sorted({state(pid) for pid in pids}))


def stand_still(pids: set[int]) -> None:
    """Soon: who was stopped while it waited for a CPU is told so when it gets one."""
    until(lambda: states(pids) == "T")


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_all_that_a_program_started_stands_still_and_goes_on(start: Callable[..., int]) -> None:
    brake = Brake()
    all_of_it = tree(pid := start())
    assert len(all_of_it) == 4
    program = brake.add(pid)
    brake.stop()
    assert brake.on and program.rests
    stand_still(all_of_it)
    brake.go()
    until(lambda: states(all_of_it) == "S")
    assert not brake.on and not program.rests and program.rested > 0
    brake.remove(program)


def test_however_many_there_are(start: Callable[..., int]) -> None:
    brake = Brake()
    pids = [start() for _ in range(LOOKS + 2)]
    programs = [brake.add(pid) for pid in pids]
    brake.stop()
    stand_still({one for pid in pids for one in tree(pid)})
    brake.go()
    for program in programs:
        brake.remove(program)


def test_what_starts_while_it_is_on_stands_still(start: Callable[..., int]) -> None:
    brake = Brake()
    brake.stop()
    program = brake.add(pid := start())
    assert program.rests
    stand_still(tree(pid))
    brake.go()
    until(lambda: states(tree(pid)) == "S")
    brake.remove(program)


def test_who_was_stopped_by_others_is_not_let_go_on(start: Callable[..., int]) -> None:
    brake = Brake()
    program = brake.add(pid := start())
    os.kill(pid, signal.SIGSTOP)
    until(lambda: state(pid) == "T")
    brake.go()                          # it was not on
    assert state(pid) == "T"
    brake.remove(program)


def test_a_second_pause_counts_what_the_first_one_took(start: Callable[..., int]) -> None:
    brake = Brake()
    program = brake.add(start())
    brake.stop()
    brake.stop()
    first = program.rested
    brake.go()
    between = program.rested
    brake.stop()
    assert first <= between <= program.rested
    brake.go()
    brake.remove(program)


def test_what_left_the_session_ends_with_a_program_that_ends_while_it_stands_still(start: Callable[..., int]) -> None:
    brake = Brake()
    program = brake.add(pid := start())
    until(lambda: len(strays(pid)) == 1)
    stray = strays(pid).pop()
    brake.stop()
    brake.remove(program)
    until(lambda: ended(stray))
    brake.go()                          # of no program any more
    assert state(pid) == "T"


def strays(pid: int) -> set[int]:
    return {one for one in tree(pid) if os.getsid(one) != pid}


def ended(pid: int) -> bool:
    try:
        return state(pid) == "Z"
    except OSError:
        return True


def test_a_program_that_has_ended_breaks_nothing(start: Callable[..., int]) -> None:
    brake = Brake()
    program = brake.add(pid := start("echo"))
    until(lambda: ended(pid))
    brake.stop()
    brake.go()
    brake.remove(program)
