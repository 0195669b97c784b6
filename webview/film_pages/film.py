"""The film so far: its newest movie plays."""

from collections.abc import Hashable, Sequence
from typing import Any
from urllib.parse import quote

from webview import safe_files, share
from webview.answer import Answer
from webview.film_pages import movies, names, shots
from webview.film_pages.movies import Movie
from webview.index import Film
from webview.page import Ask, NotThere, Page, Plain
from webview.safe_files import OpenFile
from webview.site import Site

LISTED = 50                 # movies, newest first


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    film = site.film(ask.project)
    return of(film, _movies(film))


def version(site: Site, ask: Ask) -> Hashable:
    """One listing of the movies, however many shots the film has."""
    return _movies(site.film(ask.project))


def _movies(film: Film) -> tuple[Movie, ...]:
    with share.asking():
        return movies.found(str(film.folder), film.project.movie)


def of(film: Film, found: Sequence[Movie]) -> dict[str, Any]:
    listed = [_shown(film, movie) for movie in found if playable(movie.path)]
    return {"title_of_film": names.shown(film.project.title), "description": names.paragraph(film.project.description),
            "newest": listed[0] if listed else None, "movies": listed[:LISTED],
            "unplayable": [names.shown(movie.path) for movie in found if not playable(movie.path)][:LISTED],
            "pattern": names.shown(film.project.movie), "progress": film.kept(shots.progress)}


def playable(path: str) -> bool:
    """A browser plays files of this kind."""
    suffix = path[path.rfind("."):].lower() if "." in path else ""
    return safe_files.TYPES.get(suffix, "").startswith("video/")


def _shown(film: Film, movie: Movie) -> dict[str, Any]:
    return {"name": names.shown(movie.path), "address": f"/movie/{quote(film.ident)}/{quote(movie.path)}",
            "changed": int(movie.changed), "size": movie.size}


def movie(site: Site, ask: Ask) -> Answer | OpenFile:
    """The file itself. Only what the pattern of the project names is a movie."""
    film = site.film(ask.project)
    if movies.matches(ask.rest, film.project.movie) and playable(ask.rest):
        opened = safe_files.open_below(film.folder, ask.rest)
        if opened is not None:
            return opened
    raise NotThere("film.gone", path=names.shown(ask.rest))


PAGE = Page("film", "/<project>/film", facts, version)
PLAIN = Plain("/movie/<project>/<rest:path>", movie)
