"""The JSON beside a .blend: what people and programs say of the asset.

Invariants
  1. It is read whole and right, or it is broken, and then says why. Nothing is taken for a default.
  2. A program changes it under the lock of its folder, keeps every key it does not know and their order,
     and never writes one that is broken, nor over one that is.
"""

import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from errno import ELOOP
from pathlib import Path
from typing import Any

from assetfs import sidecar_keys, strict_json, writing
from assetfs.errors import BadSidecar, NoAsset
from assetfs.names import shown

LARGEST = 1_000_000             # bytes; 10,000 frames with their times are half of it
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ENDLESS = "it nests brackets in brackets without end; delete them."


@dataclass(frozen=True)
class Sidecar:
    """What is not said is None or empty."""

    name: str
    type: str
    state: str
    description: str
    creator: str | None
    owner: str | None
    support: tuple[str, ...]
    priority: int | None
    render: bool | None
    final: bool | None
    dependencies: tuple[str, ...]       # what this asset uses, as paths inside the project
    rating: int | None
    pipeline: tuple[str, ...]
    time_budget: Mapping[str, float]    # state -> minutes
    render_time: Mapping[str, tuple[float, ...]]    # frame -> seconds, the newest last
    submitted: Mapping[str, Any]        # see due.py
    found: Mapping[str, Any]            # all of it, as it stands


def parse(path: Path | str, data: bytes) -> Sidecar:
    """`path` is for the message only."""
    try:
        found = strict_json.read(data, LARGEST)
        values, problems = sidecar_keys.values(found)
    except ValueError as error:
        raise BadSidecar(shown(str(path)), (str(error),)) from None
    except RecursionError:
        raise BadSidecar(shown(str(path)), (_ENDLESS,)) from None
    if problems:
        raise BadSidecar(shown(str(path)), tuple(problems))
    return Sidecar(found=found, **values)


def read(path: Path) -> Sidecar:
    return parse(path, read_bytes(path, str(path), None))


def read_bytes(path: Path | str, name: str, folder: int | None) -> bytes:
    """The file `name` in the open `folder`; `path` is for the message only."""
    try:
        fd = os.open(name, _OPEN, dir_fd=folder)
        with open(fd, "rb", buffering=0) as file:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                raise BadSidecar(shown(str(path)), ("this is not a file; move it away.",))
            if info.st_size > LARGEST:
                raise BadSidecar(shown(str(path)), (f"it has more than {LARGEST} bytes; delete what is too much.",))
            data = bytes(file.read(info.st_size + 1))
            return data if len(data) <= info.st_size else data + bytes(file.read(LARGEST))    # it grew meanwhile
    except FileNotFoundError:
        raise NoAsset(f"There is no {shown(str(path))}.", "Look for its present name.") from None
    except OSError as error:
        said = f"it cannot be read ({error.strerror}); make it readable."
        if error.errno == ELOOP:
            said = "this is a link, and links are not followed; put the file itself here."
        raise BadSidecar(shown(str(path)), (said,)) from None


def change(path: Path, edit: Callable[[dict[str, Any]], None],
           before_named: Callable[[], None] = lambda: None) -> Sidecar:
    """The sidecar after the edit of its mapping. BadSidecar, and nothing is written, where it is broken or would be.
    `before_named`: as with writing.replace; not called if the edit changed nothing."""
    with writing.alone(path.parent):
        before = read(path)
        unchanged = _data(path, before.found)
        mapping = json.loads(unchanged)
        edit(mapping)
        data = _data(path, mapping)
        after = parse(path, data)
        if data != unchanged:
            writing.replace(path, data, before_named)
        return after


def create(path: Path, mapping: Mapping[str, Any]) -> Sidecar:
    """A new sidecar; Exists if there is one."""
    data = _data(path, mapping)
    made = parse(path, data)
    writing.create(path, data)
    return made


def _data(path: Path, mapping: Mapping[str, Any]) -> bytes:
    """A line a key: people find theirs at once, and thousands of render times do not hide them."""
    try:
        lines = [f"  {_json(key)}: {_json(value)}" for key, value in mapping.items()]
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    except RecursionError:
        raise BadSidecar(shown(str(path)), (_ENDLESS,)) from None
    except UnicodeEncodeError:
        raise BadSidecar(shown(str(path)), ("a text is not UTF-8; write it anew.",)) from None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
