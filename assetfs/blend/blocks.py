"""From block to block: every block says what it is, how long it is, and where it lay in memory.

Source of the format: BHead4, SmallBHead8 and LargeBHead8 in Blender's source (BLO_core_bhead.hh).
"""

from typing import NamedTuple

from assetfs.blend.header import Header
from assetfs.blend.stream import Stream

# The largest scenes seen have some 100,000; this many are walked in a second.
MAX_BLOCKS = 1_200_000


class Block(NamedTuple):
    code: bytes  # SC, OB, DATA ... without the zeros that fill it up, which stand in front in big endian
    length: int  # bytes that follow
    old: int  # the address it had in Blender's memory: what pointers in the file point to
    struct: int  # number of the DNA struct
    number: int  # how many of that struct follow each other


def next_block(stream: Stream, header: Header) -> Block:
    """The header of the next block; the caller reads or skips its `length` bytes. The last one is ENDB."""
    raw = stream.some(header.block.size)
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
        raise stream.damaged("something that is no block stands between its blocks")
    return Block(code, length, old, struct, number)


def to_the_end(stream: Stream, header: Header) -> None:
    """Go on to the end block; raises BlendCutShort where there is none."""
    for _ in range(MAX_BLOCKS):
        block = next_block(stream, header)
        if block.code == b"ENDB":
            return
        stream.skip(block.length)
    raise stream.damaged("it has more blocks than a scene can have")
