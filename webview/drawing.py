"""Facts and a template become a page."""

import json
import time
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from bottle import SimpleTemplate

from webview import answer, languages
from webview.answer import Answer
from webview.markup import escaped
from webview.page import Ask, NotThere
from webview.saying import Saying
from webview.site import Site

HERE = Path(__file__).parent
PAGES, STATIC = HERE / "pages", HERE / "static"
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
NAVIGATION = ("home", "shots", "assets", "team", "film", "credits")
FOREVER = "public, max-age=31536000, immutable"


class Template(SimpleTemplate):     # type: ignore[misc]    # bottle has no types
    """What stands in {{ }} is escaped, but for what markup.py made."""

    settings: ClassVar = {"escape_func": escaped}


@cache
def _template(name: str) -> Template:
    return Template(name=f"{name}.tpl", lookup=[str(PAGES)])


@cache
def static(name: str) -> Answer | None:
    path = STATIC / name
    if path.suffix not in STATIC_TYPES or not path.is_file() or path.parent != STATIC:
        return None
    return Answer(path.read_bytes(), STATIC_TYPES[path.suffix], cache=FOREVER)


@cache
def static_address(name: str) -> str:
    """With what the file says in it, so that a browser may keep it for good."""
    return f"/static/{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}/{name}"


def page(site: Site, ask: Ask, template: str, facts: Mapping[str, Any], status: int = 200) -> Answer:
    saying = Saying(site, ask)
    said = {name: getattr(saying, name) for name in dir(saying) if not name.startswith("_")}
    text = _template(template).render({**facts, **said, "ask": ask, "frame": _frame(site, ask, saying)})
    return Answer(text.encode("utf-8", "replace"), answer.HTML, status)


def as_json(facts: Mapping[str, Any]) -> Answer:
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    return Answer(text.encode("utf-8", "replace"), answer.JSON)


def not_there(site: Site, ask: Ask, error: NotThere) -> Answer:
    return page(site, ask, "error", {"sentence": languages.text(ask.language, error.key, error.words)}, error.status)


def _frame(site: Site, ask: Ask, saying: Saying) -> dict[str, Any]:
    """What page.tpl shows around every page."""
    film = site.film(ask.project) if ask.project else None
    return {
        "title": film.project.title if film else "",
        "trouble": film.trouble if film else "",
        "made": film.made if film else time.time(),
        "navigation": list(_navigation(site, ask, saying)),
        "languages": [(code, languages.text(code, "language.name", {})) for code in languages.known()],
        "styles": [static_address(path.name) for path in sorted(STATIC.glob("*.css"), key=_ours_first)],
        "script": static_address("refresh.js"),
        "icon": static_address("icon.svg"),
    }


def _navigation(site: Site, ask: Ask, saying: Saying) -> Iterator[tuple[str, str, bool]]:
    """Address, word, whether it is this page: the film's pages, or one's films; and the farm."""
    if ask.project:
        for name in NAVIGATION:
            yield f"/{ask.project}/{'' if name == 'home' else name}", saying.t(f"{name}.title"), name == ask.page
    else:
        for ident, title in films_of(site, ask):
            yield f"/{ident}/", title, False
    if site.spool:
        yield "/rendering", saying.t("rendering.title"), ask.page == "rendering"


def films_of(site: Site, ask: Ask) -> tuple[tuple[str, str], ...]:
    """Ident and title of each film of the person who asks."""
    person = site.people().people.get(ask.person)
    there = set(site.idents()) if person else set()
    return tuple((ident, _title(site, ident)) for ident in (person.projects if person else ()) if ident in there)


def _title(site: Site, ident: str) -> str:
    """A film that cannot be read takes no page of another away."""
    try:
        return site.film(ident).project.title
    except NotThere:
        return ident


def _ours_first(path: Path) -> tuple[bool, str]:
    return path.name != "style.css", path.name
