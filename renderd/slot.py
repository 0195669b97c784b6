"""A slot: a thread that renders one claim at a time, and keeps its Blender for the next."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from renderd import logs
from renderd.bench import Bench
from renderd.delivery import Order
from renderd.handing_back import Outcome
from renderd.living import Keeper
from renderd.render import Render
from spool import claim as claims
from spool import obstacles
from spool.claim import Claim
from spool.errors import SpoolError
from spool.job import Job

Note = dict[str, Any]
# Told the job of which a chunk ended, and how if somebody knows; why that job is left to others for a while, if it is.
Ended = Callable[[Job, Outcome | None], str]


class Slot(threading.Thread):
    """Lives as long as the daemon: its renders die with the thread that started them (child.py)."""

    def __init__(self, number: int, bench: Bench, ended: Ended, freed: Callable[[], None]) -> None:
        super().__init__(name=f"slot-{number}", daemon=True)
        self.number, self.bench, self._ended, self._freed = number, bench, ended, freed
        self._inbox: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()
        self._keeper = Keeper()
        self._taken: Claim | None = None
        self.order = Order()
        self.render: Render | None = None
        self.troubled: Note | None = None       # about a job that could not be worked on; taken by crew.py

    @property
    def claim(self) -> Claim | None:
        """What it works on: shorter than what was taken, once the end was given away."""
        render = self.render
        return render.claim if render else self._taken

    def held_mb(self) -> float:
        """Memory of its program, also of a Blender that waits for the next chunk."""
        render = self.render
        return (render.delivery.meter.peak if render else None) or self._keeper.held_mb()

    def start_on(self, claim: Claim) -> None:
        self._taken, self.order = claim, Order()
        self._inbox.put(claim)

    def stop_render(self, how: str) -> None:
        """`return` or `lost`, see delivery.Order; a stronger word stays."""
        if self.order.stop != "lost":
            self.order.stop = how

    def end(self) -> None:
        """The thread ends once its claim is handed back, and with it the Blender that it kept."""
        self._inbox.put(None)

    def run(self) -> None:
        while (claim := self._next()) is not None:
            outcome = None
            try:
                outcome = self._render(claim)
            except Exception as error:  # a bug; the slot lives on, and the chunk is forgotten: chores.py puts it back
                logs.bug(doing="render", job=claim.job.job, chunk=claim.name.chunk)
                self.troubled = obstacles.note("job-rests", claim.job.job, text=repr(error))
            # Before it looks idle: the chores have something to do first.
            if left := self._ended(claim.job, outcome):
                self.troubled = obstacles.note("job-rests", claim.job.job, text=left)
            self._taken, self.render = None, None
            self._freed()
        self._keeper.end()

    def _next(self) -> Claim | None:
        """Waits for a claim; the kept Blender does not wait longer than it may."""
        try:
            return self._inbox.get(timeout=self.bench.settings.keep_blender)
        except queue.Empty:
            self._keeper.end()
            return self._inbox.get()

    def _render(self, claim: Claim) -> Outcome | None:
        facts = {"job": claim.job.job, "chunk": claim.name.chunk, "slot": self.number}
        logs.event("took", **facts)
        self.render = Render(self.bench, claim, self.order, self._keeper)
        try:
            outcome = self.render.run()
            if outcome.no_room:
                self.troubled = obstacles.note("output-full-there", claim.job.job, **outcome.no_room)
            return outcome
        except (OSError, SpoolError) as error:
            logs.event("share-trouble", text=error, doing="render", **facts)
            self.troubled = obstacles.note("job-rests", claim.job.job, text=str(error))
            self._release(self.render.claim)
            return None

    def _release(self, claim: Claim) -> None:
        try:
            claims.release(self.bench.spool, claim)
        except OSError as error:        # then it is forgotten, and chores.py puts it back
            logs.event("share-trouble", text=error, doing="return", job=claim.job.job)
