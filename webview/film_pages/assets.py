"""All assets of a film as a table: filtered and sorted by the address."""

from dataclasses import asdict
from typing import Any

from assetfs.people import People
from webview.film_pages import findings, listing, names, rows
from webview.film_pages.listing import NOBODY, Wanted
from webview.index import Film
from webview.page import Ask, Page
from webview.site import Site

FAULTS_SHOWN = 100


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    return of(site.film(ask.project), site.people(), listing.wanted(ask), listing.page_number(ask.get("faults")))


def of(film: Film, people: People, want: Wanted, faults_page: int = 1) -> dict[str, Any]:
    """The table, what it can be filtered by, and what is wrong outside of it."""
    found = findings.of(film, people)
    assets, part = listing.part(listing.ordered(film, people, listing.chosen(film, found, want), want), want.page)
    faults, faults_part = listing.part(found.elsewhere, faults_page, FAULTS_SHOWN)
    return {"rows": [_row(film, found, asset.path) for asset in assets], "part": asdict(part),
            "wanted": asdict(want), "all": len(film.assets), "faulty": len(found.of_asset),
            "types": _choices(film, "type"), "states": _choices(film, "state"), "owners": _owners(film, people),
            "with_priority": film.project.priorities.visible,
            "faults": [{"path": fault.path, "text": fault.text} for fault in faults],
            "faults_part": asdict(faults_part)}


def _row(film: Film, found: findings.Findings, path: str) -> dict[str, Any]:
    blend = film.assets[path].blend
    return rows.row(film, found, path) | {"changed": blend.mtime_ns // 10 ** 9 if blend else None}


def _choices(film: Film, kind: str) -> list[dict[str, Any]]:
    """The types, or states, that project.yaml knows or an asset names, each with its count."""
    known = film.project.types if kind == "type" else film.project.states
    counted = film.kept(listing.counts)[kind]
    strange = listing.strange(counted, known)
    return [{"ident": names.shown(ident), "name": names.shown(known[ident].name if ident in known else ident),
             "known": ident in known, "count": counted[ident],
             "look": rows.look(film.project, ident) if kind == "state" else ""} for ident in [*known, *strange]]


def _owners(film: Film, people: People) -> list[dict[str, Any]]:
    """Who owns something, by name; nobody last."""
    counted = film.kept(listing.counts)["owner"]
    known = people.people.keys()
    owners = [*(ident for ident in counted if ident in known), *listing.strange(counted, {*known, NOBODY})]
    owners.sort(key=lambda ident: (called(people, ident).casefold(), ident))
    listed = [{"ident": names.shown(ident), "name": called(people, ident), "count": counted[ident]} for ident in owners]
    return [*listed, *([{"ident": NOBODY, "name": "", "count": counted[NOBODY]}] if counted[NOBODY] else [])]


def called(people: People, ident: str) -> str:
    return names.shown(people.people[ident].name if ident in people.people else ident)


PAGE = Page("assets", "/<project>/assets", facts, asks=(*listing.KEYS, "faults"))
