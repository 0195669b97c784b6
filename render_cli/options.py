"""Options and arguments that several commands share."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from render_cli import place
from render_cli.errors import NotAdmitted, SentBack
from spool import needs as asked_for
from spool import queue, submissions
from spool.errors import BadNeed, SpoolError
from spool.layout import STATES, Entry, Spool, slug

F = TypeVar("F", bound=Callable[..., Any])
AUTO = "auto"


def number_or_auto(value: Any) -> int | str:
    """A whole number from 1, or AUTO."""
    if value == AUTO:
        return AUTO
    try:
        return int(click.IntRange(1).convert(value, None, None))
    except click.BadParameter as error:
        raise click.BadParameter(f"{error.message.rstrip('.')}; or say {AUTO}.") from error


def names(value: str) -> tuple[str, ...]:
    """Names with commas between them."""
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if odd := [name for name in found if not re.fullmatch(asked_for.NAME, name, re.ASCII)]:
        raise click.BadParameter(f"{odd[0]!r} is no name of a group.")
    return found


def needs(value: str) -> tuple[str, ...]:
    """As spool/needs.py reads them."""
    try:
        return asked_for.listed(value)
    except BadNeed as error:
        raise click.BadParameter(f"{error.message} {error.hint}") from None


def spool(command: F) -> F:
    text = "The spool. Else RENDERD_SPOOL, or spool: in ~/.config/renderd/*.yaml or /etc/renderd/*.yaml."
    return click.option("--spool", "spool_path", metavar="DIR", help=text)(command)


def as_json(command: F) -> F:
    text = "Print JSON for programs; docs/CLI.md has the keys."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def dry_run(command: F) -> F:
    return click.option("-n", "--dry-run", is_flag=True, help="Say what would be done, and stop.")(command)


def one_job(command: F) -> F:
    return click.argument("job", shell_complete=complete)(command)


def several_jobs(command: F) -> F:
    return click.argument("jobs", metavar="JOB...", nargs=-1, required=True, shell_complete=complete)(command)


def find(spool: Spool, part: str, first: tuple[str, ...] = STATES[:-1]) -> Entry:
    """The job that is meant by a part of its name; of jobs in these states, if any is called so."""
    if spool.by_inbox and not any(slug(part).lower() in e.job.lower() for e in queue.entries(spool)):
        _refuse_waiting(spool, part)
    names = {e.job for e in queue.entries(spool, first) if part in e.job}
    if names or first == STATES:
        return queue.find(spool, part, first)
    return queue.find(spool, part)


def _refuse_waiting(spool: Spool, part: str) -> None:
    """Says so if the job lies in the inbox."""
    for one in submissions.find(spool, part):
        path = f"{submissions.folder(spool)}/{one.job}.json"
        if one.answer:
            raise SentBack(f"{one.job} was not admitted: {one.answer.splitlines()[0]}",
                           f"The whole answer: {path}.txt   Remove {path}, and send the job again.")
        raise NotAdmitted(f"{one.job} waits to be admitted.",
                          "A computer of the farm does that in a moment; if none is on, start on one: renderd")


def find_all(spool: Spool, parts: tuple[str, ...], first: tuple[str, ...] = STATES[:-1]) -> list[Entry]:
    """Each job once. All are looked up before anything is done, so a typing error changes nothing."""
    return list(dict.fromkeys(find(spool, part, first) for part in parts))


def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of jobs."""
    try:
        found = queue.entries(place.reading(ctx.params.get("spool_path")))
    except (SpoolError, OSError):       # a shell that completes is no place for errors
        return []
    return [CompletionItem(e.job) for e in found if incomplete in e.job]


def did(dry_run: bool, verb: str, done: str, job: str, undo: str, back: str = "to undo") -> None:
    """The one line that a changing command prints: what it did, and how to undo it."""
    if dry_run:
        click.echo(f"Would {verb} {job}")
    else:
        click.echo(f"{done} {job}   ({back}: {undo})")
