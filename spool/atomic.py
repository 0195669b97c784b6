"""The only file that changes the spool.

Every change is made whole or not at all: written aside, synced, then given its name by one link or
rename, and the folder synced. A rename that says "not there" is looked into, because on NFS a request
that was sent twice meets its own success.

What a crash leaves behind: names that start with a dot, which nobody reads (see clean.py).
"""

import ctypes
import os
import secrets
from contextlib import suppress

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
_APPEND = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def names(folder: str) -> list[str]:
    """The names in a folder, as the server has them now; without those that start with a dot."""
    return [name for name in os.listdir(folder) if name[0] != "."]


def names_if_there(folder: str) -> list[str]:
    """As `names`; a folder that is not there has none."""
    try:
        return names(folder)
    except FileNotFoundError:
        return []


def replace(path: str, data: bytes) -> None:
    """The file has this content; whoever reads it sees nothing, the old one or the new one whole."""
    folder, name = os.path.split(path)
    aside = _write_aside(folder, name, data)
    with suppress(FileNotFoundError):   # nobody else moves our temporary file: the request was sent twice
        os.rename(aside, path)
    sync_folder(folder)                 # and says so if the folder is gone


def touch(path: str) -> bool:
    """True if this call made the empty file, False if it was there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        return False
    sync_folder(os.path.dirname(path))
    return True


def move(source: str, target: str) -> bool:
    """True if the file is at `target` now, False if it was not at `source`.

    The target name must belong to this mover alone: then finding it after "not there" means that the
    move was ours and only its answer got lost."""
    try:
        os.rename(source, target)
    except FileNotFoundError:
        folder, name = os.path.split(target)
        return name in names(folder)
    return True


def hand_over(source: str, target: str) -> bool:
    """As `move`, for a name that others may move on at once: "not there" then means just that."""
    try:
        os.rename(source, target)
    except FileNotFoundError:
        return False
    return True


def drop(path: str) -> bool:
    """True if this call removed the file; False if it was gone (perhaps by a request sent twice)."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def open_to_append(path: str) -> int:
    """A descriptor of the file, at its end; made if it was not there."""
    try:
        return os.open(path, _APPEND)
    except FileNotFoundError:
        fd = os.open(path, _APPEND | os.O_CREAT, 0o644)
        _open_to_readers(fd)
    sync_folder(os.path.dirname(path))  # what is synced in the file would be lost with its name
    return fd


def append(fd: int, line: bytes, sync: bool) -> None:
    """One line at the end of an open file, in one write; on the disk when `sync`."""
    if os.write(fd, line) != len(line):
        raise OSError(28, "the line was cut: the disk is full")
    if sync:
        os.fsync(fd)


def make_root(path: str) -> None:
    """The folder and all above it are there."""
    os.makedirs(path, exist_ok=True)


def make_folder(path: str, mode: int) -> None:
    """The folder is there, with this mode whatever the umask is."""
    with suppress(FileExistsError):
        os.mkdir(path)
        os.chmod(path, mode)


def write_unsynced(path: str, data: bytes) -> None:
    """A new file in a folder that nobody knows yet; `sync_filesystem` before it gets its name."""
    fd = os.open(path, _NEW, 0o644)
    try:
        _open_to_readers(fd)
        _write_all(fd, data)
    finally:
        os.close(fd)


def sync_filesystem(folder: str) -> None:
    """All that was written to this folder's filesystem is on the disk: one call for 10,000 files."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(fd) != 0:
            errno = ctypes.get_errno()
            raise OSError(errno, os.strerror(errno), folder)
    finally:
        os.close(fd)


def sync_folder(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def remove_tree(folder: str) -> None:
    """The folder and all in it are gone; links are removed, not followed. Fine if it was gone."""
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            drop(entry.path)
    with suppress(FileNotFoundError):
        os.rmdir(folder)


def _write_aside(folder: str, name: str, data: bytes) -> str:
    path = f"{folder}/.{name}.{secrets.token_hex(4)}.tmp"
    fd = os.open(path, _NEW, 0o644)
    try:
        _open_to_readers(fd)
        _write_all(fd, data)
        os.fsync(fd)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)
    return path


def _open_to_readers(fd: int) -> None:
    """Another user's daemon must read it, whatever our umask is; the folder says who may come in."""
    if os.fstat(fd).st_mode & 0o044 != 0o044:
        os.fchmod(fd, 0o644)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
