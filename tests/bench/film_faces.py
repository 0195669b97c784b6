"""Small pictures of people who do not exist, as PNG, without any library."""

import colorsys
import struct
import zlib
from collections.abc import Sequence
from math import hypot

Pixels = list[bytes]            # rows of red, green, blue
HAIR = (0.12, 0.22, 0.35, 0.55, 0.75)


def face(number: int, size: int) -> Pixels:
    """Always the same one for a number: a head with hair and eyes before a wall."""
    wall, shirt = _colour(number * 0.381, 0.35, 0.92), _colour(number * 0.381 + 0.45, 0.6, 0.6)
    skin = _colour(0.07, 0.35 + 0.1 * (number % 4), 0.95 - 0.17 * (number % 4))
    hair, long = _colour(0.08, 0.6, HAIR[number % 5]), number % 3
    eyes = _colour(0.6, 0.3, 0.15)

    def pixel(x: float, y: float) -> bytes:
        if hypot(abs(x) - 0.13, y + 0.02) < 0.035:
            return eyes
        if hypot(x, (y + 0.02) * 0.85) < 0.30:
            return hair if y < -0.17 else skin
        if hypot(x, y + 0.06) < 0.36 and y < 0.1 + 0.25 * long:
            return hair
        if abs(x) < 0.1 and 0.2 < y < 0.45:
            return skin
        return shirt if hypot(x, y - 0.75) < 0.42 else wall

    return [b"".join(pixel(column / size - 0.5, row / size - 0.5) for column in range(size)) for row in range(size)]


def side_by_side(pictures: Sequence[Pixels]) -> Pixels:
    return [b"".join(rows) for rows in zip(*pictures, strict=True)]


def png(pixels: Pixels) -> bytes:
    width, height = len(pixels[0]) // 3, len(pixels)
    lines = b"".join(b"\0" + row for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + code + data + struct.pack(">I", zlib.crc32(code + data))
        for code, data in ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
                           (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")))


def _colour(hue: float, saturation: float, value: float) -> bytes:
    return bytes(round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value))
