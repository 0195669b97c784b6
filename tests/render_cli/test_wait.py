"""render wait: its exit code, and what it says."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from spool import queue
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render

Host = Callable[..., PlayedHost]


@pytest.fixture
def one(spool: Spool, render: Render) -> str:
    return str(render("add", "--frames", "1-20", "--name", "one", "--json", "--", "true").json["jobs"][0]["job"])


def settle(spool: Spool, job: str, state: str) -> None:
    queue.move(spool, queue.find(spool, job), state)


def test_a_done_job_is_silent_and_fine(spool: Spool, one: str, render: Render, host: Host) -> None:
    host("alpha").render_all(one)
    said = render("wait", one)
    assert (said.code, said.out, said.err) == (0, "", "")


def test_it_waits_until_the_job_is_done(spool: Spool, one: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    later = threading.Timer(0.3, alpha.render_all, [one])
    later.start()
    assert render("wait", one).code == 0
    later.join()
    assert queue.state_of(spool, one) == "done"


def test_failed_frames_are_named_with_the_reason(spool: Spool, one: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.fail_for_good(one, "Blender crashed. Open the scene.")
    alpha.publish(alpha.take(one))
    settle(spool, one, "failed")
    said = render("wait", one)
    assert said.code == 1
    assert "failed: 10 frames of 20 (1-10)" in said.err
    assert "Blender crashed. Open the scene." in said.err and f"render log {one[16:]}" in said.err


def test_a_cancelled_job_is_exit_code_three(spool: Spool, one: str, render: Render) -> None:
    render("cancel", one)
    said = render("wait", one)
    assert (said.code, "was cancelled" in said.err, "render undo" in said.err) == (3, True, True)


def test_the_time_is_up(spool: Spool, one: str, render: Render) -> None:
    said = render("wait", one, "--timeout", "0.1")
    assert (said.code, "0 of 20 frames" in said.err) == (75, True)


def test_a_job_on_hold_is_said_once(spool: Spool, one: str, render: Render) -> None:
    render("hold", one)
    said = render("wait", one, "--timeout", "1.1")
    assert said.err.count("is on hold") == 1 and "render release" in said.err


def test_all_waits_for_what_is_open_and_failure_wins(spool: Spool, one: str, render: Render, host: Host) -> None:
    render("add", "--frames", "1", "--name", "two", "--", "true")
    alpha = host("alpha")

    def work() -> None:
        alpha.render_all("two")
        alpha.fail_for_good(one, "no")
        alpha.fail_for_good(one, "no")
        settle(spool, one, "failed")

    later = threading.Timer(0.2, work)
    later.start()
    assert render("wait", "--all").code == 1
    later.join()


def on_a_terminal(*words: str) -> str:
    """What a person sees of `render WORDS`."""
    code = "from render_cli.main import run; run()"
    leader, follower = os.openpty()
    shown = subprocess.Popen([sys.executable, "-c", code, *words], stdout=follower, stderr=follower)
    os.close(follower)
    text = b""
    with suppress(OSError):             # the end of a terminal is an error on Linux
        while piece := os.read(leader, 4096):
            text += piece
    os.close(leader)
    shown.wait()
    return text.decode()


def test_a_terminal_shows_a_bar_and_that_nobody_renders(spool: Spool, one: str) -> None:
    text = on_a_terminal("wait", one, "--timeout", "0.1")
    assert "No computer renders on this spool now" in text
    assert f"{one[16:]}  ░░░░░░░░░░░░░░░░░░░░░░░░ 0/20" in text


def test_no_color_takes_the_colours_out(
        spool: Spool, one: str, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    render("hold", one)
    assert "\x1b[33m" in on_a_terminal("jobs")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in on_a_terminal("jobs")


def test_no_job_at_all_is_a_usage_error(spool: Spool, render: Render) -> None:
    assert render("wait").code == 2
