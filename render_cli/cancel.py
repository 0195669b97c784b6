"""render cancel and render undo: away with a job, and back."""

import click

from render_cli import options, place
from spool import queue


@click.command()
@options.several_jobs
@options.dry_run
@options.spool
def cancel(jobs: tuple[str, ...], dry_run: bool, spool_path: str | None) -> None:
    """Cancel jobs; undo brings them back.

    Renders are stopped and nothing more is taken. Pictures that are there stay. On the disk the job's entry moves
    to trash/; everything can be brought back with render undo, until render clean empties the trash.

    \b
    Examples:
      render cancel shot010
      render cancel 20261120-101530-shot010-7f3a

    \b
    Exit status: 0 cancelled, 1 no such job, or it is cancelled already
    """
    spool = place.writing(spool_path)
    for entry in options.find_all(spool, jobs, ("queue", "held", "failed")):
        if not dry_run:
            queue.cancel(spool, entry)
        options.did(dry_run, "cancel", "Cancelled:", entry.job, f"render undo {entry.job}")


@click.command()
@options.several_jobs
@options.dry_run
@options.spool
def undo(jobs: tuple[str, ...], dry_run: bool, spool_path: str | None) -> None:
    """Bring cancelled jobs back to where they were.

    Frames that were done stay done. On the disk the job's entry moves from trash/ to the folder it came from.

    \b
    Examples:
      render undo shot010

    \b
    Exit status: 0 back again, 1 no such job, or it was not cancelled
    """
    spool = place.writing(spool_path)
    for entry in options.find_all(spool, jobs, ("trash",)):
        if not dry_run:
            queue.undo(spool, entry)
        options.did(dry_run, "bring back", "Back again:", entry.job, f"render cancel {entry.job}")
