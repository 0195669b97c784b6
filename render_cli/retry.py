"""render retry: failed chunks once more."""

import click

from render_cli import options, place
from render_cli.words import count
from spool import again, claim
from spool import job as spool_job


@click.command()
@options.several_jobs
@options.dry_run
@options.spool
def retry(jobs: tuple[str, ...], dry_run: bool, spool_path: str | None) -> None:
    """Render the failed chunks of jobs once more.

    They get all their tries again. Do what the failure asks for first; render show JOB tells it. On the disk the
    chunks move from failed/ to todo/, and a failed job becomes open.

    \b
    Examples:
      render show shot010
      render retry shot010

    \b
    Exit status: 0 they wait again, 1 no such job, or nothing failed in it
    """
    spool = place.writing(spool_path)
    for entry in options.find_all(spool, jobs, ("failed", "queue", "held")):
        found = spool_job.read(spool, entry.job)
        chunks = claim.failed_chunks(spool, entry.job) if dry_run else again.retry(spool, entry, found)
        options.did(dry_run, f"render again {count(len(chunks), 'chunk')} of",
                    f"{count(len(chunks), 'chunk')} again:", entry.job, f"render hold {entry.job}", "to stop it")
