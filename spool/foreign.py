"""What lies in the spool and should not: links, devices, files that all may write, names that are none."""

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spool import notices, owners
from spool.errors import BadName, UnsafeFile
from spool.layout import (
    FOLDERS,
    HUNGRY,
    JOB_FOLDERS,
    STATES,
    Spool,
    parse_beat,
    parse_chunk,
    parse_claim,
    parse_dead,
    parse_entry,
    parse_incarnation,
    parse_job,
)

NOT_HERE = "does not belong here"


@dataclass(frozen=True)
class Problem:
    """Something wrong at a path below the spool, and what to do. A fault, or only a note."""

    path: str
    what: str
    cure: str
    fault: bool = True


def in_spool(spool: Spool, counts: Counter[str]) -> list[Problem]:
    """What does not belong there. Counts the files that were looked at."""
    return list(_below(spool, "", counts))


def _below(spool: Spool, folder: str, counts: Counter[str]) -> Iterator[Problem]:
    try:
        with os.scandir(f"{spool.root}/{folder}") as found:
            entries = sorted(found, key=lambda e: e.name)
    except FileNotFoundError:           # removed meanwhile
        return
    yield from _lacking(folder, {e.name for e in entries})
    for entry in entries:
        path = f"{folder}/{entry.name}".lstrip("/")
        if entry.name[0] == ".":        # temporary, or a lock: nobody reads them
            continue
        try:
            info = entry.stat(follow_symlinks=False)
        except FileNotFoundError:       # moved on
            continue
        counts["files"] += 1
        yield from _odd(spool, path, info)
        yield from _misnamed(path, stat.S_ISDIR(info.st_mode))
        if stat.S_ISDIR(info.st_mode) and _place(path) != "nowhere":
            yield from _below(spool, path, counts)


def _odd(spool: Spool, path: str, info: os.stat_result) -> Iterator[Problem]:
    folder = stat.S_ISDIR(info.st_mode)
    if not folder and not stat.S_ISREG(info.st_mode):
        yield Problem(path, "is a link, device or pipe", "Look who put it there, and remove it.")
        return
    if info.st_mode & stat.S_IWOTH:
        yield Problem(path, "may be written by everybody", f"Look who put it there, then: chmod o-w {path}")
    if not folder and info.st_nlink > 1:
        yield Problem(path, "has a second name elsewhere (a hard link)", "Look who put it there, and remove it.")
    try:
        owners.refuse_foreign(spool, path, info.st_uid)
    except UnsafeFile as error:
        yield Problem(path, error.message.removeprefix(f"{path} ").rstrip("."), error.hint or "")
    if folder and _place(path) in FOLDERS and stat.S_IMODE(info.st_mode) & 0o7770 != spool.mode & 0o7770:
        yield Problem(path, "has other permissions than the spool", f"chmod {spool.mode:o} {path}", fault=False)


def _lacking(folder: str, names: set[str]) -> Iterator[Problem]:
    place = _place(folder)
    if place == "job":
        for name in JOB_FOLDERS:
            if name not in names:
                yield Problem(folder, f"lacks its folder {name}/", f"mkdir {folder}/{name}",
                              fault=bool(names & {"todo", "running"}))      # else it is being removed


def _place(path: str) -> str:
    """Which kind of folder this is: a key of _NAMES, or `log`, `anything` or `nowhere`."""
    match path.split("/") if path else []:
        case []:
            return "root"
        case [name]:
            return name if name in (*FOLDERS, HUNGRY, notices.FOLDER) else "nowhere"
        case ["hosts", _]:
            return "host"
        case ["hosts", *_]:
            return "anything"
        case ["jobs", _]:
            return "job"
        case ["jobs", _, "failed"]:
            return "given up"           # the word for chunks; `failed` is for entries
        case ["jobs", _, name]:
            return name
        case ["jobs", _, "todo", _]:
            return "segment"
    return "nowhere"


def _misnamed(path: str, folder: bool) -> Iterator[Problem]:
    where, name = os.path.split(path)
    place = _place(where)
    allowed = _NAMES.get(place)
    if allowed is None or allowed(where, name, folder):
        return
    quiet = place in ("root", "hosts", "host", HUNGRY, notices.FOLDER, "redo", "journal")   # no work is there
    yield Problem(path, NOT_HERE, "Look who put it there; remove it, or mend its name.",
                  fault=not quiet)


def _is(parse: Callable[[str], object]) -> Callable[[str, str, bool], bool]:
    def allowed(where: str, name: str, folder: bool) -> bool:
        try:
            parse(name)
        except BadName:
            return False
        return not folder
    return allowed


def _entry(where: str, name: str, folder: bool) -> bool:
    return _is(lambda n: parse_entry(where, n))(where, name, folder)


def _job(where: str, name: str, folder: bool) -> bool:
    return _is(parse_job)(where, name, False) and folder


def _waiting(where: str, name: str, folder: bool) -> bool:
    return bool(re.fullmatch(r"\d{3,}", name)) if folder else _is(parse_chunk)(where, name, False)


_NAMES: dict[str, Callable[[str, str, bool], bool]] = {
    "root": lambda where, name, folder: name in (*FOLDERS, "inbox", HUNGRY, notices.FOLDER) if folder
    else name == "farm.yaml",
    **dict.fromkeys(STATES, _entry),
    "jobs": _job,
    "beats": _is(parse_beat),
    "dead": _is(parse_dead),
    HUNGRY: _is(parse_incarnation),
    notices.FOLDER: _is(notices.parse),
    "hosts": lambda where, name, folder: folder,
    "host": lambda where, name, folder: folder or name.endswith(".json"),
    "job": lambda where, name, folder: name in JOB_FOLDERS if folder else name == "job.json",
    "todo": _waiting,
    "segment": _is(parse_chunk),
    "given up": _is(parse_chunk),
    "running": _is(parse_claim),
    "redo": lambda where, name, folder: not folder and bool(re.fullmatch(r"\d{3,}(-[0-9a-f]{4})?\.json", name)),
    "journal": lambda where, name, folder: not folder and name.endswith(".jsonl"),
}
