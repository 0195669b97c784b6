"""A clock that stands still until it is set, for spool code that is driven faster than the time passes."""

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import ModuleType
from unittest.mock import patch


@dataclass
class Clock:
    """Takes the place of the module `time` in the modules that it rules. Events of one moment keep their order."""

    now: float = 1_000_000.0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> object:
        if name == "sleep":
            raise AssertionError("nobody may sleep in simulated time")
        return getattr(time, name)

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, next(self.numbers), event))

    def run(self, goes_on: Callable[[], bool]) -> None:
        """One event after the other, as long as it goes on and there are any."""
        while self.events and goes_on():
            self.now, _, event = heapq.heappop(self.events)
            event()

    @contextmanager
    def rules(self, *modules: ModuleType) -> Iterator[None]:
        with ExitStack() as stack:
            for module in modules:
                stack.enter_context(patch.object(module, "time", self))
            yield
