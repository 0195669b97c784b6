"""A folder of thumbnails, bounded, the oldest go first. It belongs to the page alone, and may be removed at any time.

    CACHE/3f/3f9c...webp        named after the picture, its time and its size: a picture that changes gets another name

Each file is written aside and renamed. What a crash leaves: names that begin with a dot, removed with the oldest."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 1_000_000_000       # bytes: some 100,000 small ones
ROOM = 0.9                  # of the limit is left after a clean-up


def name_of(path: str, mtime_ns: int, size: int, edge: int) -> str:
    """What the thumbnail of this very state of the picture is called."""
    facts = f"{mtime_ns} {size} {edge} {path}"
    return hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass
class Cache:
    """`folder` is made when the first thumbnail comes."""

    folder: Path
    limit: int = LIMIT
    used: int | None = field(default=None, init=False)      # bytes; not counted yet

    def read(self, name: str) -> bytes | None:
        """None if it is not there; it may have been the oldest."""
        try:
            fd = os.open(self._path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            data = file.read()
        return data if _whole(data) else None

    def put(self, name: str, data: bytes) -> None:
        """OSError if the disk is full or the folder may not be written."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f".{secrets.token_hex(8)}")
        try:
            with open(aside, "xb") as file:
                file.write(data)
            os.rename(aside, path)              # not synced: after a power cut `_whole` finds what is torn
        except OSError:
            with suppress(OSError):
                os.unlink(aside)
            raise
        self.used = self._count() if self.used is None else self.used + len(data)
        if self.used > self.limit:
            self._shrink()

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.webp"

    def _count(self) -> int:
        return sum(info.st_size for _, info in self._files())

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        for folder in _folders(self.folder):
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):     # removed meanwhile, by another page with the same folder
                        info = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(info.st_mode):
                            yield entry.path, info

    def _shrink(self) -> None:
        """The oldest are gone."""
        files = sorted(self._files(), key=lambda found: found[1].st_mtime_ns)
        self.used = sum(info.st_size for _, info in files)
        for path, info in files:
            if self.used <= self.limit * ROOM:
                return
            with suppress(OSError):
                os.unlink(path)
            self.used -= info.st_size


def _whole(data: bytes) -> bool:
    """A WebP says how long it is."""
    return data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") + 8 == len(data)


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [e.path for e in entries if len(e.name) == 2 and e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
