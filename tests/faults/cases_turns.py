"""Cases in turns: one guest asks, another changes something, the first asks again. `steps` says who does what, one
after the other; those in one line with `&` at the same time."""

import os
import time
from collections.abc import Callable
from typing import ClassVar

from spool import job as jobs
from spool import opening, queue
from spool.job import Job
from spool.layout import Spool
from tests.spool import played

PATIENCE = 3.0      # seconds after which a step says that it does not see what is there


class Turns:
    """A case in turns. The last step says what went wrong; nothing if all is well."""

    steps: ClassVar[tuple[str, ...]] = ("client1 make", "client2 begin", "client1 change", "client2 judge")
    frames: ClassVar[str] = "1-6"
    chunk: ClassVar[int] = 2

    def __init__(self, place: str, by_naive: bool) -> None:
        self.place, self.by_naive = place, by_naive

    def make(self) -> None:
        """The first step: a spool with an open job, of three chunks mostly."""
        os.makedirs(f"{self.place}/out")
        opening.init(f"{self.place}/farm")
        played.add(self.spool, f"{self.place}/out/####.png", frames=self.frames, chunk=self.chunk)

    @property
    def spool(self) -> Spool:
        return Spool(f"{self.place}/farm")

    @property
    def job(self) -> Job:
        [entry] = queue.entries(self.spool, ("queue", "held", "trash"))
        return jobs.read(self.spool, entry.job)

    def live(self, host: str = "ws02") -> None:
        """This guest has a daemon, played by hand."""
        self.daemon = played.Daemon.born(self.spool, host)

    def either(self, by_naive: Callable[[], object], by_ours: Callable[[], object]) -> object:
        return by_naive() if self.by_naive else by_ours()

    def seen(self, look: Callable[[], object]) -> str:
        """What went wrong if it is not seen soon."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if look():
                return ""
            time.sleep(0.2)
        return f"{PATIENCE:g} s later it is still not seen"
