"""The first page: which film, and who are you?"""

from typing import Any

from assetfs import people
from webview.page import Ask, NotThere, Page
from webview.site import Site

RESERVED = ("api", "farm", "healthz", "job", "metrics", "movie", "photo", "rendering", "static", "thumb")
"""Names of addresses: a project that is called so is not reached."""


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    crowd = site.people()
    return {"projects": [_project(site, ident) for ident in site.idents()], "problems": list(crowd.problems)}


def _project(site: Site, ident: str) -> dict[str, Any]:
    try:
        film = site.film(ident)
    except NotThere as error:
        return {"ident": ident, "title": ident, "problem": error.key, "words": error.words}
    crew = [person.ident for person in people.of_project(site.people(), ident)]
    problem = {"problem": "error.reserved", "words": {"name": ident}} if ident in RESERVED else {"problem": ""}
    return {"ident": ident, "title": film.project.title, "description": film.project.description,
            "has_photo": bool(film.project.photo), "people": crew, "assets": len(film.assets), **problem}


def version(site: Site, ask: Ask) -> object:
    return tuple(_generation(site, ident) for ident in site.idents())


def _generation(site: Site, ident: str) -> tuple[str, int]:
    try:
        return ident, site.film(ident).generation
    except NotThere as error:
        return error.key, 0


PAGE = Page("choose", "/", facts, version)
