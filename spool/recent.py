"""The newest frames in a job's journals, at a cost that does not grow with the job: a few ends of files."""

import os
import random
from collections.abc import Collection, Mapping
from typing import Any

from spool import atomic, journal, owners, trusted
from spool.errors import SpoolError
from spool.layout import Spool

TAIL = 16 * 1024        # bytes of a journal's end: about 80 frames
OTHERS = 4              # hosts that are asked as long as this one has no frame of the job


def frames(spool: Spool, job: str, host: str) -> list[dict[str, Any]]:
    """What the journal of this host says of the newest frames, the newest last; nothing if it cannot be read."""
    return [event for event in _events(spool, job, host) if event["event"] == "frame"]


def failures(spool: Spool, job: str, host: str) -> list[dict[str, Any]]:
    """The same of chunks that failed there since a frame last went well."""
    found = [event for event in _events(spool, job, host) if event["event"] in ("frame", "failed")]
    good = [at for at, event in enumerate(found) if event["event"] == "frame"]
    return found[good[-1] + 1 if good else 0:]


def _events(spool: Spool, job: str, host: str) -> list[dict[str, Any]]:
    path = f"{spool.job(job)}/journal/{host}.jsonl"
    try:
        return [event for line in _last_lines(spool, path) if (event := journal.event(line))]
    except (OSError, SpoolError):       # there is none yet, or nobody can read it: then nothing is known
        return []


def seconds(spool: Spool, job: str, host: str, besides: Collection[int] = ()) -> list[float]:
    """What the newest frames of this host took, `besides` these; before it has any, those of a few others."""
    return _seconds(spool, job, host, besides) or [
        took for other in _others(spool, job, host) for took in _seconds(spool, job, other, besides)]


def by_host(spool: Spool, job: str) -> list[dict[int, float]]:
    """Of a few hosts, whichever: the seconds that their newest frames took, by frame."""
    found = [dict(_times(spool, job, host)) for host in _others(spool, job, "")]
    return [times for times in found if times]


def _seconds(spool: Spool, job: str, host: str, besides: Collection[int]) -> list[float]:
    return [took for frame, took in _times(spool, job, host) if frame not in besides]


def _times(spool: Spool, job: str, host: str) -> list[tuple[int, float]]:
    return [(event["frame"], took) for event in frames(spool, job, host)
            if type(event.get("frame")) is int and (took := _took(event)) is not None]


def _took(event: Mapping[str, Any]) -> float | None:
    """`seconds` are those that the picture tells: without reading the scene and writing the file."""
    wall = journal.amount(event, "wall")
    return journal.amount(event, "seconds") if wall is None else wall


def _others(spool: Spool, job: str, host: str) -> list[str]:
    names = atomic.names_if_there(f"{spool.job(job)}/journal")
    hosts = [n.removesuffix(".jsonl") for n in names if n.endswith(".jsonl") and n != f"{host}.jsonl"]
    return random.sample(hosts, min(OTHERS, len(hosts)))


def _last_lines(spool: Spool, path: str) -> list[bytes]:
    """The first of them may have lost its beginning; journal.event passes such lines over."""
    fd, info = trusted.open_plain(path, journal.LIMIT)
    try:
        owners.refuse_foreign(spool, path, info.st_uid)
        return os.pread(fd, TAIL, max(0, info.st_size - TAIL)).split(b"\n")
    finally:
        os.close(fd)
