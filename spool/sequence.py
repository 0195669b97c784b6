"""The pictures that lie in a job's place already: from which input was each made?

A journal knows of every frame that was published the .blend's SHA-256 and the size and time of the file. A picture that
has still that size and time is the one that the journal speaks of, whoever asks, whenever. The input of a job (`input`
in its job.json) is more than the .blend: see render_cli/inputs.py."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from spool import frames as frame_lists
from spool import job as jobs
from spool import journal, queue
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Spool

MOST_JOBS = 500         # the newest are looked at: whether they wrote the same pictures
LONGEST = 2000          # characters of a list of frames in job.json
MOST_BEFORE = 20        # of these are remembered

File = tuple[int, int]          # bytes, and nanoseconds of its last change by the file server's clock


@dataclass(frozen=True)
class Before:
    """What a job finds when it is sent."""

    jobs: tuple[str, ...] = ()          # that wrote the same pictures, the newest first
    same: tuple[int, ...] = ()          # frames of it that are there, made from its very input
    others: tuple[int, ...] = ()        # frames of it that are there, made from another input
    beside: tuple[int, ...] = ()        # the same, in the same sequence, but none of its frames


def look(spool: Spool, job: Job) -> Before:
    """For a job that is to be sent. Costs one listing where no picture is yet."""
    there = frames_there(job)
    if not job.blend or job.one_file or not there:
        return Before()
    before = tuple(_same_place(spool, job))[:MOST_BEFORE]
    same, others = set[int](), set[int]()
    for other in before:
        for frame, blend in made(spool, job, other, there - same - others).items():
            (same if is_same(job, other, blend) else others).add(frame)
    mine = set(job.frame_list())
    return Before(tuple(one.job for one in before), tuple(sorted(same & mine)), tuple(sorted(others & mine)),
                  tuple(sorted(others - mine)))


def ready(spool: Spool, job: Job, frames: Collection[int]) -> Iterator[tuple[int, str, File]]:
    """(frame, job, file) of those that are there, made from the very input of this job by an earlier one."""
    left = set(frames)
    for name in job.before if job.input else ():
        try:
            other = jobs.read(spool, name)
        except (OSError, SpoolError):   # cleaned away meanwhile
            continue
        if left and other.input == job.input:
            for frame, blend in made(spool, job, other, left).items():
                if is_same(job, other, blend) and (found := file_of(job.file_of(frame))):
                    left.discard(frame)
                    yield frame, name, found


def is_same(job: Job, other: Job, blend: str) -> bool:
    """Was a frame that `other` rendered from this .blend made from the input of `job`?"""
    return bool(job.input) and other.input == job.input and blend == job.blend_sha256


def made(spool: Spool, job: Job, other: Job, frames: Iterable[int]) -> dict[int, str]:
    """Of these frames those whose picture in the place of `job` was published by `other`, each with its .blend."""
    wanted, found = {f: file_of(job.file_of(f)) for f in frames}, dict[int, str]()
    try:
        for event in journal.events(spool, other.job):
            frame, file = event.get("frame"), event.get("file")
            if type(frame) is int and isinstance(file, list) and wanted.get(frame) == tuple(file):
                found[frame] = str(event.get("blend", ""))
    except SpoolError:                  # its owner is not known here just now: then nobody can say
        return {}
    return found


def file_of(path: str) -> File | None:
    """None if it is not there."""
    try:
        info = os.lstat(path)
    except OSError:
        return None
    return info.st_size, info.st_mtime_ns


def frames_there(job: Job) -> set[int]:
    """The frames of the sequence that this job is of, also those that it has not, by the names in the folder."""
    folder, name = os.path.split(job.output)
    mark = re.search(r"#+(?=[^#]*$)", name)
    try:
        listed = os.listdir(folder) if mark else []
    except OSError:                     # not there yet
        return set()
    assert mark or not listed
    numbers = (re.fullmatch(rf"{re.escape(name[:mark.start()])}(\d{{{len(mark[0])},7}}){re.escape(name[mark.end():])}",
                            one, re.ASCII) for one in listed) if mark else ()
    return {int(found[1]) for found in numbers if found}


def _same_place(spool: Spool, job: Job) -> Iterator[Job]:
    """Jobs that write the same pictures, the newest first."""
    mine = jobs.as_sent(job).output
    for name in sorted({entry.job for entry in queue.entries(spool)}, reverse=True)[:MOST_JOBS]:
        try:
            other = jobs.read(spool, name)
        except (OSError, SpoolError):   # shown as broken by `render jobs`
            continue
        if mine and jobs.as_sent(other).output == mine and name != job.job:
            yield other


def noted(job: Job, found: Before, anew: bool) -> Job:
    """The job as it is sent: with `anew` it renders everything."""
    beside = frame_lists.text(found.beside)
    if len(beside) > LONGEST:           # every other frame of thousands: where they are is enough
        beside = f"{found.beside[0]}-{found.beside[-1]}"
    return replace(job, before=() if anew else found.jobs, beside=beside)
