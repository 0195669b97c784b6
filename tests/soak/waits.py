"""Nothing stands still for long once its fault has ended.

A condition is a sentence with all that would change if things went on: a beat with its number, a claim with the size
of its host's journal. It may stand for LIMIT seconds, counted from when it was first seen, or from when the last fault
of a whole disk ended, whichever is later. What belongs to a host that is paused is not asked.

LIMIT holds for any beat: declaring dead takes 6 beats and healing 12, but a job on which the share gave trouble is left
alone for 30 s (renderd/finder.py)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

LIMIT = 60.0


@dataclass
class Waits:
    """Since when each condition stands."""

    limit: float = LIMIT
    since: dict[str, float] = field(default_factory=dict)
    longest: float = 0.0

    def look(self, conditions: Iterable[str], now: float, calm_since: float) -> list[str]:
        """Those that have stood for too long."""
        self.since = {each: self.since.get(each, now) for each in conditions}
        stood = {each: now - max(since, calm_since) for each, since in self.since.items()}
        self.longest = max([self.longest, *stood.values()])
        return [each for each, seconds in stood.items() if seconds > self.limit]
