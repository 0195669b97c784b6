"""JPEG: from SOI to EOI, segment by segment; baseline and progressive.

A flipped bit among the pixels is not found: nothing in the format could tell.
Source of the format: ITU-T T.81, annex B. Blender's words are comments `Blender:NAME:VALUE`.
"""

import re

from renderd.pictures.picture import Picture, Words
from renderd.pictures.reader import AHEAD, Reader

MAGIC = b"\xff\xd8\xff"

_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}      # SOF; the others there are tables
_COMMENT, _SCAN, _END = 0xFE, 0xDA, 0xD9
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")         # not a stuffed ff, not a restart


def check(reader: Reader) -> Picture:
    """The picture, or Broken."""
    if not MAGIC.startswith(reader.at(0, min(reader.size, 3))):
        raise reader.stranger("JPEG")
    words, size, scans, place = Words(), (0, 0), 0, 2
    while (marker := _marker(reader, place)) != _END:
        length: int = reader.numbers(">H", place + 2)[0]
        if marker in _SIZES:
            size = _size(reader, place)
        elif marker == _COMMENT:
            _hear(words, reader.at(place + 4, max(0, length - 2)))
        place += 2 + length
        if marker == _SCAN:
            scans, place = scans + 1, _behind_scan(reader, place)
    if not all(size) or not scans:
        raise reader.damaged("it has no pixels")
    if place + 2 != reader.size:
        raise reader.damaged("there is something behind the end")
    return words.picture("JPEG", *size)


def _marker(reader: Reader, place: int) -> int:
    start, marker = reader.at(place, 2)
    if start != 0xFF or marker < 0xC0:
        raise reader.damaged("a segment has no marker")
    return marker


def _size(reader: Reader, place: int) -> tuple[int, int]:
    _, height, width = reader.numbers(">BHH", place + 4)
    return width, height


def _hear(words: Words, comment: bytes) -> None:
    maker, _, rest = comment.partition(b":")
    name, _, value = rest.partition(b":")
    if maker == b"Blender":
        words.hear(name.decode("latin-1"), value.rstrip(b"\0"))


def _behind_scan(reader: Reader, place: int) -> int:
    """Where the next marker stands."""
    while place + 2 <= reader.size:
        piece = reader.at(place, min(AHEAD, reader.size - place))
        if found := _NEXT_MARKER.search(piece):
            return place + found.start()
        place += len(piece) - 1     # an ff at the end of the piece
    raise reader.cut()
