"""A small file system of its own, that can be filled up and made read-only. Needs root and a mount namespace.

Nothing is left of it when the last process of the namespace ends."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BALLAST = ".ballast"
INSIDE = "SOAK_HAS_ITS_OWN_MOUNTS"


def mounts_of_our_own() -> bool:
    """True inside a private mount namespace. Starts this very program again in one where that is possible."""
    if INSIDE in os.environ:
        return os.environ[INSIDE] == "1"
    alone = ("unshare", "--mount", "--propagation", "private")
    possible = os.geteuid() == 0 and subprocess.run([*alone, "true"], capture_output=True).returncode == 0
    os.environ[INSIDE] = "1" if possible else "0"
    if possible:
        os.execvp(alone[0], [*alone, sys.executable, *sys.orig_argv[1:]])
    return False


@dataclass(frozen=True)
class Disk:
    """`place` is an ext4 file system in a file, mounted."""

    place: Path

    @property
    def ballast(self) -> Path:
        return self.place / BALLAST

    def fill(self) -> None:
        """Not one block is free."""
        fd = os.open(self.ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            for size in (1 << 20, 1 << 12):
                _write_until_full(fd, bytes(size))
        finally:
            os.close(fd)

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def cover(self) -> None:
        """Whoever opens a path below `place` from now on finds it read-only. A remount of the file system itself
        is refused as long as a journal is open."""
        aside = self.place.with_name(f"{self.place.name}.read-only")
        aside.mkdir(exist_ok=True)
        _run("mount", "--bind", self.place, aside)
        _run("mount", "-o", "remount,bind,ro", aside)
        _run("mount", "--move", aside, self.place)

    def uncover(self) -> None:
        _run("umount", "--lazy", self.place)


def make(place: Path, megabytes: int) -> Disk:
    image = place.with_name(f"{place.name}.image")
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    place.mkdir()
    _run("mkfs.ext4", "-q", "-m", "0", "-i", "4096", "-F", image)
    _run("mount", "-o", "loop", image, place)
    (place / "lost+found").rmdir()
    return Disk(place)


def _write_until_full(fd: int, data: bytes) -> None:
    try:
        while os.write(fd, data):
            os.fsync(fd)
    except OSError:                     # full, as wanted
        return


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
