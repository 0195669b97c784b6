"""Is there room where files go? As this computer sees it; a share that does not answer keeps nobody waiting."""

import os
import threading
from typing import NamedTuple

from spool.fitness.room import NO_SPACE
from spool.job import Job
from spool.layout import Spool, short
from spool.obstacles import Found

PATIENCE = 2.0      # seconds for the share of the pictures


class Room(NamedTuple):
    """`free` bytes; None if the folder is not there, or cannot be looked at."""

    free: int | None
    text: str = ""


def of_job(spool: Spool, job: Job) -> list[Found]:
    """What is wrong where its pictures go, and in the spool."""
    return [*of_spool(spool), *(_pictures(job) if os.path.isabs(job.output) else [])]


def of_spool(spool: Spool) -> list[Found]:
    room = _look(spool.root)
    return [Found("share-full", {"free": size(room.free), "path": spool.root})] if _is_full(room) else []


def _pictures(job: Job) -> list[Found]:
    folder = os.path.dirname(job.output)
    room = _patient_look(folder)
    if room is None:
        return [Found("output-silent", {"path": folder})]
    if room.free is None:
        return [Found("output-gone", {"path": folder, "text": room.text})]
    full = Found("output-full", {"path": folder, "free": size(room.free), "job": short(job.job)})
    return [full] if _is_full(room) else []


def _is_full(room: Room) -> bool:
    return room.free is not None and room.free < NO_SPACE


def _look(folder: str) -> Room:
    try:
        info = os.statvfs(folder)
    except OSError as error:
        return Room(None, error.strerror or str(error))
    return Room(info.f_bavail * info.f_frsize)


def _patient_look(folder: str) -> Room | None:
    """None if it does not answer. Then a thread waits for it as long as this process lives."""
    found = list[Room]()
    looker = threading.Thread(target=lambda: found.append(_look(folder)), name="output", daemon=True)
    looker.start()
    looker.join(PATIENCE)
    return found[0] if found else None


def size(count: int | None) -> str:
    """Of what is nearly nothing: 40 kB, 12 MB."""
    return f"{(count or 0) / 1e6:.0f} MB" if (count or 0) >= 1e6 else f"{(count or 0) / 1e3:.0f} kB"
