"""The projects as they are now, kept in memory.

A look at a project that did not change costs one system call where the kernel tells of changes, and one for each folder
and a few sidecars, once a second, where it does not (changes.py, looking.py).

Invariants
  1. What was on the disk before a look began is in what the look returns, where the kernel tells of changes.
  2. A look waits for another one no longer than share.GLANCE; then it returns what was known before. For the first of a
     project it waits longer, and then raises ShareBusy.
  3. What was returned is never changed.
"""

import logging
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from assetfs import priority, project
from assetfs import tree as trees
from assetfs.errors import NoProject
from assetfs.names import OLD, is_ident, sidecar_of
from assetfs.priority import Effective
from assetfs.project import Project
from assetfs.tree import Asset, Tree
from webview import changes, share
from webview.changes import Changes, Told
from webview.looking import Looked, Pause

NEVER = (0, 0, 0, 0)   # the mark of a file that was not read yet
T = TypeVar("T")
_generations = count(1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Film:
    """A project as it was at one moment."""

    ident: str
    project: Project
    tree: Tree
    generation: int
    made: float                     # when it was seen so first: seconds since 1970
    trouble: str = ""               # why it may be out of date
    _kept: dict[Callable[["Film"], Any], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        return self.project.folder

    @property
    def assets(self) -> dict[str, Asset]:
        return self.tree.assets

    def kept(self, function: Callable[["Film"], T]) -> T:
        """What the function says of this film; it is asked once."""
        if function not in self._kept:
            self._kept[function] = function(self)
        found: T = self._kept[function]
        return found

    @property
    def effective(self) -> Effective:
        return self.kept(_effective)


def _effective(film: Film) -> Effective:
    return priority.effective(film.project, film.assets)


class Keeper:
    """Keeps one project right. `tree` may be newer than that of the film, if it says the same."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lock = folder, Lock()
        self.film: Film | None = None
        self.tree: Tree | None = None
        self.watch: Told | Looked | None = None

    def look(self) -> Film | None:
        """None: it is no project (any more). Raises OSError at the first look only."""
        with share.turn(self.lock, known=self.film is not None) as ours:
            if ours:
                self._refresh()
            return self.film

    def _refresh(self) -> None:
        try:
            if self.film is None or self.tree is None or self.watch is None:
                self._refuse_link()
                self._watch_anew()
                self._show(project.read(self.folder), trees.scan(self.folder))
            elif found := self.watch.changes(self.tree):
                self._follow(self.film, self.tree, found)
        except (NoProject, FileNotFoundError):
            self.film = None
            self.close()
        except OSError as error:        # the share is away: what was seen before is better than nothing
            self.close()
            if self.film is None:
                raise
            self._trouble(self.film, error)

    def _refuse_link(self) -> None:
        if not stat.S_ISDIR(os.lstat(self.folder).st_mode):
            raise NoProject(f"{self.folder} is no folder.")

    def _watch_anew(self) -> None:
        """Before anything is looked at, so that nothing is missed in between."""
        self.close()
        self.watch = changes.told(self.folder) or Looked(self.folder)

    def _follow(self, film: Film, tree: Tree, found: Changes) -> None:
        self._refuse_link()
        if found.everything:
            self._watch_anew()
        touched = found.folders | {os.path.dirname(file) for file in found.files}
        of_tree = [folder for folder in touched if OLD not in folder.split("/")]
        seen = trees.rescan(_unread(tree, found.files), tree.folders if found.everything else of_tree)
        settings = found.everything or "project.yaml" in found.files
        self._show(project.read(self.folder) if settings else film.project, seen,
                   anyway=found.everything or len(of_tree) < len(touched))

    def _show(self, settings: Project, tree: Tree, *, anyway: bool = False) -> None:
        """A new generation if something differs; `anyway`: also if it is in neither, as checkpoints are."""
        film, self.tree = self.film, tree
        if film is None or anyway or film.trouble or _said(film.project, film.tree) != _said(settings, tree):
            self.film = Film(self.folder.name, settings, tree, next(_generations), time.time())

    def _trouble(self, film: Film, error: OSError) -> None:
        text = error.strerror or str(error)
        if film.trouble != text:
            _log.warning("share-trouble folder=%s text=%s", self.folder, text)
            self.film = Film(film.ident, film.project, film.tree, next(_generations), film.made, text)

    def close(self) -> None:
        if self.watch:
            self.watch.close()
        self.watch = None


def _said(settings: Project, tree: Tree) -> object:
    """What a page may show of them."""
    return settings, tree.assets, tree.problems, tree.lone_blends


def _unread(tree: Tree, files: frozenset[str]) -> Tree:
    """The tree with these sidecars to be read again: two writes may fall into one tick of the disk's clock."""
    if not files:
        return tree
    folders = dict(tree.folders)
    for path in {os.path.dirname(file) for file in files} & folders.keys():
        assets = tuple(replace(a, mark=NEVER) if sidecar_of(a.path) in files else a for a in folders[path].assets)
        folders[path] = replace(folders[path], assets=assets)
    return replace(tree, folders=folders)


class Index:
    """All projects of a folder."""

    def __init__(self, projects_dir: Path) -> None:
        self.folder = projects_dir
        self.local = changes.is_local(projects_dir)
        self.keepers: dict[str, Keeper] = {}
        self.lock, self.listing_lock = Lock(), Lock()
        self.pause = Pause()
        self.listing: tuple[str, ...] | None = None

    def look(self, ident: str) -> Film | None:
        """The project as it is now; None if there is none of that name."""
        if not is_ident(ident):
            return None
        keeper = self.keepers.get(ident)
        if keeper is None:
            with self.lock:
                keeper = self.keepers.setdefault(ident, Keeper(self.folder / ident))
        film = keeper.look()
        if film is None:
            with self.lock:
                self.keepers.pop(ident, None)
        return film

    def idents(self) -> tuple[str, ...]:
        if self.listing is not None and not (self.local or self.pause.over()):
            return self.listing
        with share.turn(self.listing_lock, known=self.listing is not None) as ours:
            if ours or self.listing is None:
                self.listing = tuple(project.listed(self.folder))
            return self.listing

    def close(self) -> None:
        for keeper in self.keepers.values():
            keeper.close()
