"""The film that a command is about, who asks, and which asset is meant."""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from assetfs import people, project, tree
from assetfs.errors import AssetError, NoAsset
from assetfs.names import BLEND, SIDECAR, existing_asset
from assetfs.people import People
from assetfs.project import Project
from assetfs.tree import Tree
from render_cli import ink, silence
from render_cli.errors import Usage
from render_cli.words import listed, near, plain

F = TypeVar("F", bound=Callable[..., Any])
SHOWN = 3               # mistakes in the settings that every command names


@dataclass(frozen=True)
class Film:
    """A project, with what is read when it is asked for."""

    project: Project

    @property
    def folder(self) -> Path:
        return self.project.folder

    @cached_property
    def people(self) -> People:
        return people.read(self.folder.parent)

    @cached_property
    def tree(self) -> Tree:
        return tree.scan(self.folder)

    def in_jobs(self, path: str) -> str:
        """The path of the asset as jobs name it."""
        return os.path.join(os.path.realpath(self.folder), path)


def of_project(command: F) -> F:
    text = "The project. Else the one that this folder is in."
    return click.option("--project", "project_dir", metavar="DIR", help=text)(command)


def of_person(command: F) -> F:
    text = "Who you are. Else RENDERD_PERSON, or your login name if people.yaml has it."
    return click.option("--person", metavar="IDENT", envvar="RENDERD_PERSON", help=text)(command)


def blender(command: F) -> F:
    text = "The Blender that writes the place of the pictures into the file."
    return click.option("--blender", metavar="PROGRAM", default="blender", show_default=True, help=text)(command)


def of_all(command: F) -> F:
    text = "Instead: every project in this folder."
    return click.option("--all", "above", metavar="DIR", help=text)(command)


def one_asset(command: F) -> F:
    return click.argument("asset", shell_complete=_complete)(command)


def several_assets(command: F) -> F:
    return click.argument("assets", metavar="ASSET...", nargs=-1, required=True, shell_complete=_complete)(command)


def found(project_dir: str | None) -> Film:
    """The film that this command line is about."""
    start = Path(project_dir or ".")
    silence.name(str(start.absolute()))
    return Film(project.read(project.find(start)))


def every(project_dir: str | None, above: str | None) -> list[Film]:
    """The film that this command line is about, or all in the folder `above`."""
    if above is None:
        return [opened(project_dir)]
    if project_dir is not None:
        raise Usage("--project and --all exclude each other.", "Take one of them.")
    silence.name(above)
    return [_told(Film(project.read(Path(above) / ident))) for ident in project.listed(Path(above))]


def opened(project_dir: str | None) -> Film:
    """As `found`. What is wrong in the settings is said, and the rest is used."""
    return _told(found(project_dir))


def _told(film: Film) -> Film:
    for problem in film.project.problems[:SHOWN]:
        ink.warn(plain(problem))
    if len(film.project.problems) > SHOWN:
        ink.note(f"There are {len(film.project.problems) - SHOWN} more mistakes. See: render project check")
    return film


def me(film: Film, said: str | None) -> str | None:
    """The ident of who asks; None if nobody knows."""
    if said:
        return person(film, said)
    try:
        login = getpass.getuser()
    except (OSError, KeyError):         # a user without a name, as some services are
        return None
    return login if login in film.people.people else None


def sure(film: Film, said: str | None) -> str:
    """The ident of who asks; Usage if nobody knows."""
    found = me(film, said)
    if found is None:
        raise Usage("It is not known who you are.", "Say it: --person IDENT, or export RENDERD_PERSON=IDENT")
    return found


def person(film: Film, ident: str) -> str:
    """The ident, if it is a person's."""
    known = film.people.people
    if ident not in known:
        raise Usage(f"There is no person {plain(ident)!r} in {film.folder.parent / people.FILE}.",
                    _choice(ident, known) or "Add people: render people import users.csv")
    return ident


def asset_path(film: Film, said: str, gone: bool = False) -> str:
    """The path in the project of the asset that is meant. With `gone` also a path at which there is none."""
    text = said.removesuffix(".json") if said.endswith(SIDECAR) else said
    known = {**film.tree.assets, **dict.fromkeys(film.tree.lone_blends)}
    exact = [path for path in (text, _from_here(film, text)) if path]
    if found := next((path for path in exact if path in known), None):
        return found
    name = text.removesuffix(BLEND) + BLEND
    alike = [path for path in known if f"/{path}".endswith(f"/{name}")] or [
        path for path in known if text and text in path]
    if len(alike) > 1:
        raise Usage(f"{plain(said)!r} may be {listed([plain(p) for p in alike])}.", "Say which one by its path.")
    if alike:
        return alike[0]
    if gone and text.endswith(BLEND):
        return existing_asset(next((p for p in reversed(exact) if (film.folder / p).parent.is_dir()), text))
    raise NoAsset(f"There is no asset {plain(said)!r} in {film.folder}.",
                  _choice(text, known) or "See: render asset list")


def _from_here(film: Film, text: str) -> str | None:
    """What the path is in the project if it is meant from the current folder; None outside."""
    there = os.path.join(os.path.realpath(os.path.dirname(text) or "."), os.path.basename(text))
    inside = os.path.relpath(there, os.path.realpath(film.folder))
    return None if inside.startswith("..") else inside


def _choice(said: str, known: Mapping[str, object]) -> str:
    names = near(said, known, 3, 0.5) or (list(known) if len(known) < 10 else [])
    return f"Did you mean one of: {', '.join(map(plain, names))}?" if names else ""


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        start = Path(ctx.params.get("project_dir") or ".")
        found = tree.scan(project.find(start)).assets
    except (AssetError, OSError):       # a shell that completes is no place for errors
        return []
    return [CompletionItem(path) for path in found if incomplete in path]
