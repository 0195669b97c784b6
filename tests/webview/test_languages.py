"""Every text is there in every language, and is used."""

import re
import string
from pathlib import Path

import pytest
import yaml

from webview import languages
from webview.app import PAGES
from webview.saying import SIGNS

WEBVIEW = Path(languages.__file__).parent
SOURCES = [path for path in WEBVIEW.rglob("*") if path.suffix in (".py", ".tpl")]
EVERY = {name: yaml.safe_load((WEBVIEW / f"languages/{name}.yaml").read_text()) for name in languages.known()}
ENGLISH = EVERY["en"]
KINDS = (".one", ".other")
# t("key") and t(f"key.{part}") and t("key." + part), NotThere("key")
SAID = re.compile(r"""(?:\bt|NotThere)\(\s*(f?)(["'])([a-z0-9_.]+)(\{|\2\s*\+)?""")
DYNAMIC = re.compile(r"""\bf(["'])([a-z0-9_]+\.)\{""")
WORD = re.compile(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']""")


def whole(key: str) -> str:
    """The key as it is asked for."""
    return next((key.removesuffix(kind) for kind in KINDS if key.endswith(kind)), key)


def test_english_and_german_are_there() -> None:
    assert set(EVERY) >= {"en", "de"}


@pytest.mark.parametrize("name", EVERY)
def test_a_language_has_every_text_and_no_other(name: str) -> None:
    assert set(EVERY[name]) ^ set(ENGLISH) == set()


@pytest.mark.parametrize("name", EVERY)
def test_a_text_is_a_text(name: str) -> None:
    """An empty one, a number or `yes` without quotes is none."""
    assert {key: text for key, text in EVERY[name].items() if not isinstance(text, str) or not text.strip()} == {}


@pytest.mark.parametrize("name", EVERY)
def test_no_text_stands_there_twice(name: str) -> None:
    keys = re.findall(r"^([a-z][\w.]*):", (WEBVIEW / f"languages/{name}.yaml").read_text(), re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("name", EVERY)
def test_a_translation_has_the_same_places_to_fill(name: str) -> None:
    def places(text: str) -> set[str]:
        return {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}
    # "1 day" may do without its number.
    wrong = {key for key, text in EVERY[name].items()
             if key in ENGLISH and places(text) - {"n"} != places(ENGLISH[key]) - {"n"}}
    assert wrong == set()


def test_what_is_of_two_kinds_has_both() -> None:
    kinds = {key for key in ENGLISH if key.endswith(KINDS)}
    assert {f"{whole(key)}{kind}" for key in kinds for kind in KINDS} == kinds


def test_every_text_that_is_asked_for_is_there() -> None:
    known = {whole(key) for key in ENGLISH}
    missing = [f"{path.name}: {key}" for path in SOURCES for _, _, key, dynamic in SAID.findall(path.read_text())
               if not dynamic and key not in known]
    missing += [f"title of {page.name}" for page in PAGES if f"{page.name}.title" not in known]
    missing += [f"look {look}" for look in SIGNS if f"look.{look}" not in known]
    assert missing == []


def test_every_text_is_asked_for() -> None:
    text = "\n".join(path.read_text() for path in SOURCES)
    words = set(WORD.findall(text)) | {f"{page.name}.title" for page in PAGES}
    prefixes = tuple({prefix for _, prefix in DYNAMIC.findall(text)}
                     | {key for is_f, _, key, dynamic in SAID.findall(text) if dynamic})
    assert [key for key in ENGLISH if whole(key) not in words and not key.startswith(prefixes)] == []


def test_a_text_or_a_word_that_is_missing_breaks_no_page() -> None:
    assert "nothing.of_that_name" in languages.text("de", "nothing.of_that_name", {})
    assert "?" in languages.text("de", "error.no_project", {})


@pytest.mark.parametrize(("asked", "of_person", "accepted", "chosen"), [
    ("de", "en", "en", "de"), ("", "de", "en", "de"), ("", "", "fr-FR,de-CH;q=0.9,en", "de"), ("", "", "", "en"),
    ("xx", "yy", "zz", "en"), ("", "DE", "", "de"), ("", "", "," * 10_000, "en"), ("../en", "", "", "en"),
])
def test_a_language_is_chosen(asked: str, of_person: str, accepted: str, chosen: str) -> None:
    assert languages.chosen(asked, of_person, accepted) == chosen
