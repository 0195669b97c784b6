"""render asset clone: another one like this."""

import os
from functools import partial

import click

from assetfs import blender_output, keeping, making
from assetfs.errors import Exists, NoAsset
from assetfs.names import new_asset, sidecar_of
from render_cli import ink, options
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.words import plain


@click.command()
@films.one_asset
@click.argument("name", metavar="NAME")
@films.blender
@options.dry_run
@films.of_person
@films.of_project
def clone(asset: str, name: str, blender: str, dry_run: bool, person: str | None, project_dir: str | None) -> None:
    """Copy an asset, under a new name in the same folder.

    The copy has a sidecar of its own: as the other, but it is yours, without rating and render times. If its type
    says where pictures go, Blender writes the new place into the copy, so that the two do not overwrite each other's
    pictures. Nothing is overwritten.

    \b
    Examples:
      render asset clone s010 s020
      render asset clone props/tree.blend "Old tree"

    \b
    Exit status: 0 copied, 1 the name is taken, or no such asset, 69 no Blender here, or one too old for the file
    """
    film = films.opened(project_dir)
    path = films.asset_path(film, asset)
    target = new_asset(f"{path.rpartition('/')[0]}/{making.file_name(name)}".lstrip("/"))
    output = _output(film, path, target)
    if dry_run:
        _refuse_taken(film, target)
    else:
        rewrite = partial(blender_output.rewrite, output=output, blender=blender) if output else None
        keeping.clone(film.folder, path, target, making.asset_name(name), films.me(film, person), rewrite)
    pictures = f"   (pictures: {plain(output)})" if output else ""
    click.echo(f"{'Would make' if dry_run else 'Made'} {plain(target)}{pictures}")
    if not output:
        ink.note(f"Its type does not say where pictures go: in Blender, give {plain(target)} an output of its own.")


def _output(film: Film, path: str, target: str) -> str:
    """Where the pictures of the copy go; "" if its type does not say."""
    found = film.tree.assets.get(path)
    if found is None:
        raise NoAsset(f"{plain(path)} has no sidecar, so it is no asset yet.",
                      f"Give it one: render asset new TYPE NAME --adopt --file {plain(path)}")
    kind = film.project.types.get(found.sidecar.type) if found.sidecar else None
    return making.output_of(kind, target) if kind and found.blend else ""


def _refuse_taken(film: Film, target: str) -> None:
    if any(os.path.lexists(film.folder / path) for path in (target, sidecar_of(target))):
        raise Exists(f"{plain(target)} exists already.", "Choose another name; nothing would be overwritten.")
