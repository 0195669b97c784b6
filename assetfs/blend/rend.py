"""What stands at the very front of a .blend file: the version, and the frames that Blender would render.

Blender writes one REND block, directly behind the header, for the scene in the first window.
Further scenes have one only if an add-on set an old flag: `read_scenes` tells all scenes.
"""

import os
from typing import NamedTuple

from assetfs.blend.blocks import next_block
from assetfs.blend.header import Header, read_header, version_text
from assetfs.blend.opening import ENOUGH, opened
from assetfs.blend.rendblock import MAX_REND, RendScene, may_be_cut, read_rend_block
from assetfs.blend.scenes import read_scenes
from assetfs.blend.stream import Compression, Stream


class Rend(NamedTuple):
    path: str
    version: tuple[int, int]
    compression: Compression
    scenes: tuple[RendScene, ...]

    @property
    def version_text(self) -> str:
        return version_text(self.version)


def version_of(path: str | os.PathLike[str]) -> tuple[int, int]:
    """The Blender version that saved the file, (3, 4) for 3.4, from its header alone."""
    with opened(path, ENOUGH) as stream:
        return read_header(stream).version


def read_rend(path: str | os.PathLike[str]) -> Rend:
    """Version and REND blocks, without reading further than these; no REND is no error.

    A file that was cut later on is not noticed: see `check_complete`. At most 1,000 blocks are
    read. Names that an old Blender may have cut are completed from `read_scenes`.
    """
    with opened(path, ENOUGH) as stream:
        header = read_header(stream)
        scenes, cut = _rend_blocks(stream, header)
        rend = Rend(stream.name, header.version, stream.compression, scenes)
    return rend._replace(scenes=read_scenes(path).rend) if cut else rend


def _rend_blocks(stream: Stream, header: Header) -> tuple[tuple[RendScene, ...], bool]:
    found: list[RendScene] = []
    cut = False
    while len(found) < MAX_REND and (block := next_block(stream, header)).code == b"REND":
        found.append(read_rend_block(stream, header, block))
        cut = cut or may_be_cut(block, found[-1])
    return tuple(found), cut
