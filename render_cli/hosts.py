"""render hosts: the computers of the farm."""

import time
from typing import Any

import click

from render_cli import ink, options, place, printing, silence, table
from render_cli.table import Column
from render_cli.words import duration, plain, short
from spool import host_facts
from spool import hosts as spool_hosts
from spool.fitness.finding import WRONG

_UNHEARD = ("dead", "silent", "off")


@click.command()
@options.as_json
@options.spool
def hosts(as_json: bool, spool_path: str | None) -> None:
    """Show the computers that render, and what each does now.

    A computer is dead when its renderd was ended or declared dead by the others, silent when it was not heard of
    for six heartbeats. Unfit: `render doctor` found something wrong there last. Nothing is changed on the disk.

    \b
    Examples:
      render hosts
      render hosts --json | jq '.[] | select(.state == "dead") | .host'

    \b
    Exit status: 0 fine, 1 no spool
    """
    spool = place.reading(spool_path)
    found = [host_facts.facts(spool, one) for one in spool_hosts.views(spool)]
    if as_json:
        printing.as_json(found)
    elif found:
        click.echo("\n".join(table.lines(_COLUMNS, [_cells(one) for one in found], table.terminal_width())))
        if all(one["state"] in _UNHEARD for one in found):
            ink.note(silence.NOBODY_BEATS)
    else:
        click.echo("No computer has rendered on this spool yet. Start on each: renderd", err=True)


_COLUMNS = [Column("HOST", least=8), Column("STATE"), Column("SLOTS", right=True), Column("RENDERS", least=10, tail=8),
            Column("MEMORY", right=True), Column("SWAP", right=True), Column("BLENDER", least=7),
            Column("SEEN", right=True)]
_WORD = {"dead": "failed", "silent": "held", "paused": "held", "rendering": "rendering"}


def _cells(one: dict[str, Any]) -> list[str]:
    work = ", ".join(f"{short(str(f['job']))} {'' if f['frame'] is None else f['frame']}".strip()
                     for f in one["frames_now"] if str(f["job"]).count("-") > 2)
    seen = "" if one["seen_s"] is None else duration(one["seen_s"])
    since = f" since {_clock(one['seen_s'])}" if one["state"] == "silent" else ""
    state = ink.paint(plain(one["state"]) + since, _WORD.get(one["state"], ""))
    unfit = ink.paint(" unfit", "failed") if one["share"] == WRONG else ""
    return [plain(one["host"]), state + unfit, plain(one["slots"] or ""),
            plain(work), _gigabytes(one["memory_mb"]), _gigabytes(one["swap_used_mb"]), plain(" ".join(one["blender"])),
            seen]


def _clock(seconds_ago: float) -> str:
    return time.strftime("%H:%M", time.localtime(time.time() - seconds_ago))


def _gigabytes(megabytes: Any) -> str:
    return f"{megabytes / 1024:.1f} GB" if isinstance(megabytes, int | float) else ""
