"""Pictures made by hand: what Blender does not write, or not on purpose."""

import random
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest

from renderd.pictures import Broken, Picture, look


def is_broken(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        look(path)
    except Broken:
        return True
    return False


def reason(path: Path) -> str:
    with pytest.raises(Broken) as caught:
        look(path)
    return caught.value.reason


def test_a_large_png_takes_milliseconds(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(1920, 1080, random.Random(1).randbytes(2_000_000), piece=8192))
    start = time.process_time()
    for _ in range(10):
        assert look(path).width == 1920
    assert (time.process_time() - start) / 10 < 0.05       # 2 to 3 ms where this was written


def test_texts_that_are_packed_or_in_unicode_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(1, 1, b"pixels", texts=(
        (b"zTXt", b"Scene\0\0" + zlib.compress("Küche".encode())),
        (b"iTXt", b"Camera\0\0\0de\0\0" + "Kamera ü".encode()),
        (b"iTXt", b"RenderTime\0\1\0\0\0" + zlib.compress(b"01:02:03.50")),
        (b"tEXt", b"Frame\x000007"), (b"tEXt", b"Frame\x008"))))
    assert look(path) == Picture("PNG", 1, 1, "Küche", 7, "Kamera ü", 3723.5)


def test_a_text_that_would_unpack_to_gigabytes_is_kept_short(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    bomb = b"Scene\0\0" + zlib.compress(bytes(50_000_000), 9)
    path.write_bytes(png(1, 1, b"pixels", texts=((b"zTXt", bomb), (b"tEXt", b"Camera\0" + b"x" * 9000))))
    tracemalloc.start()
    try:
        seen = look(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert len(seen.scene or "") == len(seen.camera or "") == 4096


def test_a_progressive_jpeg_is_whole_and_its_cuts_are_broken(tmp_path: Path) -> None:
    path, data = tmp_path / "a.jpg", progressive()
    path.write_bytes(data)
    assert (look(path).width, look(path).height, look(path).frame) == (300, 200, -12)
    assert all(is_broken(path, data[:n]) for n in range(len(data)))


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_either_byte_order_is_read(tmp_path: Path, order: str, big: bool) -> None:
    path, data = tmp_path / "a.tif", tiff(order, big)
    path.write_bytes(data)
    assert (look(path).width, look(path).height) == (4, 2)
    assert all(is_broken(path, data[:n]) for n in range(len(data)))


def test_a_tiff_whose_directories_go_in_a_circle_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff("<", False, following=16))
    assert reason(path) == "damaged"


@pytest.mark.parametrize(("tag", "value"), [(273, 0), (279, 0), (279, 7), (278, 1), (258, 0)])
def test_a_tiff_with_a_strip_that_was_not_written_or_is_too_short_is_damaged(
        tmp_path: Path, tag: int, value: int) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff("<", False, instead={tag: value}))
    assert reason(path) == "damaged"


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("parts", [1, 2])
def test_an_exr_of_tiles_or_parts_is_read_and_its_cuts_are_broken(tmp_path: Path, tiled: bool, parts: int) -> None:
    path, data = tmp_path / "a.exr", exr(tiled, parts)
    path.write_bytes(data)
    seen = look(path)
    assert (seen.width, seen.height, seen.crop, seen.scene) == (8, 8, (1, 2, 5, 4), "Shot")
    assert all(is_broken(path, data[:n]) for n in range(len(data)))


def test_an_exr_whose_table_was_not_written_is_cut(tmp_path: Path) -> None:
    path, data = tmp_path / "a.exr", exr(False, 1)
    table = len(data) - 4 * (4 + 4 + 10) - 4 * 8
    path.write_bytes(data[:table] + bytes(8) + data[table + 8:])
    assert reason(path) == "cut"


def test_an_exr_whose_chunks_do_not_fit_their_table_is_damaged(tmp_path: Path) -> None:
    path, data = tmp_path / "a.exr", exr(False, 1)
    first = len(data) - 4 * (4 + 4 + 10)
    table = first - 4 * 8
    twice = data[:table] + data[table + 8:table + 16] + data[table + 8:]
    large = data[:first + 4] + struct.pack("<i", 10 + 4 + 4 + 10) + data[first + 8:]
    for broken in (twice, large):
        path.write_bytes(broken)
        assert reason(path) == "damaged"


def test_an_exr_whose_header_counts_other_chunks_than_its_lines_is_damaged(tmp_path: Path) -> None:
    path, data = tmp_path / "a.exr", exr(False, 2)
    path.write_bytes(data.replace(b"chunkCount\0int\0\4\0\0\0\4", b"chunkCount\0int\0\4\0\0\0\3"))
    assert reason(path) == "damaged"


def png(width: int, height: int, pixels: bytes, texts: tuple[tuple[bytes, bytes], ...] = (),
        piece: int = 1 << 20) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    pieces = [chunk(b"IDAT", pixels[n:n + piece]) for n in range(0, len(pixels), piece)]
    return b"".join([b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", size + b"\x08\x02\0\0\0"),
                     *(chunk(*text) for text in texts), *pieces, chunk(b"IEND", b"")])


def progressive() -> bytes:
    """The bones of one: two scans, stuffed ff, a restart."""
    def segment(marker: int, data: bytes) -> bytes:
        return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data

    size = b"\x08" + (200).to_bytes(2, "big") + (300).to_bytes(2, "big") + b"\1\1\x11\0"
    return (b"\xff\xd8" + segment(0xFE, b"Blender:Frame:-12\0") + segment(0xC2, size)
            + segment(0xDA, b"\1\1\0\0\0\0") + b"ab\xff\0cd\xff\xd0ef" + segment(0xC4, b"\0" * 17)
            + segment(0xDA, b"\1\1\0\1\5\0") + b"gh\xff\xff\0" + b"\xff\xd9")


def tiff(order: str, big: bool, following: int = 0, instead: dict[int, int] | None = None) -> bytes:
    entries = [(256, 3, 4), (257, 3, 2), (258, 3, 8), (259, 3, 1), (273, 4, 0), (277, 3, 1), (278, 3, 2), (279, 4, 8)]
    head, entry, word = (8, 20, 8) if big else (2, 12, 4)
    ifd = 16
    pixels = ifd + head + entry * len(entries) + word
    mark = b"II" if order == "<" else b"MM"
    start = struct.pack(order + "HHHQ", 43, 8, 0, ifd) if big else struct.pack(order + "HI", 42, ifd)
    out = (mark + start).ljust(ifd, b"\0") + struct.pack(order + ("Q" if big else "H"), len(entries))
    for tag, kind, value in entries:
        value = (instead or {}).get(tag, pixels if tag == 273 else value)
        out += struct.pack(order + "HH" + ("Q" if big else "I"), tag, kind, 1)
        out += struct.pack(order + ("H" if kind == 3 else "I"), value).ljust(word, b"\0")
    return out + struct.pack(order + ("Q" if big else "I"), following) + b"pixels!!"


def exr(tiled: bool, parts: int) -> bytes:
    """Unpacked half floats in the window (1, 2) to (5, 5) of 8x8; tiles of 3x3."""
    def attribute(name: str, kind: str, data: bytes) -> bytes:
        return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data

    def header(number: int) -> bytes:
        own = [attribute("name", "string", b"part%d" % number), attribute("chunkCount", "int", struct.pack("<i", 4)),
               attribute("type", "string", b"tiledimage" if tiled else b"scanlineimage")] if parts > 1 else []
        if tiled:
            own.append(attribute("tiles", "tiledesc", struct.pack("<IIB", 3, 3, 0)))
        return b"".join([
            *own, attribute("Scene", "string", b"Shot"), attribute("compression", "compression", b"\0"),
            attribute("channels", "chlist", b"G\0" + struct.pack("<iIii", 1, 0, 1, 1) + b"\0"),
            attribute("dataWindow", "box2i", struct.pack("<4i", 1, 2, 5, 5)),
            attribute("displayWindow", "box2i", struct.pack("<4i", 0, 0, 7, 7)), b"\0"])

    flags = 2 | (0x200 if tiled and parts == 1 else 0) | (0x1000 if parts > 1 else 0)
    out = struct.pack("<4sI", b"\x76\x2f\x31\x01", flags) + b"".join(map(header, range(parts)))
    out += b"\0" if parts > 1 else b""
    chunks, offsets, begin = [], [], len(out) + 8 * 4 * parts
    for part in range(parts):
        for n in range(4):
            offsets.append(begin + sum(map(len, chunks)))
            place = struct.pack("<4i", n % 2, n // 2, 0, 0) if tiled else struct.pack("<i", n + 2)
            data = b"\x11" * 10
            chunks.append((struct.pack("<i", part) if parts > 1 else b"") + place + struct.pack("<i", 10) + data)
    return out + struct.pack(f"<{len(offsets)}Q", *offsets) + b"".join(chunks)
