"""The colours of the six states can be read in both schemes; what they are like is in style.css alone."""

import re

import pytest

from webview import drawing
from webview.saying import SIGNS

STYLE = (drawing.STATIC / "style.css").read_text()
AA = 4.5        # contrast of text that is no headline, as WCAG has it


def schemes() -> dict[str, dict[str, str]]:
    """Selector to its colours, of every place that says what paper is."""
    blocks = re.findall(r"(@media[^{]+\{\s*:root|:root|\.filmstrip, \.reel) \{([^}]*--paper[^}]*)\}", STYLE)
    return {" ".join(where.split()): dict(re.findall(r"--(\w+): (#[0-9a-f]+)", text)) for where, text in blocks}


def light(colour: str) -> float:
    """Relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_there_is_a_light_scheme_and_a_dark_one_and_film_is_dark() -> None:
    by_day, by_night, film = schemes().values()
    assert light(by_day["paper"]) > 0.9 and light(by_night["paper"]) < 0.05
    assert film == by_night


@pytest.mark.parametrize("colour", [*SIGNS, "ink", "quiet"])
@pytest.mark.parametrize("scheme", schemes())
def test_every_state_can_be_read_on_the_paper(scheme: str, colour: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[colour], colours["paper"]) >= AA


@pytest.mark.parametrize("scheme", schemes())
def test_no_two_states_have_one_colour(scheme: str) -> None:
    assert len({schemes()[scheme][look] for look in SIGNS}) == len(SIGNS) == 6
