"""What changed in a project, found by looking at its folders: where the kernel tells nothing (see changes.py)."""

import os
import stat
import time
from pathlib import Path

from assetfs import tree as trees
from assetfs.names import OLD, sidecar_of
from assetfs.tree import Asset, BlendFacts, Tree
from webview.changes import NONE, Changes

PAUSE = 1.0         # seconds between two looks
SIDECARS = 200      # that are asked for at one look, so that a share is not flooded


class Pause:
    """Over once in a second."""

    def __init__(self) -> None:
        self.until = 0.0

    def over(self) -> bool:
        now = time.monotonic()
        if now < self.until:
            return False
        self.until = now + PAUSE
        return True


class Looked:
    """A file that comes, goes or is replaced changes its folder, and is seen at the next look.

    One that is written in place does not: so some sidecars are asked for each time, in turn. All of N are
    asked for in N / SIDECARS looks."""

    def __init__(self, root: Path) -> None:
        self.root, self.pause = root, Pause()
        self.turn = 0
        self.seen: dict[str, object] = {}

    def changes(self, tree: Tree) -> Changes:
        if not self.pause.over():
            return NONE
        files = self._edited(tree)
        if self._differs("project.yaml"):
            files.add("project.yaml")
        old = (f"{folder}/{OLD}".lstrip("/") for folder in tree.folders)
        folders = [*trees.changed(tree), *(folder for folder in old if self._differs(folder))]
        return Changes(frozenset(files), frozenset(folders))

    def close(self) -> None:
        pass

    def _edited(self, tree: Tree) -> set[str]:
        """The sidecars of those whose turn it is, and that are not as they were."""
        every = list(tree.assets.values())
        turn = [every[(self.turn + n) % len(every)] for n in range(min(SIDECARS, len(every)))]
        self.turn = (self.turn + len(turn)) % max(1, len(every))
        return {sidecar_of(asset.path) for asset in turn if self._is_edited(asset)}

    def _is_edited(self, asset: Asset) -> bool:
        sidecar, blend = self._stat(sidecar_of(asset.path)), self._stat(asset.path)
        mark = sidecar and trees.marked(sidecar)
        facts = blend and BlendFacts(blend.st_size, blend.st_mtime_ns)
        return (mark, facts) != (asset.mark, asset.blend)

    def _differs(self, path: str) -> bool:
        """Whether it is not as it was when this was asked last; before the first time it was not there."""
        info = self._stat(path)
        now = info and (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)
        before, self.seen[path] = self.seen.get(path), now
        return before != now

    def _stat(self, path: str) -> os.stat_result | None:
        try:
            info = os.stat(self.root / path, follow_symlinks=False)
        except OSError:
            return None
        return None if stat.S_ISLNK(info.st_mode) else info
