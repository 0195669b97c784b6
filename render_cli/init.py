"""render init: make a spool."""

import os

import click

from render_cli import options
from spool import opening


@click.command()
@click.argument("folder", metavar="DIR")
@options.dry_run
def init(folder: str, dry_run: bool) -> None:
    """Make a spool, the shared folder that is the farm.

    DIR is a new or empty folder that every computer sees, for example on an NFS share. It gets the folders queue/,
    jobs/, hosts/ and a few more, and a farm.yaml. On a spool it puts back what is missing and changes nothing else.

    \b
    Examples:
      render init /mnt/spool
      render init ~/farm             a farm of one computer

    \b
    Exit status: 0 the spool is there, 1 it cannot be made there
    """
    root = os.path.realpath(folder)
    if dry_run:
        click.echo(f"Would make a spool at {root}.")
        return
    opening.init(folder)
    click.echo(f"The spool is at {root}.")
    click.echo(f"""
Next:
  export RENDERD_SPOOL={root}     where the spool is; or spool: {root} in ~/.config/renderd/renderd.yaml
  renderd                         on each computer that shall render
  render add FILE.blend           send a scene""", err=True)
