"""The texts of the pages: one file for each language, a line for each text."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "languages"
DEFAULT = "en"


@cache
def known() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def texts(language: str) -> Mapping[str, str]:
    found: dict[str, str] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return found


def text(language: str, key: str, words: Mapping[str, object]) -> str:
    return filled(pattern(language, key), words)


def pattern(language: str, key: str, *, is_one: bool = False) -> str:
    """The text before its words are filled in; of one of two kinds, KEY.one and KEY.other, the right one."""
    found, ours = texts(language), texts(DEFAULT)
    if key not in ours:
        key += ".one" if is_one else ".other"
    # A text that is missing must break no page; a test finds it.
    return found.get(key, ours.get(key, key))


def filled(pattern: str, words: Mapping[str, object]) -> str:
    return pattern.format_map(_Words(words))


class _Words(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "?"


def chosen(asked: str, of_person: str, accepted: str) -> str:
    """By the address, else the person's, else the first that the browser likes (`Accept-Language`)."""
    for wish in (asked, of_person, *(part.partition(";")[0].strip() for part in accepted[:200].split(","))):
        language = wish.partition("-")[0].lower()
        if language in known():
            return language
    return DEFAULT
