"""The drop-box: a .blend, or a folder with one, that somebody saves in inbox/ becomes a job.

    inbox/shot.blend  ==rename==>  inbox/JOB/shot.blend     then jobs/JOB is made, and its entry
    inbox/shot/       ==rename==>  inbox/JOB/
         ^                              |
         +---------put back-------------+                   with shot.blend.txt beside it, which says why

Invariants
  1. What is taken was whole, by that one rename; who comes second finds it gone.
  2. Before it, `.taking~JOB~INCARNATION` says what is moved, and until the job has its entry. Only that incarnation
     goes on with it; when it has no beat, whoever renames the record to its own name does.
  3. A job is made once: jobs/JOB cannot be made twice, and its entry is a file in it that is moved out once (admit.py).
  4. Nothing of a person is removed or overwritten; only answers and records are, which we wrote.

What a crash leaves behind: a record, which the next daemon that looks goes on with.

What may be taken says drop_files.py, what lies beside what came back drop_answers.py."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import EEXIST, ENOTDIR, ENOTEMPTY

from spool import atomic, drop_answers, drop_files, submit, trusted
from spool.errors import BadFile, BadName, SpoolError
from spool.layout import Incarnation, Spool, parse_incarnation, parse_job
from spool.submissions import folder

_RECORD = ".taking~"
_SECOND = 9
_LONGEST = 240                  # bytes of a name, so that a number behind it still fits


@dataclass(frozen=True)
class Taken:
    """Something of the inbox that is being made a job: `name` is how it was called there."""

    job: str
    name: str
    owner: Incarnation
    folder: bool

    @property
    def record(self) -> str:
        return f"{_RECORD}{self.job}~{self.owner}"


def home(spool: Spool, job: str) -> str:
    """Where what was dropped lies as long as its job is there, and after it."""
    return f"{folder(spool)}/{job}"


def names(spool: Spool) -> list[str]:
    """Everything in the inbox, records too; nothing where a spool has none."""
    try:
        return atomic.every_name(folder(spool))
    except FileNotFoundError:
        return []


def anything(spool: Spool) -> bool:
    """Whether there may be something to do. One listing."""
    found = names(spool)
    return any(drop_files.is_drop(name) or name.startswith(_RECORD) for name in found) \
        or bool(drop_answers.widows(found))


def records(spool: Spool) -> Iterator[Taken]:
    """What daemons are about to take, or left when they died."""
    for name in names(spool):
        if name.startswith(_RECORD):
            with suppress(SpoolError, OSError, KeyError, TypeError, ValueError):     # that we never wrote
                job, owner = name.removeprefix(_RECORD).split("~", 1)
                said = trusted.read_json(f"{folder(spool)}/{name}", of=spool)
                yield Taken(parse_job(job), _plain_name(said["name"]), parse_incarnation(owner), said["folder"] is True)


def take(spool: Spool, name: str, owner: Incarnation) -> Taken | None:
    """It lies in `home` now, and nobody else has it. None if somebody was faster."""
    stem = os.path.splitext(name)[0]
    source = f"{folder(spool)}/{name}"
    mine = Taken(submit.fresh_name(spool, stem), name, owner, os.path.isdir(source))
    atomic.replace(f"{folder(spool)}/{mine.record}", json.dumps({"name": name, "folder": mine.folder}).encode())
    there = home(spool, mine.job)
    if not mine.folder:
        atomic.make_folder(there, spool.mode)
    try:
        moved = atomic.move(source, there if mine.folder else f"{there}/{name}")
    except OSError:                     # a folder that we may not rename; a file that became one
        _forget(spool, mine)
        raise
    if not moved:
        _forget(spool, mine)
        return None
    atomic.sync_folder(folder(spool))
    return mine


def take_over(spool: Spool, found: Taken, owner: Incarnation) -> Taken | None:
    """The work of a daemon that has no beat any more. None if somebody was faster."""
    mine = replace(found, owner=owner)
    return mine if atomic.move(f"{folder(spool)}/{found.record}", f"{folder(spool)}/{mine.record}") else None


def where(spool: Spool, mine: Taken) -> str:
    """The path of what was taken; "" if it was not taken after all."""
    there = home(spool, mine.job)
    try:
        inside = os.listdir(there)
    except FileNotFoundError:
        return ""
    if mine.folder:
        return there
    return f"{there}/{mine.name}" if mine.name in inside else ""


def not_taken(spool: Spool, mine: Taken) -> None:
    """It never came so far."""
    _forget(spool, mine)


def finish(spool: Spool, mine: Taken) -> None:
    """It is a job now: no record of it is left."""
    atomic.drop(f"{folder(spool)}/{mine.record}")


def put_back(spool: Spool, mine: Taken) -> str:
    """The name under which it lies in the inbox again: its own, if that is free."""
    path = where(spool, mine)
    if not path:
        raise FileNotFoundError(f"{home(spool, mine.job)} is gone")
    for number in range(1, _SECOND + 1):
        name = mine.name if number == 1 else _numbered(mine.name, number)
        if _give_name(path, f"{folder(spool)}/{name}"):
            break
    else:
        raise BadFile(f"{path} cannot be put back: its name is taken.", "Move it by hand.")
    _forget(spool, mine)
    return name


def _numbered(name: str, number: int) -> str:
    stem, ending = os.path.splitext(name)
    room = _LONGEST - len(os.fsencode(ending))
    return f"{os.fsdecode(os.fsencode(stem)[:max(room, 1)])} ({number}){ending}"


def _give_name(source: str, target: str) -> bool:
    """False if something has that name."""
    try:
        if os.path.isdir(source):
            return not os.path.lexists(target) and atomic.move(source, target)
        return atomic.move_if_free(source, target)
    except OSError as error:
        if error.errno not in (EEXIST, ENOTEMPTY, ENOTDIR):
            raise
        return False


def _forget(spool: Spool, mine: Taken) -> None:
    """A folder that was made for it goes if nothing is in it."""
    atomic.ask_anew(folder(spool))
    if not mine.folder:
        _drop_empty(home(spool, mine.job))
    atomic.drop(f"{folder(spool)}/{mine.record}")


def _drop_empty(place: str) -> None:
    """A folder that was made for a file, and the folders for its pictures in it, if nothing else is there."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(place):
            _drop_empty(f"{place}/{name}")
        atomic.drop_folder(place)


def _plain_name(name: str) -> str:
    if not name or "/" in name or "\0" in name or name in (".", ".."):
        raise BadName(f"{name!r} is no name.")
    return name
