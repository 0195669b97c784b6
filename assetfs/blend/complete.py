"""Whether a .blend has its end, without unpacking it: catches copies that broke off.

A plain file ends with an ENDB block. A zstd file that Blender packed ends with a seek table, whose
sizes add up to the file's (source: "Zstandard seekable format", in zstd's contrib folder).
"""

import io
import os
from struct import Struct
from typing import Literal

from assetfs.blend.blocks import to_the_end
from assetfs.blend.header import read_header
from assetfs.blend.opening import ENOUGH, opened_file, stream_of
from assetfs.blend.zstdframes import is_cut

_FOOTER = Struct("<IBI")  # frames, flags, magic
_SEEKABLE, _TABLE, _HAS_CHECKSUM = 0x8F92EAB1, b"\x5e\x2a\x4d\x18", 0x80
MAX_FRAMES = 1 << 20  # Blender packs 256 kB a frame: 256 GB


def check_complete(path: str | os.PathLike[str]) -> Literal["complete", "unknown"]:
    """ "complete", or BlendCutShort; "unknown" where only unpacking could tell (see `read_scenes`).

    Unknown are gzip files, and zstd files without a seek table, which other programs write. Bytes
    that changed in the middle are not noticed.
    """
    with opened_file(path) as (file, name):
        stream = stream_of(file, name, ENOUGH)
        header = read_header(stream)
        size = os.fstat(file.fileno()).st_size
        if stream.compression == "none":
            behind_header = file.tell()
            if not _ends_with_endb(file, size, header.block.size):
                file.seek(behind_header)
                to_the_end(stream, header)  # a short end of 2.4x, or bytes that some program appended
            return "complete"
        if stream.compression == "zstd":
            if _seek_table_fits(file, size):
                return "complete"
            if is_cut(file, size):
                raise stream.cut_short()
        return "unknown"


def _ends_with_endb(file: io.BufferedReader, size: int, block: int) -> bool:
    return _tail(file, size, block).startswith(b"ENDB")


def _seek_table_fits(file: io.BufferedReader, size: int) -> bool:
    tail = _tail(file, size, _FOOTER.size)
    if len(tail) < _FOOTER.size:
        return False
    frames, flags, magic = _FOOTER.unpack(tail)
    entry = Struct("<I8x" if flags & _HAS_CHECKSUM else "<I4x")  # packed size, plain size, checksum
    room = frames * entry.size + _FOOTER.size
    if magic != _SEEKABLE or room + 8 > size or frames > MAX_FRAMES:
        return False
    table = _tail(file, size, room + 8)
    packed = sum(sizes for (sizes,) in entry.iter_unpack(table[8 : -_FOOTER.size]))
    return table.startswith(_TABLE + room.to_bytes(4, "little")) and packed + room + 8 == size


def _tail(file: io.BufferedReader, size: int, count: int) -> bytes:
    file.seek(max(0, size - count))
    return file.read(count)
