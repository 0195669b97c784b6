"""Where the frames of a zstd file end, from their headers alone (source of the format: RFC 8878, section 3.1)."""

import io
import os

from assetfs.blend.opening import ZSTD, is_skippable

MAX_HOPS = 100_000  # of up to 128 KiB of content each
_CHECKSUM, _SINGLE_SEGMENT = 0x04, 0x20
_DICTIONARY = (0, 1, 2, 4)
_SIZE = (0, 2, 4, 8)
_RLE = 1


def is_cut(file: io.BufferedReader, size: int) -> bool:
    """Whether the file ends inside a frame with content; False also where that cannot be said."""
    file.seek(0)
    for _ in range(MAX_HOPS):
        start = file.read(8)
        if is_skippable(start):
            file.seek(int.from_bytes(start[4:], "little"), os.SEEK_CUR)
        elif start.startswith(ZSTD) and len(start) > 4:
            file.seek(_header_size(start[4]) - 4, os.SEEK_CUR)
            if not _hop_blocks(file, size, 4 if start[4] & _CHECKSUM else 0):
                return True
        else:
            return bool(start) and ZSTD.startswith(start)
        if file.tell() >= size:
            return False
    return False


def _header_size(flags: int) -> int:
    """Bytes between the magic number and the first block."""
    single = bool(flags & _SINGLE_SEGMENT)
    size = _SIZE[flags >> 6] or int(single)
    return 1 + (not single) + _DICTIONARY[flags & 3] + size


def _hop_blocks(file: io.BufferedReader, size: int, checksum: int) -> bool:
    """Go to the end of the frame; False when the file is over before."""
    for _ in range(MAX_HOPS):
        head = file.read(3)
        if len(head) < 3:
            return False
        bits = int.from_bytes(head, "little")
        last, kind, length = bits & 1, bits >> 1 & 3, bits >> 3
        file.seek(1 if kind == _RLE else length, os.SEEK_CUR)
        if last:
            return file.seek(checksum, os.SEEK_CUR) <= size
    return True
