"""The only file that changes the spool.

Every change is made whole or not at all: written aside, synced, then given its name by one link or
rename, and the folder synced. A rename that says "not there" is looked into, because on NFS a request
that was sent twice meets its own success.

What a crash leaves behind: names that start with a dot, which nobody reads (see clean.py).
"""

import ctypes
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from errno import EACCES, EEXIST, EMLINK, ENOSPC, ENOTEMPTY, EOPNOTSUPP, EPERM

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def names(folder: str) -> list[str]:
    """The names in a folder, as the server has them now; without those that start with a dot."""
    found = every_name(folder)
    if min(found, default="/") >= "/":      # mostly: "/" is what comes after ".", and no name has it
        return found
    return [name for name in found if name[0] != "."]


def every_name(folder: str) -> list[str]:
    """As `names`, with those that start with a dot."""
    fd = os.open(folder, _FOLDER)       # a link in its place would lead us out of the spool
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)


def names_if_there(folder: str) -> list[str]:
    """As `names`; a folder that is not there has none."""
    try:
        return names(folder)
    except FileNotFoundError:
        return []


def has_name(folder: str, fits: Callable[[str], bool]) -> bool:
    """Whether `fits` says so of one of its `names_if_there`: it is listed only until it does."""
    try:
        fd = os.open(folder, _FOLDER)
    except FileNotFoundError:
        return False
    try:
        with os.scandir(fd) as found:
            return any(one.name[0] != "." and fits(one.name) for one in found)
    finally:
        os.close(fd)


def ask_anew(folder: str) -> None:
    """What stat and open say of names in this folder comes from the server now: NFS asks when a folder is opened,
    and answers "not there" from memory for up to a minute otherwise. Fine if the folder is not there."""
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except FileNotFoundError:           # that, too, may be an old answer
        ask_anew(os.path.dirname(folder))
    except OSError:                     # not for us to read: whoever uses it will be told
        return


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
    move was ours and only its answer got lost. If the file may have had that name before, `ask_anew` first."""
    try:
        os.rename(source, target)
    except FileNotFoundError:
        folder, name = os.path.split(target)
        return name in names(folder)
    return True


def move_if_free(source: str, target: str) -> bool:
    """The file is at `target` now; False if something was there. Where the kernel gives no second name to the file of
    somebody else, a name that appears in this very moment would be overwritten."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return os.path.samestat(os.lstat(source), os.lstat(target)) and drop(source)     # sent twice
    except OSError as error:
        if error.errno not in (EPERM, EACCES, EMLINK, EOPNOTSUPP):
            raise
        return not os.path.lexists(target) and move(source, target)
    os.unlink(source)
    return True


def hand_over(source: str, target: str) -> bool:
    """As `move`, for a name that others may move on at once: "not there" then means just that."""
    # Where an NFS client remembers the same file under the target, the kernel takes the two for links of one
    # file, and a rename does nothing and succeeds.
    ask_anew(os.path.dirname(target))
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


def drop_folder(path: str) -> bool:
    """True if the folder is gone; False if something is in it."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno not in (ENOTEMPTY, EEXIST):
            raise
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
        raise OSError(ENOSPC, "the line was cut: the disk is full")
    if sync:
        os.fsync(fd)


def make_root(path: str) -> None:
    """The folder and all above it are there."""
    os.makedirs(path, exist_ok=True)


def give_to_group(path: str, gid: int, mode: int) -> None:
    """The folder belongs to this group (-1: as before) and has this mode."""
    os.chown(path, -1, gid)
    os.chmod(path, mode)


def make_folder(path: str, mode: int) -> None:
    """The folder is there, with this mode whatever the umask is. One that was in use keeps its own."""
    try:
        os.mkdir(path)
    except FileExistsError:             # it was there; or the request was sent twice, and it is ours and empty
        info = os.lstat(path)
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or every_name(path):
            return
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


def link_symbolically(target: str, path: str) -> None:
    """Only to find out whether it can be done: nothing in a spool is a link."""
    os.symlink(target, path)


def remove_tree(folder: str) -> None:
    """The folder and all in it are gone; links are removed, not followed, not even one that somebody puts in a
    folder's place meanwhile. Fine if it was gone."""
    with suppress(FileNotFoundError):
        _remove(folder, None)


def _remove(name: str, parent: int | None) -> None:
    try:
        fd = os.open(name, _FOLDER, dir_fd=parent)
    except NotADirectoryError:
        os.unlink(name, dir_fd=parent)
        return
    try:
        for inside in os.listdir(fd):
            with suppress(FileNotFoundError):       # somebody else removes it as well
                _remove(inside, fd)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=parent)


def _write_aside(folder: str, name: str, data: bytes) -> str:
    path = f"{folder}/.{name}.{os.urandom(4).hex()}.tmp"
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
