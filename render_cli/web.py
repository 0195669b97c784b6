"""render web: the page of films and farm."""

import os
import sys

import click

from render_cli import options, place
from render_cli.errors import Usage


@click.command()
@click.option("--projects", metavar="DIR", envvar="RENDERD_PROJECTS",
              help="The folder that holds the projects. Else RENDERD_PROJECTS.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
              help="Where to listen. 0.0.0.0: every computer in the network can look.")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="0: one that is free.")
@click.option("--name", "names", metavar="NAME", multiple=True,
              help="A name by which browsers call this computer, if it is not its own: of a proxy, for example.")
@options.spool
def web(projects: str | None, host: str, port: int, names: tuple[str, ...], spool_path: str | None) -> None:
    """Show films and farm as a web page on which nothing can be changed.

    Who is on what, every asset with its picture, state and history, the film strip of the shots, credits, and what
    the farm renders now. It goes on until Ctrl C. Without a spool the pages of the farm are left out. Projects and
    spool are only read; small pictures are kept in ~/.cache/renderd-web.

    There is no password: whoever reaches the address can look. By default that is this computer alone.

    \b
    Examples:
      render web --projects /mnt/films
      render web --projects /mnt/films --host 0.0.0.0 --port 80

    \b
    Exit status: 0 ended, 1 no such folder or spool, 2 no folder was named, 69 the address is taken
    """
    if not projects:
        raise Usage("No folder of projects was named.", "Say: render web --projects DIR")
    # -P: not the folder `webview` of whatever folder this is run in.
    command = [sys.executable, "-P", "-m", "webview", "--projects", projects, "--spool", place.named(spool_path) or "",
               "--host", host, "--port", str(port), *(word for name in names for word in ("--name", name))]
    if own := place.own_paths(os.environ):
        os.environ["RENDERD_PATHS"] = ",".join(f"{name}={folder}" for name, folder in own.items())
    os.execv(command[0], command)
