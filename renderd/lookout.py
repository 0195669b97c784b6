"""A thread that looks at each beat, from a knock on until there is nothing to look at any more."""

import threading

from renderd import logs
from renderd.heart import Heart
from spool.errors import SpoolError
from spool.layout import Spool


class Lookout(threading.Thread):
    """Waits for a knock. A look that fails is made again at the next beat."""

    def __init__(self, spool: Spool, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.spool = spool
        self.heart: Heart | None = None         # of the life that looks
        self._knocked, self._ended = threading.Event(), threading.Event()

    def round(self, heart: Heart) -> bool:
        """One look. Whether there is something left to look at."""
        raise NotImplementedError

    def forget(self) -> None:
        """A new life begins: what was remembered in beats of the last one means nothing any more."""
        raise NotImplementedError

    def knock(self) -> None:
        """There is something to look at."""
        self._knocked.set()

    def stop(self) -> None:
        self._ended.set()
        self._knocked.set()

    def run(self) -> None:
        life = None
        while self._knocked.wait() and not self._ended.is_set():
            heart = self.heart
            if heart and not heart.lost:
                if heart is not life:
                    self.forget()
                life = heart
                self._look(heart)
            self._ended.wait(self.spool.beat)

    def _look(self, heart: Heart) -> None:
        try:
            if not self.round(heart):
                self._knocked.clear()
        except (OSError, SpoolError) as error:
            logs.event("share-trouble", text=error, doing=self.name)
        except Exception:                       # a bug; without this thread nobody would look again
            logs.bug(doing=self.name)
