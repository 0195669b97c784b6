"""Find a spool, make one, and refuse what is none."""

import os
import stat
from typing import Any

import yaml

from spool import atomic, trusted
from spool.errors import BadFile, NoSpool, UnsafeFile
from spool.layout import FOLDERS, FORMAT, Spool

FARM = """\
# This folder is a spool of renderd. See docs/SPOOL.md.
format: 1
beat: 5      # seconds between heartbeats; a host is dead after 6 of the observer's own beats without one
tries: 3     # how often a chunk is tried before it is set aside as failed
"""


def open_spool(path: str | None) -> Spool:
    """The spool at `path`, known to be one and not writable by everybody."""
    if not path:
        raise NoSpool("No spool was named.",
                      "Say export RENDERD_SPOOL=/path/on/the/share, or make one: render init DIR")
    root = os.path.realpath(path)
    try:
        info = trusted.check_folder(root)
        farm = _read_farm(f"{root}/farm.yaml")
    except FileNotFoundError:
        raise NoSpool(*_missing(path, root)) from None
    missing = [name for name in FOLDERS if name not in atomic.names(root)]
    if missing:
        raise NoSpool(f"The spool at {path} lacks its folder {missing[0]}/.", f"Mend it: render init {path}")
    return Spool(root, farm["beat"], farm["tries"], stat.S_IMODE(info.st_mode))


def init(path: str) -> Spool:
    """The spool at `path`: made, or completed if folders were missing. Never touches what is there."""
    root = os.path.realpath(path)
    if os.path.isdir(root) and "farm.yaml" not in os.listdir(root) and _others(root):
        raise NoSpool(f"{path} is not empty and is no spool.", "Give a new folder, it is made for you.")
    try:
        atomic.make_root(root)
        mode = stat.S_IMODE(trusted.check_folder(root).st_mode)
        if "farm.yaml" not in os.listdir(root):     # first: it says that what is missing belongs here
            atomic.replace(f"{root}/farm.yaml", FARM.encode())
        for name in FOLDERS:
            atomic.make_folder(f"{root}/{name}", mode)
    except OSError as error:
        raise NoSpool(f"Cannot make a spool at {path}: {error.strerror}.",
                      "Choose a folder on the share that you may write.") from None
    return open_spool(path)


def _others(root: str) -> list[str]:
    """What lies there and is not from an `init` that was cut short."""
    return [name for name in os.listdir(root) if not (name.startswith(".farm.yaml.") and name.endswith(".tmp"))]


def check_writable(spool: Spool) -> None:
    """Refuses a spool into which this user cannot put a job."""
    if not os.access(f"{spool.root}/jobs", os.W_OK) or not os.access(f"{spool.root}/queue", os.W_OK):
        raise UnsafeFile(f"You may not write in the spool {spool.root}.",
                         f"Ask to be in the group of the folder, see: ls -ld {spool.root}/jobs")


def _missing(path: str, root: str) -> tuple[str, str]:
    if not os.path.isdir(root):
        return f"No spool at {path}.", f"Mount the share, or make a new spool: render init {path}"
    return f"{path} is no spool: it has no farm.yaml.", f"Is it the right folder? To make one: render init {path}"


def _read_farm(path: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(trusted.read(path)) or {}
    except yaml.YAMLError as error:
        raise BadFile(f"{path} is not YAML: {' '.join(str(error).split())}", "Mend it, or copy a fresh one.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadFile(f"{path} is not of format {FORMAT}.", "It belongs to another version of renderd.")
    return {"beat": _number(path, found, "beat", 5.0, 0.05, 60.0),
            "tries": int(_number(path, found, "tries", 3, 1, 99))}


def _number(path: str, farm: dict[str, Any], key: str, default: float, low: float, high: float) -> float:
    value = farm.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadFile(f"{path}: {key}: {value!r} is no number from {low:g} to {high:g}.",
                      f"The default is {key}: {default:g}")
    return value
