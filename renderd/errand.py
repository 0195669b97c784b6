"""A small program for the farm itself: it gets something to read, has so many seconds, and never holds a render up."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from renderd.process import CHILD

MOST = 4 << 20          # bytes of its output that are kept
_FINE = 0


class Done(NamedTuple):
    """`text` is what it said on stderr, its end; why it could not be run or was ended, if that was so."""

    code: int
    output: bytes
    text: str

    @property
    def fine(self) -> bool:
        return self.code == _FINE


def run(words: Sequence[str], data: bytes, seconds: float, environ: Mapping[str, str]) -> Done:
    """Runs it, as polite as a render; it and all that it started end in time. It dies with the thread that calls."""
    wrapped = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid()), "/", "--", *words]
    try:
        process = subprocess.Popen(wrapped, env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
    except OSError as error:
        return Done(126, b"", str(error))
    late = threading.Event()
    clock = threading.Timer(seconds, _end, (process, late))
    clock.daemon = True                 # a daemon that ends waits for nobody's mail server
    clock.start()
    try:
        with process:
            output, said = process.communicate(data)
    finally:
        clock.cancel()
    text = f"It took more than {seconds:g} s and was ended." if late.is_set() else said[-2000:].decode(errors="replace")
    return Done(process.returncode, output[:MOST], text.strip())


def _end(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
