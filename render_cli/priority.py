"""render priority: who comes first."""

import click

from render_cli import options, place
from spool import queue


@click.command()
@options.one_job
@click.argument("priority", metavar="N", type=click.IntRange(0, 100))
@options.dry_run
@options.spool
def priority(job: str, priority: int, dry_run: bool, spool_path: str | None) -> None:
    """Set the priority of a job.

    N is from 0 to 100; higher renders first, 50 is usual. It counts from the next chunk on; what is being rendered
    is not stopped. On the disk the job's entry gets another name.

    \b
    Examples:
      render priority shot010 80

    \b
    Exit status: 0 set, 1 no such job, 2 not from 0 to 100
    """
    spool = place.writing(spool_path)
    entry = options.find(spool, job, ("queue", "held"))
    if not dry_run:
        queue.set_priority(spool, entry, priority)
    options.did(dry_run, f"set priority {priority} for", f"Priority {priority}:", entry.job,
                f"render priority {entry.job} {entry.priority}")
