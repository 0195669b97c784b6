"""Pictures that a render left: by their first bytes, and by a name."""

import os
from collections.abc import Iterator
from pathlib import Path

from renderd.pictures import Broken, look
from spool.formats import EXTENSION
from tests.fuzz import mutate
from tests.fuzz.target import Target, file
from tests.renderd.test_pictures_by_hand import exr, png, progressive, tiff

_EXTENSIONS = sorted(set(EXTENSION.values()))


def read(data: bytes) -> None:
    path = Path(file(f"picture{_EXTENSIONS[len(data) % len(_EXTENSIONS)]}", data))
    with path.open("rb") as opened:
        for picture in (opened.fileno(), path):
            try:
                found = look(picture)
            except Broken as wrong:
                assert str(path) in wrong.message or "descriptor" in wrong.message
            else:
                os.fsencode(found.scene or "")
    path.unlink()


def _seeds() -> Iterator[bytes]:
    texts = ((b"tEXt", b"Scene\0Shot"), (b"zTXt", b"Frame\0\0x\x9c3\x04\0\x002\x002"), (b"iTXt", b"Camera\0\0\0\0\0K"))
    yield png(3, 2, b"pixels", texts)
    yield progressive()
    yield from (tiff(order, big) for order in "<>" for big in (False, True))
    yield from (exr(tiled, parts) for tiled in (False, True) for parts in (1, 2))
    yield b"BM" + (40).to_bytes(4, "little") + bytes(34)
    yield b"RIFF" + (20).to_bytes(4, "little") + b"WEBPVP8 " + bytes(12)
    yield b"\0\0\2" + bytes(9) + b"\2\0\2\0\x18\0" + bytes(12)
    yield b"#?RADIANCE\n" + bytes(30)


_WORDS = (b"IDAT", b"IEND", b"tEXt", b"zTXt", b"iTXt", b"\xff\xda", b"\xff\xc2", b"\xff\xd9", b"chunkCount\0int\0",
          b"tiles\0tiledesc\0", b"compression\0", b"deepscanline")  # fmt: skip
TARGETS = (Target("pictures", read, _seeds, 120, mutate.picture, _WORDS, longest=1 << 16, seconds=2, megabytes=100),)
