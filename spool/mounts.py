"""What is mounted on this computer, as the kernel's own list has it. Asks no server."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

LOCAL = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs")        # disks of this computer, and its memory


class Mount(NamedTuple):
    """One line of the kernel's list of mounts, as it is: `fstype` is nfs4, cifs, fuse.sshfs, ext4, ..."""

    target: str
    fstype: str
    source: str
    options: str

    @property
    def said(self) -> dict[str, str]:
        """The options by name; those without a value have an empty one."""
        return {name: value for name, _, value in (option.partition("=") for option in self.options.split(","))}


def mounts(table: str | os.PathLike[str] = "/proc/self/mounts") -> list[Mount]:
    """What is mounted, in the order in which it was."""
    with open(table, errors="replace") as file:
        lines = file.read().splitlines()
    rows = [[_unescaped(word) for word in line.split(" ")] for line in lines]
    return [Mount(row[1], row[2], _without_password(row[0]), row[3]) for row in rows if len(row) >= 4]


def holding(table: Sequence[Mount], path: str | os.PathLike[str]) -> Mount | None:
    """The mount that a path lies on: the deepest, and of several at one place the last, which hides the others."""
    real = os.path.realpath(path)
    over = [m for m in table if real == m.target or real.startswith(m.target.rstrip("/") + "/")]
    return max(reversed(over), key=lambda m: len(m.target), default=None)


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), word)


def _without_password(source: str) -> str:
    """host.json can be read by the whole farm."""
    return re.sub(r"://[^/@]*@", "://", source)
