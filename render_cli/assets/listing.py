"""render asset list: what the film is made of."""

from typing import Any

import click

from assetfs import priority
from assetfs.names import sidecar_of
from assetfs.tree import Asset
from render_cli import ink, options, printing, table
from render_cli.assets import facts
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.errors import Usage
from render_cli.table import Column
from render_cli.words import plain

# The look of a state, as the page has it, in the colours of a terminal.
_COLOUR = {"rendering": "rendering", "done": "done", "failed": "failed", "held": "held"}


@click.command("list")
@click.option("--type", "types", metavar="TYPE", multiple=True, help="Only this type; several times for several.")
@click.option("--state", "states", metavar="STATE", multiple=True, help="Only in this state; the same.")
@click.option("--owner", metavar="IDENT", help="Only what this person owns; - for what nobody owns.")
@click.option("--mine", is_flag=True, help="Only what I own.")
@click.option("--urgent", is_flag=True, help="The most urgent first, instead of by path.")
@options.as_json
@films.of_person
@films.of_project
def listed(types: tuple[str, ...], states: tuple[str, ...], owner: str | None, mine: bool, urgent: bool,
           as_json: bool, person: str | None, project_dir: str | None) -> None:
    """Show the assets: type, state, owner, how urgent.

    PRIO is the asset's own priority, raised by what waits for it. A broken sidecar is shown as broken, with what is
    wrong in it. Nothing is changed on the disk.

    \b
    Examples:
      render asset list
      render asset list --type shot --state animated
      render asset list --json | jq -r '.[] | select(.owner == null) | .path'

    \b
    Exit status: 0 fine, 1 no project, 2 no such type, state or person
    """
    film = films.opened(project_dir)
    for what, said, known in (("type", types, film.project.types), ("state", states, film.project.states)):
        for ident in said:
            if ident not in known:
                raise Usage(f"There is no {what} {plain(ident)!r}.", f"There are: {', '.join(known) or 'none'}.")
    whose = films.sure(film, person) if mine else None if owner in (None, "-") else films.person(film, owner or "")
    effective = priority.effective(film.project, film.tree.assets)
    found = [a for a in film.tree.assets.values() if _fits(a, types, states) and (
        not (owner or mine) or (a.sidecar is not None and a.sidecar.owner == whose))]
    if urgent:
        found.sort(key=lambda asset: -effective.of[asset.path])
    rows = [facts.short(film, asset, effective) for asset in found]
    if as_json:
        printing.as_json(rows)
        return
    if rows:
        click.echo("\n".join(table.lines(_COLUMNS, [_cells(film, row) for row in rows], table.terminal_width())))
    elif not film.tree.assets:
        click.echo("No assets yet. Make one: render asset new TYPE NAME", err=True)
    _say_more(film, rows)


def _fits(asset: Asset, types: tuple[str, ...], states: tuple[str, ...]) -> bool:
    said = asset.sidecar
    return not (types or states) or (said is not None and (not types or said.type in types)
                                     and (not states or said.state in states))


_COLUMNS = [Column("ASSET", least=16, tail=10), Column("TYPE"), Column("STATE"), Column("PRIO", right=True),
            Column("OWNER", least=6), Column("RATING"), Column("CHANGED")]


def _cells(film: Film, row: dict[str, Any]) -> list[str]:
    broken = ink.state("broken") if row["problem"] else state_word(film, row["state"])
    return [plain(row["path"]), plain(row["type"] or ""), broken, str(row["effective_priority"]),
            plain(row["owner"] or "-"), "*" * (row["rating"] or 0), (row["changed"] or "no .blend")[:10]]


def state_word(film: Film, ident: str) -> str:
    state = film.project.states.get(ident)
    return ink.paint(plain(ident), _COLOUR.get(state.look, "") if state else "broken")


def _say_more(film: Film, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["problem"]:
            ink.warn(f"{plain(sidecar_of(row['path']))}: {row['problem']}")
    if more := len(film.tree.problems) + len(film.tree.lone_blends):
        ink.note(f"{more} more of the project's files {'is' if more == 1 else 'are'} no asset. See: render asset check")
