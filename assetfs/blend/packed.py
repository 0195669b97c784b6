"""What gzip or zstd packed, as one forward-only stream, within limits of memory and work."""

import io
import os
import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

from assetfs.blend.stream import AGAIN, Compression, Stream
from assetfs.errors import BlendCutShort, BlendDamaged

CHUNK = 1 << 17
# Blender itself unpacks windows up to 128 MiB, and writes 2 MiB; 64 MiB keeps a reader below 100 MB.
MAX_WINDOW = 1 << 26
# Real scenes pack 2 to 10 times. A bomb packs 1,000 times (gzip) or 30,000 times (zstd).
UNPACK_FREE, UNPACK_RATIO = 128 << 20, 24
# Content never takes more room packed than plain; a flood of empty frames does.
SLACK = 4 * CHUNK
MAX_MEMBERS = 10_000


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


def packed_stream(
    file: io.BufferedReader, name: str, compression: Compression, unpack_at_most: int | None = None
) -> Stream:
    """A gzip or zstd file, unpacked piece by piece: skipping unpacks and forgets.

    More than `unpack_at_most` bytes (128 MiB + 24 x the file's size) raises BlendDamaged.
    """
    limit = unpack_at_most or UNPACK_FREE + UNPACK_RATIO * os.fstat(file.fileno()).st_size
    meter = _Meter(file, name, limit)
    reader = _unzstd(meter) if compression == "zstd" else _Gunzip(meter).readinto
    content = io.BufferedReader(_Measured(reader, meter), CHUNK)
    scratch = memoryview(bytearray(CHUNK))

    def hop(count: int) -> bool:
        while count:
            got = content.readinto(scratch[: min(count, CHUNK)])
            if not got:
                return False
            count -= got
        return True

    return Stream(name, compression, content.read, hop)


class _Meter:
    """The packed side: hands out bytes, and compares them with what has come of them."""

    def __init__(self, file: io.BufferedReader, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        self.taken = self.given = 0
        self._file = file

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.taken += len(data)
        if self.taken > self.given + SLACK:
            raise BlendDamaged(f"{self.name} is packed, but hardly anything is in it.", AGAIN)
        return data

    def give(self, count: int) -> None:
        self.given += count
        if self.given > self.limit:
            raise BlendDamaged(
                f"{self.name} unpacks to more than {self.limit >> 20} MiB, which no scene of this size does.",
                "If it is a real scene, save it in Blender without Compress.",
            )

    def cut_short(self) -> BlendCutShort:
        return BlendCutShort(f"{self.name} ends in the middle.", AGAIN)


class _Measured(io.RawIOBase):
    """What an unpacker yields, counted."""

    def __init__(self, fill: Callable[[memoryview], int], meter: _Meter) -> None:
        self._fill, self._meter = fill, meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            count = self._fill(memoryview(buffer)[:CHUNK])
        except (zlib.error, zstandard.ZstdError) as wrong:
            raise BlendDamaged(f"{self._meter.name} cannot be unpacked ({wrong}).", AGAIN) from wrong
        self._meter.give(count)
        return count


def _unzstd(meter: _Source) -> Callable[[memoryview], int]:
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    reader = unpacker.stream_reader(meter, read_size=CHUNK // 2, read_across_frames=True)  # type: ignore[arg-type]
    return reader.readinto


class _Gunzip:
    """One gzip member after the other; zlib compares the checksum at the end of each."""

    def __init__(self, meter: _Meter) -> None:
        self._meter = meter
        self._members = 1
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._waiting = b""

    def readinto(self, view: memoryview) -> int:
        while True:
            if self._zlib.eof and not self._next_member():
                return 0
            packed = self._waiting or self._meter.read(CHUNK // 2)
            out = self._zlib.decompress(packed, len(view))
            self._waiting = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
            if out:
                view[: len(out)] = out
                return len(out)
            if not packed:
                raise self._meter.cut_short()

    def _next_member(self) -> bool:
        """False: nothing follows but padding or something that is not gzip."""
        self._waiting = self._waiting or self._meter.read(CHUNK // 2)
        self._members += 1
        if not self._waiting.startswith(b"\x1f\x8b") or self._members > MAX_MEMBERS:
            return False
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True
