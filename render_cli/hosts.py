"""render hosts: the computers of the farm."""

import time
from collections.abc import Mapping
from typing import Any

import click

from render_cli import ink, options, place, printing, silence, table
from render_cli.table import Column
from render_cli.words import duration, plain, short
from spool import hosts as spool_hosts
from spool.fitness.finding import WRONG
from spool.hosts import HostView
from spool.layout import Spool

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
    found = [facts(spool, one) for one in spool_hosts.views(spool)]
    if as_json:
        printing.as_json(found)
    elif found:
        click.echo("\n".join(table.lines(_COLUMNS, [_cells(one) for one in found], table.terminal_width())))
        if all(one["state"] in _UNHEARD for one in found):
            ink.note(silence.NOBODY_BEATS)
    else:
        click.echo("No computer has rendered on this spool yet. Start on each: renderd", err=True)


def facts(spool: Spool, one: HostView) -> dict[str, Any]:
    """One object of `render hosts --json`."""
    return {"host": one.name, "state": state(spool, one), "slots": _slots(one), "frames_now": now(one),
            "memory_mb": one.facts.get("memory_mb"), "swap_used_mb": one.status.get("swap_used_mb"),
            "blender": [str(b.get("version", "")) for b in _dicts(one.facts.get("blenders"))],
            "seen_s": one.seen_s, "cores": one.facts.get("cores"), "memory_free_mb": one.status.get("memory_free_mb"),
            "programs": spool_hosts.programs(one.facts), "share": one.share}


def state(spool: Spool, one: HostView) -> str:
    """What it says of itself, unless it is not heard of any more."""
    if not one.alive:
        return "off" if one.status.get("state") == "stopped" else "dead"
    if one.seen_s is not None and one.seen_s > silence.BEATS * spool.beat:
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
