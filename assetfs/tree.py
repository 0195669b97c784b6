"""What lies in a project's folders now: assets, and what is wrong there.

A look costs one stat for each folder; only folders that changed are listed, and only sidecars that changed are read.
Links are never followed, whoever puts one where: every folder is opened from the one above it.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from assetfs.errors import BadSidecar, NoAsset, NoProject
from assetfs.names import BLEND, OLD, SIDECAR, TEMPLATES, is_text, shown
from assetfs.sidecar import Sidecar, parse, read_bytes

DEEPEST = 32                    # folders in folders; each holds a descriptor while those in it are read
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
Mark = tuple[int, int, int, int]    # mtime, ctime (also: rights), size, inode: the same as long as nobody wrote


@dataclass(frozen=True)
class Problem:
    """At `path` in the project; `text` says what, and what to do."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{shown(self.path)}: {self.text}"


@dataclass(frozen=True)
class BlendFacts:
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Asset:
    """A sidecar, right or broken (then `problem` says why), and the .blend if it is there."""

    path: str
    sidecar: Sidecar | None
    problem: str
    blend: BlendFacts | None
    mark: Mark

    @property
    def mtime_ns(self) -> int:
        return self.mark[0]


@dataclass(frozen=True)
class FolderFacts:
    """`mark` is None until two looks saw the same: two changes may fall into one tick of the clock of the disk."""

    seen: Mark
    mark: Mark | None
    assets: tuple[Asset, ...] = ()
    folders: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    lone_blends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """`folders` by their paths; "" is the project's own."""

    folder: Path
    folders: dict[str, FolderFacts]
    assets: dict[str, Asset]
    problems: tuple[Problem, ...]
    lone_blends: tuple[str, ...]


def scan(folder: Path) -> Tree:
    return rescan(Tree(folder, {}, {}, (), ()), [""])


def changed(tree: Tree) -> list[str]:
    """The folders in which names came, went or were replaced since; what was written in place shows nowhere but at
    the file. Each is named twice: see FolderFacts."""
    return [path for path, facts in tree.folders.items() if _mark_of(tree.folder / path) != facts.mark]


def rescan(tree: Tree, folders: Iterable[str]) -> Tree:
    """The tree as it is now in these folders, and in folders that are new there; the rest is taken as it was."""
    now = dict(tree.folders)
    for path in sorted(set(folders)):
        if not path or path in now:     # else: it went with the folder it was in
            with suppress(FileNotFoundError), _opened(tree.folder, path.rpartition("/")[0]) as above:
                _enter(above, path, tree.folders, now)
    if "" not in now:
        raise NoProject(f"There is no folder {tree.folder}.", "Look for its present name.")
    return _put_together(tree.folder, now)


def _mark_of(folder: Path) -> Mark | None:
    try:
        return marked(os.lstat(folder))
    except OSError:
        return 0, 0, 0, 0               # gone: the folder above it tells


def marked(info: os.stat_result) -> Mark:
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino


@contextmanager
def _opened(root: Path, path: str) -> Iterator[int]:
    """The folder, come to from the root without a link. FileNotFoundError if that is not possible now."""
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.split("/") if path else ():
            try:
                below = os.open(part, _FOLDER, dir_fd=fd)
            except OSError:
                raise FileNotFoundError(path) from None
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def _enter(above: int, path: str, before: dict[str, FolderFacts], now: dict[str, FolderFacts]) -> None:
    """The facts of this folder, which lies in the open one, and of the new ones in it, stand in `now`."""
    name = path.rpartition("/")[2] or "."
    try:
        seen = marked(os.stat(name, dir_fd=above, follow_symlinks=False))
        known = before.get(path)
        try:
            facts = _look(os.open(name, _FOLDER, dir_fd=above), path, known, before, now)
        except OSError as error:        # a folder that cannot be read takes no other with it
            _forget(path, now)
            facts = FolderFacts(seen, None, problems=(Problem(path, _unreadable(error)),))
        # Looked at before the listing: a change after it is seen at the next look.
        now[path] = replace(facts, seen=seen, mark=seen if known and known.seen == seen else None)
    except FileNotFoundError:
        _forget(path, now)


def _unreadable(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "this is no longer a folder; look again."
    return f"this folder cannot be read ({error.strerror}); give everyone the right to read it."


def _look(fd: int, path: str, known: FolderFacts | None, before: dict[str, FolderFacts],
          now: dict[str, FolderFacts]) -> FolderFacts:
    try:
        listing = _Listing(fd, path, {a.path: a for a in known.assets} if known else {})
        listing.read()
        for gone in set(known.folders if known else ()) - set(listing.folders):
            _forget(gone, now)
        for folder in listing.folders:
            if folder not in now:
                _enter(fd, folder, before, now)
    finally:
        os.close(fd)
    return FolderFacts((0, 0, 0, 0), None, tuple(listing.assets), tuple(f for f in listing.folders if f in now),
                       tuple(listing.problems), tuple(listing.lone_blends))


def _forget(path: str, now: dict[str, FolderFacts]) -> None:
    facts = now.pop(path, None)
    for below in facts.folders if facts else ():
        _forget(below, now)


def _put_together(folder: Path, now: dict[str, FolderFacts]) -> Tree:
    assets = {a.path: a for facts in now.values() for a in facts.assets}
    return Tree(
        folder, now, {path: assets[path] for path in sorted(assets)},
        tuple(sorted((p for facts in now.values() for p in facts.problems), key=lambda p: p.path)),
        tuple(sorted(path for facts in now.values() for path in facts.lone_blends)),
    )


class _Listing:
    """One folder's names, sorted into what they are. A class, because everything it finds can also be a problem."""

    def __init__(self, fd: int, path: str, known: dict[str, Asset]) -> None:
        self.fd, self.prefix, self.known = fd, f"{path}/" if path else "", known
        self.folders: list[str] = []
        self.assets: list[Asset] = []
        self.problems: list[Problem] = []
        self.lone_blends: list[str] = []

    def wrong(self, path: str, text: str) -> None:
        self.problems.append(Problem(path, text))

    def read(self) -> None:
        blends: dict[str, BlendFacts] = {}
        sidecars: list[tuple[str, os.stat_result]] = []
        with os.scandir(self.fd) as entries:
            for entry in entries:
                if entry.name[0] != "." and entry.name != OLD and self.prefix + entry.name != TEMPLATES:
                    with suppress(FileNotFoundError):       # gone since it was listed
                        self._sort(entry, blends, sidecars)
        for path, info in sidecars:
            self._asset(path, info, blends.pop(path, None))
        self.lone_blends += blends
        self.folders.sort()

    def _sort(self, entry: "os.DirEntry[str]", blends: dict[str, BlendFacts],
              sidecars: list[tuple[str, os.stat_result]]) -> None:
        path = self.prefix + entry.name
        if not is_text(entry.name):
            self.wrong(path, "the name is not UTF-8; rename it.")
        elif entry.is_symlink():
            self.wrong(path, "this is a link, and links are not followed; put the file or folder itself here.")
        elif entry.is_dir(follow_symlinks=False):
            if path.count("/") < DEEPEST:
                self.folders.append(path)
            else:
                self.wrong(path, f"folders are nested deeper than {DEEPEST}; move this one up.")
        elif entry.name.endswith((BLEND, SIDECAR)):
            info = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(info.st_mode):
                self.wrong(path, "this is not a file; move it away.")
            elif entry.name.endswith(BLEND):
                blends[path] = BlendFacts(info.st_size, info.st_mtime_ns)
            else:
                sidecars.append((path.removesuffix(".json"), info))

    def _asset(self, path: str, info: os.stat_result, blend: BlendFacts | None) -> None:
        mark, known = marked(info), self.known.get(path)
        if known and known.mark == mark:
            self.assets.append(known if known.blend == blend else replace(known, blend=blend))
            return
        name = path.rpartition("/")[2] + ".json"
        try:
            asset = Asset(path, parse(name, read_bytes(name, name, self.fd)), "", blend, mark)
        except BadSidecar as error:
            asset = Asset(path, None, " ".join(error.problems), blend, mark)
        except NoAsset:
            return                      # gone since it was listed
        self.assets.append(asset)
