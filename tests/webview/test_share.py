"""A share that does not answer: what needs it is refused soon, and everything else goes on."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assetfs import keeping
from spool.answering import Wait
from spool.layout import Spool
from tests.webview import films
from tests.webview.browsing import LIMIT, Browser, Got, until
from webview import farm, safe_files, serving, share, starting
from webview.app import Web
from webview.errors import NoFarm
from webview.farm import Farm
from webview.film_pages import movies
from webview.index import Index, project
from webview.site import Site

Hang = Callable[[Any, str], None]
ASKS = "asks"       # the name of our threads


@pytest.fixture(name="hang")
def fixture_hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    """`hang(module, name)`: that function answers at the end of the test."""
    end = threading.Event()

    def hung(module: Any, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *asked: (end.wait(LIMIT), real(*asked))[1])

    monkeypatch.setattr(share, "PATIENCE", 0.05)
    monkeypatch.setattr(share, "LONGEST", 0.05)
    yield hung
    end.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == ASKS]:
        thread.join(LIMIT)


def many(browser: Browser, address: str) -> list[Got]:
    """What so many threads as the server has got, but for those that wait."""
    got: list[Got] = []
    for _ in range(serving.THREADS):
        threading.Thread(target=lambda: got.append(browser.get(address)), name=ASKS, daemon=True).start()
    until(lambda: len(got) >= serving.THREADS - share.ASKING)
    return list(got)


def test_a_start_does_not_wait_for_a_spool_that_does_not_answer(
        projects: Path, spool: Spool, hang: Hang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "PATIENCE", 0.1)
    hang(farm.opening, "open_spool")
    site = starting.site({"RENDERD_PROJECTS": str(projects), "RENDERD_SPOOL": spool.root})
    assert site.farm
    site.farm._waits = lambda before: {site.farm._thread.native_id: Wait("farm", "", 0, 0.0)}  # type: ignore[union-attr]
    site.farm._begun -= 60
    browser = Browser(Web(site))
    assert (browser.get("/film/").status, browser.get("/healthz").status) == (200, 503)
    assert "does not answer" in browser.get("/rendering").text
    site.index.close()


def test_what_is_no_spool_is_said_at_the_start(projects: Path, tmp_path: Path) -> None:
    with pytest.raises(NoFarm, match="No spool at") as why:
        starting.site({"RENDERD_PROJECTS": str(projects), "RENDERD_SPOOL": str(tmp_path / "none")})
    assert why.value.hint


@pytest.mark.parametrize("address", ["/photo/person/ana", "/movie/film/movies/a.mp4"])
@pytest.mark.parametrize(("module", "name"), [(safe_files, "regular_file"), (os, "pread")])
def test_files_that_do_not_come_stop_few_threads(projects: Path, browser: Browser, hang: Hang, module: Any, name: str,
                                                 address: str) -> None:
    for path in ("people/ana.jpg", "film/movies/a.mp4"):
        (projects / path).parent.mkdir()
        (projects / path).write_bytes(b"picture")
    browser.get("/film/team")
    until(lambda: browser.get(address).status == 200)
    hang(module, name)
    before = len(os.listdir("/proc/self/fd"))
    assert {got.status for got in many(browser, address)} == {503}
    assert len(os.listdir("/proc/self/fd")) <= before + share.ASKING, "who was refused left nothing open"
    assert browser.get("/film/team").status == 200


def test_movies_that_are_not_listed_stop_few_threads(browser: Browser, hang: Hang) -> None:
    hang(movies, "found")
    got = many(browser, "/film/film?lang=de")
    assert {one.status for one in got} == {503} and "antwortet nicht" in got[0].text
    assert browser.get("/film/assets").status == 200


def test_a_page_that_is_made_and_does_not_come_stops_one_thread(browser: Browser, hang: Hang) -> None:
    address = "/film/asset/shots/s01.blend"
    hang(keeping, "checkpoints")
    assert {got.status for got in many(browser, address)} == {503}
    assert browser.get("/film/assets").status == 200


def test_a_film_that_is_looked_at_for_the_first_time_stops_one_thread(projects: Path, site: Site, browser: Browser,
                                                                      hang: Hang) -> None:
    films.make(projects, "other")
    browser.get("/film/")
    hang(project, "read")
    assert {got.status for got in many(browser, "/other/")} == {503}
    assert browser.get("/film/").status == 200


def test_a_listing_of_films_that_does_not_come_is_the_last_one(projects: Path, hang: Hang) -> None:
    index = Index(projects)
    index.local = False
    assert index.idents() == ("film",)
    hang(project, "listed")
    index.pause.until = 0.0
    threading.Thread(target=index.idents, name=ASKS, daemon=True).start()
    until(index.listing_lock.locked)
    index.pause.until = 0.0
    began = time.monotonic()
    assert index.idents() == ("film",)
    assert time.monotonic() - began < LIMIT / 2, "it did not wait for the other one"


def test_people_that_never_came_are_waited_for_by_one(browser: Browser, hang: Hang) -> None:
    from webview import crowd
    hang(crowd.people, "read")
    assert {got.status for got in many(browser, "/film/")} == {503}


def test_a_farm_that_was_seen_has_no_trouble(spool: Spool) -> None:
    assert Farm(spool.root).first(LIMIT) is None


def test_the_page_knows_named_paths_as_this_computer_does(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(spool.root, "farm.yaml").open("a") as file:
        file.write("paths: {films: /mnt/films, lib: /mnt/lib}\n")
    monkeypatch.setenv("RENDERD_PATHS", "films=/srv/our films")
    assert Farm(spool.root)._opened().rules.paths == {"films": "/srv/our films", "lib": "/mnt/lib"}
