"""How many requests were answered, and how."""

from collections import Counter
from threading import Lock


class Requests:
    """Counts from all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_status = Counter[int]()

    def note(self, status: str) -> None:
        """A status as WSGI says it: 200 OK."""
        with self._lock:
            self._by_status[int(status[:3])] += 1

    def by_status(self) -> dict[int, int]:
        with self._lock:
            return dict(sorted(self._by_status.items()))
