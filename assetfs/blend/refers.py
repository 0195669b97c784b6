"""The pictures and libraries that a .blend refers to, and which of them are not there."""

import os
import re

from assetfs.blend.dna import Record

_SEQUENCE, _GENERATED, _VIEWER, _TILED = 2, 4, 5, 6
_TILE = re.compile(r"<UDIM>|<UVTILE>")
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


def is_missing(raw: str, folder: str, many: bool = False) -> bool:
    """Whether nothing lies at the path; a Windows path (C:\\x) cannot be judged here, and is False.

    `folder` is that of the .blend. Of `many` files one is enough.
    """
    if raw.startswith("//"):
        place = os.path.join(folder, raw[2:].replace("\\", "/"))
    elif raw.startswith("/"):
        place = raw
    else:
        return False
    return not os.path.exists(place) and not (many and _any_alike(place))


def _path(record: Record) -> str | None:
    return record.text("name") or record.text("filepath") or None


def _any_alike(place: str) -> bool:
    folder, name = os.path.split(place)
    mark = _TILE.search(name) or _LAST_DIGITS.search(name)
    if mark is None:
        return False
    pattern = re.compile(re.escape(name[: mark.start()]) + r"\w+" + re.escape(name[mark.end() :]))
    try:
        return any(pattern.fullmatch(other) for other in os.listdir(folder))
    except OSError:  # no such folder, or one we may not look into: nothing of it can be rendered
        return False
