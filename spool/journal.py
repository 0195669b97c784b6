"""What a host did for a job: one line of JSON per event, appended by that host alone.

    {"t": "...Z", "event": "taken", "chunk": STEM, "who": CLAIM, "blend": SHA256}
    {"t": "...Z", "event": "frame", "chunk": STEM, "frame": 7, "round": 0, "seconds": 1.2, "peak_mb": 245}
    {"t": "...Z", "event": "done" | "failed" | "returned" | "refused", "chunk": STEM, "reason": CODE, "text": ...}

A torn last line (the host lost power) is passed over, and closed by the host's next line."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from spool import atomic, trusted
from spool import frames as frame_lists
from spool.errors import BadFile, SpoolError
from spool.job import Job
from spool.layout import Spool

LIMIT = 256 * 1024 * 1024       # bytes of one journal; 100,000 chunks of ten frames need about 150 MB


class Journal:
    """An open journal of one host. Lines of several slots never mix: each is one write at the end."""

    def __init__(self, spool: Spool, job: str, host: str) -> None:
        path = f"{spool.job(job)}/journal/{host}.jsonl"
        self._fd = atomic.open_to_append(path)
        try:
            info = os.fstat(self._fd)
            trusted.refuse_odd(path, info, LIMIT)       # nobody would read what we write
            self._torn = info.st_size > 0 and os.pread(self._fd, 1, info.st_size - 1) != b"\n"
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, event: str, sync: bool = False, **facts: Any) -> None:
        """One event. With `sync` it and all before it are on the disk."""
        line = {"t": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "event": event, **facts}
        data = b"\n" * self._torn + json.dumps(line, separators=(",", ":")).encode() + b"\n"
        self._torn = True               # until it is known to be whole: the disk may be full
        atomic.append(self._fd, data, sync)
        self._torn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._fd)


@dataclass(frozen=True)
class FrameDone:
    """The last word on a frame that was published."""

    frame: int
    round: int
    host: str
    seconds: float | None
    peak_mb: float | None
    blend: str                  # SHA-256 of the .blend it was rendered from, "" for other programs


def events(spool: Spool, job: str) -> list[dict[str, Any]]:
    """Every event of a job, each with its `host`; in order for each host. A broken line is passed over."""
    folder = f"{spool.job(job)}/journal"
    return [event for name in sorted(atomic.names_if_there(folder)) if name.endswith(".jsonl")
            for event in _events(f"{folder}/{name}", name.removesuffix(".jsonl"))]


def _events(path: str, host: str) -> Iterator[dict[str, Any]]:
    try:
        data = trusted.read(path, LIMIT)
    except BadFile:                     # it grew while it was read; the next look sees all of it
        data = _prefix(path)
    except (FileNotFoundError, SpoolError):
        return
    for line in data.splitlines():
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str) \
                and isinstance(event.get("chunk", ""), str):
            yield event | {"host": host}


def _prefix(path: str) -> bytes:
    """What an append-only file held a moment ago: a cut last line is passed over by the reader."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.read(fd, LIMIT)
    finally:
        os.close(fd)


def done_frames(found: Iterable[dict[str, Any]]) -> dict[int, FrameDone]:
    """Of each published frame the line with the highest round, the latest of these."""
    done: dict[int, FrameDone] = {}
    for event in found:
        frame, round = event.get("frame"), event.get("round", 0)
        if event["event"] != "frame" or type(frame) is not int or type(round) is not int:
            continue
        if frame not in done or round >= done[frame].round:
            done[frame] = FrameDone(frame, round, event["host"], event.get("seconds"), event.get("peak_mb"),
                                    str(event.get("blend", "")))
    return done


def wanted_rounds(spool: Spool, job: Job) -> dict[int, int]:
    """Of each frame of the job the round that counts: 0, or that of the last redo that names it."""
    rounds = dict.fromkeys(job.frame_list(), 0)
    for round, frames in redos(spool, job.job):
        rounds.update((f, round) for f in frames if round >= rounds.get(f, round))
    return rounds


def redos(spool: Spool, job: str) -> list[tuple[int, list[int]]]:
    """(round, frames) of every redo, in order."""
    folder, found = f"{spool.job(job)}/redo", []
    for name in sorted(atomic.names_if_there(folder)):
        what = trusted.read_json(f"{folder}/{name}")
        try:
            found.append((int(what["round"]), frame_lists.parse(what["frames"])))
        except (KeyError, TypeError, ValueError, AttributeError, SpoolError):
            raise BadFile(f"{folder}/{name} makes no sense.", "It was edited by hand; remove it.") from None
    return sorted(found)


def missing(spool: Spool, job: Job) -> list[int]:
    """The frames that no journal accounts for in the round that counts."""
    done = done_frames(events(spool, job.job))
    return [f for f, round in wanted_rounds(spool, job).items() if f not in done or done[f].round < round]
