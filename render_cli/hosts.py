"""render hosts: the computers of the farm."""

from collections.abc import Mapping
from typing import Any

import click

from render_cli import ink, options, place, printing, table
from render_cli.table import Column
from render_cli.words import duration, plain, short
from spool import hosts as spool_hosts
from spool.hosts import HostView
from spool.layout import Spool

SILENT = 6          # beats that were not heard; the daemons themselves count in their own beats


@click.command()
@options.as_json
@options.spool
def hosts(as_json: bool, spool_path: str | None) -> None:
    """Show the computers that render, and what each does now.

    A computer is dead when its renderd was ended or declared dead by the others, silent when it was not heard of
    for six heartbeats. Nothing is changed on the disk.

    \b
    Examples:
      render hosts
      render hosts --json | jq '.[] | select(.state == "dead") | .host'

    \b
    Exit status: 0 fine, 1 no spool
    """
    spool = place.reading(spool_path)
    found = [facts(spool, one) for one in spool_hosts.views(spool)]
    if as_json:
        printing.as_json(found)
    elif found:
        click.echo("\n".join(table.lines(_COLUMNS, [_cells(one) for one in found], table.terminal_width())))
    else:
        click.echo("No computer has rendered on this spool yet. Start on each: renderd", err=True)


def facts(spool: Spool, one: HostView) -> dict[str, Any]:
    """One object of `render hosts --json`."""
    return {"host": one.name, "state": state(spool, one), "slots": _slots(one), "frames_now": now(one),
            "memory_mb": one.facts.get("memory_mb"), "swap_used_mb": one.status.get("swap_used_mb"),
            "blender": [str(b.get("version", "")) for b in _dicts(one.facts.get("blenders"))],
            "seen_s": one.seen_s, "cores": one.facts.get("cores"), "memory_free_mb": one.status.get("memory_free_mb"),
            "programs": list(map(str, one.facts.get("programs") or []))}


def state(spool: Spool, one: HostView) -> str:
    """What it says of itself, unless it is not heard of any more."""
    if not one.alive:
        return "off" if one.status.get("state") == "stopped" else "dead"
    if one.seen_s is not None and one.seen_s > SILENT * spool.beat:
        return "silent"
    return str(one.status.get("state") or "starting")


def now(one: HostView) -> list[dict[str, Any]]:
    """The frames that it renders; none once it is dead."""
    if not one.alive:
        return []
    return [{"job": slot["job"], "frame": slot.get("frame")} for slot in _dicts(one.status.get("slots"))
            if slot.get("job")]


def _slots(one: HostView) -> int | None:
    said = one.facts.get("slots")
    return len(said) if isinstance(said, list) else said


def _dicts(found: Any) -> list[Mapping[str, Any]]:
    """What another program wrote: only what can be used."""
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


_COLUMNS = [Column("HOST", least=8), Column("STATE"), Column("SLOTS", right=True), Column("RENDERS", least=10, tail=8),
            Column("MEMORY", right=True), Column("SWAP", right=True), Column("BLENDER", least=7),
            Column("SEEN", right=True)]
_WORD = {"dead": "failed", "silent": "held", "paused": "held", "rendering": "rendering"}


def _cells(one: dict[str, Any]) -> list[str]:
    work = ", ".join(f"{short(str(f['job']))} {'' if f['frame'] is None else f['frame']}".strip()
                     for f in one["frames_now"] if str(f["job"]).count("-") > 2)
    seen = "" if one["seen_s"] is None else duration(one["seen_s"])
    return [one["host"], ink.paint(plain(one["state"]), _WORD.get(one["state"], "")), str(one["slots"] or ""), work,
            _gigabytes(one["memory_mb"]), _gigabytes(one["swap_used_mb"]), " ".join(one["blender"]), seen]


def _gigabytes(megabytes: Any) -> str:
    return f"{megabytes / 1024:.1f} GB" if isinstance(megabytes, int | float) else ""
