"""Where the frames of a zstd file end, from their headers alone (source of the format: RFC 8878, section 3.1)."""

import io
import os

from assetfs.blend.opening import ZSTD, is_skippable

MAX_HOPS = 200_000  # a block of content holds up to 128 KiB
_CHECKSUM, _SINGLE_SEGMENT = 0x04, 0x20
_DICTIONARY = (0, 1, 2, 4)
_SIZE = (0, 2, 4, 8)
_RLE = 1


def is_cut(file: io.BufferedReader, size: int) -> bool:
    """Whether the file ends inside a frame with content; False also where that cannot be said."""
    file.seek(0)
    checksum = None  # bytes behind the last block of the frame that we are in
    for _ in range(MAX_HOPS):
        if checksum is not None:
            ends = _hop_block(file)
            if file.tell() + (checksum if ends else 0) > size:
                return True
            if ends:
                file.seek(checksum, os.SEEK_CUR)
                checksum = None
            continue
        start = file.read(8)
        if is_skippable(start):
            file.seek(int.from_bytes(start[4:], "little"), os.SEEK_CUR)
        elif start.startswith(ZSTD) and len(start) == 8:
            file.seek(_header_size(start[4]) - 4, os.SEEK_CUR)
            checksum = 4 if start[4] & _CHECKSUM else 0
        else:
            return bool(start) and (ZSTD.startswith(start) or start.startswith(ZSTD))
    return False


def _header_size(flags: int) -> int:
    """Bytes between the magic number and the first block."""
    single = bool(flags & _SINGLE_SEGMENT)
    size = _SIZE[flags >> 6] or int(single)
    return 1 + (not single) + _DICTIONARY[flags & 3] + size


def _hop_block(file: io.BufferedReader) -> bool:
    """Go behind the block, or behind the end of a file that is cut; True for the frame's last."""
    head = file.read(3)
    bits = int.from_bytes(head, "little")
    length = 1 if bits >> 1 & 3 == _RLE else bits >> 3
    file.seek(length + 3 - len(head) + (len(head) < 3), os.SEEK_CUR)
    return bool(bits & 1)
