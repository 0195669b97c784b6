"""Groups of commands, of which each is loaded when it is used."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from render_cli import words

Sections = Mapping[str, Mapping[str, str]]
ELSEWHERE = {"delete": ["cancel"], "list": ["jobs"], "nodes": ["hosts"], "pause": ["hold", "host pause"],
             "requeue": ["retry"], "resume": ["release", "host resume"], "status": ["jobs", "why"], "submit": ["add"],
             "workers": ["hosts"]}      # what other farms call it -> our commands


def modules(sections: Sections) -> dict[str, str]:
    return {name: module for section in sections.values() for name, module in section.items()}


class Commands(click.Group):
    """Imports a command when it is asked for: `render jobs` shall not wait for all others.

    `sections`: title -> name -> its module in this package. The function is called as the command, or named: see:it.
    `of_blend`: the command that is probably meant by somebody who names a .blend instead of one."""

    def __init__(self, *args: Any, sections: Sections, of_blend: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.sections, self.modules, self.of_blend = sections, modules(sections), of_blend

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        module, _, function = self.modules[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"render_cli.{module}"), function or cmd_name)
        return command

    def resolve_command(self, ctx: click.Context,
                        args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.modules and not args[0].startswith("-"):
            raise click.UsageError(f"There is no command {args[0]!r}.{self._did_you_mean(ctx, args)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in self.sections.items():
            with formatter.section(title):
                found = [(name, self.get_command(ctx, name)) for name in section]
                formatter.write_dl([(name, c.get_short_help_str(70)) for name, c in found if c])

    def _did_you_mean(self, ctx: click.Context, args: Sequence[str]) -> str:
        if self.of_blend and args[0].endswith(".blend"):
            return f" Did you mean: {ctx.command_path} {self.of_blend} {args[0]}"
        meant = [command for command in ELSEWHERE.get(args[0], ()) if command.split()[0] in self.modules]
        meant = meant or words.near(args[0], self.modules)
        return f" Did you mean {' or '.join(map(repr, meant))}?" if meant else ""
