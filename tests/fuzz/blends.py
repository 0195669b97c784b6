"""The .blend reader: plain, through its unpackers, and at them."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

from assetfs.blend import check_complete, read_rend, read_scenes, version_of
from assetfs.errors import AssetError
from tests.assetfs.blend_writer import ANCIENT, Writer
from tests.fuzz import mutate
from tests.fuzz.target import Target, file

BLENDS = Path(__file__).resolve().parents[2].parent / "shared" / "blends"
_KEPT = (b"REND", b"GLOB", b"SC", b"OB", b"IM", b"LI", b"ID", b"DNA1", b"ENDB")
WRITERS = (
    Writer(), Writer(big=True), Writer(wide=False), Writer(wide=False, big=True, version=262, structs=ANCIENT),
    Writer(version=500, five=True),
)  # fmt: skip


def read(data: bytes) -> None:
    """Every function, each with an answer or an error of ours that names the file."""
    path = file("some.blend", data)
    for function in (version_of, read_rend, check_complete, read_scenes):
        try:
            function(path)
        except AssetError as wrong:
            assert path in wrong.message, wrong.message


def small() -> Iterator[bytes]:
    """All kinds of blocks, in every layout that there is."""
    for writer in WRITERS:
        render = {"sfra": 3, "efra": 9, "xsch": 320, "ysch": 240, "size": 50, "frs_sec": 25, "pic": b"//out/"}
        markers = {"markers": {"first": 0x5000}} if "ListBase markers" in writer.dna["Scene"] else {}
        yield writer.file(
            writer.rend(b"A name that is long enough", 3, 9, room=24 if writer.version == 262 else 64),
            writer.record("FileGlobal", b"GLOB", curscene=0x2000),
            writer.record("Scene", b"SC", 0x2000, id={"name": b"SCOne"}, camera=0x3000, r=render, **markers),
            writer.record("TimeMarker", b"DATA", 0x5000, next=0x6000, frame=3, name=b"in", camera=0x4000),
            writer.record("TimeMarker", b"DATA", 0x6000, frame=8, name=b"out"),
            writer.record("Object", b"OB", 0x3000, id={"name": b"OBCam"}),
            writer.record("ID", b"ID", 0x4000, name=b"OBLinked"),
            writer.record("Image", b"IM", id={"name": b"IMx"}, name=b"//tex/seq_0001.png", source=2),
            writer.record("Library", b"LI", name=b"//lib.blend"),
        )


def real() -> Iterator[bytes]:
    """What Blender saved, without the blocks that nobody reads."""
    if (BLENDS / "truth.json").exists():
        for name in json.loads((BLENDS / "truth.json").read_text("utf-8")):
            data = (BLENDS / name).read_bytes()
            yield _shorter(data if data.startswith(b"BLENDER") else mutate.unpacked(data) or data)


def _shorter(data: bytes) -> bytes:
    header, *rest = mutate.blocks(data)
    return b"".join([header, *(block for block in rest if block[:4].strip(b"\0") in _KEPT)])


def _packed() -> Iterator[bytes]:
    for number, content in enumerate(small()):
        for pack in mutate.PACKINGS:
            yield pack(content, Random(number))


def _front_and_packed() -> Iterator[bytes]:
    yield from _packed()
    yield from (b"", b"BLENDER-v304", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", bytes(40))


_WORDS = (*(code.ljust(4, b"\0") for code in _KEPT), b"SDNA", b"NAME", b"TYPE", b"TLEN", b"STRC", b"BLENDER", b"-v304",
          b"17-01v0500", b"[999999999]", b"\xff\xff\xff\x7f", b"<UDIM>")  # fmt: skip
_MAGICS = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"\x5e\x2a\x4d\x18", b"\xb1\xea\x92\x8f")
LIMITS = {"seconds": 2.0, "megabytes": 100.0}      # as assetfs/blend promises them
TARGETS = (
    Target("blend", read, lambda: [*small(), *real()], 200, mutate.blend, _WORDS, 160_000, **LIMITS),
    Target("blend-packed", read, _packed, 150, mutate.packed_blend, _WORDS, 1 << 14, **LIMITS),
    Target("blend-unpackers", read, _front_and_packed, 50, None, _MAGICS, 1 << 13, **LIMITS),
)
