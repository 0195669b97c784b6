"""Is this film file whole? As its container tells; whether all frames are in it, the recipe `video` counts.

An mp4 or mov that was not ended has no `moov` box, an mkv or webm no size of its segment, an avi a wrong one."""

import os

from renderd.pictures.picture import Broken, Picture

EBML = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
HEAD = 4096             # bytes in which a Matroska file begins its segment


def look(path: str) -> Picture:
    """A film that is whole, as far as its container tells. Broken if not."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        if not size:
            raise Broken("empty", f"{path} is empty.")
        head = os.pread(fd, HEAD, 0)
        if (_mp4(fd, size) if head[4:8] == b"ftyp" else _others(head, size)):
            return Picture("other")
    finally:
        os.close(fd)
    raise Broken("cut", f"{path} was not written to its end.")


def _mp4(fd: int, size: int) -> bool:
    """Its boxes, one behind the other, fill the file, and one is the table of its frames."""
    at, kinds = 0, set()
    while at + 8 <= size:
        head = os.pread(fd, 16, at)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        kinds.add(head[4:8])
        if length < 8:
            return length == 0 and b"moov" in kinds     # 0: up to the end of the file
        at += length
    return at == size and b"moov" in kinds


def _others(head: bytes, size: int) -> bool:
    if head[:4] == b"RIFF":
        return int.from_bytes(head[4:8], "little") + 8 <= size
    if head[:4] == EBML:
        at = head.find(SEGMENT) + 4
        known = at > 3 and head[at:at + 8] != b"\x01" + b"\xff" * 7
        return known and _segment(head, at) <= size
    return True                         # a container that we do not know


def _segment(head: bytes, at: int) -> int:
    """Where the segment ends, by the size that stands there."""
    length = 9 - head[at].bit_length() if head[at] else 9
    value = int.from_bytes(head[at:at + length], "big") & ((1 << 7 * length) - 1)
    return at + length + value
