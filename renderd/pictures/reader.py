"""Bytes of a file by their place, without having the file in memory.

No mmap: a file that another program makes shorter would then end this one with SIGBUS.
"""

import os
import struct
from typing import Any

from renderd.pictures.picture import Broken

AHEAD = 1 << 18     # bytes


class Reader:
    """Reads at any place of an open file. A place behind the end is Broken("cut")."""

    def __init__(self, fd: int, size: int, name: str, ahead: int = 0) -> None:
        self.fd, self.size, self.name, self.ahead = fd, size, name, ahead
        self._start, self._window = 0, b""

    def at(self, place: int, count: int) -> bytes:
        """Exactly `count` bytes. The caller sees to it that `count` is small."""
        begin = place - self._start
        if begin >= 0 and begin + count <= len(self._window):
            return self._window[begin:begin + count]
        if place < 0 or place + count > self.size:
            raise self.cut()
        data = os.pread(self.fd, max(count, self.ahead), place)
        if len(data) < count:
            raise self.cut()
        if self.ahead:
            self._start, self._window = place, data
        return data[:count]

    def numbers(self, layout: str, place: int) -> tuple[Any, ...]:
        return struct.unpack(layout, self.at(place, struct.calcsize(layout)))

    def cut(self) -> Broken:
        return Broken("cut", f"{self.name} ends too early ({self.size} bytes).")

    def damaged(self, what: str) -> Broken:
        return Broken("damaged", f"{self.name} is damaged: {what}.")

    def stranger(self, kind: str) -> Broken:
        return Broken("not-a-picture", f"{self.name} is not a {kind} picture.")
