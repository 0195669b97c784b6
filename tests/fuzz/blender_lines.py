"""What a Blender says on its stdout: a script in the scene may print anything."""

import os
from collections.abc import Iterator

from renderd.diagnose import Listener
from renderd.report import MARK
from tests.fuzz.target import Target

_SAID = (
    "Fra:7 Mem:12.34M (Peak 15.50M) | Time:00:01.20 | Rendering 3 / 8 samples", "Saved: '/film/0007.png'",
    " Time: 00:01.20 (Saving: 00:00.10)", "Scene switch for render: 'Shot' in file: '/film/shot.blend'",
    "Can't find scene: 'Shot' in file: '/film/shot.blend'", "Traceback (most recent call last):", "  File \"x\"",
    "ValueError: no", "Error in PyDriver: expression failed: x", "restricted access disallows",
    'For target: (type=Object, name="Cube", property=location, property_index=0)', "std::bad_alloc",
    "LIB: Object: 'x' missing from '//lib.blend', parent '<direct>'",
    MARK + '{"scenes": {"Shot": {"camera": null, "engine": "CYCLES"}}, "images": ["/a.png"], "files": 7}',
)  # fmt: skip


def hear(data: bytes) -> None:
    listener = Listener("/film/shot.blend")
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        listener.hear(line)
    for code in (0, 1, -9, -11, None):
        for found in listener.findings(code, scene="Shot", missing_frames=[7]):
            assert os.fsencode(found.text)


def _seeds() -> Iterator[bytes]:
    yield "\n".join(_SAID).encode()
    yield from (line.encode() for line in _SAID)


_WORDS = (*(f"{line[:18]}".encode() for line in _SAID), b"' in file: '", b"', property=", b"\n", b"9" * 50)
TARGETS = (Target("blender-says", hear, _seeds, 60, words=_WORDS, longest=1 << 14),)
