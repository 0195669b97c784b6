"""Open a .blend file, plain or packed, and turn everything that fails outside into an AssetError."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from assetfs.blend.stream import AGAIN, Compression, Stream, plain_stream
from assetfs.errors import BlendCutShort, BlendUnreadable, NotABlend

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
MAX_LEADING_SKIPPABLE = 64
# To unpack when only the front matters: 1,000 REND blocks of the longest kind are 300 kB.
ENOUGH = 1 << 20
# Bytes at a time: blocks are small and follow each other, and a kernel reads ahead more than this.
BUFFER = 1 << 16

_OTHERS = (
    (b"PK\x03\x04", "is a zip file", "Unpack it first, and give the .blend that is inside."),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive", "Unpack it first, and give the .blend that is inside."),
    (b"Rar!", "is a rar archive", "Unpack it first, and give the .blend that is inside."),
    (b"\x89PNG", "is a PNG picture", "Give the .blend it was rendered from."),
    (b"\xff\xd8\xff", "is a JPEG picture", "Give the .blend it was rendered from."),
    (b"version https://git-lfs", "is only a Git LFS pointer", "Fetch the file itself: git lfs pull"),
    (bytes(12), "begins with zeros", "The disk was full or the copy broke off; " + AGAIN[0].lower() + AGAIN[1:]),
)


@contextmanager
def opened(path: str | os.PathLike[str], unpack_at_most: int | None = None) -> Iterator[Stream]:
    """The file's content, unpacked on the fly; inside the with, reading raises only AssetErrors.

    Without a limit, a packed file may unpack to what a real scene can: see `packed.packed_stream`.
    """
    with opened_file(path) as (file, name):
        yield stream_of(file, name, unpack_at_most)


@contextmanager
def opened_file(path: str | os.PathLike[str]) -> Iterator[tuple[io.BufferedReader, str]]:
    """The file as it is, and its name for errors."""
    name = os.fspath(path)
    try:
        with open_regular(name) as file:
            yield file, name
    except OSError as wrong:
        raise BlendUnreadable(f"{name} cannot be read ({wrong.strerror or wrong}).", _cure(wrong)) from wrong


def stream_of(file: io.BufferedReader, name: str, unpack_at_most: int | None = None) -> Stream:
    """The content from its first byte; what cannot be a .blend raises NotABlend."""
    compression = compression_of(file, name)
    if compression == "none":
        return plain_stream(file, name)
    from assetfs.blend.packed import packed_stream  # few are packed, and the libraries take long to load

    return packed_stream(file, name, compression, unpack_at_most)


def open_regular(name: str) -> io.BufferedReader:
    """A regular file, opened without ever waiting; a FIFO, device or folder raises BlendUnreadable."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError:  # a zero byte, or a character that has no bytes
        raise BlendUnreadable(f"{name!r} is not a file name.") from None
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return io.BufferedReader(io.FileIO(handle), BUFFER)
    os.close(handle)
    kind = "folder" if stat.S_ISDIR(mode) else "FIFO" if stat.S_ISFIFO(mode) else "device"
    raise BlendUnreadable(f"{name} is a {kind}, not a file.", "Give the .blend file itself.")


def compression_of(file: io.BufferedReader, name: str) -> Compression:
    """How the file is packed; it then stands at the first byte that matters."""
    for _ in range(MAX_LEADING_SKIPPABLE):
        start = file.read(24)
        file.seek(-len(start), os.SEEK_CUR)
        if not is_skippable(start):
            break
        file.seek(8 + int.from_bytes(start[4:8], "little"), os.SEEK_CUR)
    if start.startswith(ZSTD):
        return "zstd"
    if start.startswith(GZIP):
        return "gzip"
    if start.startswith(b"BLENDER"):
        return "none"
    raise _something_else(name, start, os.fstat(file.fileno()).st_size)


def is_skippable(start: bytes) -> bool:
    """Whether this is a zstd frame that holds no content (RFC 8878, section 3.1.2)."""
    return len(start) >= 8 and start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50


def _something_else(name: str, start: bytes, size: int) -> NotABlend | BlendCutShort:
    if not size:
        return NotABlend(f"{name} is empty.", AGAIN)
    if b"BLENDER".startswith(start) or ZSTD.startswith(start):
        return BlendCutShort(f"{name} ends in the middle.", AGAIN)
    for magic, what, cure in _OTHERS:
        if start.startswith(magic):
            return NotABlend(f"{name} {what}.", cure)
    return NotABlend(f"{name} is not a .blend file.", "Give a file that Blender saved.")


def _cure(wrong: OSError) -> str | None:
    if isinstance(wrong, FileNotFoundError):
        from shlex import quote  # only here: few come by

        folder = quote(os.path.dirname(os.path.abspath(wrong.filename)))
        return f"Look at the spelling, and whether the share is mounted: ls {folder}"
    if isinstance(wrong, PermissionError):
        return "Give the farm's users leave to read it: chmod a+r"
    return None
