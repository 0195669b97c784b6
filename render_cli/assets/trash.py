"""render asset remove, removed, unremove: away with an asset, and back."""

from datetime import UTC, datetime

import click

from assetfs import keeping, priority
from render_cli import ink, options, printing
from render_cli.assets import film as films
from render_cli.words import listed, plain


@click.command()
@films.several_assets
@options.dry_run
@films.of_project
def remove(assets: tuple[str, ...], dry_run: bool, project_dir: str | None) -> None:
    """Put assets into the trash; unremove brings them back.

    The .blend and its sidecar move into .trash/ in the project, under the date. Checkpoints and pictures stay. No
    program ever empties the trash; delete what lies in it by hand when the disk is full.

    \b
    Examples:
      render asset remove props/tree.blend

    \b
    Exit status: 0 removed, 1 no such asset
    """
    film = films.opened(project_dir)
    paths = list(dict.fromkeys(films.asset_path(film, said) for said in assets))
    users = priority.used_by(film.tree.assets)
    for path in paths:
        if using := [plain(user) for user in users.get(path, ()) if user not in paths]:
            ink.warn(f"{plain(path)} is used by {listed(using)}.", "Those will miss it.")
        if dry_run:
            click.echo(f"Would remove {plain(path)}")
            continue
        stamp = keeping.remove(film.folder, path, datetime.now(UTC))
        click.echo(f"Removed {plain(path)}   (to undo: render asset unremove {stamp})")


@click.command()
@options.as_json
@films.of_project
def removed(as_json: bool, project_dir: str | None) -> None:
    """Show what lies in the trash, the newest first.

    Nothing is changed on the disk.

    \b
    Examples:
      render asset removed

    \b
    Exit status: 0 fine, 1 no project
    """
    found = keeping.removed(films.opened(project_dir).folder)
    if as_json:
        printing.as_json([{"stamp": one.stamp, "files": list(one.paths)} for one in found])
        return
    for one in found:
        click.echo(f"{one.stamp}  {', '.join(map(plain, one.paths))}")


@click.command()
@click.argument("what", metavar="STAMP|PATH")
@options.dry_run
@films.of_project
def unremove(what: str, dry_run: bool, project_dir: str | None) -> None:
    """Bring an asset back from the trash.

    It is named by the stamp that `render asset removed` shows, or by the path that it had; then the newest counts.
    Its files are again where they were. If something else is there now, nothing is changed.

    \b
    Examples:
      render asset unremove 20261120-101530
      render asset unremove props/tree.blend

    \b
    Exit status: 0 back again, 1 not in the trash, or something else is there now
    """
    film = films.opened(project_dir)
    known = keeping.removed(film.folder)
    found = next((one for one in known if what == one.stamp or what in one.paths), None)
    if dry_run and found:
        click.echo(f"Would bring back {', '.join(map(plain, found.paths))}")
        return
    back = keeping.unremove(film.folder, found.stamp if found else what)
    click.echo(f"Back again: {', '.join(map(plain, back))}")
