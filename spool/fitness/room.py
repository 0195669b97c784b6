"""Free space and inodes, and whether this user can write at all."""

import errno
import os
from collections.abc import Iterator
from dataclasses import replace

from spool import atomic
from spool.fitness.finding import Finding, good, untested
from spool.fitness.share import Share
from spool.fitness.troubles import trouble
from spool.space import NO_SPACE

MB = 1_000_000
LOW_SPACE = 1000 * MB
NO_INODES, LOW_INODES = 500, 20_000         # a job may have 10,000 chunks, and a log for each
SAMPLE = 256 * 1024                         # bytes: more than NFS sends in one piece of a small file


def space(share: Share) -> Iterator[Finding]:
    info = os.statvfs(share.spool.root)
    free, files = info.f_bavail * info.f_frsize, info.f_favail
    found = []
    if free < LOW_SPACE:
        found.append(trouble("no-space" if free < NO_SPACE else "low-space", free=_size(free)))
    if info.f_files and files < LOW_INODES:         # 0: the filesystem makes inodes as it needs them
        found.append(trouble("no-inodes" if files < NO_INODES else "low-inodes", count=files))
    yield from found or [good("space", f"{_size(free)} free.")]


def write(share: Share) -> Iterator[Finding]:
    """Makes the doctor's folder, so all that follows rests on it."""
    if share.spool.by_inbox and os.geteuid() not in (0, share.spool.owner):
        yield untested("write", f"You can only add jobs here; user {share.spool.owner} can test the rest.")
        return
    try:
        atomic.make_folder(share.folder, share.spool.mode)
        atomic.replace(share.path("sample"), os.urandom(SAMPLE))
        atomic.drop(share.path("sample"))
    except OSError as error:
        yield refused(share, "write", error)
    else:
        yield good("write", "Files and folders are made and synced.")


def refused(share: Share, doing: str, error: OSError) -> Finding:
    """What an error of a check means, in the words of a person."""
    return replace(_meaning(share, error), line=doing)


def _meaning(share: Share, error: OSError) -> Finding:
    path = share.spool.root
    if error.errno in (errno.EACCES, errno.EPERM):
        return trouble("unwritable", user=f"User {os.geteuid()}", path=path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return trouble("full", path=path)
    if error.errno == errno.EROFS:
        return trouble("read-only", path=share.mount.target)
    return trouble("failed", text=error.strerror or error)


def _size(count: int) -> str:
    return f"{count / 1000 / MB:,.1f} GB" if count >= 1000 * MB else f"{count / MB:.0f} MB"
