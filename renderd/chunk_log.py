"""What the programs of one claim said: a file in the job's log folder."""

import os
import time
from types import TracebackType
from typing import Self

FLUSH = 1.0         # seconds that a line may wait: over NFS a write per line would slow the render


class ChunkLog:
    """A log that ends at a limit, and never fails a render: without room or a folder it loses lines, not frames."""

    def __init__(self, path: str, limit: int) -> None:
        self._left, self._waiting, self._written = limit, bytearray(), time.monotonic()
        self._fd = _open(path)

    def write(self, line: str) -> None:
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        if self._left <= 0:
            return
        self._left -= len(data)
        self._waiting += data if self._left > 0 else b"(the rest is not kept: log_limit)\n"
        if time.monotonic() - self._written > FLUSH:
            self.flush()

    def flush(self) -> None:
        try:
            os.write(self._fd, self._waiting)
        except OSError:                 # a full share: the frames matter, and they will say so themselves
            self._left = 0
        self._waiting.clear()
        self._written = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.flush()
        os.close(self._fd)


def _open(path: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags | os.O_CREAT, 0o644)
    except OSError:                     # no folder, no room: what the program says is lost
        return os.open(os.devnull, flags)
    if os.fstat(fd).st_mode & 0o044 != 0o044:       # a strict umask; people on other machines read it
        os.fchmod(fd, 0o644)
    return fd
