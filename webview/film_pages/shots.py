"""The film as a strip of its shots: a picture, the state, the rating."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from assetfs.people import People
from webview.film_pages import findings, listing, names, rows
from webview.film_pages.renders import Picture
from webview.index import Film
from webview.page import Ask, Page
from webview.site import Site

ON_A_PAGE = 120
PICTURE = 480               # pixels: sharp on a phone, too


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    page = listing.page_number(ask.get("page"))
    return of(site.film(ask.project), site.people(), site.thumbs.of_asset, ask.get("state"), page)


def of(film: Film, people: People, picture: Picture, state: str = "", page: int = 1) -> dict[str, Any]:
    """The shots in the order of their names."""
    shots, found = film.kept(of_film), findings.of(film, people)
    wanted = [path for path in shots if state in ("", _state(film, path))]
    shown, part = listing.part(wanted, page, ON_A_PAGE)
    return {"shots": [rows.row(film, found, path) | {"thumb": picture(film.ident, path, PICTURE)} for path in shown],
            "part": asdict(part), "wanted_state": names.shown(state), "progress": progress(film)}


def of_film(film: Film) -> list[str]:
    """The paths of all that is rendered."""
    shots = [asset for asset in film.assets.values() if rows.is_shot(film.project, asset)]
    shots.sort(key=lambda asset: (names.natural(rows.name(asset)), asset.path))
    return [asset.path for asset in shots]


def progress(film: Film) -> list[dict[str, Any]]:
    """How many shots are in each state, in the order of the states; those of broken sidecars last."""
    counted = Counter(_state(film, path) for path in film.kept(of_film))
    known = film.project.states
    order = [*known, *listing.strange(counted, {*known, ""}), ""]
    return [{"state": names.shown(ident), "name": names.shown(known[ident].name if ident in known else ident),
             "look": rows.look(film.project, ident) if ident else rows.BROKEN, "count": counted[ident]}
            for ident in order if counted[ident]]


def _state(film: Film, path: str) -> str:
    """Empty of a broken sidecar."""
    said = film.assets[path].sidecar
    return said.state if said else ""


def version(site: Site, ask: Ask) -> int:
    return site.thumbs.number


PAGE = Page("shots", "/<project>/shots", facts, version, asks=("state", "page"))
