"""What a program finds when child.py started it, as the kernel tells it."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import renderd.child

CHILD = renderd.child.__file__

REPORT = """
import json, os
print(json.dumps({
    "pid": os.getpid(), "session": os.getsid(0), "group": os.getpgrp(),
    "nice": os.getpriority(os.PRIO_PROCESS, 0), "policy": os.sched_getscheduler(0),
    "oom": int(open("/proc/self/oom_score_adj").read()),
}))
"""

# Starts child.py as the daemon does, tells the pid, and waits to be killed.
PARENT = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-I", "-S", sys.argv[1], str(os.getpid()), "/", "--", *sys.argv[2:]])
print(child.pid, flush=True)
sys.stdin.read()
"""


def start(*command: str, folder: object = "/", before: Sequence[str] = (), **more: object) -> "subprocess.Popen[str]":
    line = [*before, sys.executable, "-I", "-S", CHILD, str(os.getpid()), str(folder), "--", *command]
    return subprocess.Popen(line, stdout=-1, stderr=-1, text=True, **more)  # type: ignore[call-overload,no-any-return]


def report(*, start_new_session: bool = False) -> dict[str, int]:
    """What a Python under child.py sees."""
    out, err = start(sys.executable, "-I", "-S", "-c", REPORT, start_new_session=start_new_session).communicate(
        timeout=10
    )
    assert err == ""
    return json.loads(out)  # type: ignore[no-any-return]


def without(*capabilities: str) -> list[str]:
    """What to write before a command so that root has these rights no more."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv to take rights from root")
    return ["setpriv", "--bounding-set=" + ",".join(f"-{name}" for name in capabilities)]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "not within 5 s"
        time.sleep(0.005)


def program_of(pid: int) -> str:
    """The name of the running program; nothing for a process that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_the_program_leads_a_session_and_a_group() -> None:
    seen = report()
    assert seen["pid"] == seen["session"] == seen["group"] != os.getsid(0)


def test_a_session_made_by_the_caller_is_kept() -> None:
    seen = report(start_new_session=True)
    assert seen["pid"] == seen["session"]


def test_the_program_comes_last_for_the_cpu() -> None:
    seen = report()
    assert (seen["nice"], seen["policy"]) == (19, os.SCHED_IDLE)


def test_the_session_comes_last_for_the_cpu() -> None:
    if not Path("/proc/self/autogroup").exists():
        pytest.skip("a kernel without autogroup")
    out, _ = start("cat", "/proc/self/autogroup").communicate(timeout=10)
    assert out.split()[-2:] == ["nice", "19"]
    ours = Path("/proc/self/autogroup").read_text()  # empty where these tests run in the kernel's root group
    assert out.split()[0] not in ours.split()


def test_renders_that_start_together_are_all_polite() -> None:
    """The kernel lets ordinary users write one autogroup in 0.1 s."""
    if not Path("/proc/self/autogroup").exists():
        pytest.skip("a kernel without autogroup")
    children = [start("cat", "/proc/self/autogroup", before=without("sys_admin")) for _ in range(8)]
    seen = [child.communicate(timeout=10)[0].split()[-1] for child in children]
    assert seen == ["19"] * 8


def test_the_program_is_the_first_that_the_oom_killer_takes() -> None:
    assert report()["oom"] == 1000


def test_the_program_comes_last_for_the_disk() -> None:
    number = {"x86_64": 252, "aarch64": 31}.get(os.uname().machine)
    if number is None:
        pytest.skip("the number of ioprio_get is not known here")
    child = start("sleep", "10")
    try:
        wait_until(lambda: program_of(child.pid) == "sleep")
        assert ctypes.CDLL(None).syscall(number, 1, child.pid) >> 13 == 3
    finally:
        child.kill()
        child.communicate()


def test_no_signal_is_blocked_or_ignored_in_the_program() -> None:
    old = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        child = start("cat", "/proc/self/status", restore_signals=False)
        out, _ = child.communicate(timeout=10)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.signal(signal.SIGUSR1, old)
    status = dict(line.split(":\t", 1) for line in out.splitlines())
    own = 0b11 << 31                    # 32 and 33 are the C library's own, and out of everybody's reach
    assert [int(status[name], 16) & ~own for name in ("SigBlk", "SigIgn", "SigCgt")] == [0, 0, 0]


def test_sigint_ends_the_program_as_if_nobody_had_touched_it() -> None:
    child = start("sleep", "10")
    wait_until(lambda: program_of(child.pid) == "sleep")
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=5)
    assert (child.returncode, err) == (-signal.SIGINT, "")


def test_the_program_dies_when_the_daemon_is_killed() -> None:
    line = [sys.executable, "-c", PARENT, CHILD, "sleep", "30"]
    with subprocess.Popen(line, stdin=-1, stdout=-1, text=True) as daemon:
        assert daemon.stdout
        pid = int(daemon.stdout.readline())
        wait_until(lambda: program_of(pid) == "sleep")
        daemon.kill()
    wait_until(lambda: program_of(pid) == "")


def test_the_program_does_not_start_when_the_daemon_is_already_gone() -> None:
    line = [sys.executable, "-I", "-S", CHILD, "1", "/", "--", "echo", "started"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout, done.stderr) == (125, "", "the daemon 1 is gone\n")


def test_the_program_does_not_start_without_a_session() -> None:
    child = start("echo", "started", process_group=0)
    out, err = child.communicate(timeout=10)
    assert (child.returncode, out) == (125, "") and "cannot lead a session" in err


def test_a_program_that_is_not_there_is_127() -> None:
    child = start("no-such-program", "--version")
    assert child.communicate(timeout=10)[1] == "no-such-program cannot be run: No such file or directory\n"
    assert child.returncode == 127


def test_a_folder_in_path_that_is_closed_does_not_hide_that_nothing_is_there(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    ordinary = without("dac_override", "dac_read_search")
    child = start("no-such-program", before=ordinary, env={"PATH": f"{tmp_path}/closed:{os.environ['PATH']}"})
    assert child.communicate(timeout=10)[1] == "no-such-program cannot be run: No such file or directory\n"
    assert child.returncode == 127


def test_a_file_that_is_no_program_is_126(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no program")
    child = start(str(tmp_path / "text"))
    assert child.communicate(timeout=10)[1] == f"{tmp_path}/text cannot be run: Permission denied\n"
    assert child.returncode == 126


def test_arguments_environment_folder_and_umask_reach_the_program(tmp_path: Path) -> None:
    child = start(
        "sh", "-c", 'echo "$1" "$A" $(pwd) $(umask)', "sh", "a  -- b",
        folder=tmp_path, env={"PATH": os.environ["PATH"], "A": "é"}, umask=0o027,
    )  # fmt: skip
    assert child.communicate(timeout=10)[0] == f"a  -- b é {tmp_path} 0027\n"


def test_the_programs_exit_status_is_the_childs() -> None:
    child = start("sh", "-c", "exit 9")
    child.communicate(timeout=10)
    assert child.returncode == 9


def test_a_folder_that_cannot_be_entered_starts_nothing(tmp_path: Path) -> None:
    child = start("echo", "started", folder=tmp_path / "gone")
    assert child.communicate(timeout=10) == ("", f"{tmp_path}/gone cannot be entered: No such file or directory\n")
    assert child.returncode == 125


@pytest.mark.parametrize("arguments", [[], ["12"], ["12", "/"], ["x", "/", "--", "echo"], ["12", "--", "echo", "a"]])
def test_a_wrong_call_is_refused(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-I", "-S", CHILD, *arguments], capture_output=True, timeout=10)
    assert done.returncode == 125 and done.stderr.startswith(b"usage: ")
