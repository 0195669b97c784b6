"""The small picture that Blender saves inside a .blend, directly behind REND: the block TEST."""

import os
import struct
from dataclasses import dataclass

from assetfs.blend.blocks import next_block
from assetfs.blend.header import read_header
from assetfs.blend.opening import ENOUGH, opened
from assetfs.blend.rendblock import MAX_REND

LARGEST = 256       # pixels of an edge; Blender's are 128, and 256 at most


@dataclass(frozen=True)
class Preview:
    """`pixels` are red, green, blue and alpha, the lowest line first."""

    width: int
    height: int
    pixels: bytes


def read_preview(path: str | os.PathLike[str]) -> Preview | None:
    """None where Blender saved none: without a window it does not."""
    with opened(path, ENOUGH) as stream:
        header = read_header(stream)
        for _ in range(MAX_REND):
            block = next_block(stream, header)
            if block.code != b"REND":
                break
            stream.skip(block.length)
        if block.code != b"TEST" or block.length < 8:
            return None
        width, height = struct.unpack(header.order + "2i", stream.read(8))
        if not (0 < width <= LARGEST and 0 < height <= LARGEST and block.length >= 8 + 4 * width * height):
            return None
        return Preview(width, height, stream.read(4 * width * height))
