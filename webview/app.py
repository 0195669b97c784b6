"""The page as a WSGI application: `webview.app:application`, made from RENDERD_PROJECTS and RENDERD_SPOOL."""

import logging
import os
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any
from urllib.parse import quote

from bottle import HTTPError, Router

from webview import answer, asking, choose, drawing, farm_pages, film_pages, languages, photos, starting
from webview.answer import Answer, Environ, Kept, Start
from webview.crowd import Crowd
from webview.page import Ask, NotThere, Page, Plain
from webview.safe_files import OpenFile
from webview.share import ShareBusy
from webview.site import Site

PAGES = (choose.PAGE, *film_pages.PAGES, *farm_pages.PAGES)
PLAIN = (*photos.PLAIN, *film_pages.PLAIN, *farm_pages.PLAIN)
METHODS = ("GET", "HEAD")
NO_FILM = ("error.no_project", "error.unreadable")      # then there is no film around what is said
Route = Callable[[Environ, str, dict[str, str]], Answer | OpenFile]
_log = logging.getLogger(__name__)


class Web:
    """One site, served to browsers."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.names = site.names | {"localhost"}
        self.kept = Kept()
        self.router = Router()
        self.router.add_filter("path", lambda _: (r"[\s\S]+?", None, None))     # a name may hold a line break
        # The first rule that fits counts: /thumb/asset/... is no asset of a project `thumb`.
        for plain in PLAIN:
            self.router.add(plain.rule, "GET", partial(self._plain, plain))
        for page in PAGES:
            self.router.add(page.rule, "GET", partial(self._page, page))
            self.router.add(api_rule(page), "GET", partial(self._api, page))
        self.router.add("/static/<mark>/<rest>", "GET", _static)
        self.router.add("/<project>", "GET", _with_slash)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        def noted(status: str, headers: answer.Headers) -> Any:
            self.site.requests.note(status)
            return start(status, headers)

        try:
            return answer.send(self._answer(environ), environ, noted)
        except ShareBusy:
            return answer.send(self._fault(environ, NotThere("error.busy", status=503)), environ, noted)
        except Exception:
            _log.exception("bug address=%s", environ.get("PATH_INFO"))
            return answer.send(self._fault(environ, NotThere("error.bug", status=500)), environ, noted)

    def _answer(self, environ: Environ) -> Answer | OpenFile:
        if environ["REQUEST_METHOD"] not in METHODS:
            return _sentence(405, "Here one can only look: GET and HEAD.", ("Allow", ", ".join(METHODS)))
        if not asking.is_us(environ.get("HTTP_HOST", ""), self.names):
            return _sentence(421, "This site does not go by that name. If it should: render web --name NAME")
        try:
            path = environ["PATH_INFO"].encode("latin-1").decode()
            route: Route
            route, args = self.router.match({"REQUEST_METHOD": "GET", "PATH_INFO": path})
        except (UnicodeDecodeError, HTTPError):
            return self._not_there(environ, NotThere("error.no_page"))
        try:
            return route(environ, path, args)
        except NotThere as error:
            return self._not_there(environ, error, args.get("project", ""))

    def _page(self, page: Page, environ: Environ, path: str, args: dict[str, str]) -> Answer:
        crowd = self.site.crowd()
        ask = asking.ask(page.name, path, args, page.asks, environ, crowd.people)
        return self.kept.get(ask, self._version(page, ask, crowd), partial(self._draw, page, ask))

    def _api(self, page: Page, environ: Environ, path: str, args: dict[str, str]) -> Answer:
        crowd = self.site.crowd()
        ask = asking.ask(page.name, path, args, page.asks, environ, crowd.people)
        return self.kept.get(("api", ask), self._version(page, ask, crowd), partial(self._tell, page, ask))

    def _plain(self, plain: Plain, environ: Environ, path: str, args: dict[str, str]) -> Answer | OpenFile:
        return plain.answer(self.site, asking.ask("", path, args, plain.asks, environ, self.site.people()))

    def _draw(self, page: Page, ask: Ask) -> Answer:
        return drawing.page(self.site, ask, page.name, page.facts(self.site, ask))

    def _tell(self, page: Page, ask: Ask) -> Answer:
        return drawing.as_json(page.facts(self.site, ask))

    def _version(self, page: Page, ask: Ask, crowd: Crowd) -> object:
        """Asked before the facts: what changes in between is seen at the next look."""
        around = self.site.film(ask.project).generation if ask.project else drawing.films_of(self.site, ask)
        return crowd.generation, around, page.version(self.site, ask)

    def _fault(self, environ: Environ, error: NotThere) -> Answer:
        """Also if the fault is in what is around every page."""
        try:
            return self._not_there(environ, error)
        except Exception:
            return _sentence(error.status, languages.text("en", error.key, {}))

    def _not_there(self, environ: Environ, error: NotThere, project: str = "") -> Answer:
        try:
            crowd = self.site.crowd()
        except NotThere as no_people:
            return _sentence(no_people.status, languages.text("en", no_people.key, no_people.words))
        around = {} if error.key in NO_FILM else {"project": project}
        ask = asking.ask("error", "/", around, (), environ, crowd.people)
        return drawing.not_there(self.site, ask, error)


def api_rule(page: Page) -> str:
    """Where the facts of a page are: /film/assets -> /api/film/assets.json"""
    return f"/api{page.rule}{page.name if page.rule.endswith('/') else ''}.json"


def _sentence(status: int, text: str, *more: tuple[str, str]) -> Answer:
    return Answer(f"{text}\n".encode(), answer.TEXT, status, "no-store", more)


def _static(environ: Environ, path: str, args: dict[str, str]) -> Answer:
    """The mark in the address is for the browser; a page of yesterday gets what is there today."""
    found = drawing.static(args["rest"])
    if found is None:
        raise NotThere("error.no_page")
    current = drawing.static_address(args["rest"]) == path
    return found if current else Answer(found.body, found.content_type)


def _with_slash(environ: Environ, path: str, args: dict[str, str]) -> Answer:
    asked = environ.get("QUERY_STRING", "")
    where = quote(f"/{args['project']}/") + (f"?{asked}" if asked else "")
    return _sentence(308, "It is here:", ("Location", where))


@cache
def _web() -> Web:
    return Web(starting.site(os.environ))


def application(environ: Environ, start: Start) -> Iterable[bytes]:
    """For any WSGI server."""
    return _web()(environ, start)
