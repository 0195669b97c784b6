"""Read what may have been put there by somebody else.

The share is the boundary: whoever may write it can hand us commands. What could have been put there by
anybody at all, or is no plain file, is refused before a byte of it is used.
"""

import json
import os
import stat
from errno import EACCES, ELOOP, ENOENT, ENOTDIR, ENXIO, EPERM, ESTALE
from typing import Any

from spool.errors import BadFile, UnsafeFile

LIMIT = 64 * 1024               # bytes of an info file; hundreds of times what one needs
JOB_LIMIT = 1024 * 1024

_REFUSED = (ELOOP, ENXIO, EACCES, EPERM, ENOTDIR)       # a link, a socket, not for us to read
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(path: str, limit: int = LIMIT) -> bytes:
    """The whole content of a plain file that not everybody may write, at most `limit` bytes.

    FileNotFoundError passes through: a name that is gone is a lost race, not a fault."""
    return read_owned(path, limit)[0]


def read_owned(path: str, limit: int = LIMIT) -> tuple[bytes, int]:
    """As `read`, and the uid of the file's owner."""
    try:
        fd = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno not in _REFUSED:     # not there, or a trouble of this moment: no fault of the file
            raise
        raise UnsafeFile(f"{path}: {error.strerror}.", _CURE) from None
    try:
        info = os.fstat(fd)
        refuse_odd(path, info, limit)
        data = os.read(fd, info.st_size + 1)
    except OSError as error:
        if error.errno == ESTALE:           # NFS: somebody moved it on and it is gone
            raise FileNotFoundError(ENOENT, "gone", path) from None
        raise
    finally:
        os.close(fd)
    if len(data) != info.st_size:
        raise BadFile(f"{path} changed while it was read.", "It is looked at again soon.")
    return data, info.st_uid


def read_json(path: str, limit: int = LIMIT) -> dict[str, Any]:
    """The JSON object in a trusted file."""
    return decode(path, read(path, limit))


def decode(path: str, data: bytes) -> dict[str, Any]:
    """The JSON object in `data`, which came from `path`."""
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON: {error}.", "It was edited by hand or cut; remove it.") from None
    if not isinstance(found, dict):
        raise BadFile(f"{path} holds no JSON object.", "It was edited by hand; remove it.")
    return found


def check_folder(path: str) -> os.stat_result:
    """The folder's facts; refuses a link and what everybody may write."""
    info = os.lstat(path)
    if not stat.S_ISDIR(info.st_mode):
        raise UnsafeFile(f"{path} is not a folder.", _CURE)
    if info.st_mode & stat.S_IWOTH:
        raise UnsafeFile(f"Everybody may write in {path}.", f"Close it: chmod o-w {path}")
    return info


def refuse_odd(path: str, info: os.stat_result, limit: int) -> None:
    """Refuses what could have been put there by anybody, or is no plain file."""
    mode = info.st_mode
    if not stat.S_ISREG(mode):
        raise UnsafeFile(f"{path} is not a plain file.", _CURE)
    if mode & stat.S_IWOTH:
        raise UnsafeFile(f"Everybody may write {path}.", f"Look who put it there, then: chmod o-w {path}")
    if info.st_nlink != 1:
        raise UnsafeFile(f"{path} has a second name elsewhere (a hard link).", _CURE)
    if info.st_size > limit:
        raise UnsafeFile(f"{path} has {info.st_size} bytes; at most {limit} make sense.", _CURE)


_CURE = "Look who put it there, and remove it."
