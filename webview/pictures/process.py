"""The process that makes thumbnails, seen from the page: started when there is work, ended when it hangs."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from webview.pictures.maker import HEAD, MADE, Refused

LIMIT = 60.0                # seconds for one picture; a frame of 8K takes a few, at the lowest priority
LARGEST = 4 * 1024 * 1024   # bytes of a thumbnail: more than its plain pixels


class Maker:
    """One picture at a time, for one thread."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def make(self, fd: int, kind: str, edge: int) -> bytes:
        """The thumbnail of an open file. Refused says why there is none; a picture that kills its maker is refused."""
        asked = self._started()
        try:
            socket.send_fds(asked, [json.dumps({"kind": kind, "edge": edge}).encode()], [fd])
            state, length = HEAD.unpack(_exactly(asked, HEAD.size))
            if length > LARGEST:
                raise EOFError
            data = _exactly(asked, length)
        except TimeoutError:
            self.end()
            raise Refused("slow") from None
        except (OSError, EOFError):             # it died: of memory, or of a fault in a library
            self.end()
            raise Refused("crashed") from None
        if state != MADE:
            raise Refused(data.decode())
        return data

    def _started(self) -> socket.socket:
        if self._socket:
            return self._socket
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "webview.pictures.maker", str(theirs.fileno())]
            # A session of its own: ended together with an ffmpeg that it waits for.
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                                             start_new_session=True)
        ours.settimeout(self.limit)
        self._socket = ours
        return ours

    def end(self) -> None:
        """Nothing of it is left; the next picture starts another."""
        if self._socket:
            self._socket.close()
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = self._socket = None


def _exactly(asked: socket.socket, count: int) -> bytes:
    """EOFError if the other end is gone before."""
    data = b""
    while len(data) < count:
        piece = asked.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
