"""One walk over all blocks: what the scenes need is kept, everything else is skipped.

Blender writes scenes before objects, so of a hundred thousand objects only those are kept whose
address some scene holds: cameras among them.
"""

from dataclasses import dataclass, field
from struct import unpack_from
from typing import NamedTuple

from assetfs.blend.blocks import MAX_BLOCKS, TOO_MANY, Block, next_block, next_but_data
from assetfs.blend.header import Header
from assetfs.blend.rendblock import MAX_REND, RendScene, may_be_cut, read_rend_block
from assetfs.blend.stream import Stream

# How much of a block is kept, in bytes. The name of an object ends before byte 300 in every version.
_ROOM = {b"SC": 1 << 16, b"GLOB": 1 << 13, b"OB": 320, b"ID": 320, b"IM": 1 << 13, b"LI": 1 << 13, b"DNA1": 1 << 22}
_MARKER = range(76, 161)  # bytes of a marker, which is a DATA block, from the first version to the latest

# One budget in bytes for everything, so that no mixture of blocks costs more memory or time.
BUDGET = 40 << 20
_EACH = 200  # what Python needs beside the bytes
_DECODED = 2000  # what decoding one costs in time, as if it were memory
_ADDRESS = 80


class SceneBlock(NamedTuple):
    old: int
    body: bytes
    data: dict[int, bytes]  # what may be markers, by address


@dataclass
class Gathered:
    """What one walk kept."""

    dna: bytes = b""
    globe: bytes = b""  # the GLOB block
    rend: list[tuple[RendScene, bool]] = field(default_factory=list)  # and whether its name may be cut
    scenes: list[SceneBlock] = field(default_factory=list)
    objects: dict[int, bytes] = field(default_factory=dict)  # own and linked ones, by address
    images: list[bytes] = field(default_factory=list)
    libraries: list[bytes] = field(default_factory=list)
    addresses: set[int] = field(default_factory=set)  # all that scenes hold, and much that is none
    cost: int = 0


def gather(stream: Stream, header: Header) -> Gathered:
    """The blocks that matter; raises unless the file goes on to its end block."""
    found = Gathered()
    block = _gather_rend(stream, header, found)
    owner = b""
    blocks = 0
    while block.code != b"ENDB":
        owner = block.code if block.code != b"DATA" else owner
        room = _room(block, owner, found)
        if room:
            _keep(found, block, stream.read(room), header)
        stream.skip(block.length - room)
        blocks += 1
        if found.cost > BUDGET or blocks > MAX_BLOCKS:
            raise stream.damaged(TOO_MANY)
        if owner == b"SC":      # of which markers are kept
            block = next_block(stream, header)
        else:
            block, skipped = next_but_data(stream, header)
            blocks += skipped
    if stream.compression == "gzip":
        stream.some(1)  # makes zlib compare the checksum, which stands behind the last byte
    return found


def _gather_rend(stream: Stream, header: Header, found: Gathered) -> Block:
    while (block := next_block(stream, header)).code == b"REND":
        scene = read_rend_block(stream, header, block)
        if len(found.rend) < MAX_REND:
            found.rend.append((scene, may_be_cut(block, scene)))
    return block


def _room(block: Block, owner: bytes, found: Gathered) -> int:
    """How many bytes of the block to keep."""
    if block.code == b"DATA":
        return block.length if owner == b"SC" and block.length in _MARKER else 0
    if block.code in (b"OB", b"ID") and found.scenes and block.old not in found.addresses:
        return 0
    return min(block.length, _ROOM.get(block.code, 0))


def _keep(found: Gathered, block: Block, body: bytes, header: Header) -> None:
    found.cost += len(body) + _EACH
    match block.code:
        case b"SC":
            found.scenes.append(SceneBlock(block.old, body, {}))
            _note_addresses(found, body, header)
        case b"DATA":
            found.scenes[-1].data[block.old] = body
            _note_addresses(found, body, header)
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
    if block.code in (b"SC", b"IM", b"LI"):
        found.cost += _DECODED


def _note_addresses(found: Gathered, body: bytes, header: Header) -> None:
    """Without the DNA, which comes last, anything that stands where a pointer could is taken for one.

    Blender's structs have every pointer at a multiple of its size.
    """
    before = len(found.addresses)
    code = "Q" if header.pointer == 8 else "I"
    found.addresses.update(unpack_from(f"{header.order}{len(body) // header.pointer}{code}", body))
    found.cost += _ADDRESS * (len(found.addresses) - before)
