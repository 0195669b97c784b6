"""What changed below a folder since the last look.

The kernel tells it (inotify) where the folder is on a disk of this computer. It knows nothing of what others write on a
network share; and it has limits. There the folders are looked at instead (looking.py).
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import Event, INotify, flags

from assetfs.tree import Tree
from spool import mounts

LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "zfs", "f2fs", "bcachefs", "overlay", "jfs",
                   "reiserfs", "ramfs", "vfat", "exfat", "ntfs3"})
TELLING = (".blend", ".json", ".yaml")      # others are pictures: a render makes 100,000 of them
_STRUCTURE = flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT | flags.Q_OVERFLOW
_MASK = (flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO | flags.MODIFY | flags.CLOSE_WRITE
         | flags.ATTRIB | flags.DELETE_SELF | flags.MOVE_SELF | flags.ONLYDIR | flags.DONT_FOLLOW)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Changes:
    """Files that were written, and folders in which something came or went, as paths in the project; or everything
    may have changed."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.files or self.folders or self.everything)


NONE = Changes()
EVERYTHING = Changes(everything=True)


def is_local(folder: Path, table: list[mounts.Mount] | None = None) -> bool:
    """Whether the kernel sees every change: the folder, and all that is mounted below it, is on disks of our own."""
    table = mounts.mounts() if table is None else table
    real = os.path.realpath(folder)
    over = mounts.holding(table, folder)
    below = [mount for mount in table if mount.target.startswith(f"{real}/")]
    return over is not None and all(mount.fstype in LOCAL for mount in (over, *below))


class Told:
    """The kernel's word. Made before the first look: what changes after is told. OSError: a limit is reached.

    A folder that comes, goes or moves makes all watches out of date: then everything may have changed, and a new Told
    must be made."""

    def __init__(self, root: Path) -> None:
        self.inotify = INotify(nonblocking=True)
        self.folders: dict[int, str] = {}
        try:
            for folder in folders_below(root):
                self._watch(root, folder)
        except OSError:
            self.close()
            raise

    def _watch(self, root: Path, folder: str) -> None:
        try:
            self.folders[self.inotify.add_watch(root / folder, _MASK)] = folder
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            if not folder:
                raise
            # gone since it was listed, which its parent tells; or not ours to look into, which the tree tells

    def changes(self, tree: Tree) -> Changes:
        """Costs one system call while nothing changes."""
        changed: set[str] = set()
        while events := self.inotify.read(timeout=0):
            for event in events:
                if self._breaks(event):
                    return EVERYTHING
                if event.name.endswith(TELLING) and not event.name.startswith(".") and event.wd in self.folders:
                    changed.add(f"{self.folders[event.wd]}/{event.name}".lstrip("/"))
        return Changes(files=frozenset(changed)) if changed else NONE

    def _breaks(self, event: Event) -> bool:
        of_folder = event.mask & flags.ISDIR and not event.name.startswith(".")
        return bool(of_folder or event.mask & _STRUCTURE)

    def close(self) -> None:
        self.inotify.close()


def folders_below(root: Path) -> Iterator[str]:
    """Every folder that is not hidden, relative to the root, which comes first."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        yield folder
        try:
            with os.scandir(root / folder) as entries:
                waiting += [f"{folder}/{entry.name}".lstrip("/") for entry in entries
                            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)]
        except OSError:             # gone since it was listed, or not ours to read
            continue


def told(root: Path) -> Told | None:
    """None where the kernel cannot tell all: then whoever wants to know must look."""
    if not is_local(root):
        return None
    try:
        return Told(root)
    except OSError as error:
        _log.warning("no-inotify folder=%s text=%s cure=%s", root, error,
                     "the folders are looked at once a second instead; raise fs.inotify.max_user_watches")
        return None
