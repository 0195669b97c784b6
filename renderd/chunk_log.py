"""What the programs of one claim said: a file in the job's log folder."""

import os
import stat
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

END = 64 * 1024     # bytes of the log's end that are kept, if it is longer than the limit
FLUSH = 1.0         # seconds that a line may wait: over NFS a write per line would slow the render


class ChunkLog:
    """A log of `limit` bytes: its beginning, and its end, which mostly says why. What is between is left out.

    It never fails a render: without room or a folder it loses lines, not frames."""

    def __init__(self, path: str, limit: int) -> None:
        self._end_limit = min(END, limit // 2)
        self._left, self._waiting, self._written = limit - self._end_limit, bytearray(), time.monotonic()
        self._end: deque[bytes] = deque()       # written when the log is closed
        self._end_size = self._left_out = 0
        self._fd = _open(path)

    def write(self, line: str) -> None:
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        if self._end or len(data) > self._left:
            self._waiting += b"" if self._end else b"(log_limit is reached: the end follows when the program ends)\n"
            self._keep_for_end(data)
        else:
            self._left -= len(data)
            self._waiting += data
        self.flush_if_due()

    def flush_if_due(self) -> None:
        if self._waiting and time.monotonic() - self._written > FLUSH:
            self.flush()

    def _keep_for_end(self, data: bytes) -> None:
        self._end.append(data)
        self._end_size += len(data)
        while self._end_size > self._end_limit and len(self._end) > 1:
            gone = len(self._end.popleft())
            self._end_size, self._left_out = self._end_size - gone, self._left_out + gone

    def flush(self) -> None:
        with suppress(OSError):         # a full share: the frames matter, and they will say so themselves
            os.write(self._fd, self._waiting)
        self._waiting.clear()
        self._written = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._left_out:
            self._waiting += f"({self._left_out:,} bytes are not kept: log_limit)\n".encode()
        end = b"".join(self._end)
        self._waiting += end[max(0, len(end) - self._end_limit):]
        self.flush()
        os.close(self._fd)


def _open(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags | os.O_CREAT, 0o644)
    except OSError:                     # no folder, no room: what the program says is lost
        return os.open(os.devnull, flags)
    info = os.fstat(fd)
    if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1:    # somebody wants us to write into another file
        os.close(fd)
        return os.open(os.devnull, flags)
    if info.st_mode & 0o044 != 0o044:   # a strict umask; people on other machines read it
        with suppress(OSError):         # it lay there before, and is somebody else's
            os.fchmod(fd, 0o644)
    return fd
