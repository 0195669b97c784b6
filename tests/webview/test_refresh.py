"""A page that is open in a real browser follows what happens on the disk, and disturbs nobody."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webview import films
from tests.webview.chromium import PROGRAM, Chromium
from webview import app, serving
from webview.app import PAGES, Web
from webview.page import Ask, Page
from webview.site import Site

pytestmark = pytest.mark.skipif(not PROGRAM, reason="no chromium on this computer")

PART = """
<div id="part" data-refresh>
<a id="here" href="#x">{count}</a> <a href="/film/">film</a>
<details id="fold"><summary>{count}</summary>inside</details>
</div><div id="still" data-refresh>still</div>
"""


@pytest.fixture(name="chromium", scope="module")
def fixture_chromium() -> Iterator[Chromium]:
    with Chromium() as made:
        yield made


@pytest.fixture(name="address")
def fixture_address(projects: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A page that counts the assets in two places, and has a part in which nothing changes."""
    templates = tmp_path / "pages"
    templates.mkdir()
    for name in ("page.tpl", "error.tpl"):
        (templates / name).write_bytes((Path(app.__file__).parent / "pages" / name).read_bytes())
    text = PART.replace("{count}", '{{t("choose.assets", n=count)}}')
    (templates / "counting.tpl").write_text(f'% rebase("page.tpl", title="counting")\n{text}')
    monkeypatch.setattr(app.drawing, "PAGES", templates)
    app.drawing._template.cache_clear()

    def facts(site: Site, ask: Ask) -> dict[str, object]:
        return {"count": len(site.film("film").assets)}
    monkeypatch.setattr(app, "PAGES", (*PAGES, Page("counting", "/count/of/<project>", facts)))
    sockets = serving.listening("127.0.0.1", 0)
    threading.Thread(target=serving.serve, args=(Web(Site(projects)), sockets), daemon=True).start()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}/count/of/film"
    app.drawing._template.cache_clear()


def text_of(chromium: Chromium, ident: str) -> str:
    return str(chromium.run(f"document.getElementById('{ident}').textContent"))


def test_what_changes_is_swapped_and_what_a_person_does_stays(chromium: Chromium, address: str, projects: Path) -> None:
    chromium.open(address)
    assert text_of(chromium, "here") == "3 assets"
    chromium.run("document.getElementById('here').focus(); document.getElementById('fold').open = true;"
                 "window.still = document.getElementById('still').firstChild; window.mine = true")
    films.add(projects / "film", "shots/s99.blend")
    chromium.wait(lambda: text_of(chromium, "here") == "4 assets")
    assert chromium.run("[window.mine, document.activeElement.id, document.getElementById('fold').open,"
                        " window.still === document.getElementById('still').firstChild]") == [True, "here", True, True]
    chromium.run("document.querySelector('[href=\"/film/\"]').focus()")     # a link without a name of its own
    films.add(projects / "film", "shots/s98.blend")
    chromium.run("look()")              # it need not wait for its next turn
    chromium.wait(lambda: text_of(chromium, "here") == "5 assets")
    assert chromium.run("document.activeElement.getAttribute('href')") == "/film/"


def test_a_text_that_is_selected_is_swapped_later(chromium: Chromium, address: str, projects: Path) -> None:
    chromium.open(address)
    chromium.run("getSelection().selectAllChildren(document.getElementById('here'))")
    films.add(projects / "film", "shots/s99.blend")
    chromium.run("look()")
    assert text_of(chromium, "here") == "3 assets"
    chromium.run("getSelection().removeAllRanges(); look()")
    chromium.wait(lambda: text_of(chromium, "here") == "4 assets")


def test_a_server_that_is_gone_is_told_until_it_is_back(chromium: Chromium, address: str) -> None:
    chromium.open(address)
    hidden = "document.getElementById('offline').hidden"
    assert chromium.run(hidden) is True
    chromium.run("window.before = fetch; window.fetch = () => Promise.reject(new Error('gone')); look()")
    chromium.wait(lambda: chromium.run(hidden) is False)
    chromium.run("window.fetch = window.before; look()")
    chromium.wait(lambda: chromium.run(hidden) is True)


def test_the_browser_refuses_nothing_that_a_page_has(chromium: Chromium, address: str) -> None:
    """Styles and script are loaded, and the policy was broken nowhere."""
    chromium.open(address)
    assert chromium.run("getComputedStyle(document.querySelector('.top')).display") == "flex"
    assert chromium.run("typeof look") == "function"
