"""The command `render`: a table of commands, each loaded when it is used."""

import sys

import click

from render_cli import border, silence
from render_cli.commands import Commands, Sections, modules

# In the order in which a newcomer needs them. A command NAME is the function NAME in its module.
SECTIONS: Sections = {
    "First steps": {"init": "init", "info": "info", "add": "add", "jobs": "jobs", "wait": "wait", "movie": "movie"},
    "Look closer": {"show": "show", "why": "why", "log": "log", "hosts": "hosts", "host": "host",
                    "recipes": "recipes", "users": "users", "stats": "stats", "web": "web"},
    "Change your mind": {"hold": "hold", "release": "hold", "priority": "priority", "cancel": "cancel",
                         "undo": "cancel", "retry": "retry", "redo": "redo"},
    "Make a film": {"project": "assets.groups", "people": "assets.groups", "asset": "assets.groups"},
    "Keep house": {"doctor": "doctor", "clean": "clean", "run": "run"},
}
MODULES = modules(SECTIONS)


@click.group(cls=Commands, sections=SECTIONS, of_blend="add",
             context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--spool", metavar="DIR", help="The spool, for the command that follows.")
@click.version_option(package_name="renderd", prog_name="render", message="%(prog)s %(version)s")
@click.pass_context
def render(ctx: click.Context, spool: str | None) -> None:
    """Render Blender scenes on all computers that see one shared folder.

    A first render, from start to end:

    \b
      render init /mnt/spool             once: makes the spool, a folder on the share
      export RENDERD_SPOOL=/mnt/spool    in every terminal: says where the spool is
      renderd                            on each computer that shall render; keep it running
      render add shot.blend              sends the scene that the file was saved with
      render wait shot                   shows how far it is, until every frame is there
      render movie shot                  makes a film of the frames

    One computer is enough: then the spool is any folder, and renderd runs in a second terminal.
    Every command explains itself: render COMMAND --help
    """
    ctx.obj = spool
    ctx.with_resource(silence.told(ctx.meta))


def run() -> None:
    sys.exit(border.run(render, "render"))
