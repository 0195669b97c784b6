"""render asset set: change what the sidecars of assets say."""

import copy
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from assetfs import check, sidecar, tree
from assetfs.names import sidecar_of
from render_cli import ink, options
from render_cli.assets import edits
from render_cli.assets import film as films
from render_cli.assets.edits import Edit
from render_cli.assets.film import Film
from render_cli.errors import Usage
from render_cli.words import plain


@click.command("set")
@click.argument("words", metavar="ASSET... KEY=VALUE...", nargs=-1, required=True)
@options.dry_run
@films.of_project
def setting(words: tuple[str, ...], dry_run: bool, project_dir: str | None) -> None:
    """Change what is said of assets: state, owner, priority, what they use.

    KEY is name, description, type, state, owner, creator, priority (a number, or a name of project.yaml), render or
    final (yes or no), rating (0 to 5), or time_budget.STATE (minutes). Nothing behind the = takes owner, creator,
    rating or a budget away. support, dependencies and pipeline are lists: += adds one, -= takes one out, and = sets
    all of them, with commas between. The sidecars are changed, whole and one after the other; keys that no program
    knows stay. If one word cannot be meant, none is changed.

    \b
    Examples:
      render asset set s010 state=animated owner=ana
      render asset set s010 support+=ben dependencies+=props/tree.blend priority=high
      render asset set shots/*.blend rating=

    \b
    Exit status:
      0 changed, or it was so already, 1 no such asset, or its sidecar is broken, 2 the value does not fit,
      75 somebody else changes files in that folder just now
    """
    asked = [edits.read(word) for word in words if edits.looks_like_one(word)]
    assets = [word for word in words if not edits.looks_like_one(word)]
    if not asked or not assets:
        raise Usage("Nothing to change was named." if assets else "No asset was named.",
                    "For example: render asset set s010 state=animated")
    film = films.opened(project_dir)
    paths = list(dict.fromkeys(films.asset_path(film, said) for said in assets))
    before = {path: sidecar.read(film.folder / sidecar_of(path)).found for path in paths}
    wanted = {path: _edited(film, path, asked, before[path]) for path in paths}
    for path in paths:
        if not dry_run:
            sidecar.change(film.folder / sidecar_of(path), partial(edits.apply, film, path, asked))
        _tell(path, before[path], wanted[path], dry_run)
    if not dry_run:
        _warn(film, paths)


def _edited(film: Film, path: str, asked: list[Edit], before: Mapping[str, Any]) -> dict[str, Any]:
    mapping = copy.deepcopy(dict(before))
    edits.apply(film, path, asked, mapping)
    return mapping


def _tell(path: str, before: Mapping[str, Any], after: Mapping[str, Any], dry_run: bool) -> None:
    changes = [f"{key}: {_short(before.get(key))} -> {_short(value)}" for key, value in after.items()
               if value != before.get(key)]
    if changes:
        click.echo(f"{'Would change ' if dry_run else ''}{plain(path)}   {'; '.join(changes)}")
    else:
        click.echo(f"{plain(path)} is so already.", err=True)


def _short(value: Any) -> str:
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _warn(film: Film, paths: list[str]) -> None:
    """Says what is wrong with the assets now, a ring of dependencies for example."""
    for problem in check.check(film.project, film.people, tree.scan(film.folder)):
        if problem.path in paths:
            ink.warn(str(problem))
