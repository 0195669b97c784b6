"""render hold and render release: stop and go, without losing anything."""

import click

from render_cli import options, place
from spool import queue


@click.command()
@options.several_jobs
@options.dry_run
@options.spool
def hold(jobs: tuple[str, ...], dry_run: bool, spool_path: str | None) -> None:
    """Put jobs on hold.

    No chunk of them is taken any more. What is being rendered goes on to its end. On the disk the job's entry moves
    from queue/ to held/.

    \b
    Examples:
      render hold shot010
      render hold shot010 shot020 -n

    \b
    Exit status: 0 held, 1 no such job, or it is not open
    """
    spool = place.writing(spool_path)
    for entry in options.find_all(spool, jobs, ("queue",)):
        if not dry_run:
            queue.hold(spool, entry)
        options.did(dry_run, "hold", "On hold:", entry.job, f"render release {entry.job}")


@click.command()
@options.several_jobs
@options.dry_run
@options.spool
def release(jobs: tuple[str, ...], dry_run: bool, spool_path: str | None) -> None:
    """Release jobs from hold.

    They render again, at their place in the order. On the disk the job's entry moves from held/ to queue/.

    \b
    Examples:
      render release shot010

    \b
    Exit status: 0 open, 1 no such job, or it is not on hold
    """
    spool = place.writing(spool_path)
    for entry in options.find_all(spool, jobs, ("held",)):
        if not dry_run:
            queue.release(spool, entry)
        options.did(dry_run, "release", "Open:", entry.job, f"render hold {entry.job}")
