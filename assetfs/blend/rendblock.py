"""One REND block: `int start, int end, char name[]`, where the name has room for 24, 64 or 256 bytes.

Source of the format: write_renderinfo in Blender's writefile.cc.
"""

from struct import unpack_from
from typing import NamedTuple

from assetfs.blend.blocks import Block
from assetfs.blend.header import Header
from assetfs.blend.stream import Stream

MAX_REND = 1000
MAX_LENGTH = 1024
# Up to 2.62 there was room for 24 bytes, and some versions cut the name to 21.
CUT_LENGTH, CUT_FROM = 32, 21


class RendScene(NamedTuple):
    scene: str
    start: int
    end: int


def read_rend_block(stream: Stream, header: Header, block: Block) -> RendScene:
    if not 8 < block.length <= MAX_LENGTH:
        raise stream.damaged(f"a REND block of {block.length} bytes")
    body = stream.read(block.length)
    start, end = unpack_from(header.order + "ii", body)
    return RendScene(body[8:].split(b"\0", 1)[0].decode("utf-8", "surrogateescape"), start, end)


def may_be_cut(block: Block, found: RendScene) -> bool:
    """Whether the scene's real name may be longer than the block's."""
    return block.length == CUT_LENGTH and len(found.scene.encode("utf-8", "surrogateescape")) >= CUT_FROM
