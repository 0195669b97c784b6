"""Says on stderr that the share does not answer, and lets Ctrl-C end a command that waits for it."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from render_cli.border import INTERRUPTED
from spool import answering
from spool.answering import Wait

SHARE = "render.share"      # key in the meta of click's context
LOOK = 1.0                  # seconds between two looks
NOBODY_BEATS = "No daemon beats: is renderd running? Has the share been away?"
CLEAR = "\r\x1b[K"          # a bar may stand in the line


@contextmanager
def told(meta: Mapping[str, str]) -> Iterator[None]:
    """While this lasts, a call of the main thread that does not return is told."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(meta, over), name="silence", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def name(share: str | None) -> None:
    """Before it is touched: this is what the command is about."""
    context = click.get_current_context(silent=True)
    if context and share:
        context.meta[SHARE] = share


def _watch(meta: Mapping[str, str], over: threading.Event) -> None:
    waits: dict[int, Wait] = {}
    told: Wait | None = None
    last = False
    while not last:
        last = over.wait(LOOK)
        waits = answering.look(waits)
        now = answering.main_thread(waits)
        if told and (now is None or now.since != told.since):
            _say(f"{_share(meta)} answers again after {told.seconds:.0f} s.")
            told = None
        if now and not told and now.seconds >= answering.SILENT:
            told = now
            _say(f"{_share(meta)} does not answer since {now.clock}. Waiting; Ctrl-C ends this command. "
                 "Is the server on, is the network cable in?")
        # Python acts on a signal in the main thread alone, and that one does not come back.
        if now and now.seconds >= answering.SURE and answering.asked_to_end():
            os._exit(INTERRUPTED)


def _share(meta: Mapping[str, str]) -> str:
    return f"The share {meta[SHARE]}" if SHARE in meta else "A share"


def _say(text: str) -> None:
    print(f"{CLEAR if sys.stderr.isatty() else ''}render: {text}", file=sys.stderr, flush=True)
