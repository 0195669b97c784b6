"""Where the picture of a frame or of an asset lies. Looked for by the threads that make thumbnails, never by a page."""

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spool import trusted
from webview import safe_files

SUFFIXES = (".png", ".jpg", ".jpeg", ".exr", ".webp")
_MARK = re.compile(r"#+")


@dataclass(frozen=True)
class Source:
    """A file that may be shown. `open` gives a descriptor, or None if it is not there, or a link."""

    path: str                       # to name its thumbnail after, never to open
    open: Callable[[], int | None]
    kind: str = "picture"           # or blend: the preview inside it


def of_file(path: str) -> Source:
    """A picture that the farm published. Its folder is reached as the computers that render reach it; it is no link."""
    return Source(path, lambda: _published(path))


def _published(path: str) -> int | None:
    try:
        fd = trusted.open_to_read(path)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def of_asset(folder: Path, asset: str, output: str) -> Source | None:
    """The picture of an asset: beside it, else of its frames the middle one, else the preview in its .blend."""
    stem = asset.removesuffix(".blend")
    beside = [f"{base}{suffix}" for base in (asset, stem) for suffix in SUFFIXES]
    there = set(safe_files.names_below(folder, os.path.dirname(asset)))
    for path in beside:
        if os.path.basename(path) in there:
            return _inside(folder, path)
    frames = sorted(_frames(folder, asset, output).items())
    if frames:
        return _inside(folder, frames[len(frames) // 2][1])
    return _inside(folder, asset, "blend") if os.path.basename(asset) in there else None


def of_frame(folder: Path, asset: str, output: str, frame: int) -> Source | None:
    """A frame of an asset, in the folder that its type gives."""
    path = _frames(folder, asset, output).get(frame)
    return _inside(folder, path) if path else None


def _inside(folder: Path, path: str, kind: str = "picture") -> Source:
    return Source(f"{folder}/{path}", lambda: safe_files.regular_file(folder, path), kind)


def _frames(folder: Path, asset: str, output: str) -> dict[int, str]:
    """Frame to path. `output` is a pattern as Blender writes it, its name filled in: //../render/s010/####"""
    place = pattern_of(asset, output)
    if not place:
        return {}
    where, name = os.path.split(place)
    return {frame: f"{where}/{found}" for frame, found in _numbered(safe_files.names_below(folder, where), name)}


def pattern_of(asset: str, output: str) -> str:
    """The pattern inside the project, without suffix; "" if it leads out of it."""
    if not output.startswith("//"):
        return ""
    output = output.replace("\\", "/")      # written on Windows
    path = os.path.normpath(f"{os.path.dirname(asset)}/{output[2:]}").lstrip("/")
    for suffix in SUFFIXES:
        path = path.removesuffix(suffix)
    if output.endswith("/"):
        path += "/####"
    return "" if path.startswith("..") or "/" not in path else path


def _numbered(names: list[str], pattern: str) -> Iterator[tuple[int, str]]:
    marks = list(_MARK.finditer(pattern))
    before, after = (pattern[:marks[-1].start()], pattern[marks[-1].end():]) if marks else (pattern, "")
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in SUFFIXES and stem.startswith(before) and stem.endswith(after):
            with suppress(ValueError):
                digits = stem[len(before):len(stem) - len(after)]
                if digits.isascii() and digits.isdecimal() and len(digits) < 9:
                    yield int(digits), name
