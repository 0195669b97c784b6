"""A browser without a network: asks the application, and takes the answer apart."""

import gzip
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper, setup_testing_defaults

from webview.app import Web

LIMIT = 60.0        # seconds that something may take on a busy machine


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def data(self) -> Any:
        return json.loads(self.text)


class Browser:
    def __init__(self, web: Web) -> None:
        self.web = web

    def get(self, address: str, method: str = "GET", **headers: str) -> Got:
        """`headers` as WSGI has them: HTTP_HOST="..."."""
        path, _, query = address.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
                   "QUERY_STRING": query, "HTTP_HOST": "localhost", "wsgi.file_wrapper": FileWrapper,
                   "wsgi.input": BytesIO()} | headers
        setup_testing_defaults(environ)
        said: list[Any] = []
        body = self._whole(self.web(environ, lambda status, headers: said.extend((status, headers))))
        assert len(said[1]) == len(dict(said[1])), "a header stands there twice"
        return Got(int(said[0][:3]), dict(said[1]), body)

    def _whole(self, pieces: Iterable[bytes]) -> bytes:
        try:
            return b"".join(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()


def until(true: Callable[[], Any]) -> Any:
    """What it gives at last."""
    end = time.monotonic() + LIMIT
    while not (found := true()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def open_files() -> Iterator[str]:
    """What the descriptors of this process stand for."""
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):       # the listing's own
            yield os.readlink(f"/proc/self/fd/{number}")
