"""status.json, for people: what this daemon does now, told when it changes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from renderd import host
from spool import hosts
from spool.layout import Spool

AGAIN = 30.0        # seconds between two notes of memory and swap when nothing else changes,
FRAMES = 10.0       # of frames, and
CHUNKS = 1.0        # of chunks of the same job: each is a write that the share syncs, and they may be short


@dataclass
class Status:
    """Remembers what was told at last."""

    spool: Spool
    host: str
    told: dict[str, Any] = field(default_factory=dict)
    told_at: float = 0.0

    def tell(self, doing: dict[str, Any], beat: str = "") -> None:
        """`beat` is our last one: by it others know without a clock how old this is."""
        now = time.monotonic()
        if now - self.told_at < self._quiet(doing):
            return
        hosts.write(self.spool, self.host, "status", doing | host.now() | {"beat": beat})
        self.told, self.told_at = doing, now

    def _quiet(self, doing: dict[str, Any]) -> float:
        """Seconds since the last note before which this need not be told."""
        if doing == self.told:
            return AGAIN
        if _without(doing, "frame") == _without(self.told, "frame"):
            return FRAMES
        return CHUNKS if _without(doing, "frame", "chunk") == _without(self.told, "frame", "chunk") else 0.0

    def tell_end(self, answers: Mapping[str, Any] | None = None) -> None:
        self.tell({"state": "stopped", "slots": [], "answers": answers or {}})


def _without(doing: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same whatever these are in the slots; but not where one is not known yet."""
    return doing | {"slots": [slot | {name: slot[name] is None for name in names} for slot in doing.get("slots", [])]}
