"""farm.yaml: what is settled once for the whole spool."""

import math
import re
from typing import Any

from spool import farm_mail, rules, trusted
from spool.errors import BadFile
from spool.layout import FORMAT, Spool

NEW = """\
# This folder is a spool of renderd. See docs/SPOOL.md.
format: 1
beat: 5      # seconds between heartbeats; a host is dead after 6 of the observer's own beats without one
tries: 3     # how often a chunk is tried before it is set aside as failed
chunk_seconds: 300      # that a chunk lasts about, in jobs sent with --chunk auto
"""
BY_INBOX = """\
inbox: true  # members can only add jobs, through inbox/. See docs/SECURITY.md
"""

DROP_BOX = {"priority", "chunk", "order", "output", "project", "group", "needs", "recipe"}
LANGUAGES = ("en", "de")

_LINE = re.compile(r"(?:(\w+): +([\w.]+))?(?: *| +#.*)|#.*", re.ASCII)


def read(spool: Spool) -> dict[str, Any]:
    """Fields of Spool."""
    path = spool.folder("farm.yaml")
    data = trusted.read(path, of=spool)
    simple = _simple(data)
    found = _any_yaml(path, data) if simple is None else simple
    if not isinstance(found, dict) or found.get("format") != str(FORMAT):
        raise BadFile(f"{path} is not of format {FORMAT}.", "It belongs to another version of renderd.")
    return {"beat": _number(path, found, "beat", 5.0, 0.05, 60.0),
            "tries": int(_number(path, found, "tries", 3, 1, 99)),
            "chunk_seconds": _number(path, found, "chunk_seconds", 300.0, 1.0, 86_400.0),
            "by_inbox": _switch(path, found, "inbox"), "mail": farm_mail.read(path, found),
            "hook": _switch(path, found, "hook"), "language": _choice(path, found, "language", LANGUAGES),
            "rules": rules.read(path, found), "drop_box": _drop_box(path, found)}


def _simple(data: bytes) -> dict[str, str] | None:
    """What lines of `key: value` and remarks say, which is what YAML says; None if anything else is in it."""
    try:
        lines = [_LINE.fullmatch(line) if line.isprintable() else None for line in data.decode().split("\n")]
    except UnicodeDecodeError:
        return None
    return {line[1]: line[2] for line in lines if line and line[1]} if all(lines) else None


def _any_yaml(path: str, data: bytes) -> Any:
    import yaml  # only here: every command comes by, and this takes longer to load than a .blend to be read

    try:
        # Every value as its text: dates, tags and the like, which can be wrong in many ways, are not even looked at.
        return yaml.load(data, yaml.BaseLoader) or {}
    except (yaml.YAMLError, RecursionError) as error:
        said = "".join(char if char.isprintable() else " " for char in str(error))
        raise BadFile(f"{path} is not YAML: {' '.join(said.split())}", "Mend it, or copy a fresh one.") from None


def _drop_box(path: str, farm: dict[str, Any]) -> dict[str, str]:
    """Options of `render add` for what is dropped; their values are looked at there."""
    said = farm.get("drop_box") or {}
    if not isinstance(said, dict) or not all(isinstance(v, str) for v in said.values()) or not set(said) <= DROP_BOX:
        raise BadFile(f"{path}: drop_box has no other keys than {', '.join(sorted(DROP_BOX))}, each with one value.",
                      "For example: drop_box: {priority: 40, chunk: auto, output: //pictures/####}")
    return said


def _choice(path: str, farm: dict[str, Any], key: str, known: tuple[str, ...]) -> str:
    """The first is the default."""
    value = farm.get(key, known[0])
    if value not in known:
        raise BadFile(f"{path}: {key} is none of {', '.join(known)}.", f"The default is {key}: {known[0]}")
    return str(value)


def _switch(path: str, farm: dict[str, Any], key: str) -> bool:
    value = farm.get(key, "false")
    if value not in ("true", "false"):
        raise BadFile(f"{path}: {key} is neither true nor false.", f"The default is {key}: false")
    return bool(value == "true")


def _number(path: str, farm: dict[str, Any], key: str, default: float, low: float, high: float) -> float:
    try:
        value = float(farm.get(key, default))
    except (TypeError, ValueError):     # a list; no number
        value = math.nan
    if not low <= value <= high:
        raise BadFile(f"{path}: {key} is no number from {low:g} to {high:g}.", f"The default is {key}: {default:g}")
    return value
