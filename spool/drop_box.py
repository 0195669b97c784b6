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

What a crash leaves behind: a record, which the next daemon that looks goes on with."""

import json
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import EEXIST, ENOTDIR, ENOTEMPTY
from hashlib import sha256

from spool import atomic, owners, submissions, submit, trusted
from spool.errors import BadFile, BadName, SpoolError, UnsafeFile
from spool.layout import Incarnation, Spool, parse_incarnation, parse_job

README = submissions.README
ANSWER = ".txt"
MOST_FILES = 20_000             # in a folder that is dropped
_RECORD = ".taking~"
_MARK = "renderd-saw: "         # the last line of an answer: of which state it speaks
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~", "@", ".txt")
_SECOND = 9


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


class Odd(SpoolError):
    """It cannot become a job; `code` says why, for drop_words.py."""

    def __init__(self, code: str, **words: object) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


def folder(spool: Spool) -> str:
    return spool.folder("inbox")


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
    return any(is_drop(name) or name.startswith(_RECORD) for name in found) or bool(_widows(found))


def is_drop(name: str) -> bool:
    """Whether it may have been dropped. Jobs, submissions, texts, and what programs write aside are not."""
    backup = name != name.rstrip("0123456789") and name.rstrip("0123456789").endswith(".blend")     # shot.blend1
    aside = name[0] == "." or name.endswith(submissions.ENDING) or name.lower().endswith(_UNFINISHED)
    return not (backup or aside or _is_job(name))


def records(spool: Spool) -> Iterator[Taken]:
    """What daemons are about to take, or left when they died."""
    for name in names(spool):
        if name.startswith(_RECORD):
            with suppress(BadName, SpoolError, OSError, KeyError, TypeError):
                job, owner = name.removeprefix(_RECORD).split("~", 1)
                said = trusted.read_json(f"{folder(spool)}/{name}", of=spool)
                yield Taken(parse_job(job), _plain_name(said["name"]), parse_incarnation(owner), said["folder"] is True)


def state(spool: Spool, name: str) -> str:
    """A text that changes when the file, or anything in the folder, does. Odd: it is a link, a device, a stranger's.

    FileNotFoundError if it is gone. Files are opened: on NFS that asks the server for their size."""
    return look(spool, f"{folder(spool)}/{name}")


def look(spool: Spool, place: str) -> str:
    """As `state`, wherever it lies."""
    marks = sha256()
    for path, info in _walk(place, ""):
        _refuse_stranger(spool, path, info.st_uid)
        marks.update(f"{path!r} {info.st_ino} {info.st_size} {info.st_mtime_ns}\n".encode())
    return marks.hexdigest()[:16]


def _refuse_stranger(spool: Spool, path: str, uid: int) -> None:
    """In a farm whose members can only add jobs, the inbox is where they may write."""
    try:
        owners.refuse_unknown(path, uid) if spool.by_inbox else owners.refuse_foreign(spool, path, uid)
    except UnsafeFile:
        raise Odd("stranger", path=path.lstrip("/"), uid=uid) from None


def _walk(path: str, below: str) -> Iterator[tuple[str, os.stat_result]]:
    """All plain files, in order; Odd for anything else."""
    left, count = [(path, below)], 0
    while left:
        place, name = left.pop()
        info = os.lstat(place)
        count += 1
        if count > MOST_FILES:
            raise Odd("too-many", most=f"{MOST_FILES:,}")
        if stat.S_ISDIR(info.st_mode):
            left += [(f"{place}/{one}", f"{name}/{one}") for one in sorted(os.listdir(place), reverse=True)]
        elif not stat.S_ISREG(info.st_mode):
            raise Odd("link" if stat.S_ISLNK(info.st_mode) else "device", path=name.lstrip("/"))
        elif info.st_nlink > 1:
            raise Odd("second-name", path=name.lstrip("/"))
        else:
            yield name, _asked(place, name.lstrip("/"))


def _asked(path: str, name: str) -> os.stat_result:
    try:
        fd = trusted.open_to_read(path)
    except PermissionError:
        raise Odd("unreadable", path=name) from None
    try:
        return os.fstat(fd)
    finally:
        os.close(fd)


def blend_of(path: str, name: str) -> str:
    """The .blend to render: the file itself; the only one on top of a folder, or the one called like it; else the only
    one at all. Odd if that does not say which. `name`: how it was called when it was dropped."""
    if not os.path.isdir(path):
        if not name.lower().endswith(".blend"):
            raise Odd("no-blend-file")
        return path
    every = [below for below, _ in _walk(path, "") if below.lower().endswith(".blend")]
    top = [below for below in every if below.count("/") == 1]
    found = [below for below in top if below.lower() == f"/{name}.blend".lower()] or top or every
    if len(found) > 1:
        raise Odd("several", files=", ".join(sorted(below.lstrip("/") for below in found)[:5]))
    if not found:
        raise Odd("no-blend")
    return path + found[0]


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
        stem, ending = os.path.splitext(mine.name)
        name = mine.name if number == 1 else f"{stem} ({number}){ending}"
        if _give_name(path, f"{folder(spool)}/{name}"):
            break
    else:
        raise BadFile(f"{path} cannot be put back: its name is taken.", "Move it by hand.")
    _forget(spool, mine)
    return name


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


def answer(spool: Spool, name: str, text: str, seen: str) -> None:
    """Beside it lies why it is no job. `seen` is its state."""
    free = next((one for one in _answer_names(name) if one not in names(spool) or _seen(spool, one)), None)
    if free:                            # a text of that name that is not ours stays as it is
        atomic.replace(f"{folder(spool)}/{free}", f"{text.rstrip()}\n\n{_MARK}{seen}\n".encode("utf-8", "replace"))


def answered(spool: Spool, name: str) -> str:
    """The state of `name` that an answer beside it speaks of; "" if there is none of ours."""
    return next((seen for one in _answer_names(name) if (seen := _seen(spool, one))), "")


def sweep(spool: Spool, now: Collection[str]) -> None:
    """Answers of ours to what is gone, of all names that are there `now`."""
    for name in _widows(now):
        if _seen(spool, name):
            atomic.drop(f"{folder(spool)}/{name}")


def drop_answer(spool: Spool, name: str) -> None:
    for one in _answer_names(name):
        if _seen(spool, one):
            atomic.drop(f"{folder(spool)}/{one}")


def _answer_names(name: str) -> tuple[str, str]:
    """The second is for when somebody has a text of the first name. Not longer than a name may be."""
    raw = os.fsencode(name)
    stem = name if len(raw) <= 200 else os.fsdecode(raw[:180])
    return stem + ANSWER, f"{stem}.farm{ANSWER}"


def _widows(found: Collection[str]) -> list[str]:
    """Texts without the file that they would speak of."""
    every = {one for name in found if not name.endswith(ANSWER) for one in _answer_names(name)}
    return [name for name in found if name.endswith(ANSWER) and name[0] != "." and name not in every
            and name != README and not name.endswith(submissions.ENDING + submissions.ANSWER)]


def _seen(spool: Spool, name: str) -> str:
    try:
        data = trusted.read(f"{folder(spool)}/{name}", of=spool)
    except (OSError, SpoolError):
        return ""
    last = data.decode(errors="replace").rstrip("\n").rpartition("\n")[2]
    return last.removeprefix(_MARK) if last.startswith(_MARK) else ""


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


def _is_job(name: str) -> bool:
    try:
        return bool(parse_job(name))
    except BadName:
        return False

