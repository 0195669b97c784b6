"""Answers, and how they go to a browser: kept while nothing changes, small, and with nothing that runs."""

import gzip
import hashlib
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from webview import share
from webview.safe_files import OpenFile

KEPT = 64 * 2**20       # bytes of bodies
SMALL = 500             # bytes that gzip makes no smaller
PIECE = 4 * 2**20       # bytes of a file that are read for one question; the browser asks for more of a film
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
          "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
SAFETY = [("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff"),
          ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin")]
HTML, JSON, TEXT = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
_STATUS = {200: "200 OK", 206: "206 Partial Content", 304: "304 Not Modified", 308: "308 Permanent Redirect",
           400: "400 Bad Request", 404: "404 Not Found", 405: "405 Method Not Allowed",
           416: "416 Range Not Satisfiable", 421: "421 Misdirected Request", 500: "500 Internal Server Error",
           503: "503 Service Unavailable"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
Environ = dict[str, Any]
Start = Callable[..., Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """A whole body. `cache` is what a browser may do; `no-cache` is: keep it, and ask whether it is still right."""

    body: bytes
    content_type: str
    status: int = 200
    cache: str = "no-cache"
    more: tuple[tuple[str, str], ...] = ()

    @cached_property
    def etag(self) -> str:
        # Weak: the packed body is the same answer.
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:24]}"'

    @cached_property
    def packed(self) -> bytes | None:
        """The body as gzip; None where that is not smaller."""
        if len(self.body) < SMALL or not self.content_type.startswith(("text/", "application/json")):
            return None
        return gzip.compress(self.body, 6, mtime=0)

    def size(self) -> int:
        return len(self.body) * 2


class Kept:
    """The answers of late, each with the version of the facts that it was made from."""

    def __init__(self, most: int = KEPT) -> None:
        self.most, self.size = most, 0
        self.lock = Lock()
        self.answers: OrderedDict[Hashable, tuple[Hashable, Answer]] = OrderedDict()
        self.making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer of that version, made once if many ask at the same time."""
        if found := self._found(key, version):
            return found
        with self.lock:
            making = self.making.setdefault(key, Lock())
        with share.turn(making, known=False):
            try:
                return self._found(key, version) or self._keep(key, version, make())
            finally:
                with self.lock:
                    self.making.pop(key, None)

    def _found(self, key: Hashable, version: Hashable) -> Answer | None:
        with self.lock:
            kept = self.answers.get(key)
            if kept is None or kept[0] != version:
                return None
            self.answers.move_to_end(key)
            return kept[1]

    def _keep(self, key: Hashable, version: Hashable, answer: Answer) -> Answer:
        with self.lock:
            if before := self.answers.pop(key, None):
                self.size -= before[1].size()
            self.answers[key] = (version, answer)
            self.size += answer.size()
            while self.size > self.most and len(self.answers) > 1:
                self.size -= self.answers.popitem(last=False)[1][1].size()
        return answer


def send(answer: Answer | OpenFile, environ: Environ, start: Start) -> Iterable[bytes]:
    """The answer as the browser wants it: packed, a part of it, or only that it has it already."""
    if isinstance(answer, OpenFile):
        return _send_file(answer, environ, start)
    headers = [("Cache-Control", answer.cache), ("Vary", "Accept-Encoding, Accept-Language"), *SAFETY, *answer.more]
    if answer.status == 200:
        headers.append(("ETag", answer.etag))
        if _has_it(environ, answer.etag):
            start(_STATUS[304], headers)
            return []
    packed = answer.packed if _GZIP.search(environ.get("HTTP_ACCEPT_ENCODING", "")) else None
    if packed is not None:
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Type", answer.content_type))
    return _whole(packed or answer.body, answer.status, headers, environ, start)


def _has_it(environ: Environ, etag: str) -> bool:
    wanted = environ.get("HTTP_IF_NONE_MATCH", "")
    known = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return wanted.strip() == "*" or etag.removeprefix("W/") in known


def _whole(body: bytes, status: int, headers: Headers, environ: Environ, start: Start) -> list[bytes]:
    start(_STATUS[status], [*headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _send_file(file: OpenFile, environ: Environ, start: Start) -> Iterable[bytes]:
    headers = [("Cache-Control", "no-cache"), ("ETag", file.etag), ("Accept-Ranges", "bytes"), *SAFETY]
    handed_on = False
    try:
        if _has_it(environ, file.etag):
            start(_STATUS[304], headers)
            return []
        headers.append(("Content-Type", file.content_type))
        asked = environ.get("HTTP_RANGE") if environ.get("HTTP_IF_RANGE", file.etag) == file.etag else None
        if asked and (matched := _RANGE.fullmatch(asked.strip())) and matched[0] != "bytes=-":
            return _send_part(file, _part(matched, file.size), headers, environ, start)
        if file.size <= PIECE:
            return _whole(_read(file, 0, file.size), 200, headers, environ, start)
        start(_STATUS[200], [*headers, ("Content-Length", str(file.size))])
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        handed_on = True
        # The server sends it by itself: somebody with a slow line holds no thread. It reads in the thread of all
        # connections, so nothing comes this way that browsers ask for in parts.
        wrapper: Iterable[bytes] = environ["wsgi.file_wrapper"](os.fdopen(file.fd, "rb"), 2**18)
        return wrapper
    finally:
        if not handed_on:
            os.close(file.fd)


def _part(matched: re.Match[str], size: int) -> tuple[int, int]:
    """First and past-the-last byte; empty or backwards where there is no such part."""
    if not matched[1]:
        return max(0, size - int(matched[2])), size
    first, past = int(matched[1]), int(matched[2]) + 1 if matched[2] else size
    return first, min(past, size, first + PIECE)


def _send_part(file: OpenFile, part: tuple[int, int], headers: Headers, environ: Environ,
               start: Start) -> Iterable[bytes]:
    first, past = part
    body = _read(file, first, past)
    if not body:
        return _whole(b"", 416, [*headers, ("Content-Range", f"bytes */{file.size}")], environ, start)
    where = ("Content-Range", f"bytes {first}-{first + len(body) - 1}/{file.size}")
    return _whole(body, 206, [*headers, where], environ, start)


def _read(file: OpenFile, first: int, past: int) -> bytes:
    with share.asking():
        return os.pread(file.fd, past - first, first) if first < past else b""
