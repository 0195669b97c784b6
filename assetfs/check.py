"""Everything that is wrong with a project's assets, each where it is and with the cure."""

from collections.abc import Iterator
from itertools import islice
from shlex import quote

from assetfs.names import shown, sidecar_of
from assetfs.people import People
from assetfs.priority import Effective, effective
from assetfs.project import FILE, Project
from assetfs.sidecar import Sidecar
from assetfs.tree import Asset, Problem, Tree

NAMED = 5               # assets of a ring that are named at each of them


def check(project: Project, people: People, tree: Tree, spread: Effective | None = None) -> list[Problem]:
    """What is wrong in project.yaml and people.yaml is in their `problems`. `spread` is `effective` of the same assets,
    for who knows it already."""
    found = list(tree.problems)
    found += (Problem(path, f"it has no sidecar; give it one: render asset new TYPE NAME --adopt --file {quote(path)}")
              for path in tree.lone_blends)
    for asset in tree.assets.values():
        if asset.sidecar is None:
            found.append(Problem(sidecar_of(asset.path), asset.problem))
            continue
        texts = (*_words(project, asset.sidecar), *_persons(people, asset.sidecar), *_files(project, tree, asset))
        found += (Problem(asset.path, shown(text)) for text in texts)
    for ring in (spread or effective(project, tree.assets)).cycles:
        found += (Problem(path, f"it depends on itself by way of {_others(ring, path)}; take one out of the "
                                "dependencies.") for path in ring)
    return sorted(found, key=lambda problem: problem.path)


def _others(ring: list[str], path: str) -> str:
    """The first of them: a ring may go through the whole film."""
    others = list(islice((other for other in ring if other != path), NAMED))
    return ", ".join(others) + (f" and {len(ring) - 1 - NAMED} more" if len(ring) - 1 > NAMED else "") or "nothing else"


def _words(project: Project, said: Sidecar) -> Iterator[str]:
    kind, limits = project.types.get(said.type), project.priorities
    if kind is None:
        yield f"there is no type {said.type}; choose one of {', '.join(project.types)}, or add it to {FILE}."
    if said.state not in project.states:
        yield f"there is no state {said.state}; choose one of {', '.join(project.states)}, or add it to {FILE}."
    elif kind and said.state not in kind.states:
        yield f"a {kind.ident} is never {said.state}; choose one of {', '.join(kind.states)}."
    if said.priority is not None and not limits.lowest <= said.priority <= limits.highest:
        yield f"priority {said.priority} is not between {limits.lowest} and {limits.highest}; choose one that is."


def _persons(people: People, said: Sidecar) -> Iterator[str]:
    for what, person in (("owner", said.owner), ("creator", said.creator), *(("support", p) for p in said.support)):
        if person is not None and person not in people.people:
            yield f"{what}: there is no person {person}; add them to people.yaml, or choose another."


def _files(project: Project, tree: Tree, asset: Asset) -> Iterator[str]:
    assert asset.sidecar is not None
    kind = project.types.get(asset.sidecar.type)
    if asset.blend is None and kind and kind.template:
        yield "the .blend is not there; bring it back, or remove the asset."
    for used in asset.sidecar.dependencies:
        if used not in tree.assets and used not in tree.lone_blends:
            yield f"it depends on {used}, which is not there; mend its path in dependencies."
