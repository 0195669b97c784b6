"""What must be known of an OpenEXR picture before ffmpeg decodes it: its size, and where its colours lie.

    magic, version | attributes: name 0, kind 0, length, value ... | 0

Source of the format: "OpenEXR File Layout" of the OpenEXR documentation."""

import struct
from array import array
from dataclasses import dataclass
from functools import cache
from typing import IO

HEADER = 1024 * 1024        # bytes in which the first header must end
SHOWN = "Combined"          # what Blender calls the finished picture of a view layer


@dataclass(frozen=True)
class Exr:
    """`layer` is where R, G and B lie; "" if they are the file's own."""

    width: int
    height: int
    layer: str

    def as_seen(self, linear: bytes) -> bytes:
        """16 bits of linear light as 8 bits of sRGB."""
        light = array("H", linear)
        return bytes(map(_curve().__getitem__, light))


def look(file: IO[bytes]) -> Exr:
    """ValueError or struct.error if the header makes no sense."""
    head = file.read(HEADER)
    found, place = dict[str, bytes](), 8
    while name := _word(head, place):
        kind = _word(head, place + len(name) + 1)
        place += len(name) + len(kind) + 2
        size = struct.unpack_from("<i", head, place)[0]
        if size < 0 or place + 4 + size > len(head):
            raise ValueError("cut")
        found[name.decode("latin-1")] = head[place + 4:place + 4 + size]
        place += 4 + size
    try:
        left, top, right, bottom = struct.unpack("<4i", found["dataWindow"])
        return Exr(right - left + 1, bottom - top + 1, _layer(_channels(found["channels"])))
    except KeyError:
        raise ValueError("no picture") from None


def _word(head: bytes, place: int) -> bytes:
    return head[place:head.index(0, place)]


def _channels(listed: bytes) -> list[str]:
    names, place = list[str](), 0
    while name := _word(listed, place):
        names.append(name.decode("latin-1"))
        place += len(name) + 1 + 16
    return names


def _layer(channels: list[str]) -> str:
    """The file's own colours, else those of the finished picture, else the first that there are."""
    layers = [name.removesuffix("R").removesuffix(".") for name in channels if name == "R" or name.endswith(".R")]
    return min(layers, key=lambda layer: (layer != "", not layer.endswith(SHOWN)), default="")


@cache
def _curve() -> bytes:
    steps = (step / 65535 for step in range(65536))
    return bytes(round(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055)) for v in steps)
