"""render clean: old jobs and leftovers away."""

import re
from typing import Any

import click

from render_cli import ink, options, place, printing
from render_cli.errors import Usage
from render_cli.words import count, duration, plain
from render_cli.words import size as words_size
from spool import clean as spool_clean
from spool.clean import Step
from spool.layout import Spool

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


@click.command()
@click.option("--older-than", metavar="AGE", default="14d", show_default=True, help="12h, 14d, 4w ...")
@click.option("-v", "--verbose", is_flag=True, help="Name also what is left alone because the farm does not know it.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what could not be done; for cron.")
@options.dry_run
@options.as_json
@options.spool
@click.pass_context
def clean(context: click.Context, older_than: str, verbose: bool, quiet: bool, dry_run: bool, as_json: bool,
          spool_path: str | None) -> None:
    """Put finished jobs into the trash, and empty old trash.

    Jobs that are done or failed for longer than AGE move to trash/, from where `render undo JOB` brings them back;
    what has been in the trash for AGE is removed with its logs. Leftovers of crashes are removed after a day, what a
    computer told of itself after 90 days without a renderd there. Pictures are never touched, and neither are open
    jobs, jobs on hold, and anything that the farm does not know. Ages are by the file server's clock.

    \b
    Examples:
      render clean -n -v
      render clean --older-than 4w

    \b
    Exit status: 0 clean, 1 no spool, or something could not be done, 2 an age that cannot be meant
    """
    spool = place.reading(spool_path) if dry_run else place.writing(spool_path)
    steps = spool_clean.plan(spool, seconds(older_than))
    talk = not quiet and not as_json
    failed: list[str] = []
    done = 0
    if dry_run:
        for step in steps if talk else ():
            click.echo(_line(step, _freed(spool, step)))
    else:
        done = spool_clean.apply(spool, steps, lambda step, error: _tell(step, error, talk, failed))
    alone = spool_clean.left_alone(spool) if verbose else []
    if as_json:
        printing.as_json({"steps": [_facts(spool, step, dry_run) for step in steps], "done": done,
                          "failed": failed, "left_alone": alone, "dry_run": dry_run})
    for path in alone if talk else ():
        click.echo(f"left alone  {plain(path)}")
    if talk:
        _sum_up(steps, done, dry_run)
    context.exit(1 if failed else 0)


def _tell(step: Step, error: OSError | None, talk: bool, failed: list[str]) -> None:
    """A line as soon as the step is done: removing a large job takes minutes."""
    if error:
        failed.append(step.path)
        ink.warn(f"{plain(step.path)} could not be cleaned: {error.strerror or error}.",
                 "Do it as the owner of the files, or as the user of renderd.")
    elif talk:
        click.echo(_line(step))


def _line(step: Step, more: str = "") -> str:
    return f"{step.what:10}  {plain(step.path)}   ({step.why}, {duration(step.age)}{more})"


def _freed(spool: Spool, step: Step) -> str:
    return "" if step.what == spool_clean.TRASH else f", {words_size(spool_clean.size(spool, step))}"


def _facts(spool: Spool, step: Step, dry_run: bool) -> dict[str, Any]:
    return {"path": step.path, "what": step.what, "why": step.why, "age_s": round(step.age),
            "bytes": spool_clean.size(spool, step) if dry_run else None}


def _sum_up(steps: list[Step], done: int, dry_run: bool) -> None:
    if not steps:
        click.echo("There is nothing to clean.", err=True)
    elif dry_run:
        click.echo("Nothing was changed: this was a dry run.", err=True)
    else:
        click.echo(f"{count(done, 'step')} done.", err=True)


def seconds(age: str) -> int:
    """14d as seconds."""
    match = re.fullmatch(r"(\d{1,9})([smhdw])", age.strip().lower(), re.ASCII)
    if not match:
        raise Usage(f"{age!r} is no age.", "Write a number and s, m, h, d or w: 12h, 14d, 4w.")
    return int(match[1]) * _UNITS[match[2]]
