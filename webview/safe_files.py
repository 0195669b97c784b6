"""Files for a browser: below a folder, by way of no symlink, and nothing but pictures and films."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from webview import share

# Nothing that a browser would run: no html, no svg.
TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif",
         ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
         ".mov": "video/quicktime"}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True)
class OpenFile:
    """A file to be sent; whoever has it closes `fd`."""

    fd: int
    size: int
    mtime_ns: int
    content_type: str

    @property
    def etag(self) -> str:
        return f'"{self.mtime_ns:x}-{self.size:x}"'


def open_below(root: Path, path: str) -> OpenFile | None:
    """The file at `path` below `root`; None where there is none that may be shown."""
    content_type = TYPES.get(PurePosixPath(path).suffix.lower())
    if content_type is None:
        return None
    with share.asking():
        fd = regular_file(root, path)
        if fd is None:
            return None
        info = os.fstat(fd)
    return OpenFile(fd, info.st_size, info.st_mtime_ns, content_type)


def regular_file(root: Path, path: str) -> int | None:
    """A descriptor of any plain file below `root`, by way of no symlink."""
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        return None
    try:
        folder = _descend(root, parts[:-1])
    except (OSError, ValueError):       # not there, a symlink, a name that no file can have
        return None
    try:
        return _open(folder, parts[-1])
    except (OSError, ValueError):
        return None
    finally:
        os.close(folder)


def _descend(root: Path, parts: list[str]) -> int:
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            below = os.open(part, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _open(folder: int, name: str) -> int | None:
    # Opening a device may already do something, so it is asked before; and after, for it may have been replaced.
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return None
    fd = os.open(name, _FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    return fd


def names_below(root: Path, folder: str) -> list[str]:
    """The names in a folder below `root`, by way of no symlink; none if it is not there."""
    parts = folder.split("/")
    if "\0" in folder or any(part in ("", ".", "..") for part in parts):
        return []
    try:
        fd = _descend(root, parts)
    except (OSError, ValueError):
        return []
    try:
        return os.listdir(fd)
    finally:
        os.close(fd)
