"""Who makes the film, and what everybody is on now."""

from collections import defaultdict
from typing import Any

from assetfs import people as people_
from assetfs import todo
from assetfs.people import People
from assetfs.tree import Asset
from webview.film_pages import findings, names, rows
from webview.index import Film
from webview.page import Ask, Page
from webview.site import Site

STRANGERS = 100             # idents that people.yaml does not know; more are a mistake in many files


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    return of(site.film(ask.project), site.people())


def of(film: Film, people: People) -> dict[str, Any]:
    """A card for each person of the project, and for each stranger that a sidecar names."""
    team = [person.ident for person in people_.of_project(people, film.ident)]
    owned = film.kept(owned_by)
    strangers = sorted(ident for ident in owned.keys() - set(team) if ident)
    now = todo.team(film.project, film.assets, [*team, *strangers[:STRANGERS]], film.effective)
    found = findings.of(film, people)
    return {"team": [_member(film, found, owned.get(ident, []), ident, now.get(ident)) for ident in team],
            "strangers": [_member(film, found, owned[ident], ident, now.get(ident)) for ident in strangers[:STRANGERS]],
            "more_strangers": len(strangers[STRANGERS:]),
            "free": sum(not todo.finished(film.project, asset) for asset in owned.get("", [])),
            "problems": [names.shown(problem, 1000) for problem in people.problems]}


def owned_by(film: Film) -> dict[str, list[Asset]]:
    """The assets of each owner; under "" those of nobody."""
    owned: dict[str, list[Asset]] = defaultdict(list)
    for asset in film.assets.values():
        if asset.sidecar:
            owned[asset.sidecar.owner or ""].append(asset)
    return dict(owned)


def _member(film: Film, found: findings.Findings, owned: list[Asset], ident: str, now: Asset | None) -> dict[str, Any]:
    done = sum(todo.finished(film.project, asset) for asset in owned)
    return {"ident": names.shown(ident), "now": rows.row(film, found, now.path) if now else None,
            "open": len(owned) - done, "done": done}


PAGE = Page("team", "/<project>/team", facts)
