"""Is there room where files go? As this computer sees it; a share that does not answer keeps nobody waiting."""

import os
import threading

from spool import space
from spool.job import Job
from spool.layout import Spool, short
from spool.obstacles import Found
from spool.space import Room

PATIENCE = 2.0      # seconds for the share of the pictures


def of_job(spool: Spool, job: Job) -> list[Found]:
    """What is wrong where its pictures go, and in the spool."""
    return [*of_spool(spool), *(_pictures(job) if os.path.isabs(job.output) else [])]


def of_spool(spool: Spool) -> list[Found]:
    room = space.look(spool.root)
    return [Found("share-full", {"free": space.size(room.free), "path": spool.root})] if room.is_full else []


def _pictures(job: Job) -> list[Found]:
    folder = os.path.dirname(job.output)
    room = _patient_look(folder)
    if room is None:
        return [Found("output-silent", {"path": folder})]
    if room.free is None:
        return [Found("output-gone", {"path": folder, "text": room.text})]
    full = Found("output-full", {"path": folder, "free": space.size(room.free), "job": short(job.job)})
    return [full] if room.is_full else []


def _patient_look(folder: str) -> Room | None:
    """None if it does not answer. Then a thread waits for it as long as this process lives."""
    found = list[Room]()
    looker = threading.Thread(target=lambda: found.append(space.look(folder)), name="output", daemon=True)
    looker.start()
    looker.join(PATIENCE)
    return found[0] if found else None
