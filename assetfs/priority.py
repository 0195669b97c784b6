"""How urgent an asset is: its own priority, raised by what depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from assetfs.project import Project
from assetfs.tree import Asset


@dataclass(frozen=True)
class Effective:
    """`cycles`: assets that use each other in a ring; they do not raise one another."""

    of: dict[str, int]
    cycles: list[list[str]]


def own(project: Project, asset: Asset) -> int:
    """What its sidecar says, between the lowest and the highest; the lowest if it says nothing."""
    limits = project.priorities
    said = asset.sidecar.priority if asset.sidecar else None
    return limits.lowest if said is None else min(max(said, limits.lowest), limits.highest)


def used_by(assets: Mapping[str, Asset]) -> dict[str, list[str]]:
    """Path -> the assets that use it; also for paths at which there is nothing."""
    users: dict[str, list[str]] = {}
    for path, asset in assets.items():
        for used in dict.fromkeys(asset.sidecar.dependencies) if asset.sidecar else ():
            users.setdefault(used, []).append(path)
    return users


def effective(project: Project, assets: Mapping[str, Asset]) -> Effective:
    """Linear in assets and dependencies, however long the chains are."""
    uses = {path: [used for used in (a.sidecar.dependencies if a.sidecar else ()) if used in assets]
            for path, a in assets.items()}
    limits = project.priorities
    of = {path: own(project, asset) for path, asset in assets.items()}
    cycles = []
    for ring in reversed(_rings(uses)):     # whoever uses comes before what is used
        if len(ring) > 1 or ring[0] in uses[ring[0]]:
            cycles.append(sorted(ring))
        within = set(ring)
        for path in ring:
            raised = min(of[path] + limits.boost, limits.highest)
            for used in uses[path]:
                if used not in within and limits.boosting and _may_rise(project, assets[used]):
                    of[used] = max(of[used], raised)
    return Effective(of, sorted(cycles))


def _may_rise(project: Project, asset: Asset) -> bool:
    state = project.states.get(asset.sidecar.state) if asset.sidecar else None
    return state is not None and state.boost


def _rings(uses: Mapping[str, list[str]]) -> list[list[str]]:
    """The strongly connected parts, what is used before whoever uses it (Tarjan's algorithm, without recursion)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_ones: dict[str, None] = {}
    rings = []
    for start in uses:
        if start in number:
            continue
        number[start] = lowest[start] = len(number)
        open_ones[start] = None
        way = [(start, iter(uses[start]))]
        while way:
            path, rest = way[-1]
            below = next(rest, None)
            if below is None:
                way.pop()
                if way:
                    lowest[way[-1][0]] = min(lowest[way[-1][0]], lowest[path])
                if lowest[path] == number[path]:
                    rings.append(_popped(open_ones, path))
            elif below not in number:
                number[below] = lowest[below] = len(number)
                open_ones[below] = None
                way.append((below, iter(uses[below])))
            elif below in open_ones:
                lowest[path] = min(lowest[path], number[below])
    return rings


def _popped(open_ones: dict[str, None], until: str) -> list[str]:
    ring: list[str] = []
    while not ring or ring[-1] != until:
        ring.append(open_ones.popitem()[0])
    return ring
