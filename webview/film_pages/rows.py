"""An asset in one line, the same on every page."""

from typing import Any

from assetfs.project import Project
from assetfs.tree import Asset
from webview.film_pages import findings, names
from webview.index import Film

UNKNOWN = "silent"          # the look of a state that project.yaml does not know
BROKEN = "failed"
MOST = 30                   # helpers and words that are shown of an asset


def name(asset: Asset) -> str:
    """What people call it; its file name if its sidecar does not say."""
    given = asset.sidecar.name if asset.sidecar else ""
    return names.shown(given) or names.shown(asset.path.rsplit("/", 1)[-1].removesuffix(".blend"))


def look(project: Project, state: str) -> str:
    """The colour and sign of a state."""
    known = project.states.get(state)
    return known.look if known else UNKNOWN


def row(film: Film, faults: findings.Findings, path: str) -> dict[str, Any]:
    """The facts of one asset that a table or a card shows; of a broken one little more than why."""
    asset = film.assets[path]
    return {"path": path, "name": name(asset), "problems": faults.of_asset.get(path, []),
            "has_blend": asset.blend is not None, **_told(film, asset)}


def _told(film: Film, asset: Asset) -> dict[str, Any]:
    """What the sidecar says."""
    said, project = asset.sidecar, film.project
    if said is None:
        return {"broken": True, "type": "", "type_name": "", "state": "", "state_name": "", "look": BROKEN,
                "owner": None, "support": [], "more_support": 0, "priority": None, "priority_name": "",
                "rating": None, "pipeline": []}
    type_, state = project.types.get(said.type), project.states.get(said.state)
    priority = film.effective.of.get(asset.path)
    return {"broken": False,
            "type": names.shown(said.type), "type_name": names.shown(type_.name if type_ else said.type),
            "state": names.shown(said.state), "state_name": names.shown(state.name if state else said.state),
            "look": look(project, said.state), "owner": names.shown(said.owner) if said.owner else None,
            "support": [names.shown(ident) for ident in said.support[:MOST]], "more_support": len(said.support[MOST:]),
            "priority": priority, "priority_name": "" if priority is None else project.priorities.name(priority),
            "rating": said.rating, "pipeline": [names.shown(word) for word in said.pipeline[:MOST]]}


def is_shot(project: Project, asset: Asset) -> bool:
    """Its frames are rendered. A broken sidecar cannot say so: then its folder does."""
    said = asset.sidecar
    if said is None:
        return any(type_.render and asset.path.startswith(f"{type_.directory}/") for type_ in project.types.values())
    if said.render is None:
        return said.type in project.types and project.types[said.type].render
    return said.render
