"""What no template may do, and what the sheet of styles promises."""

import re
from pathlib import Path

import pytest

from webview import drawing
from webview.saying import SIGNS

TEMPLATES = sorted(drawing.PAGES.glob("*.tpl"))
each = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
FORBIDDEN = (r"<style", r"\sstyle\s*=", r"<script(?! src=)", r"\son[a-z]+=['\"]", r"javascript:", r"<iframe",
             r"<base\b", r"<form(?![^>]* method=\"get\")", r"https?://", r"\bexec\(|\beval\(|\bimport\b")
STYLE = (drawing.STATIC / "style.css").read_text()


@each
def test_nothing_is_written_unescaped(path: Path) -> None:
    found = re.findall(r"\{\{\s*!\s*(.*?)\s*\}\}", path.read_text())
    assert found == (["base"] if path.name == "page.tpl" else [])


@each
@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_nothing_is_there_that_the_browser_would_refuse(path: Path, forbidden: str) -> None:
    assert not re.search(forbidden, path.read_text())


@each
def test_what_refreshes_itself_has_a_name(path: Path) -> None:
    tags = re.findall(r"<[a-z]+[^>]*\sdata-refresh[^>]*>", path.read_text())
    assert all(' id="' in tag for tag in tags)


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]+)", block))


LIGHT = tokens(STYLE[:STYLE.index("@media (prefers-color-scheme: dark)")])
DARK = tokens(STYLE[STYLE.index("@media (prefers-color-scheme: dark)"):STYLE.index("/* Film is dark")])
FILM = tokens(STYLE[STYLE.index("/* Film is dark"):STYLE.index("/* -- the page */")])


def light_of(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((light_of(one), light_of(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK, FILM], ids=["light", "dark", "film"])
@pytest.mark.parametrize("ink", [*SIGNS, "ink", "quiet", "focus"])
def test_what_is_written_can_be_read(palette: dict[str, str], ink: str) -> None:
    assert contrast(palette[ink], palette["paper"]) >= 4.5


def test_the_film_is_as_dark_as_the_night() -> None:
    assert FILM == DARK


def test_every_state_has_a_colour_and_a_sign_of_its_own() -> None:
    assert set(SIGNS) == {"waiting", "rendering", "done", "failed", "held", "silent"}
    assert len(set(SIGNS.values())) == 6
    for palette in (LIGHT, DARK):
        assert len({palette[look] for look in SIGNS}) == 6
