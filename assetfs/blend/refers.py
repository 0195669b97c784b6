"""The pictures and libraries that a .blend refers to, and which of them are not there."""

import itertools
import os
import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from assetfs.blend.dna import Record

_SEQUENCE, _GENERATED, _VIEWER, _TILED = 2, 4, 5, 6
_TILE = re.compile(r"<UDIM>|<UVTILE>")
_WORD = re.compile(r"\w+")
_LAST_DIGITS = re.compile(r"\d+(?=\D*$)")


def library_path(library: Record) -> str | None:
    """As it stands in the file; None when the library's content is packed into the .blend."""
    return None if library.pointer("packedfile") else _path(library)


def image_path(image: Record) -> str | None:
    """As it stands in the file; None when the picture needs no file: packed, generated, a render result."""
    packed = image.pointer("packedfile") or image.pointer("packedfiles", "first")
    if packed or image.integer("source", default=1) in (_GENERATED, _VIEWER):
        return None
    return _path(image)


def is_one_of_many(image: Record) -> bool:
    """Whether the path stands for several files: the frames of a sequence, or tiles."""
    return image.integer("source", default=1) in (_SEQUENCE, _TILED)


def is_missing(raw: str, folder: str, names_in: Callable[[str], Sequence[str]] | None = None) -> bool:
    """Whether nothing lies at the path; a Windows path (C:\\x) cannot be judged here, and is False.

    `folder` is that of the .blend. With `names_in` the path stands for many files, of which one is enough.
    """
    if raw.startswith("//"):
        place = os.path.join(folder, raw[2:].replace("\\", "/"))
    elif raw.startswith("/"):
        place = raw
    else:
        return False
    return not os.path.exists(place) and not (names_in and _any_alike(place, names_in))


def sorted_names(folder: str) -> list[str]:
    """None in no such folder, or in one we may not look into: nothing of it can be rendered."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _path(record: Record) -> str | None:
    return record.text("name") or record.text("filepath") or None


def _any_alike(place: str, names_in: Callable[[str], Sequence[str]]) -> bool:
    folder, name = os.path.split(place)
    mark = _TILE.search(name) or _LAST_DIGITS.search(name)
    if mark is None:
        return False
    start, end = name[: mark.start()], name[mark.end() :]
    names = names_in(folder)
    alike = itertools.takewhile(lambda other: other.startswith(start), names[bisect_left(names, start) :])
    return any(other.endswith(end) and _WORD.fullmatch(other[len(start) : len(other) - len(end)]) for other in alike)
