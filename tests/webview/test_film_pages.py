"""The pages of a film as a browser gets them, from real small trees, and from trees full of nonsense."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webview.browsing import Browser
from tests.webview.film_folder import PEOPLE, PROJECT, FilmFolder
from tests.webview.html_page import asset_address, facts, page
from webview import languages
from webview.app import Web
from webview.film_pages import PAGES, names
from webview.site import Site

EVERY = [one.rule.replace("<project>", "film") for one in PAGES if "<rest" not in one.rule]


@contextmanager
def browsing(folder: FilmFolder) -> Iterator[Browser]:
    site = Site(folder.projects)
    try:
        yield Browser(Web(site))
    finally:
        site.index.close()


@pytest.fixture
def folder(tmp_path: Path) -> FilmFolder:
    return FilmFolder(tmp_path / "projects")


@pytest.fixture
def browser(folder: FilmFolder) -> Iterator[Browser]:
    with browsing(folder) as browser:
        yield browser


def fill(folder: FilmFolder) -> None:
    """Something of everything."""
    folder.asset("shots/s010.blend", owner="ana", support=["ben"], rating=4, dependencies=["props/tree.blend"],
                 render_time={str(frame): [float(frame)] for frame in range(1, 400)}, description="One\ntwo",
                 time_budget={"todo": 30}, pipeline=["comp"], creator="ben")
    folder.asset("shots/s020.blend", owner="ana", support=["zoe"], dependencies=["props/none.blend"])
    folder.asset("shots/s030.blend", owner="ben", state="done", support=["ana"])
    folder.asset("props/tree.blend", type="prop", owner="zoe")
    folder.asset("props/ring.blend", type="prop", dependencies=["props/ring.blend"])
    folder.write("shots/s040.blend.json", b"{")
    folder.write("props/lone.blend", b"BLENDER")
    folder.write("shots/old/s010-20261120-101530.blend", b"BLENDER")
    folder.write("shots/old/s010-99999999-999999.blend", b"BLENDER")
    folder.write("movies/onion.mp4", b"movie")
    folder.write("movies/onion2.mp4", b"movie")


@pytest.mark.parametrize("language", languages.known())
@pytest.mark.parametrize("person", ["", "ana", "ben", "cleo"])
def test_every_page_is_sound_for_everybody_in_every_language(
        folder: FilmFolder, browser: Browser, person: str, language: str) -> None:
    fill(folder)
    for address in [*EVERY, *map(asset_address, folder.film().assets)]:
        seen = page(browser, f"{address}?as={person}&lang={language}")
        assert seen.tags["h1"] == 1
        assert all(f"as={person}" in link for link in seen.links if person and link.startswith("/film/")), address


def test_pages_of_an_empty_film_are_sound(folder: FilmFolder, browser: Browser) -> None:
    for address in EVERY:
        page(browser, address)
        page(browser, f"{address}?as=ana")


def test_a_page_is_there_as_data_too(folder: FilmFolder, browser: Browser) -> None:
    fill(folder)
    assert facts(browser, "/api/film/home.json?as=ana")["mine"]["now"]["path"] == "shots/s010.blend"
    assert len(facts(browser, "/api/film/assets.json?type=prop")["rows"]) == 2
    for name in ("team", "shots", "credits", "film", "asset/shots/s010.blend"):
        assert facts(browser, f"/api/film/{name}.json")


def test_the_filter_is_a_form_that_keeps_person_language_and_order(folder: FilmFolder, browser: Browser) -> None:
    fill(folder)
    got = browser.get("/film/assets?as=ana&lang=en&sort=-rating&type=prop")
    for kept in ('name="as" value="ana"', 'name="lang" value="en"', 'name="sort" value="-rating"',
                 '<option value="prop" selected>', 'method="get" action="/film/assets"'):
        assert kept in got.text
    assert "form-action 'self'" in got.headers["Content-Security-Policy"]


def test_a_long_table_has_links_to_its_other_pages(folder: FilmFolder, browser: Browser) -> None:
    for number in range(650):
        folder.asset(f"props/p{number}.blend", type="prop", blend=None)
    first, last = page(browser, "/film/assets?sort=-name"), page(browser, "/film/assets?sort=-name&page=3")
    assert any("page=3" in link and "sort=-name" in link for link in first.links)
    assert ("p649" in first.text, "p649" in last.text) == (True, False)
    assert len([link for link in last.links if link.startswith("/film/asset/")]) == 50


@pytest.mark.parametrize("name", ["line\nbreak", "question?", "hash#tag", "per%20cent", "plus+", "a&b", "quote\"'",
                                  "\u202e"])
def test_a_link_leads_to_its_asset_whatever_its_name(folder: FilmFolder, browser: Browser, name: str) -> None:
    folder.asset(f"shots/{name}.blend", name="The one")
    (link,) = [link for link in page(browser, "/film/assets").links if link.startswith("/film/asset/")]
    assert "The one" in page(browser, link).text


def test_an_asset_that_changed_shows_at_the_next_look(folder: FilmFolder, browser: Browser) -> None:
    folder.asset("shots/s010.blend")
    assert "Brand new" not in page(browser, "/film/assets").text
    folder.asset("shots/s010.blend", name="Brand new")
    assert "Brand new" in page(browser, "/film/assets").text
    assert "No frame" in page(browser, "/film/asset/shots/s010.blend").text


def test_a_person_who_is_added_is_a_fault_no_more(folder: FilmFolder, browser: Browser) -> None:
    folder.asset("shots/s010.blend", owner="zoe")
    assert "no person zoe" in page(browser, "/film/assets").text
    (folder.projects / "people.yaml").write_text(PEOPLE + "zoe: {name: Zoe}\n", encoding="utf-8")
    assert "no person zoe" not in page(browser, "/film/assets").text


def test_a_checkpoint_shows_at_the_next_look(folder: FilmFolder, browser: Browser) -> None:
    folder.asset("shots/s010.blend")
    (folder.folder / "shots/old").mkdir()
    assert "20261120-101530" not in page(browser, "/film/asset/shots/s010.blend").text
    folder.write("shots/old/s010-20261120-101530.blend", b"BLENDER")
    assert "20261120-101530" in page(browser, "/film/asset/shots/s010.blend").text


def test_a_new_movie_shows_at_the_next_look(folder: FilmFolder, browser: Browser) -> None:
    assert page(browser, "/film/film").tags["video"] == 0
    os.utime(folder.write("movies/old.mp4", b"movie"), (1000, 1000))
    assert page(browser, "/film/film").tags["video"] == 1
    folder.write("movies/new.mp4", b"movie")
    assert facts(browser, "/api/film/film.json")["newest"]["name"] == "movies/new.mp4"
    assert "movies/new.mp4" in page(browser, "/film/film").text


def test_an_unchanged_page_is_answered_from_memory(folder: FilmFolder, browser: Browser) -> None:
    fill(folder)
    for address in [*EVERY, "/film/asset/shots/s010.blend"]:
        mark = browser.get(address).headers["ETag"]
        assert browser.get(address, HTTP_IF_NONE_MATCH=mark).status == 304, address


def test_a_movie_is_sent_in_parts(folder: FilmFolder, browser: Browser) -> None:
    folder.write("movies/onion.mp4", b"0123456789")
    got = browser.get("/movie/film/movies/onion.mp4", HTTP_RANGE="bytes=2-4")
    assert (got.status, got.body, got.headers["Content-Type"]) == (206, b"234", "video/mp4")


@pytest.mark.parametrize("path", ["shots/s010.blend", "project.yaml", "shots/secret.mp4", "movies/../project.yaml",
                                  "movies/link.mp4", "movies/.hidden.mp4", "../people.yaml", "movies", ""])
def test_nothing_but_movies_is_sent(folder: FilmFolder, browser: Browser, path: str) -> None:
    fill(folder)
    folder.write("shots/secret.mp4", b"treasure")
    folder.write("movies/.hidden.mp4", b"treasure")
    os.symlink("../project.yaml", folder.folder / "movies/link.mp4")
    got = browser.get(f"/movie/film/{path}")
    assert got.status == 404 and "treasure" not in got.text


@pytest.mark.parametrize("path", ["shots/gone.blend", "props/lone.blend", "../people.yaml", "/etc/passwd", "%00", "%ff",
                                  "shots/old/s010-20261120-101530.blend", "x" * 5000, "%3Cb%3E"])
def test_an_asset_that_is_none_is_not_found_in_plain_words(folder: FilmFolder, browser: Browser, path: str) -> None:
    fill(folder)
    got = browser.get(f"/film/asset/{path}")
    assert got.status == 404 and "<b>" not in got.text


@pytest.mark.parametrize("query", [
    "type=<b>", "state=%00", "owner=..", "sort=--name", "page=99999999999999999999", "find=%ff", "faulty=2", "page=-1",
    "faults=x", "type=&type=", "find=" + "x" * 9000])
def test_a_query_of_nonsense_breaks_nothing(folder: FilmFolder, browser: Browser, query: str) -> None:
    fill(folder)
    for address in ("/film/assets", "/film/shots", "/film/"):
        page(browser, f"{address}?{query}")


def test_whatever_people_write_is_text_on_every_page(tmp_path: Path) -> None:
    evil = "<i onclick=x>\"'&amp;{{7*7}}</i>"
    quoted = json.dumps(evil)
    project = (f"title: {quoted}\ndescription: {quoted}\nlicence: {quoted}\npriorities: {{names: [{quoted}, b]}}\n"
               f"states: {{todo: {{name: {quoted}, boost: yes}}}}\nmovie: 'movies/*'\n"
               f"types: {{shot: {{name: {quoted}, directory: shots, render: yes, state: todo}}}}\n"
               f"roles: [{{role: {quoted}, name: {quoted}}}, {{role: {quoted}, person: {quoted}}}]\n"
               f"external: [{{what: {quoted}, origin: {quoted}, author: {quoted}}}]\n{quoted}: 1\n")
    folder = FilmFolder(tmp_path / "projects", project, f"ana: {{name: {quoted}, projects: [film]}}\n{quoted}: 1\n")
    ring = [f"shots/{evil.replace('/', '')}.blend", "shots/b.blend"]
    for path, other in zip(ring, reversed(ring), strict=True):
        folder.asset(path, name=evil, description=evil, owner="ana", support=["ana", evil], creator=evil, pipeline=evil,
                     dependencies=[other, evil], render_time={evil: [1], "1": [2]}, time_budget={evil: 1})
    folder.asset("shots/c.blend", name=evil, type=evil, state=evil, owner=evil, support=["ana"])
    folder.write(f"shots/{evil.replace('/', '')}2.blend", b"BLENDER")
    folder.write(f"movies/{evil.replace('/', '')}.mp4", b"movie")
    folder.write(f"movies/{evil.replace('/', '')}.avi", b"movie")
    with browsing(folder) as browser:
        for address in [*EVERY, *map(asset_address, folder.film().assets)]:
            for person in ("", "ana"):
                seen = page(browser, f"{address}?as={person}&find={quote('<i>')}&state={quote(evil)}")
                assert seen.tags["i"] == 0, address


def test_a_page_has_an_end_whatever_a_sidecar_holds(folder: FilmFolder, browser: Browser) -> None:
    many = [f"nobody{number}" for number in range(5_000)]
    folder.asset("shots/s010.blend", owner="o" * 100_000, support=many, pipeline=many, dependencies=many,
                 time_budget=dict.fromkeys(many, 1), render_time={str(frame): [1] for frame in range(20_000)})
    assert folder.film().assets["shots/s010.blend"].sidecar
    long = "x" * 250_000
    folder.asset("shots/s020.blend", name=long, type=long, state=long, description=long)
    for address in [*EVERY, *map(asset_address, folder.film().assets)]:
        assert len(browser.get(address).body) < 300_000, address


# -- nonsense

HTML = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onclick=x y='", "</title></main>",
        "{{7*7}}", "% end", "&lt;", "]]>", "<!--", "javascript:alert(1)", "${x}", "\\"]
SCRIPTS = ["الشجرة القديمة", "\u202egnp.exe", "עץ \u200f\u200e", "🧅👩\u200d👧", "木", "e\u0301", "\u0000\u0007\x9b",
           "\ufffe", "\u2028", "x" * 200, "ß" * 200]
words = st.one_of(st.sampled_from(HTML + SCRIPTS), st.text(max_size=30))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)), max_leaves=6)
file_names = words.map(lambda text: text.replace("/", "").replace("\0", "")[:60]).map(
    lambda text: text if text.strip(".") and not text.startswith(".") else "x")
folders = st.sampled_from(["", "shots/", "props/", "shots/\u202ea/", "<b>/", "old/", "shots/old/", ".trash/x/"])
idents = st.one_of(st.sampled_from(["ana", "ben", "cleo", "shot", "prop", "todo", "done", "render"]), words)
PATHS = ["shots/a.blend", "shots/b.blend", "props/<i>.blend"]
sidecars = st.fixed_dictionaries(
    {"name": words, "type": idents, "state": idents},
    optional={"owner": st.one_of(st.none(), idents), "creator": idents, "support": st.lists(idents, max_size=4),
              "priority": st.integers(-10**9, 10**9), "render": st.booleans(), "final": st.booleans(),
              "description": words,
              "dependencies": st.lists(st.one_of(st.sampled_from(PATHS), words), max_size=4),
              "rating": st.integers(0, 5), "pipeline": st.one_of(words, st.lists(words, max_size=3)),
              "time_budget": st.dictionaries(idents, st.floats(0, 1e11), max_size=3),
              "render_time": st.dictionaries(st.one_of(st.integers().map(str), words),
                                             st.lists(st.floats(0, 1e11), max_size=2), max_size=5)})
half_right = st.builds(lambda good, key, bad: good | {key: bad}, sidecars,
                       st.sampled_from(["name", "owner", "support", "dependencies", "render_time"]), anything)
contents = st.one_of(
    st.one_of(sidecars, half_right, anything).map(lambda found: json.dumps(found).encode()), st.binary(max_size=50))
kinds = st.sampled_from([".blend.json", ".blend.json", ".blend.json", ".blend", ".mp4", " link.blend",
                         " pipe.blend.json", ".blend.json folder"])
entries = st.tuples(st.one_of(st.sampled_from(PATHS).map(lambda path: path.removesuffix(".blend")),
                              st.builds(str.__add__, folders, file_names)), kinds, contents, st.booleans())
yaml_lines = st.sampled_from([
    "", "\tx: 1\n", "title: 3\n", "title: <b>x</b>\n", "states: [1, 2]\n", "types: no\n", "x: {y: [}\n",
    "weight: 1e400\n", "movie: ../../*.mp4\n", "movie: 'movies/[*.mp4'\n", "\x00\n", "photo: /etc/passwd\n",
    "priorities: {lowest: 5, highest: 1}\n", "roles: [{role: '<b>', person: nobody}]\n"])


def put(folder: FilmFolder, path: str, kind: str, content: bytes, too: bool) -> None:
    """As far as this disk can hold it."""
    try:
        if kind == " link.blend":
            os.symlink(content.hex() or "x", folder.folder / f"{path}.blend")
        elif kind == " pipe.blend.json":
            os.mkfifo(folder.folder / f"{path}.blend.json")
        elif kind == ".blend.json folder":
            (folder.folder / f"{path}.blend.json").mkdir()
        elif not (folder.folder / f"{path}.blend.json").is_fifo():      # nobody reads from it: a write never ends
            folder.write(path + kind, content)
            if too:
                folder.write(f"{path}.blend", b"BLENDER")
    except (OSError, ValueError):
        return


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(entries, max_size=6), yaml_lines, st.sampled_from([PROJECT, "", "title: x\n"]),
       st.sampled_from([PEOPLE, "", "ana: 3\n", "ana: {name: <b>, projects: [film]}\n", "\t"]), words)
def test_no_nonsense_breaks_a_page_and_every_fault_is_shown_where_it_is(
        found: list[tuple[str, str, bytes, bool]], more: str, project: str, people: str, word: str) -> None:
    with tempfile.TemporaryDirectory() as top:
        folder = FilmFolder(Path(top) / "projects", project + more, people)
        for entry in found:
            put(folder, *entry)
        with browsing(folder) as browser:
            film = folder.film()
            for address in [*EVERY, *map(asset_address, film.assets)]:
                page(browser, f"{address}?as=ana")
            table = facts(browser, "/api/film/assets.json")
            assert {row["path"] for row in table["rows"]} == film.assets.keys()
            for row in table["rows"]:
                assert row["problems"] if film.assets[row["path"]].sidecar is None else not row["broken"]
            faulty = {row["path"] for row in table["rows"] if row["problems"]}
            said = {fault["path"] for fault in table["faults"]} | faulty | {f"{path}.json" for path in faulty}
            wrong = [*film.tree.lone_blends, *(problem.path for problem in film.tree.problems),
                     *(["project.yaml"] if film.project.problems else [])]
            assert {names.shown(path) for path in wrong} <= {names.shown(path) for path in said}
            page(browser, f"/film/assets?find={quote(word, errors='replace')}")
