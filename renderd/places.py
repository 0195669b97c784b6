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
        self.there: dict[str, bool] = {}        # folders, not names: a name may become that of another folder
        self.changed, self._looked, self._wake = False, threading.Event(), threading.Event()

    def start(self) -> None:
        """The first look is over, unless a folder does not answer."""
        if self.folders:
            super().start()
            self._looked.wait(FIRST)

    def use(self, folders: Mapping[str, str]) -> None:
        """These from now on; what was not looked at yet is not there."""
        self.folders = dict(folders)
        self._wake.set()
        if folders and not self.is_alive():
            super().start()

    def told(self) -> dict[str, Any]:
        """For host.json."""
        self.changed = False            # before the answer is made: what changes now is told next time
        there = dict(self.there)
        return {name: {"folder": folder, "there": there.get(folder, False)} for name, folder in self.folders.items()}

    def run(self) -> None:
        while True:
            for folder in set(self.folders.values()):
                self._note(folder, is_there(folder))
            self._looked.set()
            self._wake.wait(LOOK)
            self._wake.clear()

    def _note(self, folder: str, there: bool) -> None:
        if self.there.get(folder, False) != there:
            self.there[folder] = there
            self.changed = True
            if self._looked.is_set():
                self.ring()


def is_there(folder: str) -> bool:
    """It can be listed, and is not empty: a place on which nothing is mounted is an empty folder."""
    try:
        with os.scandir(folder) as entries:
            return next(iter(entries), None) is not None
    except OSError:
        return False
