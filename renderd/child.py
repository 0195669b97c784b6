"""Become a good neighbour that dies with the daemon, then become the program.

    python -I -S child.py PARENT_PID FOLDER -- program argument ...

A script of its own that uses the standard library alone, because code between fork and exec is no
place for Python in a daemon with threads. It costs about 15 ms of CPU, of which an empty Python takes 9.

Guarantees when the program starts
  1. It leads a session and a process group of its own: the group's id is the process id.
  2. It gets SIGKILL when the thread that started it ends, and so when the daemon dies however it dies.
     So a thread that starts renders must live as long as they do. The kernel does not hand this on to the
     program's own children, and drops it for a set-uid program: leftovers.py ends those.
  3. All signals have their default effect, and none is blocked.
  4. It works in FOLDER. The folder is entered here, because whoever starts us stands still until our exec, with all
     of Python: on a share that is silent just then, a daemon that entered it itself could not even say so.
Without these it does not start: exit 125. With 127 the program was not found, with 126 it could not be run.
Priorities (CPU, disk, memory) are asked for and not insisted on.
"""

import _signal as signal  # type: ignore[import-not-found]  # what signal.py adds to it takes 6 ms to import
import ctypes
import os
import sys
import time

REFUSED, NOT_RUNNABLE, NOT_FOUND = 125, 126, 127
PR_SET_PDEATHSIG = 1
IOPRIO_WHO_PROCESS, IOPRIO_IDLE = 1, 3 << 13
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}


def main(argv: list[str]) -> None:
    """Never returns: the process becomes the program, or exits."""
    if len(argv) < 4 or not argv[0].isdecimal() or argv[2] != "--":
        give_up(REFUSED, "usage: child.py PARENT_PID FOLDER -- program argument ...")
    default_signals()
    lead_session()
    die_with(int(argv[0]))
    for courtesy in (nice, idle, nice_session, last_for_disk, first_for_oom_killer):
        try:
            courtesy()
        except OSError:                 # a kernel or container refuses: a less polite render is better than none
            continue
    enter(argv[1])
    run(argv[3:])


def default_signals() -> None:
    """Python ignores SIGPIPE and SIGXFSZ, and what is ignored or blocked stays so in the program."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def lead_session() -> None:
    if os.getsid(0) == os.getpid():
        return
    try:
        os.setsid()
    except PermissionError:
        give_up(REFUSED, "a leader of a process group cannot lead a session; start it without a group")


def die_with(parent: int) -> None:
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        give_up(REFUSED, "this kernel gives no signal when a parent dies; the program would outlive the daemon")
    # The parent may have died before prctl; then no signal comes any more.
    if os.getppid() != parent:
        give_up(REFUSED, f"the daemon {parent} is gone")


def nice() -> None:
    os.nice(19)


def idle() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def nice_session() -> None:
    """While autogroup is on, niceness counts only inside a session; so the session must be nice too.

    The kernel allows one such write in 0.1 s to all ordinary users together, so renders that start
    at the same time take turns; the process id keeps them out of step. It takes 5 s at most.
    """
    pause = 0.03 + os.getpid() % 16 * 0.005
    for _ in range(int(5 / pause)):
        try:
            write("/proc/self/autogroup", b"19")
            return
        except BlockingIOError:
            time.sleep(pause)


def last_for_disk() -> None:
    number = IOPRIO_SET.get(os.uname().machine)
    if number is not None:
        ctypes.CDLL(None).syscall(number, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE)


def first_for_oom_killer() -> None:
    write("/proc/self/oom_score_adj", b"1000")


def write(path: str, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, data)
    finally:
        os.close(file)


def enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        give_up(REFUSED, f"{folder} cannot be entered: {error.strerror}")


def run(command: list[str]) -> None:
    try:
        os.execvpe(command[0], command, os.environ)
    except FileNotFoundError as error:
        give_up(NOT_FOUND, f"{command[0]} cannot be run: {error.strerror}")
    except (OSError, ValueError) as error:
        if is_nowhere(command[0]):  # a closed folder in PATH is no reason to say "permission denied"
            give_up(NOT_FOUND, f"{command[0]} cannot be run: No such file or directory")
        give_up(NOT_RUNNABLE, f"{command[0]} cannot be run: {getattr(error, 'strerror', None) or error}")


def is_nowhere(name: str) -> bool:
    return "/" not in name and not any(os.path.exists(f"{d}/{name}") for d in os.get_exec_path())


def give_up(code: int, text: str) -> None:
    os.write(2, f"{text}\n".encode(errors="replace"))
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
