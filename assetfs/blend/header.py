"""The first 12 or 17 bytes: the version that saved the file, and how its blocks are laid out.

    BLENDER-v304         up to 4.x: _ 4-byte or - 8-byte pointers, v little or V big endian, 3.4
    BLENDER17-01v0500    from 5.0: header size, 8-byte pointers, format 01, little endian, 5.0

Source of the format: BLO_core_blend_header in Blender's source, compared with files of 2.41 to 5.3.
"""

import re
from struct import Struct
from typing import Literal, NamedTuple

from assetfs.blend.stream import Stream
from assetfs.errors import BlendTooNew

_OLD = re.compile(rb"BLENDER([_-])([vV])(\d{3})")
_NEW = re.compile(rb"BLENDER17-01v(\d{4})")
# code, length, address, DNA struct, count; in the large layout the order is another.
_SMALL4, _SMALL8, _LARGE8 = "4siIii", "4siQii", "4siQqq"


class Header(NamedTuple):
    version: tuple[int, int]
    order: Literal["<", ">"]
    pointer: int  # bytes
    block: Struct
    large: bool  # the block layout of Blender 5


def read_header(stream: Stream) -> Header:
    """The header of the stream, which then stands at the first block."""
    start = stream.read(12)
    if old := _OLD.fullmatch(start):
        order: Literal["<", ">"] = "<" if old[2] == b"v" else ">"
        wide = old[1] == b"-"
        layout = Struct(order + (_SMALL8 if wide else _SMALL4))
        return Header(divmod(int(old[3]), 100), order, 8 if wide else 4, layout, False)
    if start.startswith(b"BLENDER17"):
        start += stream.read(5)
    if new := _NEW.fullmatch(start):
        return Header(divmod(int(new[1]), 100), "<", 8, Struct("<" + _LARGE8), True)
    if start.startswith(b"BLENDER"):
        raise BlendTooNew(
            f"{stream.name} has a header that no Blender up to 5.x writes.",
            "Save it with an older Blender, or update renderd.",
        )
    raise stream.damaged("what is packed in it is not a .blend file")


def version_text(version: tuple[int, int]) -> str:
    """The version as Blender says it: 2.79, 2.80, 3.4, 5.0."""
    major, minor = version
    return f"{major}.{minor:02}" if major < 3 else f"{major}.{minor}"
