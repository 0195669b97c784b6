"""The headers of an OpenEXR file: what kind of chunks follow, and how many.

Source of the format: "OpenEXR File Layout" of the OpenEXR documentation (attributes, chunkCount, tiles).
"""

import struct
from dataclasses import dataclass

from renderd.pictures.picture import LONGEST, Words
from renderd.pictures.reader import Reader

ZIPPED = frozenset({2, 3, 5})       # zips, zip, pxr24: one zlib stream, which ends with a checksum

_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}  # in a chunk, by compression
_B44 = frozenset({6, 7})            # keeps some channels as they are: zeros at the end prove nothing
_BYTES = {0: 4, 1: 2, 2: 4}         # of a pixel, by channel type: uint, half, float
_TILED, _DEEP, _MULTI = 0x200, 0x800, 0x1000
_KEPT = frozenset({"chunkCount", "channels", "compression", "dataWindow", "displayWindow", "tiles", "type"})
_LARGEST = 1 << 20                  # bytes of an attribute that is read
_MOST = 4096                        # attributes of a header, and parts of a file

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Part:
    """One picture of the file. Bytes are those of unpacked pixels; None when channels are subsampled."""

    width: int
    height: int
    crop: Box | None
    chunks: int
    tiled: bool
    deep: bool
    compression: int
    chunk_bytes: int | None
    last_bytes: int
    numbered: bool      # each chunk begins with the number of its part

    @property
    def ends_packed(self) -> bool:
        return self.compression not in _B44


def read_parts(reader: Reader) -> tuple[list[Part], Words, int]:
    """All headers, the words in them, and where the first table of offsets begins."""
    flags = reader.numbers("<I", 4)[0]
    if flags & 0xFF != 2:
        raise reader.damaged("its version is unknown")
    words, place = Words(), 8
    parts: list[Part] = []
    while len(parts) < _MOST:
        attributes, place = _attributes(reader, place, words)
        if not attributes and parts:
            break       # an empty header ends the list
        parts.append(_part(reader, attributes, flags))
        if not flags & _MULTI:
            break
    return parts, words, place


def _attributes(reader: Reader, place: int, words: Words) -> tuple[dict[str, bytes], int]:
    """What the checks need of one header, and the place behind it."""
    kept: dict[str, bytes] = {}
    for _ in range(_MOST):
        name, place = _word(reader, place)
        if not name:
            return kept, place
        kind, place = _word(reader, place)
        size = reader.numbers("<i", place)[0]
        if size < 0 or place + 4 + size > reader.size:
            raise reader.cut()
        if kind == "string":
            words.hear(name, reader.at(place + 4, min(size, LONGEST)))
        if name in _KEPT and size <= _LARGEST:
            kept[name] = reader.at(place + 4, size)
        place += 4 + size
    raise reader.damaged("its header has no end")


def _word(reader: Reader, place: int) -> tuple[str, int]:
    """A name of up to 255 bytes that ends with a zero, and the place behind it."""
    piece = reader.at(place, min(256, max(1, reader.size - place)))
    end = piece.find(b"\0")
    if end < 0:
        raise reader.cut() if len(piece) < 256 else reader.damaged("a name in its header has no end")
    return piece[:end].decode("latin-1"), place + end + 1


def _part(reader: Reader, have: dict[str, bytes], flags: int) -> Part:
    try:
        return _measure(have, flags)
    except (KeyError, struct.error, IndexError, ValueError) as error:
        raise reader.damaged("its header makes no sense") from error


def _measure(have: dict[str, bytes], flags: int) -> Part:
    """KeyError, struct.error, IndexError or ValueError when the header makes no sense."""
    data, shown = _box(have["dataWindow"]), _box(have["displayWindow"])
    compression = have["compression"][0]
    kind = have.get("type", b"").rstrip(b"\0")
    tiled = kind in (b"tiledimage", b"deeptile") if kind else bool(flags & _TILED)
    deep = kind.startswith(b"deep") if kind else bool(flags & _DEEP)
    lines = _LINES[compression]
    line = _line_bytes(have["channels"], data[2])
    chunks = _tiles(have["tiles"], data[2], data[3]) if tiled else -(-data[3] // lines)
    if "chunkCount" in have and chunks != struct.unpack("<i", have["chunkCount"])[0]:
        raise ValueError("chunkCount")
    return Part(shown[2], shown[3], None if data == shown else data, chunks, tiled, deep, compression,
                None if tiled or line is None else line * min(lines, data[3]),
                (line or 0) * (data[3] - (chunks - 1) * lines), bool(flags & _MULTI))


def _box(data: bytes) -> Box:
    """x, y, width, height."""
    left, top, right, bottom = struct.unpack("<4i", data)
    if right < left or bottom < top:
        raise ValueError("window")
    return left, top, right - left + 1, bottom - top + 1


def _line_bytes(channels: bytes, width: int) -> int | None:
    """Bytes of one line of pixels; None when a channel has fewer pixels than the picture."""
    total, place = 0, 0
    while channels[place] != 0:
        place = channels.index(0, place) + 1
        kind, _, across, down = struct.unpack_from("<iIii", channels, place)
        if (across, down) != (1, 1):
            return None
        total, place = total + _BYTES[kind] * width, place + 16
    return total


def _tiles(tiles: bytes, width: int, height: int) -> int:
    """Tiles of all levels: one level, mipmap (both halve) or ripmap (each halves for itself)."""
    wide, high, mode = struct.unpack("<IIB", tiles)
    up = mode >> 4
    if not wide or not high or mode & 15 > 2 or up > 1:     # rounded up by more, levels would never shrink to 1
        raise ValueError("tiles")
    across, down = _levels(width, up), _levels(height, up)
    if mode & 15 == 0:
        pairs = [(width, height)]
    elif mode & 15 == 1:
        count = max(len(across), len(down))
        pairs = [((across + [1] * count)[i], (down + [1] * count)[i]) for i in range(count)]
    else:
        pairs = [(x, y) for x in across for y in down]
    return sum(-(-x // wide) * -(-y // high) for x, y in pairs)


def _levels(size: int, up: int) -> list[int]:
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append((sizes[-1] + up) // 2)
    return sizes
