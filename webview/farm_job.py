"""One job, looked at closely while somebody has its page open: every frame, every chunk, the ends of its logs."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from spool import atomic, following, owners, trusted
from spool.errors import SpoolError
from spool.following import Followed
from spool.layout import Entry, Spool
from spool.log_names import ALL
from spool.view import Detail
from spool.why.job import Why
from webview import farm_why
from webview.farm_why import Around

IDLE = 20.0         # seconds without a look at its page until a job is left alone
MOST = 8            # jobs that are looked at closely; those asked for last
MOST_LOGS = 6
TAIL = 4_000        # bytes of each log
LARGEST = 2 ** 40   # bytes of a log: only its end is read
FRESH = 5.0         # seconds in which a second picture of a job needs no second look


@dataclass(frozen=True)
class Log:
    """The end of what a chunk's program said."""

    name: str
    chunk: str
    text: str
    cut: bool               # there is more before it


@dataclass(frozen=True)
class JobPage:
    """What is known of a job; `error` if it cannot be read. The number grows with each change."""

    number: int
    entry: Entry
    detail: Detail | None = None
    logs: tuple[Log, ...] = ()
    error: str = ""
    why: Why | None = None      # of one that waits


@dataclass
class Follower:
    """A job that somebody looks at."""

    asked: float
    chunks: OrderedDict[str, None] = field(default_factory=OrderedDict)     # whose logs were asked for
    followed: Followed | None = None
    page: JobPage | None = None


class Followers:
    """The pages ask for jobs, the farm's thread looks at them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Follower] = OrderedDict()
        self._pictured: OrderedDict[str, tuple[float, Followed]] = OrderedDict()

    def want(self, job: str, chunk: str) -> Follower:
        with self._lock:
            follower = self._jobs.setdefault(job, Follower(0.0))
            self._jobs.move_to_end(job)
            follower.asked = time.monotonic()
            if chunk:
                follower.chunks[chunk] = None
                while len(follower.chunks) > MOST_LOGS:
                    follower.chunks.popitem(last=False)
            while len(self._jobs) > MOST:
                self._jobs.popitem(last=False)
            return follower

    def look(self, spool: Spool, entries: Mapping[str, Entry], around: Around) -> None:
        """Each job that somebody looks at, as it is now."""
        with self._lock:
            for job in [j for j, f in self._jobs.items() if time.monotonic() - f.asked > IDLE or j not in entries]:
                del self._jobs[job]
            wanted = [(entries[job], follower, tuple(follower.chunks)) for job, follower in self._jobs.items()]
        for entry, follower, chunks in wanted:
            _look(spool, entry, follower, chunks, around)

    def picture_of(self, spool: Spool, entry: Entry, frame: int) -> str | None:
        """For the one thread that looks for pictures."""
        looked, followed = self._pictured.pop(entry.job, (0.0, None))
        if followed is None or time.monotonic() - looked > FRESH:
            looked, followed = time.monotonic(), following.look(spool, entry, followed)
        self._pictured[entry.job] = looked, followed
        if len(self._pictured) > 2:
            self._pictured.popitem(last=False)
        there = frame in followed.detail.per_frame and followed.job.output
        return followed.job.file_of(frame) if there else None


def _look(spool: Spool, entry: Entry, follower: Follower, chunks: tuple[str, ...], around: Around) -> None:
    before, number = follower.page, follower.page.number if follower.page else 0
    try:
        found = following.look(spool, entry, follower.followed, waiting=True)
        logs, why = tails(spool, found.detail, chunks), farm_why.of(spool, found, around)
    except (SpoolError, OSError) as error:
        follower.followed = None
        if not before or before.error != str(error):
            follower.page = JobPage(number + 1, entry, error=str(error))
        return
    if not before or found is not follower.followed or logs != before.logs or why != before.why:
        follower.page = JobPage(number + 1, entry, found.detail, logs, why=why)
    follower.followed = found


def tails(spool: Spool, found: Detail, asked: tuple[str, ...] = ()) -> tuple[Log, ...]:
    """The ends of the logs that were asked for, of chunks that failed, of those that run; else of the last one."""
    folder = f"{spool.job(found.view.job.job)}/log"
    last: dict[str, str] = {}           # of each chunk the log of the last try; names sort so
    for name in sorted(n for n in atomic.names_if_there(folder) if n.endswith(".log") and n != ALL):
        last[stem(name)] = name
    states = {chunk.name: chunk.state for chunk in found.chunks}
    failed = [chunk for chunk in last if states.get(chunk) == "failed"]
    running = [chunk for chunk in last if states.get(chunk) == "running"]
    chosen = list(dict.fromkeys([*(c for c in asked if c in last), *failed, *running]))[:MOST_LOGS]
    logs = [log for chunk in chosen or list(last)[:-3:-1] if (log := _tail(spool, folder, last[chunk]))]
    return tuple(logs if chosen else [log for log in logs if log.text][:1])     # many an end says nothing


def stem(name: str) -> str:
    """The chunk of a log, without its tries."""
    return name.split("@")[0].split("~")[0].split(",")[0]


def _tail(spool: Spool, folder: str, name: str) -> Log | None:
    """None if it is gone, or could come from anybody."""
    path = f"{folder}/{name}"
    try:
        fd, info = trusted.open_plain(path, LARGEST)
    except (SpoolError, OSError):
        return None
    with os.fdopen(fd, "rb") as file:
        try:
            owners.refuse_foreign(spool, path, info.st_uid)
            data = os.pread(file.fileno(), TAIL, max(0, info.st_size - TAIL))
        except (SpoolError, OSError):
            return None
    cut = info.st_size > TAIL
    text = data.decode("utf-8", "replace")
    return Log(name, stem(name), _plain(text.split("\n", 1)[-1] if cut else text), cut)


def _plain(text: str) -> str:
    """Without control characters."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text.replace("\r\n", "\n"))
