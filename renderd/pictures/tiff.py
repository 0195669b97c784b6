"""TIFF: every directory, and every strip or tile that it names, lies inside the file.

Both byte orders, and BigTIFF. Blender writes the directory last, so a cut file has none.
Blender 3.4 writes no scene and no frame into a TIFF.
Source of the format: TIFF revision 6.0, sections 2 and 15; "The BigTIFF File Format".
"""

from dataclasses import dataclass

from renderd.pictures.picture import Picture, Words
from renderd.pictures.reader import Reader

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_TYPES = {1: "B", 3: "H", 4: "I", 5: "2I", 13: "I", 16: "Q", 18: "Q"}      # numbers that a check needs
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _PLANAR = 256, 257, 258, 259, 277, 284
_STRIPS, _ROWS, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES = 322, 323, 324, 325
_RESOLUTIONS = (282, 283)
_MOST_PAGES, _MOST_ENTRIES, _MOST_PIECES, _MOST_NUMBERS = 1024, 4096, 1 << 18, 1 << 20
# How many numbers of a tag are read. Entries may share their bytes, so that a small file could hold billions.
_MOST = dict.fromkeys((_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES), _MOST_PIECES) | dict.fromkeys(
    (_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _PLANAR, _ROWS, _TILE_WIDTH, _TILE_HEIGHT, *_RESOLUTIONS), 64)

Tags = dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Kind:
    """How this file writes its numbers."""

    order: str      # of struct
    big: bool

    @property
    def word(self) -> int:
        """Bytes of an offset."""
        return 8 if self.big else 4


def check(reader: Reader) -> Picture:
    """The picture, or Broken. Size is that of the first directory."""
    kind, place = _start(reader)
    first, pages, numbers = None, 0, 0
    while place:
        tags, place = _directory(reader, kind, place)
        _check_pieces(reader, tags)
        first, pages, numbers = first or tags, pages + 1, numbers + sum(map(len, tags.values()))
        if pages > _MOST_PAGES or numbers > _MOST_NUMBERS:
            raise reader.damaged("its directories have no end")
    if first is None:
        raise reader.cut()
    return Words().picture("TIFF", first[_WIDTH][0], first[_HEIGHT][0])


def _start(reader: Reader) -> tuple[Kind, int]:
    """Where the first directory stands."""
    magic = reader.at(0, min(reader.size, 4))
    if not any(full.startswith(magic) for full in MAGICS):
        raise reader.stranger("TIFF")
    reader.at(0, 8)
    kind = Kind("<" if magic[:1] == b"I" else ">", b"+" in magic)
    if not kind.big:
        return kind, reader.numbers(kind.order + "I", 4)[0]
    size, zero, place = reader.numbers(kind.order + "HHQ", 4)
    if (size, zero) != (8, 0):
        raise reader.damaged("its header makes no sense")
    return kind, place


def _directory(reader: Reader, kind: Kind, place: int) -> tuple[Tags, int]:
    """The numbers of one directory, and where the next one stands (0: none)."""
    head, entry = (8, 20) if kind.big else (2, 12)
    count = reader.numbers(kind.order + ("Q" if kind.big else "H"), place)[0]
    if not 0 < count <= _MOST_ENTRIES:
        raise reader.damaged("a directory is empty or endless")
    tags: Tags = {}
    for at in range(place + head, place + head + count * entry, entry):
        tag, values = _entry(reader, kind, at)
        if tags.setdefault(tag, values) is not values:
            raise reader.damaged("its directory makes no sense")
    following = reader.numbers(kind.order + ("Q" if kind.big else "I"), place + head + count * entry)[0]
    return tags, following


def _entry(reader: Reader, kind: Kind, place: int) -> tuple[int, tuple[int, ...]]:
    """Tag and numbers; no numbers when they are texts and the like. They must lie inside the file."""
    tag, sort = reader.numbers(kind.order + "HH", place)
    count = reader.numbers(kind.order + ("Q" if kind.big else "I"), place + 4)[0]
    size, at = _BYTES.get(sort, 1) * count, place + 4 + kind.word
    if size > kind.word:
        at = reader.numbers(kind.order + ("Q" if kind.big else "I"), at)[0]
    if at + size > reader.size:
        raise reader.cut()
    if sort not in _TYPES or count > _MOST.get(tag, 0):
        return tag, ()
    return tag, reader.numbers(kind.order + _TYPES[sort] * count if sort == 5
                               else f"{kind.order}{count}{_TYPES[sort]}", at)


def _check_pieces(reader: Reader, tags: Tags) -> None:
    """All strips or tiles are there, none is empty, and unpacked ones have the right length."""
    tiled = _TILES in tags
    offsets = tags.get(_TILES if tiled else _STRIPS, ())
    lengths = tags.get(_TILE_BYTES if tiled else _STRIP_BYTES, ())
    expected = _pieces(reader, tags, tiled)
    if expected > _MOST_PIECES or len(offsets) != expected or len(lengths) != expected:
        raise reader.damaged("parts of its pixels are missing")
    for offset, length in zip(offsets, lengths, strict=True):
        if offset < 8 or length == 0:
            raise reader.damaged("parts of its pixels were never written")
        if offset + length > reader.size:
            raise reader.cut()
    if tags.get(_COMPRESSION, (1,)) == (1,) and sum(lengths) * 8 < _bits(tags):
        raise reader.damaged("it has too few pixels")


def _pieces(reader: Reader, tags: Tags, tiled: bool) -> int:
    width, height = _one(reader, tags, _WIDTH), _one(reader, tags, _HEIGHT)
    planes = _one(reader, tags, _SAMPLES) if tags.get(_PLANAR) == (2,) else 1
    if 0 in tags.get(_BITS, ()) or any(tags.get(tag, (1, 1))[-1:] == (0,) for tag in _RESOLUTIONS):
        raise reader.damaged("its directory makes no sense")
    if tiled:
        wide, high = _one(reader, tags, _TILE_WIDTH), _one(reader, tags, _TILE_HEIGHT)
        return planes * -(-width // wide) * -(-height // high)
    rows = _one(reader, tags, _ROWS) if _ROWS in tags else height
    return planes * -(-height // rows)


def _one(reader: Reader, tags: Tags, tag: int) -> int:
    values = tags.get(tag, ())
    if len(values) != 1 or not values[0]:
        raise reader.damaged("its directory makes no sense")
    return values[0]


def _bits(tags: Tags) -> int:
    """The least that unpacked pixels can take."""
    return tags[_WIDTH][0] * tags[_HEIGHT][0] * sum(tags.get(_BITS, (1,)))
