"""render recipes: what chunks can go through, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from render_cli import ink, options, place, printing, table
from render_cli.table import Column
from render_cli.words import plain
from spool import hosts as spool_hosts
from spool.hosts import HostView


@click.command()
@options.as_json
@options.spool
def recipes(as_json: bool, spool_path: str | None) -> None:
    """Show the recipes that the computers have, for `render add --recipe`.

    A recipe is a folder with programs: what runs before a chunk, instead of its command, on its pictures, and at the
    end. Each computer runs only those in its own folders (`recipes:` in its settings); a recipe that others may
    change is refused there. Nothing is changed on the disk.

    \b
    Examples:
      render recipes
      render recipes --json | jq '.[] | select(.refused != {})'

    \b
    Exit status: 0 fine, 1 no spool
    """
    found = _facts([one for one in spool_hosts.views(place.reading(spool_path)) if one.alive])
    if as_json:
        printing.as_json(found)
        return
    if not found:
        click.echo("No computer is on, so nobody knows. Start on one: renderd", err=True)
        return
    rows = [[plain(one["recipe"]), plain(" ".join(one["hosts"])), plain(one["about"])] for one in found]
    columns = [Column("RECIPE", least=8), Column("HOSTS", least=8), Column("", least=20)]
    click.echo("\n".join(table.lines(columns, rows, table.terminal_width())))
    for one in found:
        for host, why in one["refused"].items():
            ink.warn(f"{host} does not run {plain(one['recipe'])}: {plain(why)}", "Then start renderd there again.")


def _facts(hosts: Sequence[HostView]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for host in hosts:
        for one in spool_hosts.recipes(host.facts):
            name, refused = str(one.get("name")), str(one.get("refused") or "")
            row = found.setdefault(name, {"recipe": name, "about": "", "stages": [], "hosts": [], "refused": {}})
            if refused:
                row["refused"][host.name] = refused
                continue
            row["hosts"].append(host.name)
            row["about"] = row["about"] or str(one.get("about") or "")
            row["stages"] = row["stages"] or _texts(one, "stages")
    return [found[name] for name in sorted(found)]


def _texts(one: Mapping[str, Any], name: str) -> list[str]:
    listed = one.get(name)
    return [str(text) for text in listed] if isinstance(listed, list) else []
