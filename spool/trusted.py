"""Read what may have been put there by somebody else.

The share is the boundary: whoever may write it can hand us commands. What could have been put there by
anybody at all, or is no plain file, is refused before a byte of it is used.
"""

import fcntl
import json
import math
import os
import stat
from errno import EACCES, EINVAL, ELOOP, ENOENT, ENOTDIR, ENXIO, EPERM, ESTALE
from typing import Any

from spool import owners
from spool.errors import BadFile, Changing, UnsafeFile
from spool.layout import Spool

LIMIT = 64 * 1024               # bytes of an info file; hundreds of times what one needs
JOB_LIMIT = 1024 * 1024
MOST_DIGITS = 19                # of a whole number in JSON: nanoseconds since 1970 have so many

_REFUSED = {ELOOP: "is a link", ENXIO: "is a socket", ENOTDIR: "lies in a file, not in a folder",
            **dict.fromkeys((EACCES, EPERM), "may not be read by this user")}
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(path: str, limit: int = LIMIT, *, of: Spool | None = None) -> bytes:
    """The whole content of a plain file that not everybody may write, at most `limit` bytes.

    A file of a spool must belong to somebody who may write there. FileNotFoundError passes through: a name
    that is gone is a lost race, not a fault."""
    data, uid = read_owned(path, limit, local=of is not None and of.local)
    if of:
        owners.refuse_foreign(of, path, uid)
    return data


def read_owned(path: str, limit: int = LIMIT, *, local: bool = False) -> tuple[bytes, int]:
    """As `read`, and the uid of the file's owner, who may be anybody."""
    fd, info = open_plain(path, limit, local=local)
    try:
        data = os.read(fd, info.st_size + 1)
    except OSError as error:
        if error.errno == ESTALE:           # NFS: somebody moved it on and it is gone
            raise FileNotFoundError(ENOENT, "gone", path) from None
        raise
    finally:
        os.close(fd)
    if len(data) != info.st_size:
        raise Changing(f"{path} changed while it was read.", "It is looked at again soon.")
    return data, info.st_uid


def open_plain(path: str, limit: int, *, local: bool = False) -> tuple[int, os.stat_result]:
    """A descriptor to read from, and the facts of the file, which is none that `refuse_odd` refuses."""
    try:
        fd = os.open(path, _FLAGS) if local else open_to_read(path)
    except OSError as error:
        if error.errno not in _REFUSED:     # not there, or a trouble of this moment: no fault of the file
            raise
        raise UnsafeFile(f"{path} {_REFUSED[error.errno]}.", _CURE) from None
    try:
        info = os.fstat(fd)
        refuse_odd(path, info, limit)
    except BaseException as error:
        os.close(fd)
        if isinstance(error, OSError) and error.errno == ESTALE:
            raise FileNotFoundError(ENOENT, "gone", path) from None
        raise
    return fd, info


def open_to_read(path: str | os.PathLike[str]) -> int:
    """A descriptor; follows no link, waits for no pipe. Opened with O_DIRECT, as NFS from 4.1 on then grants no
    delegation: if we died with one, whoever wants to replace the file would wait for 102 s. It is read as usual."""
    try:
        fd = os.open(path, _FLAGS | os.O_DIRECT)
    except OSError as error:
        if error.errno != EINVAL:       # not every file system has it
            raise
        return os.open(path, _FLAGS)
    fcntl.fcntl(fd, fcntl.F_SETFL, 0)
    return fd


def read_json(path: str, limit: int = LIMIT, *, of: Spool | None = None) -> dict[str, Any]:
    """The JSON object in a trusted file."""
    return decode(path, read(path, limit, of=of))


def decode(path: str, data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, which came from `path`."""
    try:
        found = _JSON.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON: {error}.", "It was edited by hand or cut; remove it.") from None
    if not isinstance(found, dict):
        raise BadFile(f"{path} holds no JSON object.", "It was edited by hand; remove it.")
    return found


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _real(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:MOST_DIGITS]} is no number")
    return float(text)


# Numbers that nobody means would be errors far from here: int(inf), 10**400 / 2.
_JSON = json.JSONDecoder(parse_int=_whole, parse_float=_real, parse_constant=_real)


def check_folder(path: str, *, of: Spool | None = None) -> os.stat_result:
    """The folder's facts; refuses a link, what everybody may write, and a foreign folder in a spool."""
    info = os.lstat(path)
    if not stat.S_ISDIR(info.st_mode):
        raise UnsafeFile(f"{path} is not a folder.", _CURE)
    if info.st_mode & stat.S_IWOTH:
        raise UnsafeFile(f"Everybody may write in {path}.", f"Close it: chmod o-w {path}")
    if of:
        owners.refuse_foreign(of, path, info.st_uid)
    return info


def refuse_odd(path: str, info: os.stat_result, limit: int) -> None:
    """Refuses what could have been put there by anybody, or is no plain file."""
    mode = info.st_mode
    if not stat.S_ISREG(mode):
        raise UnsafeFile(f"{path} is not a plain file.", _CURE)
    if mode & stat.S_IWOTH:
        raise UnsafeFile(f"Everybody may write {path}.", f"Look who put it there, then: chmod o-w {path}")
    if info.st_nlink > 1:              # 0: replaced since it was opened, and whole
        raise UnsafeFile(f"{path} has a second name elsewhere (a hard link).", _CURE)
    if info.st_size > limit:
        raise UnsafeFile(f"{path} has {info.st_size} bytes; at most {limit} make sense.", _CURE)


_CURE = "Look who put it there, and remove it."
