"""Thumbnails by address: of frames that the farm rendered, and of assets. Never of a path."""

from functools import partial

from webview import thumbs
from webview.answer import Answer
from webview.page import Ask, NotThere, Plain
from webview.pictures import sources
from webview.pictures.sources import Source
from webview.site import Site

TYPE = "image/webp"
GREY = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9" width="{width}" height="{height}">'
        '<rect width="16" height="9" fill="#808080" fill-opacity=".25"/>{sign}</svg>')
SIGNS = {200: '<circle cx="6" cy="4.5" r=".4"/><circle cx="8" cy="4.5" r=".4"/><circle cx="10" cy="4.5" r=".4"/>',
         404: '<path d="M5 3h6v3H5zM5 6l6-3" fill="none" stroke="#808080" stroke-width=".3"/>'}


def of_frame(site: Site, ask: Ask) -> Answer:
    """/thumb/job/JOB/FRAME"""
    job, _, number = ask.rest.partition("/")
    if site.farm is None or not _is_number(number):
        raise NotThere("error.no_picture")
    frame = int(number)
    return _answer(site, ask, ("job", job, frame), partial(_find_frame, site, job, frame))


def _find_frame(site: Site, job: str, frame: int) -> Source | None:
    path = site.farm.picture_of(job, frame) if site.farm else None
    return sources.of_file(path) if path else None


def of_asset(site: Site, ask: Ask) -> Answer:
    """/thumb/asset/PROJECT/PATH"""
    asked = ask.get("frame")
    if (asked and not _is_number(asked)) or ask.rest not in site.film(ask.project).assets:
        raise NotThere("error.no_picture")
    frame = int(asked) if asked else None
    find = partial(_find, site, ask.project, ask.rest, frame)
    return _answer(site, ask, ("asset", ask.project, ask.rest, frame), find)


def _find(site: Site, project: str, path: str, frame: int | None) -> Source | None:
    film = site.film(project)
    said = film.assets[path].sidecar if path in film.assets else None
    kind = film.project.types.get(said.type) if said else None
    output = (kind.output or "") if kind else ""
    named = output.replace("%(name)s", path.rsplit("/", 1)[-1].removesuffix(".blend"))
    if frame is not None:
        return sources.of_frame(film.folder, path, named, frame)
    return sources.of_asset(film.folder, path, named)


def _answer(site: Site, ask: Ask, what: tuple[object, ...], find: thumbs.Find) -> Answer:
    edge = 480 if ask.get("size") == "480" else 160
    known = site.thumbs.ask(what, edge, find)
    if data := site.thumbs.read(known):
        return Answer(data, TYPE, cache="private, max-age=60")
    status = 404 if known.trouble else 200
    grey = GREY.format(width=edge, height=edge * 9 // 16, sign=SIGNS[status])
    return Answer(grey.encode(), "image/svg+xml", status, cache="no-store")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 9


PLAIN = (Plain("/thumb/job/<rest:path>", of_frame, asks=("size",)),
         Plain("/thumb/asset/<project>/<rest:path>", of_asset, asks=("frame", "size")))
