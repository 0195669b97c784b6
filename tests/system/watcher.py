"""Reads every file at the moment it appears under a final name, and notes how it got there."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inotify_simple import INotify, flags

from renderd.pictures import Broken, look

SIGNS = flags.CREATE | flags.MOVED_TO | flags.MODIFY | flags.DELETE | flags.MOVED_FROM


def whole(path: Path) -> str:
    """What is wrong with the picture; "" if nothing."""
    try:
        look(path)
    except Broken as broken:
        return f"{path} was visible half: {broken.message}"
    return ""


@dataclass
class Watcher:
    """Watches any number of folders. `judge` says what is wrong with a file that has just appeared, or ""."""

    judge: Callable[[Path], str] = whole
    faults: list[str] = field(default_factory=list)
    gone: list[Path] = field(default_factory=list)      # final names that somebody removed
    seen: int = 0
    folders: dict[int, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notify = INotify()

    def add(self, folder: Path) -> None:
        self.folders[self.notify.add_watch(folder, SIGNS)] = folder

    def drop(self, folder: Path) -> None:
        for watch in [watch for watch, known in self.folders.items() if known == folder]:
            del self.folders[watch]
            self.notify.rm_watch(watch)

    def read(self, timeout: int) -> None:
        """Judges what happened within `timeout` milliseconds at most."""
        for event in self.notify.read(timeout=timeout):
            if event.mask & flags.Q_OVERFLOW:
                self.faults.append("the watcher was too slow: the kernel dropped events")
            elif event.wd in self.folders and not event.mask & flags.ISDIR and not event.name.startswith("."):
                self._hear(self.folders[event.wd] / event.name, event.mask)

    def _hear(self, path: Path, mask: int) -> None:
        if mask & (flags.DELETE | flags.MOVED_FROM):
            self.gone.append(path)
            return
        self.seen += bool(mask & flags.MOVED_TO)
        if not mask & flags.MOVED_TO:
            self.faults.append(f"{path} was written in place")
        elif wrong := self.judge(path):
            self.faults.append(wrong)


@contextmanager
def watching(folder: Path) -> Iterator[Watcher]:
    """A watcher of one folder, with a thread of its own."""
    watcher, ended = Watcher(), threading.Event()

    def run() -> None:
        while not ended.is_set():
            watcher.read(100)

    watcher.add(folder)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        ended.set()
        thread.join()
        watcher.read(0)                 # what came since its last look
        watcher.notify.close()
