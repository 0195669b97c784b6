"""What this computer is, and how it is doing now: the content of hosts/HOST/host.json.

Memory is in MB of 1,000,000 bytes.
"""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from renderd.blenders import Blender

MB = 1_000_000
NETWORK = re.compile(r"(nfs4?|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|virtiofs|ncpfs)$")
FUSE_NETWORK = re.compile(r"fuse\.(sshfs|rclone|glusterfs(-.*)?|ceph(-fuse)?|s3fs|davfs2?)$")


@dataclass(frozen=True)
class Mount:
    """One line of the kernel's list of mounts, as it is: `fstype` is nfs4, cifs, fuse.sshfs, ext4, ..."""

    target: str
    fstype: str
    source: str
    options: str


def facts(host: str, spool: Path | None, blenders: Sequence[Blender]) -> dict[str, Any]:
    """What does not change while the daemon runs, ready for JSON.

    `cores` are those that this process may use. `mounts` are network filesystems and the one of the spool.
    """
    return {
        "host": host,
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": psutil.virtual_memory().total // MB,
        "swap_mb": psutil.swap_memory().total // MB,
        "os": _os_name(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "renderd": _version(),
        "blenders": [{"path": b.path, "version": ".".join(map(str, b.version))} for b in blenders],
        "mounts": [asdict(mount) for mount in worth_telling(mounts(), spool)],
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
    }


def now() -> dict[str, Any]:
    """Memory that programs can still get, swap in use, and the load of the last 1, 5 and 15 minutes."""
    return {
        "memory_free_mb": psutil.virtual_memory().available // MB,
        "swap_used_mb": psutil.swap_memory().used // MB,
        "load": [round(load, 2) for load in psutil.getloadavg()],
    }


def mounts(table: Path = Path("/proc/self/mounts")) -> list[Mount]:
    """What is mounted, in the order in which it was."""
    lines = table.read_text(errors="replace").splitlines()
    rows = [[_unescaped(word) for word in line.split(" ")] for line in lines]
    return [Mount(row[1], row[2], _without_password(row[0]), row[3]) for row in rows if len(row) >= 4]


def worth_telling(table: Sequence[Mount], spool: Path | None) -> list[Mount]:
    """The network's filesystems, and the one that holds the spool."""
    holder = holding(table, spool) if spool else None
    return [m for m in table if m is holder or NETWORK.match(m.fstype) or FUSE_NETWORK.match(m.fstype)]


def holding(table: Sequence[Mount], path: Path) -> Mount | None:
    """The mount that a path lies on: the deepest, and of several at one place the last, which hides the others."""
    real = os.path.realpath(path)
    over = [m for m in table if real == m.target or real.startswith(m.target.rstrip("/") + "/")]
    return max(reversed(over), key=lambda m: len(m.target), default=None)


def _unescaped(word: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), word)


def _without_password(source: str) -> str:
    """host.json can be read by the whole farm."""
    return re.sub(r"://[^/@]*@", "://", source)


def _os_name() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return f"{release['NAME']} {release.get('VERSION_ID', '')}".strip()


def _version() -> str:
    try:
        return metadata.version("renderd")
    except metadata.PackageNotFoundError:  # run from a folder, not installed
        return "unknown"
