"""status.json, for people: what this daemon does now, told when it changes."""

import time
from dataclasses import dataclass, field
from typing import Any

from renderd import host
from spool import hosts
from spool.layout import Spool

AGAIN = 30.0        # seconds between two notes of memory and swap when nothing else changes
FRAMES = 10.0       # and of frames: each is a write that the share syncs, and frames may be short


@dataclass
class Status:
    """Remembers what was told at last."""

    spool: Spool
    host: str
    told: dict[str, Any] = field(default_factory=dict)
    told_at: float = 0.0

    def tell(self, doing: dict[str, Any]) -> None:
        now, quiet = time.monotonic(), 0.0
        if _but_frames(doing) == _but_frames(self.told):
            quiet = AGAIN if doing == self.told else FRAMES
        if now - self.told_at < quiet:
            return
        self.told, self.told_at = doing, now
        hosts.write(self.spool, self.host, "status", doing | host.now())

    def tell_end(self) -> None:
        self.tell({"state": "stopped", "slots": []})


def _but_frames(doing: dict[str, Any]) -> dict[str, Any]:
    """The same for all frames, but not for one that is not known yet."""
    return doing | {"slots": [slot | {"frame": slot["frame"] is None} for slot in doing.get("slots", [])]}
