"""Is this file a whole picture, and of which scene and frame?

    with path: its extension says what it must be     with fd: its first bytes say what it is

No picture is decoded: each format has enough in it to be checked by its frame (PNG: checksums, EXR: the
table of offsets, TIFF: the directory, JPEG: the markers). A picture of 1080p takes about 2 ms.

Invariants
  1. A picture that was cut anywhere is Broken. So is one flipped bit of a PNG.
  2. No file is read into memory whole, and no FIFO, device or symbolic link is opened.
"""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from renderd.pictures import exr, jpeg, other, png, tiff
from renderd.pictures.picture import Broken, Format, Picture
from renderd.pictures.reader import AHEAD, Reader
from spool import trusted
from spool.formats import EXTENSION

__all__ = ["Broken", "Format", "Picture", "look"]

# Extensions that people's own programs write beside Blender's.
_ALSO = {".jpeg": "JPEG", ".tiff": "TIFF", ".j2c": "JPEG2000", ".jp2": "JPEG2000", ".tx": "TIFF"}
_KIND = {extension: name for name, extension in reversed(EXTENSION.items())} | _ALSO

_CHECKS: dict[str, Callable[[Reader], Picture]] = {
    "PNG": png.check, "JPEG": jpeg.check, "OPEN_EXR": exr.check, "TIFF": tiff.check,
}
_MAGIC = ((png.MAGIC, "PNG"), (jpeg.MAGIC, "JPEG"), (exr.MAGIC, "OPEN_EXR"),
          *((magic, "TIFF") for magic in tiff.MAGICS))


def look(file: Path | int) -> Picture:
    """The picture in this file, checked to its end. Broken when it is none or not whole.

    An open descriptor stays open, and its place stays where it was. OSError when the file cannot be read.
    """
    if isinstance(file, int):
        return _look(file, f"descriptor {file}", "")
    try:
        fd = trusted.open_to_read(file)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):      # a symbolic link; a socket
            raise Broken("not-a-picture", f"{file} is no regular file.") from error
        raise
    try:
        return _look(fd, str(file), file.suffix.lower())
    finally:
        os.close(fd)


def _look(fd: int, name: str, extension: str) -> Picture:
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        raise Broken("not-a-picture", f"{name} is no regular file.")
    if found.st_size == 0:
        raise Broken("empty", f"{name} is empty.")
    reader = Reader(fd, found.st_size, name)
    kind = _KIND.get(extension) or _kind(reader)
    if kind in ("PNG", "JPEG"):
        reader.ahead = AHEAD
    check = _CHECKS.get(kind)
    return check(reader) if check else other.check(reader, kind)


def _kind(reader: Reader) -> str:
    """What the first bytes say, where no name says it."""
    start = reader.at(0, min(reader.size, 8))
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), "")
