"""PNG: every chunk has its checksum, IEND is the last thing in the file.

Source of the format: the PNG specification (W3C, third edition), sections 5, 11.2 and 11.3.3.
"""

import re
import struct
import zlib

from renderd.pictures.picture import LONGEST, WANTED, Picture, Words
from renderd.pictures.reader import AHEAD, Reader

MAGIC = b"\x89PNG\r\n\x1a\n"

_HEAD = struct.Struct(">I4s")
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_LARGEST_TEXT = 1 << 16     # bytes; larger ones are checked but not read


def check(reader: Reader) -> Picture:
    """The picture, or Broken. Walks all chunks: 1 ms a megabyte."""
    if not MAGIC.startswith(reader.at(0, min(reader.size, 8))):
        raise reader.stranger("PNG")
    place, words, seen = 8, Words(), [b""]
    width, height = _size(reader)
    while seen[-1] != b"IEND":
        length, kind = _HEAD.unpack(reader.at(place, 8))
        _check_order(reader, kind, length, seen)
        _check_sum(reader, place, length)
        if kind in _TEXTS and length <= _LARGEST_TEXT:
            _hear(words, kind, reader.at(place + 8, length))
        place += 12 + length
    if place != reader.size:
        raise reader.damaged("there is something behind the end")
    return words.picture("PNG", width, height)


def _size(reader: Reader) -> tuple[int, int]:
    length, kind, width, height, depth, color = struct.unpack(">I4sIIBB", reader.at(8, 18))
    if (length, kind) != (13, b"IHDR") or not width or not height or depth not in _DEPTHS.get(color, ()):
        raise reader.damaged("its header makes no sense")
    return width, height


def _check_order(reader: Reader, kind: bytes, length: int, seen: list[bytes]) -> None:
    """Remembers kinds as they change, so that `seen` stays short: IDAT may stand there once."""
    if not re.fullmatch(rb"[A-Za-z]{4}", kind) or length > 0x7FFFFFFF:
        raise reader.damaged("a chunk has no name")
    if kind == b"IEND" and (length or b"IDAT" not in seen):
        raise reader.damaged("it has no pixels")
    if kind == seen[-1]:
        return
    if kind == b"IDAT" and b"IDAT" in seen:
        raise reader.damaged("its pixels are torn apart")
    if kind in (b"IDAT", b"IEND") or seen[-1] == b"IDAT":
        seen.append(kind)


def _check_sum(reader: Reader, place: int, length: int) -> None:
    """CRC of kind and data, read piece by piece."""
    if place + 12 + length > reader.size:
        raise reader.cut()
    crc, at, end = 0, place + 4, place + 8 + length
    while at < end:
        piece = reader.at(at, min(AHEAD, end - at))
        crc, at = zlib.crc32(piece, crc), at + len(piece)
    if crc != int.from_bytes(reader.at(end, 4), "big"):
        raise reader.damaged("a checksum does not fit")


def _hear(words: Words, kind: bytes, data: bytes) -> None:
    key, _, rest = data.partition(b"\0")
    name = key.decode("latin-1")
    if name not in WANTED:
        return
    if kind == b"zTXt":
        rest = _inflate(rest[1:])
    elif kind == b"iTXt":
        packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        rest = _inflate(text) if packed else text
    words.hear(name, rest)


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LONGEST)
    except zlib.error:      # the checksum fits, so somebody meant it: a text that says nothing
        return b""
