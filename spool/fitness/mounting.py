"""What the mount says: the kind of filesystem, and options that hurt. What a server does cannot be seen here."""

from collections.abc import Iterator

from spool.fitness.finding import Finding, good
from spool.fitness.share import Share
from spool.fitness.troubles import trouble
from spool.mounts import Mount

USUAL = 60          # seconds that NFS keeps what it looked up (acregmax, acdirmax)
DISKS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs")
CODES = {"cifs": "smb", "smb3": "smb", "smbfs": "smb", "overlay": "overlay", "tmpfs": "memory", "ramfs": "memory",
         **dict.fromkeys(("vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfs", "hfsplus"), "ownerless")}


def check(share: Share) -> Iterator[Finding]:
    found = about(share.mount)
    yield from found or [good("mount", describe(share.mount))]


def about(mount: Mount) -> list[Finding]:
    """All that is wrong with a mount."""
    found = [trouble("read-only", path=mount.target)] if "ro" in mount.said else []
    if is_nfs(mount):
        return found + list(_nfs(mount))
    if mount.fstype not in DISKS:
        fuse = "fuse" if mount.fstype.startswith("fuse.") else "unknown-kind"
        found.append(trouble(CODES.get(mount.fstype, fuse), fstype=mount.fstype))
    return found


def describe(mount: Mount) -> str:
    if is_nfs(mount):
        return f"NFS {mount.said.get('vers', '')} from {mount.source}, hard."
    return f"{mount.fstype}, a disk of this computer: no other computer sees it."


def is_nfs(mount: Mount) -> bool:
    return mount.fstype in ("nfs", "nfs4")


def dead_holder(mount: Mount) -> str:
    """What becomes of a lock whose host loses power."""
    if not is_nfs(mount):
        return ""
    if _local_locks(mount):
        return " Other computers do not see it."
    if mount.said.get("vers", "").startswith("3"):
        return " A host that loses power keeps its locks until it is started again."
    return " A host that loses power keeps its locks for one lease of the server, mostly 90 s."


def _nfs(mount: Mount) -> Iterator[Finding]:
    said = mount.said
    for option in ("soft", "softerr"):
        if option in said:
            yield trouble("soft", option=option)
    if option := _local_locks(mount):
        yield trouble("nolock", option=option)
    longest = max((name for name in ("acdirmax", "acregmax", "acdirmin", "acregmin") if name in said),
                  key=lambda name: _number(said[name]), default="")
    if "nocto" in said:
        yield trouble("nocto", seconds=_number(said[longest]) if longest else USUAL)
    elif longest and _number(said[longest]) > USUAL:
        yield trouble("old-cache", seconds=said[longest], option=f"{longest}={said[longest]}")
    if "noac" in said:
        yield trouble("noac")
    if said.get("vers") in ("4", "4.0"):
        yield trouble("nfs-4.0")


def _local_locks(mount: Mount) -> str:
    """The option that keeps locks on this computer. NFS 4 knows none."""
    local = mount.said.get("local_lock", "none")
    if not mount.said.get("vers", "").startswith("3") or ("nolock" not in mount.said and local == "none"):
        return ""
    return "nolock" if "nolock" in mount.said else f"local_lock={local}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
