"""What lies in the drop-box: is it something that was dropped, are all of it plain files of people whom the farm knows,
and which .blend is to be rendered? Only reads."""

import os
import stat
from collections.abc import Iterator
from hashlib import sha256

from spool import owners, submissions, trusted
from spool.errors import BadName, SpoolError, UnsafeFile
from spool.layout import Spool, parse_job

MOST_FILES = 20_000             # in a folder that is dropped
MOST_BLENDS = 100               # of them whose end is looked for
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~", "@", ".txt")
_OF_WINDOWS = ("thumbs.db", "desktop.ini")      # which it writes into every folder that somebody looks at


class Odd(SpoolError):
    """It cannot become a job; `code` says why, for drop_words.py."""

    def __init__(self, code: str, **words: object) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words = code, words


def is_drop(name: str) -> bool:
    """Whether it may have been dropped. Jobs, submissions, texts, and what programs write aside are not."""
    backup = name != name.rstrip("0123456789") and name.rstrip("0123456789").endswith(".blend")     # shot.blend1
    lower = name.lower()
    aside = name[0] == "." or name.endswith(submissions.ENDING) or lower.endswith(_UNFINISHED) or lower in _OF_WINDOWS
    return not (backup or aside or _is_job(name))


def look(spool: Spool, place: str) -> str:
    """A text that changes when the file, or anything in the folder, does, wherever it lies. Odd: it is a link, a
    device, a stranger's.

    FileNotFoundError if it is gone. Files are opened: on NFS that asks the server for their size."""
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
    every = _blends(path)
    top = [below for below in every if below.count("/") == 1]
    found = [below for below in top if below.lower() == f"/{name}.blend".lower()] or top or every
    if len(found) > 1:
        raise Odd("several", files=", ".join(sorted(below.lstrip("/") for below in found)[:5]))
    if not found:
        raise Odd("no-blend")
    return path + found[0]


def blends_of(path: str, name: str) -> list[str]:
    """`blend_of`, and others that lie in the folder with it."""
    first = blend_of(path, name)
    others = [path + below for below in _blends(path)] if os.path.isdir(path) else []
    return [first, *(other for other in others[:MOST_BLENDS] if other != first)]


def _blends(path: str) -> list[str]:
    """Below it; not those of a Mac beside them (._shot.blend), which are none."""
    every = (below for below, _ in _walk(path, "") if below.lower().endswith(".blend"))
    return [below for below in every if not os.path.basename(below).startswith(".")]


def _is_job(name: str) -> bool:
    try:
        return bool(parse_job(name))
    except BadName:
        return False

