"""Run something in a process that can be given up: a call on a share that is away never returns."""

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

from render_cli.errors import CliError

Say = Callable[[Any], None]


class NoAnswer(Exception):
    """Nothing was said for too long."""


class TestEnded(CliError):
    """The process ended before it was through."""

    __test__ = False        # pytest: no class of tests


def heard(work: Callable[[Say], None], patience: float) -> Generator[Any, None, None]:
    """What `work` says, which is JSON, as it comes. NoAnswer when it is silent for `patience` seconds.

    Whatever ends us, the process and all that it started are killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(work, writer)
    os.close(writer)
    try:
        yield from _lines(reader, patience)
    finally:
        os.close(reader)
        _kill(child)


def _work(work: Callable[[Say], None], writer: int) -> None:
    """Never returns: what is behind it belongs to the parent."""
    os.setsid()                             # Ctrl-C is for the parent, and it ends all of us at once
    _let_go_of_terminal()
    try:
        work(lambda said: _send(writer, [said]))
        _send(writer, [])
    except BrokenPipeError:                 # the parent was killed
        pass
    except BaseException:
        _send(writer, traceback.format_exc())
    finally:
        os._exit(0)


def _let_go_of_terminal() -> None:
    """`| less` waits until nobody is left who could say more, and we may not even die when we are killed."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def _send(writer: int, said: list[Any] | str) -> None:
    """[what is said], [] when that was all, or why it went wrong."""
    data = json.dumps(said).encode() + b"\n"
    while data:
        data = data[os.write(writer, data):]


def _lines(reader: int, patience: float) -> Iterator[Any]:
    data = b""
    while True:
        if not select.select([reader], [], [], patience)[0]:
            raise NoAnswer
        piece = os.read(reader, 65536)
        if not piece:
            raise TestEnded("The test ended before it was through.", "Was it killed? Look at: dmesg | tail")
        *whole, data = (data + piece).split(b"\n")
        for line in whole:
            said = json.loads(line)
            if isinstance(said, str):
                raise TestEnded(f"The test itself failed.\n{said}", "Please report it.")
            if not said:
                return
            yield said[0]


def _kill(child: int) -> None:
    """A process that waits for a server may not even die now; it does as soon as the server is back."""
    for kill in (os.kill, os.killpg):           # it may not have come to its setsid yet
        with suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)
    end = time.monotonic() + 1
    while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
