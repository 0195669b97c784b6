"""From block to block: every block says what it is, how long it is, and where it lay in memory.

Source of the format: BHead4, SmallBHead8 and LargeBHead8 in Blender's source (BLO_core_bhead.hh).
"""

from typing import NamedTuple

from assetfs.blend.header import Header
from assetfs.blend.stream import Stream

# The largest scenes seen have some 100,000; this many are walked in a second.
MAX_BLOCKS = 1_200_000
NO_BLOCK = "something that is no block stands between its blocks"
TOO_MANY = "it has more blocks than a scene can have"


class Block(NamedTuple):
    code: bytes  # SC, OB, DATA ... without the zeros that fill it up, which stand in front in big endian
    length: int  # bytes that follow
    old: int  # the address it had in Blender's memory: what pointers in the file point to
    struct: int  # number of the DNA struct
    number: int  # how many of that struct follow each other


def next_block(stream: Stream, header: Header) -> Block:
    """The header of the next block; the caller reads or skips its `length` bytes. The last one is ENDB."""
    return _block(stream, header, stream.some(header.block.size))


def next_but_data(stream: Stream, header: Header) -> tuple[Block, int]:
    """The next block that is no DATA, and how many of those were skipped: most of a file, so this is its time."""
    some, skip, size, unpack = stream.some, stream.skip, header.block.size, header.block.unpack
    length = 3 if header.large else 1
    for passed in range(MAX_BLOCKS):
        raw = some(size)
        if raw[:4] != b"DATA" or len(raw) < size:
            return _block(stream, header, raw), passed
        if (count := unpack(raw)[length]) < 0:
            raise stream.damaged(NO_BLOCK)
        skip(count)
    raise stream.damaged(TOO_MANY)


def _block(stream: Stream, header: Header, raw: bytes) -> Block:
    if len(raw) < header.block.size:
        if raw.startswith(b"ENDB") and len(raw) >= 8:  # the short end of very old files
            return Block(b"ENDB", 0, 0, 0, 0)
        raise stream.cut_short()
    if header.large:
        code, struct, old, length, number = header.block.unpack(raw)
    else:
        code, length, old, struct, number = header.block.unpack(raw)
    code = code.strip(b"\0")
    if length < 0 or not code.isalnum():
        raise stream.damaged(NO_BLOCK)
    return Block(code, length, old, struct, number)


def to_the_end(stream: Stream, header: Header) -> None:
    """Go on to the end block; raises BlendCutShort where there is none."""
    for _ in range(MAX_BLOCKS):
        block = next_block(stream, header)
        if block.code == b"ENDB":
            return
        stream.skip(block.length)
    raise stream.damaged(TOO_MANY)
