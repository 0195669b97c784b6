"""Is this file the frame that was asked for? And which frames of a chunk are still missing?"""

import os
from collections.abc import Iterable
from pathlib import Path

from renderd.diagnose import Finding
from renderd.pictures import Broken, Picture, film, look
from spool import atomic, journal
from spool.claim import Claim
from spool.job import Job
from spool.layout import Spool

_CODES = {"empty": "frame-empty", "cut": "frame-cut", "not-a-picture": "frame-damaged", "damaged": "frame-damaged"}


def examine(path: str, frame: int, job: Job) -> Picture | Finding:
    """The picture, whole and of the right scene, number and size; or what is wrong with it."""
    try:
        picture = film.look(path) if job.one_file else look(Path(path))
    except FileNotFoundError:
        return Finding("frame-missing", {"frame": frame, "program": job.program})
    except PermissionError:             # somebody else's; ours replaces it
        return Finding("output-unwritable", {"path": path})
    except Broken as broken:
        return Finding(_CODES[broken.reason], {"frame": frame, "path": path})
    return (_wrong(picture, frame, job) if job.is_blender and not job.one_file else None) or picture


def _wrong(picture: Picture, frame: int, job: Job) -> Finding | None:
    size, wanted = (picture.width, picture.height), (job.width, job.height)
    if picture.scene is not None and picture.scene != job.scene:
        return Finding("frame-wrong-scene", {"frame": frame, "found": picture.scene})
    if picture.frame is not None and picture.frame != frame:
        return Finding("frame-wrong-number", {"frame": frame, "found": picture.frame})
    if None not in (*size, *wanted) and size != wanted:
        return Finding("frame-wrong-size", {"frame": frame, "found": _size(size), "wanted": _size(wanted)})
    return None


def _size(size: tuple[int | None, int | None]) -> str:
    return f"{size[0]} x {size[1]}"


def missing(spool: Spool, claim: Claim) -> list[int]:
    """The frames of the chunk that are to be rendered: not published in the wanted round, or not whole."""
    frames, job = claim.info.frames, claim.job
    if not job.output or not _any_there(job, frames):
        return (job.frame_list() if job.one_file else list(frames)) if job.output else _unaccounted(spool, claim)
    waiting = set(_unaccounted(spool, claim))
    if job.one_file:                    # a film cannot be mended
        broken = isinstance(examine(job.output, frames[0], job), Finding)
        return job.frame_list() if waiting or broken else []
    return [f for f in frames if f in waiting or isinstance(examine(job.file_of(f), f, job), Finding)]


def _any_there(job: Job, frames: Iterable[int]) -> bool:
    atomic.ask_anew(os.path.dirname(job.output))        # or the folder may still be missing that was made since
    return any(os.path.lexists(job.file_of(f)) for f in frames)


def _unaccounted(spool: Spool, claim: Claim) -> list[int]:
    done = journal.done_frames(journal.events(spool, claim.job.job))
    return [f for f in claim.info.frames if f not in done or done[f].round < claim.info.round]
