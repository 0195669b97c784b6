"""What a browser gets, byte for byte."""

import gzip
import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from wsgiref.util import FileWrapper

import pytest

from tests.webview import films
from tests.webview.browsing import Browser, Got, open_files
from webview import answer, app
from webview.answer import Answer, Kept
from webview.app import PAGES, Web, api_rule
from webview.page import Ask, Page, Plain
from webview.site import Site

METHODS = ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "BREW")
ADDRESSES = ("/", "/film/", "/film/assets", "/film/team", "/film/nothing", "/nix/", "/api/choose.json", "/static/x/y",
             "/photo/person/ana", "/photo/person/nobody")


@pytest.fixture(name="page")
def fixture_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Browser]:
    """`page(facts, template)`: a browser of a site with that page, /test/of/PROJECT."""
    def made(facts: Callable[[Site, Ask], dict[str, Any]], template: str = "error", **more: Any) -> Browser:
        monkeypatch.setattr(app, "PAGES", (*PAGES, Page(template, "/test/of/<project>", facts, **more)))
        return Browser(Web(site))
    return made


# -- only looking


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_one_can_only_look(browser: Browser, method: str, address: str) -> None:
    got = browser.get(address, method)
    assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_forbids_all_that_could_run(browser: Browser, address: str) -> None:
    headers = browser.get(address).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
        "media-src": "'self'", "connect-src": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'",
        "form-action": "'self'"}
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "LOCALHOST", "127.0.0.1:80", "[::1]:8080",
                                  "192.168.1.7", "farm.example", "localhost."])
def test_it_answers_to_its_names_and_to_numbers(projects: Path, host: str) -> None:
    web = Web(Site(projects, names=frozenset({"farm.example"})))
    assert Browser(web).get("/", HTTP_HOST=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost:80:80", "a@localhost",
                                  "localhost/", "[::1", "::1", "127.0.0.1.evil.example", "localhost:x"])
def test_another_name_that_leads_here_gets_nothing(browser: Browser, host: str) -> None:
    got = browser.get("/", HTTP_HOST=host)
    assert (got.status, b"Onion" in got.body) == (421, False)


# -- kept


@pytest.mark.parametrize("address", ["/", "/film/", "/film/assets", "/api/film/assets.json", "/photo/person/ana"])
def test_who_has_it_already_gets_no_body(browser: Browser, address: str) -> None:
    etag = browser.get(address).headers["ETag"]
    for wish in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        again = browser.get(address, HTTP_IF_NONE_MATCH=wish)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert browser.get(address, HTTP_IF_NONE_MATCH='"other"').status == 200


def test_a_change_is_a_new_etag(browser: Browser, projects: Path) -> None:
    etag = browser.get("/film/assets").headers["ETag"]
    films.add(projects / "film", "shots/s99.blend")
    got = browser.get("/film/assets", HTTP_IF_NONE_MATCH=etag)
    assert (got.status, "s99" in got.text) == (200, True)


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_has_all_but_the_body(browser: Browser, address: str) -> None:
    whole, head = browser.get(address), browser.get(address, "HEAD")
    assert (head.status, head.headers, head.body) == (whole.status, whole.headers, b"")
    assert int(whole.headers["Content-Length"]) == len(whole.body)


def test_the_facts_are_asked_once_while_nothing_changes(page: Callable[..., Browser], projects: Path) -> None:
    asked = []

    def facts(site: Site, ask: Ask) -> dict[str, Any]:
        asked.append(ask)
        return {"sentence": "fine"}
    browser = page(facts)
    for _ in range(3):
        browser.get("/test/of/film", HTTP_ACCEPT_ENCODING="gzip")
    assert len(asked) == 1
    films.add(projects / "film", "shots/s99.blend")
    browser.get("/test/of/film")
    (projects / "people.yaml").write_text("zoe: {name: Zoe}\n")
    browser.get("/test/of/film")
    assert len(asked) == 3


def test_many_who_ask_at_once_have_it_made_once() -> None:
    kept, made, barrier = Kept(), [], Barrier(8)

    def make() -> Answer:
        made.append(1)
        time.sleep(0.05)                # time for the others to ask
        return Answer(b"x", answer.TEXT)

    def ask() -> None:
        barrier.wait()
        kept.get("page", 1, make)
    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), kept.making) == (1, {})


def test_what_is_kept_has_a_bound() -> None:
    kept = Kept(most=1000)
    for number in range(100):
        kept.get(number, 0, lambda: Answer(b"x" * 100, answer.TEXT))
        kept.get(0, 0, lambda: Answer(b"x" * 100, answer.TEXT))
    assert (len(kept.answers), kept.size) == (5, 1000)
    assert 0 in kept.answers            # it is asked for all the time


# -- small


def test_it_is_packed_once(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    compress = gzip.compress
    monkeypatch.setattr(gzip, "compress", lambda *args, **more: packed.append(1) or compress(*args, **more))
    plain = browser.get("/film/assets")
    for _ in range(3):
        got = browser.get("/film/assets", HTTP_ACCEPT_ENCODING="br, gzip;q=0.8")
        assert (got.headers["Content-Encoding"], got.text) == ("gzip", plain.text)
    assert (len(packed), len(got.body) < len(plain.body)) == (1, True)
    assert "Accept-Encoding" in got.headers["Vary"]


@pytest.mark.parametrize("wish", ["", "br", "gzip;q=0", "gzip; q=0.0, br", "gzippy"])
def test_who_cannot_unpack_gets_it_plain(browser: Browser, wish: str) -> None:
    got = browser.get("/film/assets", HTTP_ACCEPT_ENCODING=wish)
    assert "Content-Encoding" not in got.headers


def test_what_has_its_content_in_its_address_is_kept_for_good(browser: Browser) -> None:
    page = browser.get("/").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    got = browser.get(address)
    assert (got.status, "immutable" in got.headers["Cache-Control"]) == (200, True)
    old = browser.get("/static/of-yesterday/style.css")
    assert (old.body, old.headers["Cache-Control"]) == (browser.get("/static/x/style.css").body, "no-cache")


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e%2fapp.py", "nothing.css", "", ".", "app.py", "style.css%00"])
def test_only_what_is_static_is_there(browser: Browser, name: str) -> None:
    assert browser.get(f"/static/x/{name}").status == 404


# -- what is said


def test_every_page_is_mirrored_as_data(browser: Browser) -> None:
    for page in PAGES:
        if "<rest" not in page.rule:
            got = browser.get(api_rule(page).replace("<project>", "film"))
            assert (got.status, type(got.data)) == (200, dict), page.rule


def test_what_people_write_is_escaped(browser: Browser, projects: Path) -> None:
    evil = "<script>alert('1')</script>\"&"
    films.add(projects / "film", "shots/evil.blend", name=evil, description=evil)
    (projects / "people.yaml").write_text("eve: {name: \"<b>E</b>\", projects: [film]}\n")
    for address in ("/", "/film/?as=eve", "/film/assets", "/film/team", "/film/asset/shots/evil.blend"):
        text = browser.get(address).text
        assert "<script>alert" not in text
        assert "<b>E" not in text
    assert "&lt;script&gt;" in browser.get("/film/assets").text


@pytest.mark.parametrize("query", ["", "?as=nobody", "?as=<script>", "?lang=xx", "?as=ana&as=ben", "?%ff=%ff",
                                   "?a=1" * 50, "?" + "&".join(f"a{n}=1" for n in range(50))])
def test_nonsense_in_the_address_breaks_nothing(browser: Browser, query: str) -> None:
    got = browser.get(f"/film/{query}")
    assert got.status == 200
    assert "<script>" not in got.text


def test_nonsense_in_the_address_is_not_kept_twice(browser: Browser) -> None:
    for number in range(20):
        browser.get(f"/film/?nonsense={number}&as=nobody{number}")
    assert len(browser.web.kept.answers) == 1


@pytest.mark.parametrize("path", ["/film/nothing", "/nix/", "/film/asset/nothing.blend", "/film/asset/../../x", "//",
                                  "/%ff/", "/film%00/", "/..%2f..%2fetc%2fpasswd", "/photo/project/..",
                                  "/api/nix/home.json", "/photo/person/..%2fana"])
def test_what_is_not_there_is_said_in_plain_words(browser: Browser, path: str) -> None:
    got = browser.get(path, HTTP_ACCEPT_LANGUAGE="de")
    assert got.status == 404
    assert "Hier gibt es nichts zu sehen" in got.text


def test_a_fault_is_told_without_a_traceback_and_logged(page: Callable[..., Browser],
                                                        caplog: pytest.LogCaptureFixture) -> None:
    browser = page(lambda site, ask: {"sentence": 1 // 0})
    with caplog.at_level(logging.ERROR):
        got = browser.get("/test/of/film")
    assert (got.status, "Traceback" in got.text, "ZeroDivision" in got.text) == (500, False, False)
    assert "This page has a fault" in got.text
    assert "ZeroDivisionError" in caplog.text
    assert browser.get("/film/").status == 200


def test_an_address_without_slash_leads_on(browser: Browser) -> None:
    got = browser.get("/film?as=ana")
    assert (got.status, got.headers["Location"]) == (308, "/film/?as=ana")


def test_a_folder_that_cannot_be_read_is_said_so(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(Web(Site(projects)))

    def away(*args: object) -> None:
        raise OSError(5, "Input/output error")
    monkeypatch.setattr("webview.index.project.read", away)
    got = browser.get("/film/")
    assert (got.status, "Input/output error" in got.text) == (503, True)


# -- languages and people


@pytest.mark.parametrize(("asked", "accepted", "language"), [
    ("", "", "en"), ("", "fr, de;q=0.5", "de"), ("", "de-AT", "de"), ("?as=ana", "en", "de"), ("?as=ben", "de", "en"),
    ("?as=ana&lang=en", "de", "en"), ("?lang=fr", "de", "de"),
])
def test_the_language_is_that_of_the_address_the_person_the_browser(browser: Browser, asked: str, accepted: str,
                                                                    language: str) -> None:
    got = browser.get(f"/film/{asked}", HTTP_ACCEPT_LANGUAGE=accepted)
    assert f'<html lang="{language}">' in got.text


def test_links_keep_the_person_and_the_language(browser: Browser) -> None:
    text = browser.get("/film/?as=ana&lang=en").text
    assert 'href="/film/shots?as=ana&amp;lang=en"' in text
    assert 'href="/?lang=en"' in text           # somebody else?


# -- pictures and films


def photo(browser: Browser, **headers: str) -> Got:
    return browser.get("/photo/person/ana", **headers)


@pytest.fixture(name="picture")
def fixture_picture(projects: Path) -> bytes:
    (projects / "people").mkdir()
    data = bytes(range(256)) * 4
    (projects / "people/ana.jpg").write_bytes(data)
    return data


def test_a_photo_is_shown(browser: Browser, picture: bytes) -> None:
    got = photo(browser)
    assert (got.status, got.body, got.headers["Content-Type"]) == (200, picture, "image/jpeg")


def test_who_has_the_photo_already_gets_no_body(browser: Browser, picture: bytes, projects: Path) -> None:
    etag = photo(browser).headers["ETag"]
    assert (photo(browser, HTTP_IF_NONE_MATCH=etag).status, photo(browser, HTTP_IF_NONE_MATCH=etag).body) == (304, b"")
    (projects / "people/ana.jpg").write_bytes(picture + b"more")
    assert photo(browser, HTTP_IF_NONE_MATCH=etag).status == 200


def test_a_photo_that_is_missing_is_drawn_from_the_name(browser: Browser) -> None:
    got = photo(browser)
    assert (got.headers["Content-Type"], ">AA<" in got.text) == ("image/svg+xml", True)


@pytest.mark.parametrize(("asked", "first", "past"), [
    ("bytes=0-", 0, 1024), ("bytes=0-0", 0, 1), ("bytes=1000-5000", 1000, 1024), ("bytes=-24", 1000, 1024),
    ("bytes=-5000", 0, 1024), ("bytes=10-19", 10, 20),
])
def test_a_part_of_a_file_can_be_asked_for(browser: Browser, picture: bytes, asked: str, first: int, past: int) -> None:
    got = photo(browser, HTTP_RANGE=asked)
    assert (got.status, got.body) == (206, picture[first:past])
    assert got.headers["Content-Range"] == f"bytes {first}-{past - 1}/1024"


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=20-10", "bytes=999999999999999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(browser: Browser, picture: bytes, asked: str) -> None:
    got = photo(browser, HTTP_RANGE=asked)
    assert (got.status, got.body, got.headers["Content-Range"]) == (416, b"", "bytes */1024")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=a-b", f"bytes={'9' * 40}-", ""])
def test_a_wish_that_is_not_understood_gets_the_whole_file(browser: Browser, picture: bytes, asked: str) -> None:
    assert photo(browser, HTTP_RANGE=asked).body == picture


def test_a_part_of_another_version_is_not_mixed_in(browser: Browser, picture: bytes) -> None:
    etag = photo(browser).headers["ETag"]
    assert photo(browser, HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE=etag).status == 206
    assert photo(browser, HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE='"old"').status == 200


def test_a_long_film_is_sent_in_pieces(browser: Browser, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "PIECE", 100)
    got = photo(browser, HTTP_RANGE="bytes=50-")
    assert (got.body, got.headers["Content-Range"]) == (picture[50:150], "bytes 50-149/1024")


@pytest.mark.parametrize("headers", [{}, {"HTTP_RANGE": "bytes=0-9"}, {"HTTP_RANGE": "bytes=9999-"},
                                     {"HTTP_IF_NONE_MATCH": "*"}])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_file_is_closed(browser: Browser, picture: bytes, method: str, headers: dict[str, str]) -> None:
    browser.get("/photo/person/ana", method, **headers)
    browser.get("/photo/person/ana", method, **headers)
    assert [where for where in open_files() if "people" in where] == []


def test_a_plain_answer_is_as_safe_as_a_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Plain("/numbers", lambda site, ask: Answer(b"renders 1\n", answer.TEXT))
    monkeypatch.setattr(app, "PLAIN", (plain,))
    got = Browser(Web(site)).get("/numbers")
    assert (got.body, "Content-Security-Policy" in got.headers) == (b"renders 1\n", True)


# -- whose films


def test_a_film_that_gets_another_title_has_it_on_every_page(browser: Browser, projects: Path) -> None:
    assert "The Onion" in browser.get("/rendering?as=ana").text
    settings = projects / "film/project.yaml"
    settings.write_text(settings.read_text().replace("The Onion", "The Leek"))
    assert "The Leek" in browser.get("/rendering?as=ana").text


def test_a_film_that_cannot_be_read_takes_no_other_page_away(site: Site, browser: Browser, projects: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(ident: str) -> None:
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(site.index, "look", gone)
    assert browser.get("/rendering?as=ana").status == 200


# -- files


@pytest.mark.parametrize(("size", "handed"), [(answer.PIECE, 0), (answer.PIECE + 1, 1)])
def test_only_a_large_file_is_left_to_the_thread_of_all_connections(
        browser: Browser, projects: Path, size: int, handed: int) -> None:
    (projects / "people").mkdir()
    (projects / "people/ana.jpg").write_bytes(b"x" * size)
    handed_on = []

    def wrapper(file: Any, block: int) -> Any:
        handed_on.append(file)
        return FileWrapper(file, block)

    got = browser.get("/photo/person/ana", **{"wsgi.file_wrapper": wrapper})
    assert (got.status, len(got.body), int(got.headers["Content-Length"])) == (200, size, size)
    assert len(handed_on) == handed and all(file.closed for file in handed_on)
    assert not [name for name in open_files() if name.endswith("ana.jpg")]
