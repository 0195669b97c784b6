"""What a program says and tells, and that it never waits for us to hear it."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from renderd.process import Event, Process

SAYS_AND_TELLS = """
import json, os
events = int(os.environ["RENDERD_EVENTS"])
for number in range(200):
    print("line", number, flush=True)
    os.write(events, b'{"event": "written", "frame": %d}\\n' % number)
os.write(events, b'no event\\n[1]\\n')
"""
SCREAMS = "import sys; sys.stdout.write(('x' * 99 + '\\n') * 9000); sys.stdout.flush(); open(sys.argv[1], 'w').close()"
OBEYS = """
import os, sys
for line in sys.stdin:
    os.write(int(os.environ["RENDERD_EVENTS"]), line.encode())
print("no more orders")
"""


@contextmanager
def running(code: str, *arguments: str, driven: bool = True) -> Iterator[Process]:
    process = Process([sys.executable, "-c", code, *arguments], "/", {}, driven=driven)
    try:
        yield process
    finally:
        process.close()


def everything(process: Process) -> list[str | Event]:
    heard: list[str | Event] = []
    end = time.monotonic() + 20
    while process.open and time.monotonic() < end:
        heard += process.hear(0.2)
    return heard


def test_what_was_said_before_an_event_is_heard_before_it() -> None:
    with running(SAYS_AND_TELLS) as process:
        heard = everything(process)
    events = [one["frame"] for one in heard if isinstance(one, dict)]
    assert events == list(range(200))
    assert all(heard.index(f"line {n}") < heard.index({"event": "written", "frame": n}) for n in events)


def test_a_program_may_say_much_while_nobody_hears_it(tmp_path: object) -> None:
    with running(SCREAMS, f"{tmp_path}/said") as process:
        end = time.monotonic() + 20
        while process.ended() is None and time.monotonic() < end:
            time.sleep(0.01)
        assert process.ended() == 0, "it waits for a reader"
        assert len(everything(process)) == 9000


def test_orders_arrive_and_their_end_is_noticed() -> None:
    with running(OBEYS) as process:
        process.order(frame=7, output="/o\udcff/####")
        heard = process.hear(20)
        process.no_more_orders()
        assert [*heard, *everything(process)] == [{"frame": 7, "output": "/o\udcff/####"}, "no more orders"]


def test_an_order_to_a_program_that_has_just_ended_is_no_error() -> None:
    with running("") as process:
        everything(process)
        process.order(frame=7)
        assert process.kill() == 0


def test_a_program_that_could_not_be_started_leaves_no_pipe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **more: object) -> None:
        raise BlockingIOError("too many processes")

    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(BlockingIOError):
        Process(["true"], "", {}, driven=True)
    assert os.listdir("/proc/self/fd") == before


def test_a_program_that_cannot_be_heard_does_not_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen, before = subprocess.Popen, os.listdir("/proc/self/fd")

    def refused() -> None:
        raise OSError("too many open files")

    def noted(*given: object, **more: object) -> object:
        started.append(popen(*given, **more))       # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(selectors, "DefaultSelector", refused)
    with pytest.raises(OSError):
        Process(["sleep", "60"], "/", {}, driven=True)
    assert started[0].returncode == -signal.SIGKILL
    assert os.listdir("/proc/self/fd") == before
