"""Whose the things are that are made here, and who else may use them."""

import os
import stat
from collections.abc import Iterator

from spool import atomic
from spool.fitness.finding import Finding, good, untested
from spool.fitness.mounting import is_nfs
from spool.fitness.share import Share, scratch
from spool.fitness.troubles import trouble
from spool.layout import FOLDERS


def group(share: Share) -> Iterator[Finding]:
    """Whoever sends a job makes folders in the spool, and a daemon of another user renames in them."""
    if not shared(share):
        yield good("group", f"One user's spool: only user {share.spool.owner} may change what is in it.")
        return
    root = os.stat(share.spool.root)
    with scratch(share, "group") as inside:
        made = os.stat(inside)
    if made.st_gid != root.st_gid:
        yield trouble("no-setgid", mine=made.st_gid, group=root.st_gid, path=share.spool.root)
    elif not root.st_mode & stat.S_ISGID:
        yield trouble("setgid-missing", group=root.st_gid, path=share.spool.root)
    elif odd := _odd_folders(share, root):
        yield trouble("folder-mode", folders=", ".join(f"{name}/" for name in odd), mode=f"{share.spool.mode:o}",
                      group=root.st_gid, path=" ".join(f"{share.spool.root}/{name}" for name in odd))
    else:
        yield good("group", f"Folders that you make belong to the group {root.st_gid}, which may write in them.")


def shared(share: Share) -> bool:
    """Others than the owner may send jobs."""
    return bool(share.spool.mode & stat.S_IWGRP)


def _odd_folders(share: Share, root: os.stat_result) -> list[str]:
    """Folders of the spool in which the group may do less than in the spool itself."""
    found = {name: os.stat(share.spool.folder(name)) for name in FOLDERS}
    wanted = stat.S_IMODE(root.st_mode) & (stat.S_ISGID | stat.S_IRWXG)
    return [name for name, info in found.items() if info.st_mode & wanted != wanted or info.st_gid != root.st_gid]


def umask(share: Share) -> Iterator[Finding]:
    mask = os.umask(0o077)
    os.umask(mask)
    if not shared(share) or not mask & 0o060:
        yield good("umask", f"{mask:03o}.")
    else:
        yield trouble("umask", umask=f"{mask:03o}", what="read" if mask & 0o040 else "write")


def owner(share: Share) -> Iterator[Finding]:
    atomic.touch(share.path("mine"))
    uid = os.stat(share.path("mine")).st_uid
    atomic.drop(share.path("mine"))
    if os.geteuid() == 0:
        yield _of_root(share, uid)
    elif uid != os.geteuid():
        yield trouble("owner-changed", owner=f"user {uid}", user=f"user {os.geteuid()}")
    else:
        yield good("owner", f"What you make belongs to you (user {uid}).")
        if is_nfs(share.mount):
            yield untested("owner", "Whether root is kept out (root_squash) can only root see.")


def _of_root(share: Share, uid: int) -> Finding:
    if uid != 0:
        return good("owner", f"Root of this computer is user {uid} on the share (root_squash).")
    return trouble("root-trusted") if is_nfs(share.mount) else good("owner", "What you make belongs to you (root).")
