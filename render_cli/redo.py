"""render redo: frames anew that are there already."""

import click

from render_cli import options, place
from render_cli.words import count
from spool import again, frames
from spool import job as spool_job


@click.command()
@options.one_job
@click.option("--frames", "listed", metavar="LIST", required=True, help="Which frames of the job: 5-9  1-100x2  7")
@options.dry_run
@options.spool
def redo(job: str, listed: str, dry_run: bool, spool_path: str | None) -> None:
    """Render frames of a job anew, although they are there.

    For pictures that came out wrong. The old ones stay until the new ones replace them. On the disk new chunks are
    written into todo/, a note into redo/, and the job becomes open. Not for frames that the job never had: those are
    a new job.

    \b
    Examples:
      render redo shot010 --frames 5-9

    \b
    Exit status: 0 they wait, 1 no such job, 2 frames that are not in the job
    """
    spool = place.writing(spool_path)
    entry = options.find(spool, job)
    wanted, found = frames.parse(listed), spool_job.read(spool, entry.job)
    again.check_frames(found, wanted)
    if not dry_run:
        again.redo(spool, entry, found, wanted)
    options.did(dry_run, f"render frames {listed} anew of", f"{count(len(wanted), 'frame')} anew:", entry.job,
                f"render hold {entry.job}", "to stop it")
