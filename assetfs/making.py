"""A new asset: its template's copy, its folders and its sidecar."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assetfs import sidecar, writing
from assetfs.configuration import AssetType
from assetfs.errors import BadProject, Exists, NoAsset
from assetfs.names import BLEND, TEMPLATES, new_asset, shown, sidecar_of, stem
from assetfs.project import FILE, Project


@dataclass(frozen=True)
class Plan:
    folder: Path                    # the project's
    path: str
    template: Path | None           # None: no .blend is made
    mapping: Mapping[str, Any]      # of the sidecar
    output: str                     # for the pictures, as Blender writes it; "" leaves the template's own

    @property
    def blend(self) -> Path:
        return self.folder / self.path

    @property
    def sidecar(self) -> Path:
        return self.folder / sidecar_of(self.path)


def plan(project: Project, type_ident: str, name: str, creator: str | None = None, owner: str | None = None,
         description: str = "", file: str | None = None, adopt: bool = False) -> Plan:
    """What `make` will do. `name` may have folders in front: forest/Old tree. `file` is a path in the project that is
    to be used instead; `adopt` gives a .blend that is there already its sidecar."""
    kind = project.types.get(type_ident)
    if kind is None:
        raise BadProject(f"There is no type {shown(type_ident)} in {project.folder / FILE}.",
                         f"There are: {', '.join(project.types) or 'none'}.")
    if not kind.state:
        raise BadProject(f"There are no states in {project.folder / FILE}.",
                         "Write some: states: {todo: {look: waiting}}.")
    path = new_asset(file or f"{kind.directory}/{file_name(name)}")
    template = project.folder / TEMPLATES / kind.template if kind.template and not adopt else None
    mapping: dict[str, Any] = {
        "name": asset_name(name), "description": description, "type": kind.ident,
        "creator": creator, "owner": owner, "support": [], "state": kind.state, "priority": kind.priority,
        "render": kind.render, "final": kind.final, "dependencies": [], "time_budget": dict(kind.time_budget),
    }
    found = Plan(project.folder, path, template, mapping, output_of(kind, path))
    _check(found, adopt)
    return found


def file_name(name: str) -> str:
    return name.strip().removesuffix(BLEND).replace(" ", "_") + BLEND


def asset_name(name: str) -> str:
    return name.strip().removesuffix(BLEND).rpartition("/")[2]


def output_of(kind: AssetType, path: str) -> str:
    """Where the pictures of the asset at this path go; "" if its type does not say. Deeper than the type's folder
    // is deeper too, and the folders between are part of the name: two assets of one name keep apart."""
    parents, usual = PurePosixPath(path).parent.parts, PurePosixPath(kind.directory).parts
    between = parents[len(usual):] if parents[:len(usual)] == usual else ()
    output = kind.output.replace("%(name)s", "_".join((*between, stem(path))))
    return output.replace("//", "//" + "../" * len(between), 1) if output.startswith("//") else output


def _check(plan: Plan, adopt: bool) -> None:
    described = os.path.lexists(plan.sidecar)
    if described or (os.path.lexists(plan.blend) and not adopt):
        raise Exists(f"{shown(plan.path)} exists already.", "Choose another name; nothing was overwritten."
                     + ("" if described else " To give it the sidecar that it lacks: --adopt"))
    if adopt and not plan.blend.is_file():
        raise NoAsset(f"There is no {shown(plan.path)} to give a sidecar to.", "Look for its present name.")
    if plan.template and not plan.template.is_file():
        raise NoAsset(f"There is no template {plan.template}.", f"Put a .blend there, or mend template: in {FILE}.")


def make(plan: Plan, rewrite: Callable[[Path, str], None] | None = None) -> None:
    """Makes the asset; Exists if somebody was faster. `rewrite` writes the output into the .blend of that path,
    which lies in the asset's folder but has not its name yet. A crash before the sidecar leaves a .blend without."""
    writing.make_folders(plan.blend.parent, plan.folder)
    if plan.template:
        output = plan.output
        writing.copy(plan.template, plan.blend, (lambda aside: rewrite(aside, output)) if rewrite and output else None)
    sidecar.create(plan.sidecar, plan.mapping)
