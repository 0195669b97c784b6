"""Do daemons, logs and the spool stay small? Samples, and what they must not exceed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.soak.disks import BALLAST

MORE_MB, MORE_FDS, MORE_THREADS = 30, 12, 2     # of a daemon between an early and the last sample
MOST_FILES = 30_000                             # in the spool: what is cleaned does not pile up
LOG_PER_CHUNK = 2_000                           # bytes that all daemons together say about a chunk


@dataclass(frozen=True)
class Sample:
    """One look. `daemons`: host -> process id, MB, descriptors, threads."""

    minute: float
    daemons: Mapping[str, tuple[int, float, int, int]]
    spool_files: int
    spool_mb: float
    log_mb: float

    def line(self) -> str:
        hosts = "  ".join(f"{host} {mb:.0f} MB {fds} fds {threads} threads"
                          for host, (_, mb, fds, threads) in self.daemons.items())
        return (f"growth at {self.minute:5.1f} min: {hosts}; spool {self.spool_files} files {self.spool_mb:.1f} MB, "
                f"logs of the daemons {self.log_mb:.1f} MB")


def sample(minute: float, daemons: Mapping[str, int], spool: Path, logs: Path) -> Sample:
    found = {host: one for host, pid in daemons.items() if (one := _daemon(pid))}
    files, size = _tree(spool)
    return Sample(minute, found, files, size / 1e6, sum(p.stat().st_size for p in logs.glob("*.log")) / 1e6)


def _daemon(pid: int) -> tuple[int, float, int, int] | None:
    try:
        process = psutil.Process(pid)
        return pid, process.memory_info().rss / 1e6, process.num_fds(), process.num_threads()
    except psutil.NoSuchProcess:
        return None


def _tree(root: Path) -> tuple[int, int]:
    files = size = 0
    for folder, _, names in os.walk(root):
        for name in names:
            if name == BALLAST:
                continue
            try:
                size += os.lstat(os.path.join(folder, name)).st_size
                files += 1
            except FileNotFoundError:   # moved on
                continue
    return files, size


def too_much(early: Sample, last: Sample, chunks: int) -> list[str]:
    """What grew without need."""
    found = []
    for host, (pid, mb, fds, threads) in last.daemons.items():
        if host not in early.daemons or early.daemons[host][0] != pid:
            continue                    # another life
        _, mb_before, fds_before, threads_before = early.daemons[host]
        if mb - mb_before > MORE_MB or fds - fds_before > MORE_FDS or threads - threads_before > MORE_THREADS:
            found.append(f"{host} grew from {mb_before:.0f} MB, {fds_before} fds, {threads_before} threads "
                         f"to {mb:.0f} MB, {fds} fds, {threads} threads")
    if last.spool_files > MOST_FILES:
        found.append(f"the spool has {last.spool_files} files")
    if last.log_mb * 1e6 > LOG_PER_CHUNK * max(chunks, 1000):
        found.append(f"the daemons said {last.log_mb:.1f} MB about {chunks} chunks")
    return found
