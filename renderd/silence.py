"""The thread that touches no share: it tells since when the others wait for it, and speaks to systemd meanwhile.

Invariants
  1. It opens nothing but files in /proc, and waits for no thread that may wait for a share.
  2. systemd hears WATCHDOG=1 as long as the main thread turns, or waits for a share: being killed mends no server.
  3. A daemon that was asked to end does so, though the share does not let it hand anything back.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping

from renderd import logs, systemd
from renderd.brake import BRAKE
from spool import answering
from spool.answering import Wait

LOOK = 4.0          # seconds between two looks; a command looks more often, a person waits for it
STARTING = 60       # seconds more that systemd shall wait for a start, said again at each look


class Watch(threading.Thread):
    """Looks at all other threads of this process, from before the share is touched until it ends."""

    def __init__(self, environ: Mapping[str, str], share: str = "") -> None:
        super().__init__(name="watch", daemon=True)
        self.environ, self.share = environ, share
        self.watched = systemd.watchdog_seconds(environ)
        self.turned = time.monotonic()      # the main thread did something then, or waited for a share
        self.fed = 0.0
        self.waits: dict[int, Wait] = {}
        self.told: Wait | None = None       # the wait that was told and goes on
        self.started = self.ending = False
        self.asked = 0.0
        self.grace = 0.0                    # seconds that an ending daemon may take while a share is silent
        self.stop_renders: Callable[[], None] = lambda: None

    def turn(self) -> None:
        """Called by the main thread whenever it goes round."""
        self.turned = time.monotonic()

    def serves(self, grace: float, stop_renders: Callable[[], None]) -> None:
        """The start is over, renders may run."""
        self.grace, self.stop_renders, self.started = grace, stop_renders, True

    def run(self) -> None:
        while True:
            time.sleep(LOOK)
            self.look()

    def look(self) -> None:
        self.waits = answering.look(self.waits)
        self._tell()
        self._feed_watchdog()
        self._end_if_asked()

    def _tell(self) -> None:
        silent = sorted((w for w in self.waits.values() if w.seconds >= answering.SILENT), key=lambda w: w.since)
        if silent and not self.told:
            self.told = silent[0]
            waiting = ",".join(wait.thread for wait in silent)
            logs.event("share-silent", spool=self.share, since=self.told.clock, waiting=waiting)
            systemd.notify(self.environ, STATUS=f"the share does not answer since {self.told.clock}")
        elif self.told and not silent:
            seconds = round(self.told.seconds)
            logs.event("share-answers", spool=self.share, after=seconds)
            systemd.notify(self.environ, STATUS=f"the share answers again since {time.strftime('%H:%M:%S')}")
            self.told = None
        if self.told and not self.started:
            systemd.notify(self.environ, EXTEND_TIMEOUT_USEC=STARTING * 1_000_000)

    def _feed_watchdog(self) -> None:
        if answering.main_thread(self.waits) or self.ending:
            self.turn()
        now = time.monotonic()
        if self.watched and now - self.fed >= self.watched / 4 and now - self.turned <= self.watched / 2:
            systemd.notify(self.environ, WATCHDOG=1)
            self.fed = now

    def _end_if_asked(self) -> None:
        """Python acts on a signal in the main thread alone, which may not come back from the share."""
        main, now = answering.main_thread(self.waits), time.monotonic()
        unheard = main and main.seconds >= answering.SURE and answering.asked_to_end()
        if not self.asked and (self.ending or unheard):
            self.ending, self.asked = True, now
            self.stop_renders()
        silent = any(wait.seconds >= answering.SURE for wait in self.waits.values())
        if self.asked and now - self.asked >= self.grace and silent:
            logs.event("ended-silent", spool=self.share)
            BRAKE.kill()        # a thread that the kernel keeps for its share would keep its render alive
            os._exit(1)
