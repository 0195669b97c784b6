"""Small inputs that would take a lot of time or memory, one for each way that somebody thought of."""

import struct
import zlib
from collections.abc import Callable

import pytest

from tests.assetfs.blend_writer import Writer
from tests.fuzz import blender_lines, blends, pictures, settings_files, spool_files
from tests.fuzz.target import Target, file, folder, measured


def tiff(pages: int, entries: list[tuple[int, int]], numbers: int) -> bytes:
    """Directories in a row; all entries (tag, how many) point to the same numbers."""
    size = 2 + 12 * len(entries) + 4
    data = 8 + pages * size
    out = b"II*\0" + struct.pack("<I", 8)
    for page in range(pages):
        out += struct.pack("<H", len(entries))
        out += b"".join(struct.pack("<HHII", tag, 4, count, data if count > 1 else 8) for tag, count in entries)
        out += struct.pack("<I", 8 + (page + 1) * size if page + 1 < pages else 0)
    return out + struct.pack("<I", 8) * numbers


MOST = 1 << 18


def shared_numbers() -> bytes:
    """4,000 tags, each of a quarter of a million numbers, which are the same bytes."""
    return tiff(1, [(tag, MOST) for tag in range(1000, 5000)], MOST)


def one_tag_again_and_again() -> bytes:
    return tiff(1, [(273, MOST)] * 4096, MOST)


def many_pages() -> bytes:
    """1,000 pages, each with numbers for strips that it does not need."""
    return tiff(1000, [(256, 1), (257, 1), (273, MOST), (279, MOST), (322, 1), (323, 1), (324, 1), (325, 1)], MOST)


def a_chunk_of_64_megabytes() -> bytes:
    """An EXR of one chunk, whose pixels are zeros."""
    def attribute(name: str, kind: str, data: bytes) -> bytes:
        return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data

    wide = (1 << 26) // 32 - 1
    box = struct.pack("<4i", 0, 0, wide, 15)
    header = b"".join([
        attribute("compression", "compression", b"\3"),
        attribute("channels", "chlist", b"G\0" + struct.pack("<iIii", 1, 0, 1, 1) + b"\0"),
        attribute("dataWindow", "box2i", box), attribute("displayWindow", "box2i", box), b"\0"])
    packed = zlib.compress(bytes((wide + 1) * 32), 9)
    start = struct.pack("<4sI", b"\x76\x2f\x31\x01", 2) + header
    return start + struct.pack("<Q", len(start) + 8) + struct.pack("<ii", 0, len(packed)) + packed


def many_sequences() -> bytes:
    """A .blend with 12,000 pictures that are sequences, all in one folder of 2,000 files."""
    folder("many")
    for number in range(2000):
        file(f"many/some{number:04}.txt", b"")
    writer = Writer()
    image = writer.record("Image", b"IM", name=b"//many/gone_000000.png", source=2)
    return writer.file(*(image.replace(b"000000", b"%06d" % number) for number in range(12_000)))


def alias_bomb() -> bytes:
    """YAML in which nine times nine times ... of the same list are named."""
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    return "\n".join([*rows, "format: 1", "beat: *a29", "slots: *a29"]).encode()


BOMBS: list[tuple[Callable[[bytes], None], Callable[[], bytes]]] = [
    (pictures.read, shared_numbers), (pictures.read, one_tag_again_and_again), (pictures.read, many_pages),
    (pictures.read, a_chunk_of_64_megabytes),
    (blends.read, many_sequences),
    (spool_files.farm, alias_bomb), (settings_files.read, alias_bomb),
    (spool_files.farm, lambda: b"[" * 1500), (settings_files.read, lambda: b"[" * 1500),
    (spool_files.farm, lambda: b"format: 1\nbeat: 2026-13-45"), (spool_files.farm, lambda: b"!!timestamp x"),
    (spool_files.frame_list, lambda: b"0-999999," * 7000 + b"1"),
    (spool_files.info, lambda: b'{"round":' * 6000),
    (blender_lines.hear, lambda: b"renderd-missing: " + b"[" * 60_000),
    (blender_lines.hear, lambda: (b'Can\'t find scene: \'' + b"' in file: '" * 300 + b"\n") * 9),
    (blender_lines.hear, lambda: (b'For target: (type=a, name="' + b'", property=, property_index=' * 130 + b"\n") * 9),
    (blender_lines.hear, lambda: b"Fra:" + b"9" * 5000 + b" Mem:1.0M (Peak 1.0M)"),
    (spool_files.a_redo, lambda: b'{"round": 1e999, "frames": "1"}'),
]


@pytest.mark.parametrize(("run", "bomb"), BOMBS, ids=[f"{run.__name__}-{at}" for at, (run, _) in enumerate(BOMBS)])
def test_a_bomb_does_not_go_off(run: Callable[[bytes], None], bomb: Callable[[], bytes]) -> None:
    measured(Target("bomb", run, list, 1, seconds=3, megabytes=100), bomb())
