"""Who works on what next."""

from collections.abc import Iterable, Mapping

from assetfs.priority import Effective
from assetfs.project import Project
from assetfs.tree import Asset


def mine(project: Project, assets: Mapping[str, Asset], person: str, effective: Effective) -> list[Asset]:
    """What the person owns, the most urgent first, what is finished last."""
    owned = [a for a in assets.values() if a.sidecar and a.sidecar.owner == person]
    return _in_order(project, owned, effective)


def support(project: Project, assets: Mapping[str, Asset], person: str, effective: Effective) -> list[Asset]:
    """What others own, or nobody, and the person supports; the most urgent first, without what is finished."""
    supported = [a for a in assets.values() if a.sidecar and person in a.sidecar.support
                 and a.sidecar.owner != person and not finished(project, a)]
    return _in_order(project, supported, effective)


def team(project: Project, assets: Mapping[str, Asset], persons: Iterable[str],
         effective: Effective) -> dict[str, Asset | None]:
    """What each of the persons is on: the most urgent that is not finished."""
    current: dict[str, Asset | None] = dict.fromkeys(persons)
    for asset in reversed(_in_order(project, assets.values(), effective)):
        owner = asset.sidecar.owner if asset.sidecar else None
        if owner in current and not finished(project, asset):
            current[owner] = asset
    return current


def finished(project: Project, asset: Asset) -> bool:
    state = project.states.get(asset.sidecar.state) if asset.sidecar else None
    return state is not None and state.look == "done"


def _in_order(project: Project, assets: Iterable[Asset], effective: Effective) -> list[Asset]:
    return sorted(assets, key=lambda a: (finished(project, a), -effective.of.get(a.path, 0), a.path))
