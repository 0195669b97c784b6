"""The process in which the doctor touches the share."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from render_cli import doctor_child
from render_cli.doctor_child import NoAnswer, Say, TestEnded

Work = Callable[[Say], None]


def all_of(work: Work, patience: float = 20.0) -> list[object]:
    with closing(doctor_child.heard(work, patience)) as said:
        return list(said)


def test_what_it_says_is_heard_in_order() -> None:
    def work(say: Say) -> None:
        for word in ("one", {"two": [2]}, None, ""):
            say(word)
    assert all_of(work) == ["one", {"two": [2]}, None, ""]


def test_one_that_says_nothing_is_given_up_and_ended(tmp_path: Path) -> None:
    def work(say: Say) -> None:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(60)
    with pytest.raises(NoAnswer):
        all_of(work, 1.0)
    child, = tmp_path.iterdir()
    assert not Path("/proc", child.name).exists()


def test_what_went_wrong_in_it_is_told() -> None:
    def work(say: Say) -> None:
        raise ValueError("so not")
    with pytest.raises(TestEnded, match="ValueError: so not"):
        all_of(work)


def test_one_that_is_killed_is_no_success() -> None:
    def work(say: Say) -> None:
        os.kill(os.getpid(), 9)
    with pytest.raises(TestEnded, match="before it was through"):
        all_of(work)


def test_it_keeps_nothing_of_the_terminal_so_that_nobody_waits_for_it() -> None:
    assert all_of(lambda say: say([os.readlink(f"/proc/self/fd/{fd}") for fd in (0, 1, 2)])) == [["/dev/null"] * 3]
