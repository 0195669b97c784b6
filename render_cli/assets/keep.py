"""render asset checkpoint, checkpoints, restore: dated copies of a .blend, and the way back."""

from datetime import UTC, datetime

import click

from assetfs import keeping
from assetfs.errors import NoAsset
from render_cli import options, printing, table
from render_cli.assets import film as films
from render_cli.table import Column
from render_cli.words import plain, size


@click.command()
@films.several_assets
@options.dry_run
@films.of_project
def checkpoint(assets: tuple[str, ...], dry_run: bool, project_dir: str | None) -> None:
    """Keep a dated copy of an asset.

    The .blend and its sidecar are copied into the folder old/ beside them, with date and time (UTC) in the name.

    \b
    Examples:
      render asset checkpoint s010

    \b
    Exit status: 0 kept, 1 no such asset
    """
    film = films.opened(project_dir)
    for path in [films.asset_path(film, said) for said in assets]:
        if dry_run:
            click.echo(f"Would keep {plain(path)}")
        else:
            click.echo(f"Kept as {plain(keeping.checkpoint(film.folder, path, datetime.now(UTC)))}")


@click.command()
@films.one_asset
@options.as_json
@films.of_project
def checkpoints(asset: str, as_json: bool, project_dir: str | None) -> None:
    """Show the dated copies of an asset, the newest first.

    Nothing is changed on the disk.

    \b
    Examples:
      render asset checkpoints s010

    \b
    Exit status: 0 fine, 1 no such asset
    """
    film = films.opened(project_dir)
    found = keeping.checkpoints(film.folder, films.asset_path(film, asset, gone=True))
    if as_json:
        printing.as_json([{"stamp": one.stamp, "path": one.path, "size": one.size} for one in found])
    elif found:
        rows = [[one.stamp, size(one.size), plain(one.path)] for one in found]
        columns = [Column("STAMP"), Column("SIZE", right=True), Column("FILE")]
        click.echo("\n".join(table.lines(columns, rows, table.terminal_width())))


@click.command()
@films.one_asset
@click.argument("stamp", required=False)
@click.option("--with-sidecar", is_flag=True, help="The sidecar too is as it was then: state, owner, all of it.")
@options.dry_run
@films.of_project
def restore(asset: str, stamp: str | None, with_sidecar: bool, dry_run: bool, project_dir: str | None) -> None:
    """Bring a dated copy of an asset back.

    STAMP is one that `render asset checkpoints` shows; without it the newest counts. The .blend that is there now
    is kept as a checkpoint first, so nothing is lost. The sidecar stays as it is, unless it is gone.

    \b
    Examples:
      render asset restore s010
      render asset restore s010 20261120-101530

    \b
    Exit status: 0 restored, 1 no such asset or copy
    """
    film = films.opened(project_dir)
    path = films.asset_path(film, asset, gone=True)
    stamps = [one.stamp for one in keeping.checkpoints(film.folder, path)]
    stamp = stamp or next(iter(stamps), None)
    if stamp is None or (dry_run and stamp not in stamps):
        raise NoAsset(f"{plain(path)} has no checkpoint{' ' + plain(stamp) if stamp else ''}.",
                      f"There are: {', '.join(stamps)}." if stamps else
                      f"One is made by: render asset checkpoint {plain(path)}")
    if dry_run:
        click.echo(f"Would restore {plain(path)} as of {stamp}")
        return
    safe = keeping.restore(film.folder, path, stamp, datetime.now(UTC), with_sidecar)
    back = f"   (what was there: {plain(safe)})" if safe else ""
    click.echo(f"Restored {plain(path)} as of {stamp}{back}")
