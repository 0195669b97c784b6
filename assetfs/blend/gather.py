"""One walk over all blocks: what the scenes need is kept, everything else is skipped."""

from dataclasses import dataclass, field

from assetfs.blend.blocks import MAX_BLOCKS, Block, next_block
from assetfs.blend.header import Header
from assetfs.blend.rendblock import MAX_REND, RendScene, may_be_cut, read_rend_block
from assetfs.blend.stream import Stream

# How much of a block is kept, in bytes. The name of an object ends before byte 300 in every version.
_ROOM = {b"SC": 1 << 16, b"GLOB": 1 << 13, b"OB": 320, b"ID": 320, b"IM": 1 << 13, b"LI": 1 << 13, b"DNA1": 1 << 22}
_SMALL = 512  # a marker is a DATA block of about 100 bytes
MAX_KEPT = 40 << 20
EACH = 200  # what Python needs beside the bytes


@dataclass
class SceneBlock:
    old: int
    body: bytes
    data: dict[int, bytes] = field(default_factory=dict)  # small blocks behind it, by address


@dataclass
class Gathered:
    dna: bytes = b""
    globe: bytes = b""  # the GLOB block
    rend: list[tuple[RendScene, bool]] = field(default_factory=list)  # and whether its name may be cut
    scenes: list[SceneBlock] = field(default_factory=list)
    objects: dict[int, bytes] = field(default_factory=dict)  # own and linked ones, by address
    images: list[bytes] = field(default_factory=list)
    libraries: list[bytes] = field(default_factory=list)


def gather(stream: Stream, header: Header) -> Gathered:
    """The blocks that matter; raises unless the file goes on to its end block."""
    found = Gathered()
    kept = blocks = 0
    block = _gather_rend(stream, header, found)
    owner = b""
    while block.code != b"ENDB":
        owner = block.code if block.code != b"DATA" else owner
        room = _room(block, owner)
        if room:
            _keep(found, block, stream.read(room))
            kept += room + EACH
        stream.skip(block.length - room)
        blocks += 1
        if kept > MAX_KEPT or blocks > MAX_BLOCKS:
            raise stream.damaged("it has more blocks than a scene can have")
        block = next_block(stream, header)
    if stream.compression == "gzip":
        stream.some(1)  # makes zlib compare the checksum, which stands behind the last byte
    return found


def _gather_rend(stream: Stream, header: Header, found: Gathered) -> Block:
    while (block := next_block(stream, header)).code == b"REND":
        scene = read_rend_block(stream, header, block)
        if len(found.rend) < MAX_REND:
            found.rend.append((scene, may_be_cut(block, scene)))
    return block


def _room(block: Block, owner: bytes) -> int:
    if block.code == b"DATA":
        return block.length if owner == b"SC" and block.length <= _SMALL else 0
    return min(block.length, _ROOM.get(block.code, 0))


def _keep(found: Gathered, block: Block, body: bytes) -> None:
    match block.code:
        case b"SC":
            found.scenes.append(SceneBlock(block.old, body))
        case b"DATA":
            found.scenes[-1].data[block.old] = body
        case b"OB" | b"ID":
            found.objects[block.old] = body
        case b"IM":
            found.images.append(body)
        case b"LI":
            found.libraries.append(body)
        case b"GLOB":
            found.globe = body
        case b"DNA1":
            found.dna = body
