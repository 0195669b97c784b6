"""The command `render`: a table of commands, each loaded when it is used."""

import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module

import click

from render_cli import border, silence

# In the order in which a newcomer needs them. A command NAME is the function NAME in its module.
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "First steps": {"init": "init", "info": "info", "add": "add", "jobs": "jobs", "wait": "wait", "movie": "movie"},
    "Look closer": {"show": "show", "why": "why", "log": "log", "hosts": "hosts"},
    "Change your mind": {"hold": "hold", "release": "hold", "priority": "priority", "cancel": "cancel",
                         "undo": "cancel", "retry": "retry", "redo": "redo"},
    "Keep house": {"doctor": "doctor", "clean": "clean", "run": "run"},
}
MODULES = {name: module for section in SECTIONS.values() for name, module in section.items()}


class Commands(click.Group):
    """Imports a command when it is asked for: `render jobs` shall not wait for all others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        command: click.Command = getattr(import_module(f"render_cli.{MODULES[cmd_name]}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context,
                        args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in MODULES and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0]!r}.{_did_you_mean(args)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in SECTIONS.items():
            with formatter.section(title):
                found = [(name, self.get_command(ctx, name)) for name in section]
                formatter.write_dl([(name, c.get_short_help_str(70)) for name, c in found if c])


def _did_you_mean(args: Sequence[str]) -> str:
    if args[0].endswith(".blend"):
        return f" Did you mean: render add {args[0]}"
    near = get_close_matches(args[0], MODULES, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
