"""The thread that beats. It does nothing else, so that a stalled share stalls nothing but the beat."""

import threading
from collections.abc import Callable

from renderd import logs
from spool import beats
from spool.layout import Beat, Incarnation, Spool


class Heart(threading.Thread):
    """Beats for one incarnation until it is stopped, or declared dead (`lost`)."""

    def __init__(self, spool: Spool, owner: Incarnation, wake: Callable[[], None]) -> None:
        super().__init__(name="heart", daemon=True)
        self.spool, self.owner, self.wake = spool, owner, wake
        self.last: Beat = beats.born(spool, owner)
        self.lost = False
        self._ended = threading.Event()

    @property
    def count(self) -> int:
        """Beats of this life so far: the only clock by which others are judged."""
        return self.last.count

    def run(self) -> None:
        while not self._ended.wait(self.spool.beat):
            try:
                following = beats.beat(self.spool, self.last)
            except OSError as error:    # the share fails; it is tried again at the next beat
                logs.event("share-trouble", text=error, doing="beat")
                continue
            except Exception:           # a bug: a heart that no longer beats must not be taken for alive
                logs.bug(doing="beat")
                following = None
            if following is None:
                if not self._ended.is_set():
                    self.lost = True
                    self.wake()
                return
            self.last = following

    def stop(self) -> None:
        """No beat of this life is left in the spool."""
        self._ended.set()
        self.join(timeout=2 * self.spool.beat)
        beats.retire(self.spool, self.owner)
