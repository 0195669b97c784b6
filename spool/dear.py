"""Which frames of a job are dear, as its journals tell: what waits near them is taken first.

Where the dear frames of a film are its last, slow hosts begin some of them when all else is done, and every other
host waits for them. The longest work first is the classic cure ("Bounds on Multiprocessing Timing Anomalies", SIAM
Journal on Applied Mathematics 17, 1969). The `probe` frames, all over the film, find such a stretch early."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from spool import recent
from spool.errors import BadName
from spool.job import Job
from spool.layout import Spool, parse_chunk

TIMES = 3.0         # as long as its host's usual frame
SECONDS = 5.0       # and at least so long: less is not worth another order
NEAR = 50           # frames before and after one that are held for dear as well


@dataclass
class Dear:
    """Frames that took much longer than their hosts' others, ascending."""

    frames: list[int] = field(default_factory=list)

    def learn(self, spool: Spool, job: Job) -> None:
        """From the newest frames of a few hosts."""
        for times in recent.by_host(spool, job.job):
            for frame in _dear(times):
                if not self.near(frame, frame, 0):
                    insort(self.frames, frame)

    def first(self, names: Iterable[str]) -> list[str]:
        """Names of chunks, what is near dear frames first; else as the names are ordered."""
        return sorted(names, key=lambda name: (not self._near_name(name), name)) if self.frames else sorted(names)

    def near(self, first: int, last: int, distance: int = NEAR) -> bool:
        at = bisect_left(self.frames, first - distance)
        return at < len(self.frames) and self.frames[at] <= last + distance

    def _near_name(self, name: str) -> bool:
        try:
            chunk = parse_chunk(name)
        except BadName:
            return False
        return self.near(chunk.first, chunk.last)


def _dear(times: dict[int, float]) -> list[int]:
    from statistics import median  # which takes long to load, and only claimers come here

    least = max(SECONDS, TIMES * median(times.values()))
    return [frame for frame, took in times.items() if took >= least]
