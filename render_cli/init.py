"""render init: make a spool."""

import os

import click

from render_cli import options
from spool import opening


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--group", metavar="NAME", default="", help="A group whose members share the new spool.")
@click.option("--inbox", "by_inbox", is_flag=True,
              help="Members can only add jobs; whoever makes the spool runs renderd and changes jobs.")
@options.dry_run
def init(folder: str, group: str, by_inbox: bool, dry_run: bool) -> None:
    """Make a spool, the shared folder that is the farm.

    DIR is a new or empty folder that every computer sees, for example on an NFS share. It gets the folders queue/,
    jobs/, hosts/ and a few more, and a farm.yaml. On a spool it puts back what is missing and changes nothing else.

    Whoever may write in DIR can send jobs, and change those of others: at first only you. With --group all members
    of a group can. With --group and --inbox they can add jobs and do nothing else; say it as the user who runs
    renderd. docs/SECURITY.md tells what each means.

    \b
    Examples:
      render init /mnt/spool
      render init ~/farm             a farm of one computer
      render init --group farm /mnt/spool
      sudo -u render render init --group farm --inbox /mnt/spool

    \b
    Exit status: 0 the spool is there, 1 it cannot be made there
    """
    root = os.path.realpath(folder)
    if dry_run:
        click.echo(f"Would make a spool at {root}.")
        return
    opening.init(folder, group, by_inbox)
    click.echo(f"The spool is at {root}.")
    click.echo(f"""
Next:
  export RENDERD_SPOOL={root}     where the spool is; or spool: {root} in ~/.config/renderd/renderd.yaml
  renderd                         on each computer that shall render
  render add FILE.blend           send a scene""", err=True)
