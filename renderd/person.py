"""Is somebody at the computer? What logind says, which desktops tell; else when terminals were last typed at.

And whose Blenders run there that no farm started."""

import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from renderd import processes

TERMINALS = ("/dev/pts", "/dev")
_TERMINAL = re.compile(r"\d+|tty[1-9]\d*")
PATIENCE = 5.0          # seconds that logind may take


def idle_seconds(environ: Mapping[str, str]) -> float | None:
    """Seconds since somebody did something here; None if nobody can tell."""
    said = _of_logind(environ)
    return _of_terminals() if said is None else said


def _of_logind(environ: Mapping[str, str]) -> float | None:
    """Of all sessions together. Desktops tell it themselves, some minutes late; a film that is shown counts as work."""
    program = shutil.which("loginctl", path=environ.get("PATH"))
    if not program:
        return None
    try:
        done = subprocess.run([program, "show-session", "-p", "IdleHint", "-p", "IdleSinceHint"], check=False,
                              text=True, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if done.returncode or "IdleHint" not in said:
        return None                     # no logind: a container, another kind of system
    if said["IdleHint"] != "yes":
        return 0.0
    since = said.get("IdleSinceHint", "")
    return max(0.0, time.time() - int(since) / 1e6) if since.isdecimal() else None


def _of_terminals() -> float | None:
    return idle_of(terminals())


def terminals(folders: Iterable[str] = TERMINALS) -> Iterator[str]:
    """At which somebody may type."""
    for folder in folders:
        with suppress(OSError):         # not there
            yield from (f"{folder}/{name}" for name in os.listdir(folder) if _TERMINAL.fullmatch(name))


def idle_of(paths: Iterable[str]) -> float | None:
    """Seconds since somebody typed at one of these terminals: what is typed is read, so it changes the time of access;
    what programs print does not."""
    now, found = time.time(), list[float]()
    for path in paths:
        with suppress(OSError):         # closed just now
            found.append(max(0.0, now - os.stat(path).st_atime))
    return min(found, default=None)


class OwnBlender(NamedTuple):
    """A Blender that a person started."""

    pid: int
    who: str


def own_blender(table: processes.Table | None = None) -> OwnBlender | None:
    """One of them. None of a renderd is meant, of ours or of another on this computer."""
    found = processes.table() if table is None else table
    for one in found.values():
        if one.name.startswith("blender") and not _of_a_farm(one, found) and (who := _owner(one.pid)):
            return OwnBlender(one.pid, who)
    return None


def _of_a_farm(one: processes.One, found: processes.Table) -> bool:
    """It runs below a renderd."""
    seen = set[int]()
    at: processes.One | None = one
    while at and at.pid not in seen:
        seen.add(at.pid)
        if at.pid == os.getpid() or _is_renderd(at.pid):
            return True
        at = found.get(at.parent)
    return False


def _is_renderd(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read(4096).split(b"\0")[:4]
    except OSError:
        return False
    return any(Path(os.fsdecode(word)).name == "renderd" for word in words)


def _owner(pid: int) -> str:
    """Nobody, if it has ended."""
    try:
        uid = os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return ""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
