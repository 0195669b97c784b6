"""A .blend's content as one forward-only stream, whatever packs it."""

import io
import os
from collections.abc import Callable
from typing import Literal

from assetfs.errors import BlendCutShort, BlendDamaged

Compression = Literal["none", "gzip", "zstd"]

AGAIN = "Copy it again from where it came from, or save it again in Blender."


class Stream:
    """Reads exactly, and skips without keeping; what is not there raises BlendCutShort."""

    def __init__(
        self, name: str, compression: Compression, some: Callable[[int], bytes], hop: Callable[[int], bool]
    ) -> None:
        self.name = name
        self.compression = compression
        self.some = some  # up to n bytes: fewer only at the end
        self._hop = hop  # False when the end comes first

    def read(self, size: int) -> bytes:
        data = self.some(size)
        if len(data) < size:
            raise self.cut_short()
        return data

    def skip(self, size: int) -> None:
        if size and not self._hop(size):
            raise self.cut_short()

    def cut_short(self) -> BlendCutShort:
        return BlendCutShort(f"{self.name} ends in the middle.", AGAIN)

    def damaged(self, what: str) -> BlendDamaged:
        return BlendDamaged(f"{self.name} is damaged: {what}.", AGAIN)


def plain_stream(file: io.BufferedReader, name: str) -> Stream:
    """An unpacked file: skipping is a seek."""
    size = os.fstat(file.fileno()).st_size

    def hop(count: int) -> bool:
        return count <= size and file.seek(count, os.SEEK_CUR) <= size

    return Stream(name, "none", file.read, hop)
