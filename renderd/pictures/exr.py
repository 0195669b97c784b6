"""OpenEXR: the chunks must fill the file from the table of offsets to the end, without a gap.

    magic, flags | header of each part | table of offsets of each part | chunks

Blender writes the table last, so it is zero until the picture is complete. Scanlines and tiles, one part or
many, deep or flat. Pixels that are wrong inside a chunk are found in the last chunk only.
Source of the format: "OpenEXR File Layout" of the OpenEXR documentation.
"""

import zlib

from renderd.pictures.exr_header import ZIPPED, Part, read_parts
from renderd.pictures.picture import Broken, Picture
from renderd.pictures.reader import Reader

MAGIC = b"\x76\x2f\x31\x01"

_MOST_CHUNKS = 1 << 17
_LARGEST_INFLATE = 1 << 26      # bytes of a last chunk that are inflated to look at its checksum
_PIECE = 1 << 16                # bytes that are inflated together
_ZEROS = bytes(16)              # no compressed chunk ends so, but a file whose tail was never written

Extent = tuple[int, int, Part]      # where a chunk begins, where the next one must begin


def check(reader: Reader) -> Picture:
    """The picture, or Broken. The size is that of the displayWindow; see Picture.crop."""
    if not MAGIC.startswith(reader.at(0, min(reader.size, 4))):
        raise reader.stranger("OpenEXR")
    parts, words, place = read_parts(reader)
    multi = len(parts) > 1 or parts[0].numbered
    begin = place + 8 * sum(part.chunks for part in parts)
    if begin > reader.size or begin - place > 8 * _MOST_CHUNKS:
        raise reader.cut()
    extents: list[Extent] = []
    for part in parts:
        offsets = reader.numbers(f"<{part.chunks}Q", place)
        extents += [_extent(reader, part, offset, multi) for offset in offsets]
        place += 8 * part.chunks
    _check_row(reader, sorted(extents, key=lambda extent: extent[0]), begin)
    _check_last(reader, max(extents, key=lambda extent: extent[0]), multi)
    first = parts[0]
    return words.picture("OPEN_EXR", first.width, first.height, first.crop)


def _extent(reader: Reader, part: Part, offset: int, multi: bool) -> Extent:
    """Where this chunk begins and ends, by its own word."""
    if offset == 0:
        raise Broken("cut", f"{reader.name} was not finished: its table of offsets has gaps.")
    head = offset + (4 if multi else 0) + (16 if part.tiled else 4)
    if part.deep:
        table, samples, _ = reader.numbers("<3Q", head)
        return offset, head + 24 + table + samples, part
    length = reader.numbers("<i", head)[0]
    if length < 0 or (part.chunk_bytes is not None and length > part.chunk_bytes):
        raise reader.damaged("a chunk is larger than its pixels")
    return offset, head + 4 + length, part


def _check_row(reader: Reader, extents: list[Extent], begin: int) -> None:
    for start, end, _ in extents:
        if end > reader.size:
            raise reader.cut()
        if start != begin:
            raise reader.damaged("its chunks do not follow each other")
        begin = end
    if begin != reader.size:
        raise reader.damaged("there is something behind the last chunk")


def _check_last(reader: Reader, extent: Extent, multi: bool) -> None:
    """The last chunk holds the tail of the file, the place where zeros stand when a disk was full."""
    start, end, part = extent
    begin = start + (8 if multi else 4) + 4
    if part.deep or part.tiled or part.chunk_bytes is None or not part.compression:
        return
    if end - begin >= part.last_bytes:      # stored as it is, because packing did not help
        return
    if part.compression in ZIPPED and part.chunk_bytes <= _LARGEST_INFLATE:
        if not _inflates(reader, begin, end, part.chunk_bytes):
            raise reader.damaged("its last lines cannot be read")
    elif part.ends_packed and end - begin > 16 and reader.at(end - 16, 16) == _ZEROS:
        raise reader.damaged("its tail was never written")


def _inflates(reader: Reader, begin: int, end: int, most: int) -> bool:
    """Whether one zlib stream of at most so many bytes fills this place; its bytes are forgotten at once."""
    stream, inflated = zlib.decompressobj(), 0
    try:
        for place in range(begin, end, _PIECE):
            packed = reader.at(place, min(_PIECE, end - place))
            while inflated <= most and (plain := stream.decompress(packed, _PIECE)):
                inflated, packed = inflated + len(plain), stream.unconsumed_tail
    except zlib.error:
        return False
    return stream.eof and not stream.unused_data and inflated <= most
