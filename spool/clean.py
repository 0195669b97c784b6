"""What old jobs and crashes left behind: first a plan, then its steps.

    done/JOB, failed/JOB --old--> trash/JOB --old again--> jobs/JOB is removed, then the entry

Age is ctime against the file server's clock: a rename sets it, and no clock of ours plays a part.
Nothing is removed that is not known by its name. A job without an entry stays: perhaps a submit was cut
short, perhaps somebody removed its entry; check.py names it.

What a crash leaves behind: an entry in trash whose job is gone or half gone; the next run goes on."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spool import atomic, beats, hosts, queue
from spool.errors import BadName
from spool.layout import Entry, Spool, parse_beat, parse_entry, parse_incarnation, parse_job

DAY = 86400.0
TRASH, REMOVE, REMOVE_JOB = "to trash", "remove", "remove job"

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp|\.now\..+")        # as atomic.py and hosts.py name them


@dataclass(frozen=True)
class Step:
    """One thing to do with a path below the spool."""

    path: str
    what: str
    why: str


def plan(spool: Spool, older_than_seconds: float) -> list[Step]:
    """What `apply` should do now. Changes nothing, but for a probe of the server's clock."""
    now = hosts.server_time(spool)
    return [*_finished(spool, now, older_than_seconds), *_trash(spool, now, older_than_seconds),
            *_unborn(spool, now), *_dead(spool, now), *_temporary(spool, now)]


def apply(spool: Spool, steps: Sequence[Step]) -> int:
    """How many steps were done. One that somebody else did, or undid the reason of, does not count."""
    return sum(_DO[step.what](spool, step.path) for step in steps)


def _finished(spool: Spool, now: float, age: float) -> Iterator[Step]:
    for entry in queue.entries(spool, ("done", "failed")):
        if _old(spool, entry.path, now, age):
            yield Step(entry.path, TRASH, f"{entry.state} for {_days(age)}")


def _trash(spool: Spool, now: float, age: float) -> Iterator[Step]:
    for entry in queue.entries(spool, ("trash",)):
        if _old(spool, entry.path, now, age):
            yield Step(entry.path, REMOVE_JOB, f"in the trash for {_days(age)}")


def _unborn(spool: Spool, now: float) -> Iterator[Step]:
    for name in sorted(os.listdir(spool.folder("jobs"))):
        if _is_unborn(name) and _old(spool, f"jobs/{name}", now, DAY):
            yield Step(f"jobs/{name}", REMOVE, "a submit was cut short")


def _is_unborn(name: str) -> bool:
    try:
        parse_job(name.removeprefix(".").removesuffix(".tmp"))
    except BadName:
        return False
    return name.startswith(".") and name.endswith(".tmp")


def _dead(spool: Spool, now: float) -> Iterator[Step]:
    for name in sorted(atomic.names(spool.folder("dead"))):
        try:
            beat, _, by = name.rpartition("~")
            owner = parse_beat(beat).owner
            parse_incarnation(by)
        except BadName:
            continue                    # not ours
        if _old(spool, f"dead/{name}", now, DAY) and owner not in {b.owner for b in beats.living(spool)}:
            yield Step(f"dead/{name}", REMOVE, "declared dead a day ago")


def _temporary(spool: Spool, now: float) -> Iterator[Step]:
    """Files that were written aside and never got their name."""
    for folder in (".", *_known_folders(spool)):
        for name in sorted(_hidden(spool, folder)):
            path = os.path.normpath(f"{folder}/{name}")
            if _TEMPORARY.fullmatch(name) and _old(spool, path, now, DAY):
                yield Step(path, REMOVE, "a write was cut short")


def _known_folders(spool: Spool) -> Iterator[str]:
    yield "hosts"
    for host in atomic.names(spool.folder("hosts")):
        yield f"hosts/{host}"
    for job in atomic.names(spool.folder("jobs")):
        for name in ("todo", "failed", "redo"):
            yield f"jobs/{job}/{name}"
        for segment in _plain(f"{spool.todo(job)}"):
            if segment.isdecimal():
                yield f"jobs/{job}/todo/{segment}"


def _hidden(spool: Spool, folder: str) -> list[str]:
    return [name for name in _listed(f"{spool.root}/{folder}") if name[0] == "."]


def _plain(folder: str) -> list[str]:
    return [name for name in _listed(folder) if name[0] != "."]


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):     # removed meanwhile, or foreign: check.py tells
        return []


def _old(spool: Spool, path: str, now: float, age: float) -> bool:
    try:
        info = os.lstat(f"{spool.root}/{path}")
    except FileNotFoundError:           # moved meanwhile
        return False
    return now - info.st_ctime >= age


def _days(seconds: float) -> str:
    return f"{seconds / DAY:.1f} days" if seconds >= DAY / 10 else "a short while"


def _to_trash(spool: Spool, path: str) -> bool:
    return queue.move(spool, _entry(path), "trash") is not None


def _remove_job(spool: Spool, path: str) -> bool:
    """The entry goes last: as long as it is there, the next run finds what is left."""
    entry = _entry(path)
    others = {e.path for e in queue.entries(spool) if e.job == entry.job}
    if others != {path}:
        return False                    # brought back since the plan was made
    try:
        atomic.remove_tree(spool.job(entry.job))
    except OSError:                     # somebody holds a file of it open (.nfsXXXX): the next run goes on
        return False
    return atomic.drop(spool.folder(path))


def _remove(spool: Spool, path: str) -> bool:
    if path.startswith("jobs/.") and "/" not in path.removeprefix("jobs/"):
        atomic.remove_tree(spool.folder(path))
        return True
    return atomic.drop(spool.folder(path))


def _entry(path: str) -> Entry:
    return parse_entry(*path.split("/"))


_DO = {TRASH: _to_trash, REMOVE: _remove, REMOVE_JOB: _remove_job}
