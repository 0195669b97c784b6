"""Formats that are only looked at from outside: first bytes, the length they claim, last bytes.

Sources: what Blender 3.4.1 writes; the headers as SMPTE 268M (DPX), Cineon 4.5, BMP, RIFF, Targa 2.0 and
ISO 15444-1 (JPEG 2000) have them. A file of an unknown kind only has to have something in it.
"""

from renderd.pictures.picture import Picture
from renderd.pictures.reader import Reader

_MAGIC: dict[str, tuple[bytes, ...]] = {
    "BMP": (b"BM",),
    "CINEON": (b"\x80\x2a\x5f\xd7", b"\xd7\x5f\x2a\x80"),
    "DPX": (b"SDPX", b"XPDS"),
    "HDR": (b"#?RADIANCE", b"#?RGBE"),
    "IRIS": (b"\x01\xda",),
    "JPEG2000": (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "WEBP": (b"RIFF",),
}
# Where the length of the file stands, in the byte order of the magic, and what to add to it.
_LENGTH = {"BMP": ("<", 2, 0), "CINEON": ("", 20, 0), "DPX": ("", 16, 0), "WEBP": ("<", 4, 8)}
_LITTLE = (b"\xd7\x5f\x2a\x80", b"XPDS")
_ENDS = {"JPEG2000": b"\xff\xd9"}


def check(reader: Reader, kind: str) -> Picture:
    """A picture without a size, or Broken. A cut HDR, IRIS or packed TARGA is not found."""
    magics = _MAGIC.get(kind, ())
    start = reader.at(0, min(reader.size, 12))
    if magics and not any(start.startswith(magic[:len(start)]) for magic in magics):
        raise reader.stranger(kind)
    if kind in _LENGTH:
        _check_length(reader, kind)
    if kind in _ENDS and reader.at(reader.size - 2, 2) != _ENDS[kind]:
        raise reader.cut()
    if kind in ("TARGA", "TARGA_RAW"):
        _check_targa(reader)
    return Picture("other")


def _check_length(reader: Reader, kind: str) -> None:
    order, place, more = _LENGTH[kind]
    order = order or ("<" if reader.at(0, 4) in _LITTLE else ">")
    length = reader.numbers(order + "I", place)[0] + more
    if length > reader.size:
        raise reader.cut()
    if length < reader.size:
        raise reader.damaged("there is something behind the end")


def _check_targa(reader: Reader) -> None:
    """An unpacked one must be as long as its pixels; a packed one only longer than its header."""
    name, colors, kind = reader.numbers("<BBB", 0)
    width, height, bits = reader.numbers("<HHB", 12)
    if colors > 1 or kind not in (1, 2, 3, 9, 10, 11) or not width or not height:
        raise reader.stranger("Targa")
    pixels = width * height * (bits // 8) if kind < 4 else 1
    if reader.size < 18 + name + pixels:
        raise reader.cut()
