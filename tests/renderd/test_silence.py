"""What the watching thread tells systemd. The share that really hangs is in tests/system/test_silence.py."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from renderd.brake import BRAKE
from renderd.silence import Watch
from spool import answering
from spool.answering import Wait


@pytest.fixture(name="channel")
def fixture_channel(tmp_path: Path) -> Iterator[socket.socket]:
    """systemd's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(f"{tmp_path}/notify")
        made.setblocking(False)
        yield made


@pytest.fixture(name="watch")
def fixture_watch(channel: socket.socket) -> Watch:
    return Watch({"NOTIFY_SOCKET": channel.getsockname(), "WATCHDOG_USEC": "60000000"})


def heard(channel: socket.socket) -> str:
    try:
        return channel.recv(4096).decode()
    except BlockingIOError:
        return ""


def test_the_watchdog_is_fed_while_the_main_thread_turns(watch: Watch, channel: socket.socket) -> None:
    watch.turn()
    watch.look()
    assert heard(channel) == "WATCHDOG=1"


def test_a_main_thread_that_stands_still_for_another_reason_than_the_share_starves_the_watchdog(
        watch: Watch, channel: socket.socket) -> None:
    watch.turned = time.monotonic() - 31
    watch.look()
    assert heard(channel) == ""


def test_a_daemon_that_ends_has_the_time_that_its_unit_gives(watch: Watch, channel: socket.socket) -> None:
    watch.turned, watch.ending, watch.grace = time.monotonic() - 31, True, 1000
    watch.look()
    assert heard(channel) == "WATCHDOG=1"


def test_renders_are_stopped_once_when_a_daemon_shall_end(watch: Watch) -> None:
    stopped: list[int] = []
    watch.serves(1000, lambda: stopped.append(1))
    watch.ending = True
    watch.look()
    watch.look()
    assert stopped == [1]


def test_no_render_outlives_a_daemon_whose_threads_the_kernel_keeps(watch: Watch,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        codes.append(code)

    codes = list[int]()
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(answering, "look", lambda before: {1: Wait("slot-1", "74 0x1", 1, time.monotonic() - 60)})
    program = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"], start_new_session=True)
    braked = BRAKE.add(program.pid)
    watch.serves(0, lambda: None)
    watch.ending = True
    watch.look()
    BRAKE.remove(braked)
    try:
        assert program.wait(30) == -signal.SIGKILL
    finally:
        braked.signal(signal.SIGKILL)
    assert codes == [1]


def test_a_start_is_given_more_time_as_long_as_the_share_is_silent(
        watch: Watch, channel: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = {1: Wait("heart", "82 0x1", 1, time.monotonic() - 12)}
    monkeypatch.setattr(answering, "look", lambda before: waits)
    watch.look()
    assert heard(channel).startswith("STATUS=the share does not answer since ")
    assert heard(channel) == "EXTEND_TIMEOUT_USEC=60000000"
    watch.serves(0, lambda: None)
    heard(channel)
    watch.look()
    assert heard(channel) == ""


def test_a_new_call_is_no_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what did not return counts, however long the thread has work on the share."""
    monkeypatch.setattr(answering, "threading", Two())
    seen = iter([("82 0x1", 10), ("82 0x1", 12), ("82 0x2", 13), ("82 0x2", 99)])

    def wait(native_id: int, name: str) -> Wait:
        call, woken = next(seen)
        return Wait(name, call, woken, time.monotonic())

    monkeypatch.setattr(answering, "_wait", wait)
    looks = [answering.look({})]
    for _ in range(3):
        looks.append(answering.look(looks[-1]))
    since = [look[7].since for look in looks]
    assert since[0] == since[1] < since[2] < since[3]


class Two:
    """A process with one other thread."""

    native_id, name = 7, "other"

    def enumerate(self) -> list["Two"]:
        return [self]

    def current_thread(self) -> None: ...


def asleep(thread: threading.Thread) -> bool:
    return Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def test_threads_that_sleep_on_purpose_do_not_wait_for_a_share() -> None:
    over, (read, write) = threading.Event(), os.pipe()
    threads = [threading.Thread(target=over.wait), threading.Thread(target=os.read, args=(read, 1)),
               threading.Thread(target=time.sleep, args=(0.5,))]
    for thread in threads:
        thread.start()
    while not all(asleep(thread) for thread in threads[:2]):
        time.sleep(0.01)
    found = answering.look({})
    over.set()
    os.write(write, b"x")
    for thread in threads:
        thread.join()
    assert found == {}
