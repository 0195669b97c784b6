"""An answer, or the certainty that the share gives none: for commands that must say something within seconds."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from spool import answering

LOOK = 0.5          # seconds between two looks at the thread that asks
LONG = 4.0          # seconds in one call after which no answer is expected any more

T = TypeVar("T")


class Silent(Exception):
    """A call into the share did not return; the thread that made it waits as long as this process lives."""


class _Asked(threading.Thread, Generic[T]):
    def __init__(self, question: Callable[[], T]) -> None:
        super().__init__(name="question", daemon=True)
        self.question, self.answer = question, list[T]()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer.append(self.question())
        except BaseException as error:      # it belongs to whoever asked
            self.error = error


def ask(question: Callable[[], T]) -> T:
    """What the question gives, or raises; Silent if the share does not let it."""
    asked, waits = _Asked(question), dict[int, answering.Wait]()
    asked.start()
    while asked.is_alive():
        asked.join(LOOK)
        waits = answering.look(waits)
        wait = waits.get(asked.native_id or 0)
        if wait and wait.seconds >= LONG:
            raise Silent
    if asked.error:
        raise asked.error
    return asked.answer[0]
