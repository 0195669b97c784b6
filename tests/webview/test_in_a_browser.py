"""Every page in a real browser: in both schemes and both languages, on a phone and a projector, for everybody."""

import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from tests.webview.a_farm import Served, served
from tests.webview.chromium import PROGRAM, Chromium

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no chromium on this computer")

AXE = files("axe_core_python").joinpath("axe.min.js").read_text()
SERIOUS = ("serious", "critical")
PHONE, PROJECTOR = 360, 1920
USED = "a, input:not([type=hidden]), select, button, summary"
LOOK = "axe.run().then(found => found.violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 200))]))"


@pytest.fixture(name="chromium", scope="module")
def fixture_chromium() -> Iterator[Chromium]:
    with Chromium() as made:
        yield made


@pytest.fixture(name="farm", scope="module")
def fixture_farm(chromium: Chromium) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as root, served(Path(root)) as made:
        chromium.open(f"{made.address}{made.job}")
        chromium.wait(lambda: chromium.run("document.querySelectorAll('#job-film li').length"))     # the farm was seen
        yield made


def show(chromium: Chromium, address: str, *, language: str, scheme: str, width: int) -> None:
    chromium.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    chromium.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    chromium.open(f"{address}{'&' if '?' in address else '?'}lang={language}")


@pytest.mark.parametrize(("language", "scheme", "width"), [
    ("en", "light", PHONE), ("en", "dark", PROJECTOR), ("de", "light", PROJECTOR), ("de", "dark", PHONE)])
def test_everybody_can_use_every_page(chromium: Chromium, farm: Served, language: str, scheme: str, width: int) -> None:
    faults = []
    for page in farm.pages:
        show(chromium, f"{farm.address}{page}", language=language, scheme=scheme, width=width)
        assert chromium.run("document.documentElement.lang") == language
        if chromium.run("document.documentElement.scrollWidth") > width:
            faults.append((page, "wider than the window"))
        if chromium.run("[...document.querySelectorAll('.filmstrip > li')].some(e => e.scrollWidth > e.clientWidth)"):
            faults.append((page, "wider than a picture of the film"))
        chromium.run(AXE)
        faults += [(page, *fault) for fault in chromium.run(LOOK) if fault[0] in SERIOUS]
    assert not faults, "\n".join(map(str, faults))


def test_the_policy_is_broken_nowhere(chromium: Chromium, farm: Served) -> None:
    """What a page has (style, script, pictures) is what the policy allows."""
    seen = "document.addEventListener('securitypolicyviolation', e => (window.broken ||= []).push(e.blockedURI))"
    chromium.ask("Page.addScriptToEvaluateOnNewDocument", source=seen)
    for page in farm.pages:
        chromium.open(f"{farm.address}{page}")
        assert chromium.run("[window.broken ?? [], typeof look]") == [[], "function"], page


def test_the_keyboard_reaches_everything_and_shows_where_it_is(chromium: Chromium, farm: Served) -> None:
    show(chromium, f"{farm.address}/film/assets?find=wood", language="en", scheme="light", width=1280)
    used = f"[...document.querySelectorAll('main *')].filter(e => e.matches('{USED}'))"
    wanted, reached = chromium.run(f"{used}.length"), set()
    for _ in range(wanted + 30):
        for kind in ("keyDown", "keyUp"):
            chromium.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        at, outline = chromium.run(f"[{used}.indexOf(document.activeElement),"
                                   " getComputedStyle(document.activeElement).outlineStyle]")
        if at >= 0:
            assert outline != "none", at
            reached.add(at)
    assert len(reached) == wanted > 10
