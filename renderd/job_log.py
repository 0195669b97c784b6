"""All that the programs of a job said, in one file: `log/all.log`, written when the job is done or failed.

The logs of its chunks one behind the other, as they ended. Whoever moved the entry writes it; if that fails, or the
host dies, `render log JOB --all` still finds the logs themselves."""

import os
from contextlib import suppress

from renderd import logs
from spool.layout import Spool
from spool.log_names import ALL, by_age

MOST = 256 << 20        # bytes; what is beyond stands in the logs of the chunks only
PIECE = 1 << 20


def write(spool: Spool, job: str) -> None:
    """It never keeps a job from being done."""
    folder = f"{spool.job(job)}/log"
    try:
        if names := by_age(folder):
            at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)   # no link leads us out
            try:
                _write(at, names)
            finally:
                os.close(at)
    except OSError as error:
        logs.event("share-trouble", text=error, doing="log", job=job)


def _write(at: int, names: list[str]) -> None:
    aside, left = f".{ALL}.{os.getpid()}.tmp", MOST
    with suppress(FileNotFoundError):   # of who had our number and was killed; or somebody put it there for us to fill
        os.unlink(aside, dir_fd=at)
    out = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=at)
    try:
        os.fchmod(out, 0o644)
        for name in names:
            left -= _copy(at, name, out, left)
        os.replace(aside, ALL, src_dir_fd=at, dst_dir_fd=at)
    except OSError:
        with suppress(OSError):
            os.unlink(aside, dir_fd=at)
        raise
    finally:
        os.close(out)


def _copy(at: int, name: str, out: int, left: int) -> int:
    """How many bytes it was."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    except OSError:                     # gone, or a link: nothing of ours
        return 0
    done = os.write(out, f"==> {name} <==\n".encode())
    try:
        while left > done and (piece := os.read(fd, min(PIECE, left - done))):
            done += os.write(out, piece)
        if os.read(fd, 1):
            os.write(out, b"(the rest is not kept here)\n")
    finally:
        os.close(fd)
    return done
