"""The movies of a film: the files that its pattern names, newest first. Links are never followed."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assetfs import names

MOST = 500                  # files that are looked at
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Movie:
    """One file, its path inside the project."""

    path: str
    changed: float
    size: int


def found(folder: str, pattern: str) -> tuple[Movie, ...]:
    """Newest first; nothing if the pattern leads out of the project."""
    parts = pattern.split("/")
    if not _inside(parts):
        return ()
    try:
        top = os.open(folder, _FOLDER)
    except OSError:
        return ()
    movies = sorted(_below(top, "", parts), key=lambda movie: (-movie.changed, movie.path))
    return tuple(movies[:MOST])


def matches(path: str, pattern: str) -> bool:
    """Whether the pattern names a file of this path."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and _inside(wanted) and all(map(_fits, parts, wanted))


def _inside(pattern: list[str]) -> bool:
    return not any(part in ("", ".", "..") for part in pattern)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and not name.startswith(".")


def _below(fd: int, path: str, parts: list[str]) -> Iterator[Movie]:
    """Closes `fd`. What vanishes meanwhile, or is no plain file, is no movie."""
    try:
        for name in sorted(os.listdir(fd))[:100 * MOST]:
            if _fits(name, parts[0]) and names.is_text(name):
                yield from _one(fd, name, f"{path}{name}", parts[1:])
    except OSError:
        return
    finally:
        os.close(fd)


def _one(fd: int, name: str, path: str, rest: list[str]) -> Iterator[Movie]:
    try:
        if rest:
            yield from _below(os.open(name, _FOLDER, dir_fd=fd), f"{path}/", rest)
            return
        info = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except OSError:
        return
    if stat.S_ISREG(info.st_mode):
        yield Movie(path, info.st_mtime, info.st_size)

