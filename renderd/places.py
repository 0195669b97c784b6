"""The named paths of this computer: is each folder there now? Asked in a thread of its own: a share may not answer.

    thread   looks into each folder again and again
    daemon   reads what was found; host.json says it, and jobs go by that"""

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

LOOK = 5.0          # seconds between two looks
FIRST = 5.0         # that the start of the daemon waits for the first one; what has not answered is not there


class Places(threading.Thread):
    """`changed` says that `told` has something new; without named paths nothing runs."""

    def __init__(self, folders: Mapping[str, str], ring: Callable[[], None]) -> None:
        super().__init__(name="places", daemon=True)
        self.folders, self.ring = dict(folders), ring
        self.there: dict[str, bool] = {}
        self.changed, self._looked, self._ended = False, threading.Event(), threading.Event()

    def start(self, wait: float = FIRST) -> None:
        """The first look is over, unless a folder does not answer for so many seconds."""
        if self.folders:
            super().start()
            self._looked.wait(wait)

    def stop(self) -> None:
        """Nothing is looked at any more; does not wait for a folder that does not answer."""
        self._ended.set()

    def told(self) -> dict[str, Any]:
        """For host.json."""
        self.changed = False            # before the answer is made: what changes now is told next time
        there = dict(self.there)
        return {name: {"folder": folder, "there": there.get(name, False)} for name, folder in self.folders.items()}

    def run(self) -> None:
        while not self._ended.is_set():
            for name, folder in self.folders.items():
                self._note(name, is_there(folder))
            self._looked.set()
            if self.changed:
                self.ring()
            self._ended.wait(LOOK)

    def _note(self, name: str, there: bool) -> None:
        if self.there.get(name, False) != there:
            self.there[name] = there
            self.changed = True


def is_there(folder: str) -> bool:
    """It can be listed, and is not empty: a place on which nothing is mounted is an empty folder."""
    try:
        with os.scandir(folder) as entries:
            return next(iter(entries), None) is not None
    except OSError:
        return False
