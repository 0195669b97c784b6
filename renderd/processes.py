"""The processes of this computer, as the kernel lists them. Nothing here waits for a share."""

import os
from collections.abc import Collection, Mapping
from typing import NamedTuple

_PPID, _GROUP, _SESSION, _UTIME, _STIME, _START = 1, 2, 3, 11, 12, 19      # of proc(5), from the state on


class One(NamedTuple):
    """A process. `began` makes its number unique, as numbers are used again."""

    pid: int
    name: str                   # of its program, the first 15 characters
    parent: int
    group: int
    session: int
    began: int                  # ticks since the computer was started
    ticks: int                  # of CPU, its own


Table = Mapping[int, One]


def table() -> dict[int, One]:
    """All that there are now; those that end meanwhile are passed over."""
    found = (of(int(name)) for name in os.listdir("/proc") if name.isdecimal())
    return {one.pid: one for one in found if one}


def of(pid: int) -> One | None:
    """None if it has ended."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return None
    try:
        said = os.read(fd, 4096)
    except OSError:
        return None
    finally:
        os.close(fd)
    end = said.rindex(b")")             # a program may be called anything, also ") 1"
    f = said[end + 2:].split()
    return One(pid, said[said.index(b"(") + 1:end].decode(errors="replace"), int(f[_PPID]), int(f[_GROUP]),
               int(f[_SESSION]), int(f[_START]), int(f[_UTIME]) + int(f[_STIME]))


def below(found: Table, leaders: Collection[int]) -> set[int]:
    """The numbers of these, of all in their groups and sessions, and of all that any of them started."""
    started: dict[int, list[int]] = {}
    for one in found.values():
        started.setdefault(one.parent, []).append(one.pid)
    look = [one.pid for one in found.values() if {one.pid, one.group, one.session} & set(leaders)]
    ours: set[int] = set()
    while look:
        pid = look.pop()
        if pid not in ours:
            ours.add(pid)
            look += started.get(pid, [])
    return ours
