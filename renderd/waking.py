"""What cuts the main thread's sleep short: another thread, a signal, a change in the spool by this machine."""

import os
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from inotify_simple import INotify, flags

from renderd import logs


@dataclass
class Alarm:
    """Wakes the main thread from any other, and from signals."""

    fds: tuple[int, int] = field(default_factory=lambda: os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))

    def ring(self) -> None:
        with suppress(BlockingIOError):     # full: it will wake anyway
            os.write(self.fds[1], b"!")

    def quiet(self) -> None:
        with suppress(BlockingIOError):
            os.read(self.fds[0], 4096)


@contextmanager
def sleeper(alarm: Alarm, folders: list[str]) -> Iterator[Callable[[float], bool]]:
    """Gives `wait(seconds)`, which the alarm or a local change in these folders cuts short: whether one changed."""
    watch = _watch(folders)
    with selectors.DefaultSelector() as poll:
        poll.register(alarm.fds[0], selectors.EVENT_READ)
        if watch:
            poll.register(watch.fileno(), selectors.EVENT_READ)

        def wait(seconds: float) -> bool:
            if not poll.select(seconds):
                return False
            alarm.quiet()
            return bool(watch and watch.read(timeout=0))

        yield wait
    if watch:
        watch.close()


def _watch(folders: list[str]) -> INotify | None:
    """Wakes us for what changes in them; None where the kernel has no inotify left: then there is the poll."""
    try:
        watch = INotify(nonblocking=True)
        for folder in folders:
            watch.add_watch(folder, flags.CREATE | flags.MOVED_TO)
    except OSError as error:
        logs.event("no-inotify", text=error)
        return None
    return watch
