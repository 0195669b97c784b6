"""Checkpoints, copies and the trash: nothing here overwrites or loses anything.

    shots/s010.blend  --checkpoint-->  shots/old/s010-20261120-101530.blend  --restore-->  shots/s010.blend
                      --remove------>  .trash/20261120-101530/shots/s010.blend  --unremove-->  shots/s010.blend

Invariants, after every crash
  1. The .blend and its sidecar are whole together in one place at least: where they were or where they go.
  2. A content that was there is there still, under some name. Restoring makes a checkpoint of what it replaces.

What a crash leaves behind: a checkpoint's sidecar without its .blend, an empty folder in the trash, or one of the two
files at both places; then the same command again ends the work. Of a clone, a .blend that has no sidecar yet: `check`
names it, with the cure.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from shlex import quote

from assetfs import sidecar, writing
from assetfs.errors import BadPath, Exists, NoAsset
from assetfs.names import BLEND, OLD, existing_asset, new_asset, shown, sidecar_of, stem

TRASH = ".trash"
NOT_CLONED = ("render_time", "submitted", "rating")
_STAMP = r"\d{8}-\d{6}(?:-\d+)?"


@dataclass(frozen=True)
class Checkpoint:
    path: str                       # in the project
    stamp: str                      # UTC
    size: int


@dataclass(frozen=True)
class Removed:
    stamp: str
    paths: tuple[str, ...]          # files, where they lay in the project


def checkpoint(folder: Path, path: str, now: datetime) -> str:
    """The path of a dated copy of the .blend and its sidecar."""
    with writing.alone(_parent(folder, path)):
        if not os.path.lexists(folder / path):
            raise NoAsset(f"There is no {shown(path)} to keep.", "Look for its present name with render asset list.")
        return _kept(folder, path, now)


def _kept(folder: Path, path: str, now: datetime) -> str:
    """The path of a dated copy of what is there: both files, or the one of them."""
    blend = folder / path
    old = blend.parent / OLD
    writing.make_folders(old, folder)
    for stamp in _stamps(now):
        copy = old / f"{stem(path)}-{stamp}{BLEND}"
        # The sidecar first, so that a .blend there has its sidecar.
        pairs = ((Path(sidecar_of(str(blend))), Path(sidecar_of(str(copy)))), (blend, copy))
        there = [(source, target) for source, target in pairs if os.path.lexists(source)]
        try:
            for source, target in there:
                writing.copy(source, target)
        except Exists:
            continue
        return str(there[-1][1].relative_to(folder))
    raise AssertionError("stamps have no end")


def checkpoints(folder: Path, path: str) -> list[Checkpoint]:
    """The newest first."""
    old = _parent(folder, path) / OLD
    name = re.compile(rf"{re.escape(stem(path))}-({_STAMP})\.blend")
    try:
        entries = list(os.scandir(old))
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [Checkpoint(str((old / e.name).relative_to(folder)), match[1], e.stat(follow_symlinks=False).st_size)
             for e in entries if (match := name.fullmatch(e.name)) and e.is_file(follow_symlinks=False)]
    return sorted(found, key=lambda c: _stamp_order(c.stamp), reverse=True)


def restore(folder: Path, path: str, stamp: str, now: datetime, with_sidecar: bool = False) -> str | None:
    """The .blend is as it was then. The path of a copy of what was there, None if nothing was. The sidecar stays
    as it is, for who works on it now is no matter of then; unless it is gone, or asked for."""
    found = next((c for c in checkpoints(folder, path) if c.stamp == stamp), None)
    if found is None:
        raise NoAsset(f"{shown(path)} has no checkpoint {shown(stamp)}.",
                      f"There are: {', '.join(c.stamp for c in checkpoints(folder, path)) or 'none'}.")
    blend, kept = folder / path, folder / found.path
    present, then = Path(sidecar_of(str(blend))), Path(sidecar_of(str(kept)))
    with writing.alone(blend.parent):
        too = os.path.lexists(then) and (with_sidecar or not os.path.lexists(present))
        if too:
            sidecar.read(then)          # says so if it is broken, before anything is changed
        replaced = os.path.lexists(blend) or (too and os.path.lexists(present))
        safe = _kept(folder, path, now) if replaced else None
        writing.copy_over(kept, blend)
        if too:
            writing.copy_over(then, present)
    return safe


def clone(folder: Path, path: str, new_path: str, name: str, creator: str | None = None,
          rewrite: Callable[[Path], None] | None = None) -> str:
    """The path of a copy with a sidecar of its own, in the same folder: // in a .blend counts from there. `rewrite`
    may change the copy before it gets its name."""
    source, target = folder / existing_asset(path), folder / new_asset(new_path)
    if source.parent != target.parent:
        raise BadPath(f"{shown(new_path)} is in another folder, where what {shown(path)} refers to would not be found.",
                      "Clone it where it is, or open it in Blender and save it there.")
    mapping = dict(sidecar.read(Path(sidecar_of(str(source)))).found)
    mapping |= {"name": name} | ({"creator": creator, "owner": creator} if creator else {})
    if os.path.lexists(sidecar_of(str(target))):
        raise Exists(f"{shown(new_path)} exists already.", "Choose another name; nothing was overwritten.")
    if os.path.lexists(target):
        raise Exists(f"{shown(new_path)} exists already, without a sidecar.", "Choose another name; or give it one: "
                     f"render asset new TYPE NAME --adopt --file {quote(new_path)}")
    if os.path.lexists(source):
        writing.copy(source, target, rewrite)
    sidecar.create(Path(sidecar_of(str(target))), {k: v for k, v in mapping.items() if k not in NOT_CLONED})
    return new_path


def remove(folder: Path, path: str, now: datetime) -> str:
    """The stamp under which the asset lies in the trash. Its checkpoints stay where they are."""
    blend, described = _parent(folder, path) / Path(path).name, Path(sidecar_of(str(folder / path)))
    has_blend, has_sidecar = os.path.lexists(blend), os.path.lexists(described)
    if not has_blend and not has_sidecar:
        raise NoAsset(f"There is no {shown(path)}.", "Look for its present name with render asset list.")
    trash = folder / TRASH
    writing.make_folders(trash, folder)
    stamp = next(stamp for stamp in _stamps(now) if writing.make_own_folder(trash / stamp))
    there = trash / stamp / path
    writing.make_folders(there.parent, folder)
    with writing.alone(blend.parent):
        if has_sidecar:
            writing.link(described, Path(sidecar_of(str(there))))
        if has_blend:
            writing.move(blend, there)
        if has_sidecar:
            writing.drop(described)
    return stamp


def removed(folder: Path) -> list[Removed]:
    """What lies in the trash, the newest first."""
    trash = folder / TRASH
    try:
        stamps = [name for name in os.listdir(trash) if re.fullmatch(_STAMP, name)]
    except FileNotFoundError:
        return []
    found = [Removed(stamp, tuple(_files(trash / stamp))) for stamp in stamps]
    return sorted((r for r in found if r.paths), key=lambda r: _stamp_order(r.stamp), reverse=True)


def unremove(folder: Path, stamp: str) -> list[str]:
    """The paths of what is back where it was; Exists, and nothing is changed, if something else is there now."""
    paths = next((r.paths for r in removed(folder) if r.stamp == stamp), None)
    if paths is None:
        raise NoAsset(f"The trash has no {shown(stamp)}.",
                      f"There are: {', '.join(r.stamp for r in removed(folder)) or 'none'}.")
    there = folder / TRASH / stamp
    for path in paths:
        back = folder / path
        if os.path.lexists(back) and not os.path.samestat(back.lstat(), (there / path).lstat()):
            raise Exists(f"{shown(path)} exists already.", "Rename one of the two; nothing was overwritten.")
    for path in paths:
        writing.make_folders((folder / path).parent, folder)
        writing.link(there / path, folder / path)
    for path in paths:
        writing.drop(there / path)
        writing.drop_empty_folders((there / path).parent, folder / TRASH)
    return list(paths)


def _files(top: Path) -> list[str]:
    return sorted(str((Path(at) / name).relative_to(top)) for at, _, names in os.walk(top) for name in names)


def _parent(folder: Path, path: str) -> Path:
    return (folder / existing_asset(path)).parent


def _stamps(now: datetime) -> Iterator[str]:
    """20261120-101530, and 20261120-101530-2, ... for more in the same second."""
    stamp = f"{now:%Y%m%d-%H%M%S}"
    yield stamp
    yield from (f"{stamp}-{i}" for i in count(2))


def _stamp_order(stamp: str) -> tuple[str, int]:
    return stamp[:15], int(stamp[16:] or 1)
