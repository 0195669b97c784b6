"""The Blenders on this computer, and which of them may open a file.

Asking one for its version costs 0.3 s and more, so answers are kept in
$XDG_CACHE_HOME/renderd/blenders.json until the program's time or size changes. Deleting it is safe.
"""

import glob
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Blender:
    """A Blender that told its version; `path` is absolute."""

    path: str
    version: Version


def find(wanted: Sequence[str], environ: Mapping[str, str], *, timeout: float = 20.0) -> list[Blender]:
    """The Blenders that the setting `blender` names, in its order; one that links to another counts once.

    `timeout` is in seconds, for each program that is asked. One that gives no version is logged and left out.
    """
    cache = _cache_path(environ)
    known = _read(cache)
    seen: dict[str, list[Any]] = {}
    found: dict[tuple[str, Version], Blender] = {}
    for path in _paths(wanted, environ):
        entry = known.get(path)
        state = _state(path)
        if not _fits(entry, state):
            version = ask(path, environ, timeout=timeout)
            entry = [*state, *version] if version else None
        if entry:
            seen[path] = entry
            blender = Blender(path, (entry[2], entry[3], entry[4]))
            found.setdefault((os.path.realpath(path), blender.version), blender)
    if seen != known:
        _write(cache, seen)
    return list(found.values())


def best_for(version: tuple[int, int], found: Sequence[Blender]) -> Blender | None:
    """The Blender for a file of this version: the same one, else the oldest that is newer.

    None where all are older: an older Blender crashes on a newer file, or refuses it.
    """
    fit = [blender for blender in found if blender.version[:2] >= version]
    return min(fit, key=lambda b: (b.version[:2], -b.version[2]), default=None)


def ask(path: str, environ: Mapping[str, str], *, timeout: float = 20.0) -> Version | None:
    """The version that a program gives as its own when it is a Blender; `timeout` in seconds."""
    try:
        text = _output([path, "--version"], environ, timeout)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("blender_unusable path=%s error=%s", path, error)
        return None
    said = re.search(r"^Blender (\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", text, re.MULTILINE)
    if not said:
        log.warning("blender_unusable path=%s error=it gives no version", path)
        return None
    return int(said[1]), int(said[2]), int(said[3] or 0)


def _output(command: list[str], environ: Mapping[str, str], timeout: float) -> str:
    """What a program prints; the program and all that it started end in time."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=timeout)[0].decode(errors="replace")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def _paths(wanted: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """Absolute paths of programs: a name is looked for in PATH, a path may have *."""
    paths: dict[str, None] = {}
    for name in wanted:
        if "/" in name:
            paths.update(dict.fromkeys(sorted(glob.glob(name))))
        elif path := shutil.which(name, path=environ.get("PATH", os.defpath)):
            paths[os.path.abspath(path)] = None
    return (path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK))


def _cache_path(environ: Mapping[str, str]) -> Path:
    folder = environ.get("XDG_CACHE_HOME") or os.path.join(environ.get("HOME", "/"), ".cache")
    return Path(folder) / "renderd" / "blenders.json"


def _state(path: str) -> list[int]:
    stat = os.stat(path)
    return [stat.st_mtime_ns, stat.st_size]


def _fits(entry: Any, state: list[int]) -> bool:
    numbers = isinstance(entry, list) and len(entry) == 5 and all(type(n) is int for n in entry)
    return numbers and entry[:2] == state


def _read(cache: Path) -> dict[str, Any]:
    try:
        known = json.loads(cache.read_bytes())
    except (OSError, ValueError):
        return {}  # missing or broken: everything is asked again and the file is written anew
    return known if isinstance(known, dict) else {}


def _write(cache: Path, seen: dict[str, list[Any]]) -> None:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=cache.parent, prefix=".blenders.", delete=False) as file:
            json.dump(seen, file, indent=1)
        os.replace(file.name, cache)
    except OSError as error:
        log.debug("blender_cache path=%s error=%s", cache, error)  # the next start takes longer, no more
