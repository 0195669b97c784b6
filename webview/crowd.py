"""The people of all projects as they are now, kept in memory."""

import os
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock

from assetfs import people
from assetfs.people import People
from webview import changes, share
from webview.looking import Pause

FRESH = 2.0         # seconds in which a file may be written again and have the same time
_generations = count(1)


@dataclass(frozen=True)
class Crowd:
    people: People
    generation: int


class Register:
    """Reads people.yaml again when it changed: one system call a look, where that is cheap."""

    def __init__(self, projects_dir: Path) -> None:
        self.folder, self.path = projects_dir, str(projects_dir / people.FILE)
        self.local = changes.is_local(projects_dir)
        self.pause, self.lock = Pause(), Lock()
        self.crowd: Crowd | None = None
        self.mark: object = None

    def look(self) -> Crowd:
        """The people. Raises OSError if they could never be read, ShareBusy if they do not come."""
        before = self.crowd
        if before and not (self.local or self.pause.over()):
            return before
        with share.turn(self.lock, known=bool(before)) as ours:
            return self._refresh() if ours or not before else before

    def _refresh(self) -> Crowd:
        mark = self._mark()             # before the file is read: a change after it is seen at the next look
        if self.crowd and mark is not None and mark == self.mark:
            return self.crowd
        found = people.read(self.folder)
        if self.crowd is None or found != self.crowd.people:
            self.crowd = Crowd(found, next(_generations))
        self.mark = mark
        return self.crowd

    def _mark(self) -> object:
        """None while the file is so new that another change would not show."""
        try:
            info = os.stat(self.path)
        except FileNotFoundError:
            return "none"
        fresh = abs(time.time() - info.st_mtime) < FRESH
        return None if fresh else (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)
