"""Is there room left on a disk? By one measure for daemons, `render why` and `render doctor`."""

import os
from typing import NamedTuple

NO_SPACE = 16_000_000       # bytes that are as good as none: a picture, its staging, a log


class Room(NamedTuple):
    """`free` bytes; None if the folder is not there, or cannot be looked at. Some filesystems tell no `total`."""

    free: int | None
    total: int = 0
    text: str = ""

    @property
    def is_full(self) -> bool:
        return self.free is not None and self.total > 0 and self.free < NO_SPACE


def look(folder: str) -> Room:
    """Now. May wait for a share that does not answer."""
    try:
        info = os.statvfs(folder)
    except OSError as error:
        return Room(None, text=error.strerror or str(error))
    return Room(info.f_bavail * info.f_frsize, info.f_blocks * info.f_frsize)


def size(count: int | None) -> str:
    """Of what is nearly nothing: 40 kB, 12 MB."""
    return f"{(count or 0) / 1e6:.0f} MB" if (count or 0) >= 1e6 else f"{(count or 0) / 1e3:.0f} kB"
