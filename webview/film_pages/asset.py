"""One asset: what it is, what is wrong with it, how it became so, and what hangs on it."""

import shlex
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any

from assetfs import keeping, priority, times
from assetfs.people import People
from assetfs.sidecar import Sidecar
from assetfs.times import Times
from assetfs.tree import Asset
from webview import share
from webview.film_pages import chart, findings, names, renders, rows
from webview.film_pages.renders import Jobs, Picture
from webview.index import Film
from webview.page import Ask, NotThere, Page
from webview.site import Site

PICTURE = 480               # pixels
LISTED = 200                # neighbours, checkpoints, renders; of more the number is told


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    film = site.film(ask.project)
    trouble = site.thumbs.asset_trouble(film.ident, ask.rest, size=PICTURE)
    return of(film, site.people(), ask.rest, renders.pictures(site), renders.jobs(site)) | {
        "no_picture": trouble.removeprefix("picture.")}


def version(site: Site, ask: Ask) -> Hashable:
    return renders.version(site, ask)


def of(film: Film, people: People, path: str, picture: Picture, jobs: Jobs) -> dict[str, Any]:
    """Everything about the asset. NotThere if the scan found none of this path."""
    if path not in film.assets:
        raise NotThere("asset.lone" if path in film.tree.lone_blends else "asset.gone", path=names.shown(path))
    asset, found = film.assets[path], findings.of(film, people)
    jobs_of_it, (kept, unreadable) = renders.of_asset(film, jobs, path), _checkpoints(film, path)
    return {"it": rows.row(film, found, path), **_said(film, asset), **_times(asset), "commands": _commands(path),
            "thumb": picture(film.ident, path, PICTURE), "blend": _blend(asset), "cycle": _cycle(film, path),
            "uses": _uses(film, found, asset)[:LISTED], "used_by": _used_by(film, found, path)[:LISTED],
            "more_uses": len(_dependencies(asset)[LISTED:]),
            "more_used_by": len(film.kept(users).get(path, [])[LISTED:]),
            "checkpoints": kept[:LISTED], "more_checkpoints": len(kept[LISTED:]),
            "no_checkpoints": unreadable,
            "renders": jobs_of_it[:LISTED], "more_renders": len(jobs_of_it[LISTED:])}


def _said(film: Film, asset: Asset) -> dict[str, Any]:
    """What only this page shows of the sidecar."""
    said: Sidecar | None = asset.sidecar
    states = film.project.states
    own = priority.own(film.project, asset) if said else None
    return {"description": names.paragraph(said.description) if said else "",
            "creator": names.shown(said.creator) if said and said.creator else None,
            "is_shot": rows.is_shot(film.project, asset), "final": bool(said and said.final),
            "own_priority": own, "own_priority_name": "" if own is None else film.project.priorities.name(own),
            "budget": [{"state": names.shown(states[ident].name if ident in states else ident), "minutes": minutes}
                       for ident, minutes in sorted(said.time_budget.items())[:LISTED]] if said else []}


def _blend(asset: Asset) -> dict[str, Any] | None:
    found = asset.blend
    return {"size": found.size, "changed": found.mtime_ns // 10 ** 9} if found else None


def _dependencies(asset: Asset) -> list[str]:
    return list(dict.fromkeys(asset.sidecar.dependencies)) if asset.sidecar else []


def _uses(film: Film, found: findings.Findings, asset: Asset) -> list[dict[str, Any]]:
    """What is not in the film stays in the list, with its path alone."""
    return [{"there": True, **rows.row(film, found, path)} if path in film.assets
            else {"there": False, "path": names.shown(path)} for path in _dependencies(asset)[:LISTED]]


def _used_by(film: Film, found: findings.Findings, path: str) -> list[dict[str, Any]]:
    return [rows.row(film, found, user) for user in film.kept(users).get(path, [])[:LISTED]]


def users(film: Film) -> dict[str, list[str]]:
    return priority.used_by(film.assets)


def _cycle(film: Film, path: str) -> list[str]:
    """The assets that use each other in a circle with this one."""
    return next((circle[:LISTED] for circle in film.effective.cycles if path in circle), [])


def _checkpoints(film: Film, path: str) -> tuple[list[dict[str, Any]], str]:
    """What lies in `old/`, from one listing, and how one gets it back; or why it cannot be read."""
    try:
        with share.asking():
            found = keeping.checkpoints(film.folder, path)
    except OSError as error:        # not for us, or taken away meanwhile: the page shows the rest
        return [], error.strerror or str(error)
    return [{"path": names.shown(one.path), "stamp": one.stamp, "size": one.size, "at": _moment(one.stamp),
             "command": shlex.join(["render", "asset", "restore", path, one.stamp])} for one in found], ""


def _moment(stamp: str) -> int | None:
    """Seconds since 1970; None if a person made the name up."""
    try:
        return int(datetime.strptime(stamp[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _commands(path: str) -> list[str]:
    """What a person types to change the asset: the page only shows it."""
    said = (["set", path, "state=…"], ["set", path, "owner=…"], ["checkpoint", path], ["remove", path])
    return [shlex.join(["render", "asset", *words]).replace("'state=…'", "state=…").replace("'owner=…'", "owner=…")
            for words in said]


def _times(asset: Asset) -> dict[str, Any]:
    """The newest time of each frame, as numbers and as bars."""
    told: Mapping[str, tuple[float, ...]] = asset.sidecar.render_time if asset.sidecar else {}
    numbered = [(times.frame_order(frame), seconds) for frame, seconds in told.items() if seconds]
    newest = {number: seconds[-1] for (is_none, number, _), seconds in numbered if not is_none}
    numbers = times.times(told)
    slow = {times.frame_order(frame)[1] for frame, _ in numbers.slowest} if numbers else set()
    return {"times": _numbers(numbers), "chart": chart.bars(newest, slow)}


def _numbers(found: Times | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"frames": found.frames, "total": found.total, "mean": found.mean, "median": found.median,
            "fastest": list(found.fastest), "slowest": [list(pair) for pair in found.slowest]}


PAGE = Page("asset", "/<project>/asset/<rest:path>", facts, version)
