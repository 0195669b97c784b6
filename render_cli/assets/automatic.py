"""render asset render: sends what its state says shall be rendered."""

import os
from collections.abc import Iterator

import click

from assetfs import due
from assetfs.due import Due
from assetfs.errors import AssetError
from render_cli import ink, options, place, projects, sending, takers, wanted
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.errors import CannotSend, CliError
from render_cli.wanted import Asked
from render_cli.words import count, plain
from spool import job as jobs
from spool import opening, queue
from spool.errors import SpoolError, WrongState
from spool.layout import Entry, Spool
from spool.submit import Submitted

USUAL = 50          # priority where nobody says one


@click.command("render")
@films.of_all
@options.dry_run
@options.spool
@films.of_project
def render_due(above: str | None, dry_run: bool, spool_path: str | None, project_dir: str | None) -> None:
    """Send every asset whose state says that it shall be rendered.

    Only in a project whose project.yaml says automatic_rendering: yes. An asset is sent if its state has render: yes,
    and its sidecar too, once for each content of its .blend; the sidecar keeps what was sent, under `submitted`.
    Jobs of an earlier content that are not done yet are cancelled. Scene, frames and the place of the pictures come
    from the file, as with render add. The priority is that of the state; a film's weight above or below 50 raises or
    lowers it. What cannot be sent is said, and the others are sent.

    Meant for a timer too: etc/systemd/renderd-assets.timer.

    \b
    Examples:
      render asset render -n
      render asset render --all /mnt/films

    \b
    Exit status: 0 all that is due was sent, or nothing is, 1 something could not be sent, or no project or spool
    """
    fine = [_film(film, spool_path, dry_run, talk=above is None) for film in films.every(project_dir, above)]
    click.get_current_context().exit(0 if all(fine) else 1)


def _film(film: Film, spool_path: str | None, dry_run: bool, talk: bool) -> bool:
    """True if all that is due was sent."""
    if not film.project.automatic_rendering:
        if talk:
            click.echo("It is off. To switch it on, write into project.yaml: automatic_rendering: yes", err=True)
        return True
    found, problems = due.due(film.project, film.tree.assets)
    for problem in problems:
        ink.warn(str(problem))
    if talk and not found and not problems:
        click.echo("Nothing is due.", err=True)
    spool = place.reading(spool_path) if found else None
    by_inbox = not dry_run and spool is not None and opening.sends_by_inbox(spool)
    sent = [_one(spool, film, one, dry_run, by_inbox) for one in found if spool]
    return all(sent) and not problems


def _one(spool: Spool, film: Film, one: Due, dry_run: bool, by_inbox: bool) -> bool:
    """False if it could not be sent, which is said: one broken file does not hold up the others."""
    try:
        before = _jobs_before(spool, film, one)
        planned = _planned(spool, film, one, dry_run, before)
        if not dry_run and not _sent(spool, film, one, planned, by_inbox):
            return True
    except (CliError, AssetError, SpoolError) as error:
        ink.warn(f"{_named(film, one)} was not sent. {error.message}", error.hint or "")
        return False
    for line in _lines(planned):
        click.echo(f"{_named(film, one)} is {one.state}: {'would send' if dry_run else 'sent'} {line}")
    cancelled = [_cancelled(spool, entry) for entry in before if not dry_run and not by_inbox]
    return all(cancelled)


def _jobs_before(spool: Spool, film: Film, one: Due) -> list[Entry]:
    """The jobs of the file as it was before that are still to be rendered. A sidecar may name any job, so what counts
    is whether the job is of this file."""
    said = film.tree.assets[one.path].sidecar
    named = due.submitted_jobs(said.submitted) if said else []
    return [entry for entry in queue.entries(spool, ("queue", "held"))
            if entry.job in named and _blend_of(spool, entry) == film.in_jobs(one.path)]


def _blend_of(spool: Spool, entry: Entry) -> str:
    """"" if nobody knows."""
    try:
        return jobs.read(spool, entry.job).blend
    except (SpoolError, FileNotFoundError):     # removed meanwhile, or shown as broken by `render jobs`
        return ""


def _cancelled(spool: Spool, before: Entry) -> bool:
    """False if it could not be cancelled, which is said. All of its frames are in the new jobs as well."""
    try:
        queue.cancel(spool, before)
        click.echo(f"Cancelled {before.job}, of the file as it was before   (to undo: render undo {before.job})")
    except WrongState:                  # it was done in this moment
        return True
    except SpoolError as error:
        ink.warn(f"{before.job}, of the file as it was before, was not cancelled. {error.message}", error.hint or "")
        return False
    return True


def _planned(spool: Spool, film: Film, one: Due, dry_run: bool, before: list[Entry]) -> list[Submitted]:
    folder = os.path.realpath(film.folder)
    blend, found = wanted.of_blend(film.in_jobs(one.path), Asked(spool.tries, folder, project=film.project.ident,
                                                                 rules=spool.rules))
    if any(each.job.blend_sha256 != one.sha256 for each in found):
        raise CannotSend(f"{blend.path} was saved just now.", "It is sent at the next look.")
    sending.warn_missing(blend, allowed=False)
    # What a project's files say of folders in it can be trusted: those may be made.
    inside = [each._replace(output=each.output._replace(home=folder)) for each in found]
    planned = sending.ready(spool, inside, priority=_priority(spool, film, one), dry_run=dry_run, replaced=before)
    takers.warn_if_none(spool, planned)
    return planned


def _sent(spool: Spool, film: Film, one: Due, planned: list[Submitted], by_inbox: bool) -> bool:
    """False if somebody was faster, or it is no longer in that state."""
    def send() -> None:
        for plan in planned:
            sending.send(spool, plan, by_inbox)

    return due.submit_once(film.folder, one, [plan.job.job for plan in planned], send)


def _priority(spool: Spool, film: Film, one: Due) -> int:
    own = USUAL if one.priority is None else one.priority
    return min(max(own + projects.more_for(spool, film.project), 0), 100)


def _named(film: Film, one: Due) -> str:
    return plain(f"{film.project.ident}/{one.path}")


def _lines(planned: list[Submitted]) -> Iterator[str]:
    for plan in planned:
        frames = count(sum(map(len, plan.chunks)), "frame")
        yield f"{plan.job.job}  priority {plan.entry.priority}, {frames}  -> {plain(plan.job.output)}"
