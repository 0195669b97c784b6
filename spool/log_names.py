"""The logs of a job: one for each claim, and all of them in one file when the job has ended."""

import os

from spool import atomic

ALL = "all.log"


def by_age(folder: str) -> list[str]:
    """The logs of its claims, the newest last. Times are the file server's, so they can be compared."""
    aged = []
    for name in atomic.names_if_there(folder):
        if name.endswith(".log") and name != ALL:
            try:
                aged.append((os.lstat(f"{folder}/{name}").st_mtime_ns, name))
            except FileNotFoundError:       # removed meanwhile
                continue
    return [name for _, name in sorted(aged)]
