"""The only file that changes the film.

Every new content is written aside, synced, then given its name by one link (never over something) or one
rename (a newer content for the same name), and the folder is synced. Files get the rights that their folder gives:
who may add an asset to it may change one.

What a crash leaves behind: hidden names with .tmp in them, which no scan reads.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC, EROFS
from pathlib import Path

from filelock import FileLock, Timeout

from assetfs.errors import Busy, Exists, NoAsset, NotWritten
from assetfs.names import shown

WAIT = 10.0             # seconds for a lock that others hold for milliseconds, or while a job is submitted
LOCK = ".assets.lock"
_NEW = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def alone(folder: Path, wait: float = WAIT) -> Iterator[None]:
    """Nobody else of ours changes what lies in this folder meanwhile. Not twice in one thread: it would wait for
    itself. One lock a folder, so that the folder does not hold a third file for each asset."""
    with _told(folder / LOCK):
        lock = FileLock(folder / LOCK, timeout=wait, mode=_file_mode(folder), poll_interval=0.01)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(f"Somebody else changes files in {folder} right now.", "Try again in a minute.") from None
    try:
        yield
    finally:
        lock.release()


def replace(path: Path, data: bytes, before_named: Callable[[], None] = lambda: None) -> None:
    """The file has this content, and the mode and group that it had; whoever reads sees the old or the new one.
    `before_named` is called when nothing is left to do but the rename."""
    with _told(path), _aside(path) as (aside, fd):
        before = path.lstat()
        if not os.access(path, os.W_OK):
            raise NotWritten(f"{path} may not be changed by you.", "Ask its owner for the right to write it.")
        _write_all(fd, data)
        _as_before(fd, before)
        os.fsync(fd)
        before_named()
        _rename(aside, path)


def create(path: Path, data: bytes) -> None:
    """A new file with this content; Exists if there is one."""
    with _told(path), _aside(path) as (aside, fd):
        _write_all(fd, data)
        os.fsync(fd)
        _link(aside, path)


def copy(source: Path, target: Path, before_named: Callable[[Path], None] | None = None) -> None:
    """A new file with the content and date of another; Exists if there is one. `before_named` may change the
    copy before it gets its name."""
    with _told(target), _aside(target) as (aside, fd):
        _copy_whole(source, fd)
        if before_named:
            before_named(aside)
            os.chmod(aside, _file_mode(target.parent))      # a program may have put another file in its place
            _sync(aside)
        _link(aside, target)


def copy_over(source: Path, target: Path) -> None:
    """The target has the content of the source, and its own mode and group."""
    with _told(target), _aside(target) as (aside, fd):
        _copy_whole(source, fd)
        with suppress(FileNotFoundError):       # then the folder says who may write it
            _as_before(fd, target.lstat())
        _rename(aside, target)


def link(source: Path, target: Path) -> None:
    """The file has a second name; Exists if that is taken by another file."""
    with _told(target):
        _link(source, target)
        _sync(target.parent)


def move(source: Path, target: Path) -> None:
    """The file has the other name, in a folder that nobody else puts files in."""
    with _told(source):
        _rename(source, target)
        _sync(target.parent)
        _sync(source.parent)


def drop(path: Path) -> None:
    with _told(path):
        os.unlink(path)
        _sync(path.parent)


def make_folders(path: Path, inside: Path) -> None:
    """The folder and all between it and `inside` are there, with the rights of `inside`."""
    with _told(path):
        made = inside
        for part in path.relative_to(inside).parts:
            made /= part
            try:
                os.mkdir(made)
            except FileExistsError:
                if not stat.S_ISDIR(made.lstat().st_mode):
                    raise
                continue
            os.chmod(made, stat.S_IMODE(inside.stat().st_mode))
            _sync(made.parent)


def make_own_folder(path: Path) -> bool:
    """False if it was there: somebody else's."""
    with _told(path):
        try:
            os.mkdir(path)
        except FileExistsError:
            return False
        os.chmod(path, stat.S_IMODE(path.parent.stat().st_mode))
        return True


def drop_empty_folders(path: Path, above: Path) -> None:
    """The folder and those over it, up to `above`, are gone as far as nothing is in them."""
    with suppress(OSError):                     # something is in it
        while path != above:
            os.rmdir(path)
            path = path.parent


@contextmanager
def _aside(path: Path) -> Iterator[tuple[Path, int]]:
    """An empty file beside `path`, gone at the end if it did not get a name."""
    aside = path.parent / f".{secrets.token_hex(8)}.tmp{path.suffix}"     # Blender wants its own suffix
    fd = os.open(aside, _NEW, 0o600)
    try:
        os.fchmod(fd, _file_mode(path.parent))
        yield aside, fd
    finally:
        os.close(fd)
        with suppress(FileNotFoundError):       # it was renamed
            os.unlink(aside)
    _sync(path.parent)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:                     # NFS sent it twice; or we were here before, and something broke off
        if not os.path.samestat(source.lstat(), target.lstat()):
            raise


def _rename(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except FileNotFoundError:                   # nobody else moves this file: NFS sent the request twice
        if target.name not in os.listdir(target.parent) or source.name in os.listdir(source.parent):
            raise


def _file_mode(folder: Path) -> int:
    return 0o600 | stat.S_IMODE(folder.stat().st_mode) & 0o066


def _as_before(fd: int, before: os.stat_result) -> None:
    with suppress(PermissionError):             # a group that we are not in: the folder's it is, then
        os.fchown(fd, -1, before.st_gid)
    os.fchmod(fd, stat.S_IMODE(before.st_mode))


def _copy_whole(source: Path, fd: int) -> None:
    try:
        opened = os.open(source, _READ)
    except OSError as error:
        raise NoAsset(f"{source} cannot be read ({error.strerror}).", "Look for its present name.") from None
    with open(opened, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise NoAsset(f"{source} is not a file.", "Move it away, and put the file there.")
        while piece := file.read(1 << 20):
            _write_all(fd, piece)
        after = os.fstat(file.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise Busy(f"{source} was written to while it was copied.", "Wait until it is saved, and try again.")
        os.utime(fd, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.fsync(fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the disk refuses, as a sentence."""
    try:
        yield
    except FileExistsError as error:
        raise Exists(f"{shown(str(error.filename2 or path))} exists already.",
                     "Choose another name; nothing was overwritten.") from None
    except FileNotFoundError as error:
        raise NoAsset(f"{shown(str(error.filename or path))} is not there.", "Look for its present name.") from None
    except OSError as error:
        hint = {ENOSPC: "Make room on the disk.", EDQUOT: "Make room: your quota is used up.",
                EROFS: "It is read-only here."}.get(error.errno or 0, "Ask who looks after the share.")
        raise NotWritten(f"{shown(str(path))} could not be written ({error.strerror}).", hint) from error
