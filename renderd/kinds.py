"""What a setting's value may be: the words for it, and how its text is read."""

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from renderd import schedule
from spool import rules
from spool.needs import NAME
from spool.paths import name_of


@dataclass(frozen=True)
class Kind:
    """One sort of value.

    `parse` gives the value of a text, or raises ValueError whose text says what is wanted instead.
    `yaml` names what YAML 1.1 may take a plain word of this kind for; anything else is a trap.
    """

    words: str
    parse: Callable[[str, Path], Any]
    yaml: Collection[str] = ("str",)
    many: bool = False
    named: bool = False                 # lines of `name: value`; parse gets both as one text, NAME=VALUE
    path: bool = False


def whole(least: int) -> Kind:
    """A whole number in plain decimals; 010, 1_000 and 1:30 mean other numbers to YAML and are refused."""

    def parse(text: str, home: Path) -> int:
        if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text) or int(text) < least:
            raise ValueError
        return int(text)

    return Kind(f"a whole number, {least} or more", parse, ("int",))


def whole_or(least: int, word: str) -> Kind:
    """A whole number, or this word."""
    number = whole(least)

    def parse(text: str, home: Path) -> Any:
        return word if text == word else number.parse(text, home)

    return Kind(f"{number.words}, or {word}", parse, ("int", "str"))


def seconds(least: float) -> Kind:
    """A number of seconds; fractions are fine."""

    def parse(text: str, home: Path) -> float:
        plain = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text)
        if not plain or not math.isfinite(float(text)) or float(text) < least:
            raise ValueError
        return float(text)

    return Kind(f"a number of seconds, {least:g} or more", parse, ("int", "float"))


def size() -> Kind:
    """A number of bytes."""
    units = {"": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}

    def parse(text: str, home: Path) -> int:
        found = re.fullmatch(r"(0|[1-9][0-9]{0,17}) ?(|kB|MB|GB)", text)
        if not found:
            raise ValueError
        return int(found[1]) * units[found[2]]

    return Kind("a number of bytes, or one with kB, MB or GB", parse, ("int", "str"))


def switch() -> Kind:
    """True or false; YAML's yes, no, on and off mean the same here."""
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

    def parse(text: str, home: Path) -> bool:
        if text.lower() not in words:
            raise ValueError
        return words[text.lower()]

    return Kind("true or false", parse, ("bool",))


def choice(*allowed: str) -> Kind:
    """One word of several."""

    def parse(text: str, home: Path) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return Kind(f"one of {', '.join(allowed)}", parse)


def host_name() -> Kind:
    """A host's name in the spool; it stands in file names before a dot, so it has none itself.

    The length is that of spool.host_names.host_name."""

    def parse(text: str, home: Path) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", text):
            raise ValueError
        return text

    return Kind("a name of a-z, 0-9 and -, 32 characters at most", parse)


def folder() -> Kind:
    """An absolute path; ~ is the home folder."""

    def parse(text: str, home: Path) -> Path:
        path = Path(at_home(text, home))
        if not path.is_absolute() or "\0" in text:
            raise ValueError
        return path

    return Kind("an absolute path", parse, path=True)


def folders(*allowed: str) -> Kind:
    """Absolute paths, and these words."""
    one = folder()

    def parse(text: str, home: Path) -> str:
        return text if text in allowed else str(one.parse(text, home))

    return Kind(f"a list of absolute paths, or {' or '.join(allowed)}", parse, many=True)


def programs() -> Kind:
    """Names to look for in PATH, absolute paths, and patterns of those."""

    def parse(text: str, home: Path) -> str:
        path = at_home(text, home)
        if not path or "\0" in path or ("/" in path and not path.startswith("/") and not name_of(path)):
            raise ValueError
        return path

    return Kind("a list of program names or absolute paths", parse, many=True)


def program() -> Kind:
    """One name to look for in PATH, or an absolute path; nothing means none."""
    several = programs()

    def parse(text: str, home: Path) -> str:
        return several.parse(text, home) if text else ""

    return Kind("a program's name or absolute path", parse)


def variables() -> Kind:
    """Names of environment variables; a * at the end stands for any rest."""

    def parse(text: str, home: Path) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*\*?", text):
            raise ValueError
        return text

    return Kind("a list of names of environment variables, with a * at the end or without", parse, many=True)


def names() -> Kind:
    """Names of groups or tags."""

    def parse(text: str, home: Path) -> str:
        if not re.fullmatch(NAME, text, re.ASCII):
            raise ValueError
        return text

    return Kind("a list of names (letters, digits, and - _ . between them)", parse, many=True)


def places() -> Kind:
    """Named paths: a name, and the folder that it stands for on this computer."""

    def parse(text: str, home: Path) -> tuple[str, str]:
        name, _, folder = text.partition("=")
        folder = at_home(folder, home)
        if not re.fullmatch(NAME, name, re.ASCII) or not rules.is_folder(folder):
            raise ValueError
        return name, rules.tidy(folder)

    return Kind("names with absolute paths, {projects: /mnt/projects}", parse, named=True)


def percent() -> Kind:
    """A whole number of percent."""
    number = whole(0)

    def parse(text: str, home: Path) -> int:
        value: int = number.parse(text, home)
        if value > 100:
            raise ValueError
        return value

    return Kind("a whole number from 0 to 100", parse, ("int",))


def hours() -> Kind:
    """Days and times of a week, or nothing for always."""

    def parse(text: str, home: Path) -> str:
        schedule.parse(text)
        return " ".join(text.split())

    return Kind('days and times in quotes, like "18:00-08:00, sat, sun" or "mon-fri 20:00-06:30"', parse)


def users() -> Kind:
    """Names of accounts."""

    def parse(text: str, home: Path) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.][A-Za-z0-9_.@-]*\$?", text):
            raise ValueError
        return text

    return Kind("a list of names of users", parse, many=True)


def at_home(text: str, home: Path) -> str:
    """The path with a leading ~ replaced; ~name is left alone, it is somebody else's folder."""
    return str(home / text[2:]) if text.startswith("~/") or text == "~" else text
