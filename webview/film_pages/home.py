"""The first page of a person: what to work on now, whom to help, what is being rendered."""

from typing import Any

from assetfs import people as people_
from assetfs import todo
from assetfs.people import People
from assetfs.tree import Asset
from webview.film_pages import asset, findings, names, renders, rows, shots
from webview.film_pages.renders import Jobs, Picture
from webview.index import Film
from webview.page import Ask, Page
from webview.site import Site

NEXT = 12                   # assets that wait for their turn, or that one helps with; the assets page has them all
WAITING = 5                 # assets that need what is worked on now
RENDERS = 20


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    film = site.film(ask.project)
    return of(film, site.people(), ask.person, renders.pictures(site), renders.jobs(site))


def of(film: Film, people: People, person: str, picture: Picture, jobs: Jobs) -> dict[str, Any]:
    """Of the film for everybody; of the person's own things if it is known who looks."""
    found = findings.of(film, people)
    general = {"title_of_film": names.shown(film.project.title),
               "description": names.paragraph(film.project.description),
               "people": [one.ident for one in people_.of_project(people, film.ident)],
               "progress": film.kept(shots.progress), "all": len(film.assets), "faulty": len(found.of_asset),
               "faults": len(found.elsewhere)}
    return general | {"mine": _mine(film, found, person, picture, jobs) if person else None}


def _mine(film: Film, found: findings.Findings, person: str, picture: Picture, jobs: Jobs) -> dict[str, Any]:
    owned = todo.mine(film.project, film.assets, person, film.effective)
    waiting = [one for one in owned if not todo.finished(film.project, one)]
    helped = todo.support(film.project, film.assets, person, film.effective)
    return {"now": _now(film, found, waiting[0], picture) if waiting else None,
            "next": [rows.row(film, found, one.path) for one in waiting[1:1 + NEXT]],
            "more": len(waiting[1 + NEXT:]), "finished": len(owned) - len(waiting),
            "helps": [rows.row(film, found, one.path) for one in helped[:NEXT]],
            "renders": _renders(film, owned, jobs)}


def _now(film: Film, found: findings.Findings, one: Asset, picture: Picture) -> dict[str, Any]:
    """With what a person wants to know before opening the file."""
    said = one.sidecar
    waiting = [user for user in film.kept(asset.users).get(one.path, [])
               if not todo.finished(film.project, film.assets[user])]
    return rows.row(film, found, one.path) | {
        "thumb": picture(film.ident, one.path, 480), "description": names.paragraph(said.description) if said else "",
        "waited_for": [rows.row(film, found, user) for user in waiting[:WAITING]], "waited_for_by": len(waiting)}


def _renders(film: Film, owned: list[Asset], jobs: Jobs) -> list[dict[str, Any]]:
    """The newest jobs of the person's assets."""
    every = [job for one in owned for job in renders.of_asset(film, jobs, one.path)]
    every.sort(key=lambda job: str(job["job"]), reverse=True)
    return every[:RENDERS]


PAGE = Page("home", "/<project>/", facts, renders.version)
