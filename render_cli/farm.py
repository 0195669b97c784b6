"""The command `farm`: whole films. There is nothing in it yet."""

import sys

import click

from render_cli import border


@click.command()
def farm() -> None:
    """Manage projects and releases.

    This command comes with releases. Until then, send single files with: render add FILE
    """
    click.echo("farm: comes with releases; there is nothing here yet.", err=True)
    click.echo("  To render a file now: render add FILE", err=True)


def run() -> None:
    sys.exit(border.run(farm, "farm"))
