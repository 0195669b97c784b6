"""What this computer is, and how it is doing now: the content of hosts/HOST/host.json.

Memory is in MB of 1,000,000 bytes.
"""

import os
import platform
import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from renderd.blenders import Blender
from spool.mounts import Mount, holding, mounts

MB = 1_000_000
NETWORK = re.compile(r"(nfs4?|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|beegfs|gpfs|virtiofs|ncpfs)$")
FUSE_NETWORK = re.compile(r"fuse\.(sshfs|rclone|glusterfs(-.*)?|ceph(-fuse)?|s3fs|davfs2?)$")


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
        "gpus": gpus(),
        "blenders": [{"path": b.path, "version": ".".join(map(str, b.version))} for b in blenders],
        "mounts": [mount._asdict() for mount in worth_telling(mounts(), spool)],
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
    }


def now() -> dict[str, Any]:
    """Memory that programs can still get, swap in use, and the load of the last 1, 5 and 15 minutes."""
    return {
        "memory_free_mb": psutil.virtual_memory().available // MB,
        "swap_used_mb": psutil.swap_memory().used // MB,
        "load": [round(load, 2) for load in psutil.getloadavg()],
    }


def gpus(root: Path = Path("/")) -> list[str]:
    """The graphics cards that can calculate, by what their drivers say: NVIDIA's, and AMD's for calculating (amdkfd).

    Whether a Blender can use them nobody knows before it tries."""
    found = [_model(card) for card in sorted(root.glob("proc/driver/nvidia/gpus/*/information"))]
    nodes = sorted(root.glob("sys/class/kfd/kfd/topology/nodes/*"))
    return found + [_text(node / "name").strip() or "AMD" for node in nodes if _calculates(_text(node / "properties"))]


def _model(card: Path) -> str:
    said = re.search(r"^Model:\s*(.+)$", _text(card), re.MULTILINE)
    return said[1].strip() if said else "NVIDIA"


def _calculates(properties: str) -> bool:
    """A node without SIMD units is a processor."""
    return bool(re.search(r"^simd_count [1-9]", properties, re.MULTILINE))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:                     # it went, or is not for us to read
        return ""


def worth_telling(table: Sequence[Mount], spool: Path | None) -> list[Mount]:
    """The network's filesystems, and the one that holds the spool."""
    holder = holding(table, spool) if spool else None
    return [m for m in table if m is holder or NETWORK.match(m.fstype) or FUSE_NETWORK.match(m.fstype)]


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
