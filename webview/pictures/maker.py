"""The process that makes thumbnails: it is given open files over a socket, and answers with small pictures.

To a large library a picture is a stranger's program. So it is decoded in a process of its own: at the lowest priority,
with a bound on memory, without the name of any file, and gone with the page that started it.

    asked      one line of JSON {"kind": "picture" | "blend", "edge": 160}, and the descriptor of the file with it
    answered   a byte (0 a WebP follows, 1 a word follows: why there is none), four bytes of length, the rest
"""

import io
import json
import os
import resource
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from typing import IO, Any

from assetfs.blend.preview import read_preview
from assetfs.errors import AssetError

MADE, REFUSED = 0, 1
HEAD = struct.Struct("!BI")

MOST_PIXELS = 64_000_000            # a frame of 8K is half of it
MOST_BYTES = 512 * 1024 * 1024      # of the file
MEMORY = 2 * 1024 ** 3              # address space of this process, and of ffmpeg; twice MOST_PIXELS in floats
FORMATS = ("PNG", "JPEG", "WEBP")   # what Pillow may look for: each is code that strangers' bytes run through
EXR = b"\x76\x2f\x31\x01"



class Refused(Exception):
    """No thumbnail of this file. The word is a key `picture.WORD` of the language files."""


def serve(asked: socket.socket) -> None:
    """Answers until the other end is closed."""
    while True:
        line, fds, _, _ = socket.recv_fds(asked, 4096, 1)
        if not line:
            return
        with os.fdopen(fds[0], "rb") as file:
            state, data = _answer(file, json.loads(line))
        asked.sendall(HEAD.pack(state, len(data)) + data)


def _answer(file: IO[bytes], what: dict[str, Any]) -> tuple[int, bytes]:
    try:
        return MADE, thumbnail(file, str(what["kind"]), int(what["edge"]))
    except Refused as error:
        return REFUSED, str(error).encode()
    except ImportError:
        return REFUSED, b"no-pillow"
    except (OSError, ValueError, SyntaxError, struct.error, EOFError, MemoryError, AssetError, ArithmeticError):
        return REFUSED, b"broken"       # what Pillow raises for nonsense, and what memory would not hold


def thumbnail(file: IO[bytes], kind: str, edge: int) -> bytes:
    """A WebP, its longer edge at most `edge` pixels."""
    from PIL import Image, ImageOps  # only here: pages are shown without it too

    if os.fstat(file.fileno()).st_size > MOST_BYTES:
        raise Refused("large")
    if kind == "blend":
        picture = _preview(file, Image)
    elif os.pread(file.fileno(), 4, 0) == EXR:
        picture = _exr(file, edge, Image)
    else:
        picture = _opened(file, Image)
        picture.thumbnail((edge, edge), reducing_gap=2)     # a JPEG is decoded at the next larger size only
        picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((edge, edge))
    small = io.BytesIO()
    _plain(picture).save(small, "WEBP", quality=80, method=2)
    return small.getvalue()


def _opened(file: IO[bytes], Image: Any) -> Any:
    try:
        picture = Image.open(file, formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise Refused("format") from None
    except Image.DecompressionBombError:
        raise Refused("large") from None
    _check_size(*picture.size)
    return picture


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1 or width * height > MOST_PIXELS:
        raise Refused("large")


def _plain(picture: Any) -> Any:
    """8 bits a channel, with or without alpha."""
    if picture.mode.startswith("I"):            # 16 bits of grey, which `convert` would cut off at 255
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    return picture.convert("RGBA" if clear else "RGB")


def _preview(file: IO[bytes], Image: Any) -> Any:
    found = read_preview(f"/proc/self/fd/{file.fileno()}")
    if found is None:
        raise Refused("none")
    return Image.frombytes("RGBA", (found.width, found.height), found.pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def _exr(file: IO[bytes], edge: int, Image: Any) -> Any:
    """Scaled by ffmpeg while it is still linear light, then given the curve of a screen."""
    from webview.pictures.exr import look

    found = look(file)
    _check_size(found.width, found.height)
    scale = min(1.0, edge / max(found.width, found.height))
    width, height = (max(1, round(side * scale)) for side in (found.width, found.height))
    layer = ["-layer", found.layer] if found.layer else []
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", *layer, "-max_pixels", str(MOST_PIXELS),
               "-f", "exr_pipe", "-frame_size", str(os.fstat(file.fileno()).st_size), "-i", "pipe:0", "-frames:v", "1",
               "-vf", f"scale={width}:{height}", "-f", "rawvideo", "-pix_fmt", "rgb48le", "pipe:1"]
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        ran = subprocess.run(command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise Refused("no-ffmpeg") from None
    if len(ran.stdout) != width * height * 6:
        raise Refused("broken")
    return Image.frombytes("RGB", (width, height), found.as_seen(ran.stdout))


def main() -> None:
    """Ends when the page ends: its end of the socket is closed then."""
    os.nice(19)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))     # the page stays on one, see serving.py
    with suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write("19")                       # without it nice means nothing against other sessions; see docs/WHY.md
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))       # nothing here writes a file
    with suppress(ConnectionError):             # the page ended while it waited for the answer
        serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
