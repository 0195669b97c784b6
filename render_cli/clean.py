"""render clean: old jobs and leftovers away."""

import re

import click

from render_cli import options, place, printing
from render_cli.errors import Usage
from render_cli.words import count
from spool import clean as spool_clean

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@click.command()
@click.option("--older-than", metavar="AGE", default="14d", show_default=True, help="12h, 14d, 4w ...")
@options.dry_run
@options.as_json
@options.spool
def clean(older_than: str, dry_run: bool, as_json: bool, spool_path: str | None) -> None:
    """Put finished jobs into the trash, and empty old trash.

    Jobs that are done or failed for longer than AGE move to trash/; what has been in the trash for AGE is removed
    with its logs. Leftovers of crashes are removed after a day. Pictures are never touched, and neither is anything
    that the farm does not know.

    \b
    Examples:
      render clean -n
      render clean --older-than 4w

    \b
    Exit status: 0 clean, 1 no spool, 2 an age that cannot be meant
    """
    spool = place.reading(spool_path) if dry_run else place.writing(spool_path)
    steps = spool_clean.plan(spool, seconds(older_than))
    removed = 0 if dry_run else spool_clean.apply(spool, steps)
    if as_json:
        printing.as_json({"steps": [{"path": s.path, "what": s.what, "why": s.why} for s in steps], "done": removed,
                          "dry_run": dry_run})
        return
    for step in steps:
        click.echo(f"{step.what:10}  {step.path}   ({step.why})")
    if not steps:
        click.echo("There is nothing to clean.", err=True)
    elif dry_run:
        click.echo("Nothing was changed: this was a dry run.", err=True)
    else:
        click.echo(f"{count(removed, 'step')} done.", err=True)


def seconds(age: str) -> int:
    """14d as seconds."""
    match = re.fullmatch(r"(\d+)([smhdw])", age.strip().lower())
    if not match:
        raise Usage(f"{age!r} is no age.", "Write a number and s, m, h, d or w: 12h, 14d, 4w.")
    return int(match[1]) * _UNITS[match[2]]
