"""render asset todo: what somebody works on next."""

from typing import Any

import click

from assetfs import priority
from assetfs import todo as doing
from assetfs.tree import Asset
from render_cli import options, printing, table
from render_cli.assets import facts
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.assets.listing import state_word
from render_cli.table import Column
from render_cli.words import duration, plain


@click.command()
@click.argument("who", metavar="[IDENT]", required=False)
@click.option("--all", "everything", is_flag=True, help="Also what is finished.")
@options.as_json
@films.of_person
@films.of_project
def todo(who: str | None, everything: bool, as_json: bool, person: str | None, project_dir: str | None) -> None:
    """Show what to work on next, the most urgent first.

    What you own, or the person who is named; then what others own and that person supports. PRIO is raised by what
    waits for the asset; TIME is what the sidecar plans for its state. Nothing is changed on the disk.

    \b
    Examples:
      render asset todo
      render asset todo ben

    \b
    Exit status: 0 fine, 1 no project, 2 no such person, or it is not known who you are
    """
    film = films.opened(project_dir)
    whose = films.person(film, who) if who else films.sure(film, person)
    assets, effective = film.tree.assets, priority.effective(film.project, film.tree.assets)
    own = [asset for asset in doing.mine(film.project, assets, whose, effective)
           if everything or not doing.finished(film.project, asset)]
    support = doing.support(film.project, assets, whose, effective)
    if as_json:
        printing.as_json({"person": whose, "mine": [facts.short(film, asset, effective) for asset in own],
                          "support": [facts.short(film, asset, effective) for asset in support]})
        return
    width = table.terminal_width()
    rows = [_cells(film, facts.short(film, asset, effective), _minutes(asset)) for asset in own]
    if rows:
        click.echo("\n".join(table.lines(_COLUMNS, rows, width)))
    else:
        click.echo(f"Nothing waits for {plain(film.people.people[whose].name)}.", err=True)
    if support:
        rows = [_cells(film, facts.short(film, asset, effective), _minutes(asset)) for asset in support]
        click.echo("\nto support\n" + "\n".join(table.lines(_COLUMNS, rows, width)))


_COLUMNS = [Column("PRIO", right=True), Column("ASSET", least=16, tail=10), Column("STATE"), Column("OWNER"),
            Column("TIME", right=True), Column("ABOUT", least=10)]


def _minutes(asset: Asset) -> float | None:
    return asset.sidecar.time_budget.get(asset.sidecar.state) if asset.sidecar else None


def _cells(film: Film, row: dict[str, Any], minutes: float | None) -> list[str]:
    return [str(row["effective_priority"]), plain(row["path"]), state_word(film, row["state"]),
            plain(row["owner"] or "-"), "" if minutes is None else duration(60 * minutes), plain(row["description"])]
