"""docs/CLI.md, written from the commands themselves: `python -m render_cli.manual`."""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from render_cli.json_keys import KEYS, LISTS
from render_cli.main import SECTIONS, render

PAGE = Path(__file__).resolve().parent.parent / "docs" / "CLI.md"

_HEAD = """\
# The command line

Written by `python -m render_cli.manual` from the commands themselves; a test compares the two.

Every command that changes something has `-n`, `--dry-run`. Data goes to stdout, talk to stderr. `NO_COLOR` is
honoured. JOB is any part of a job's name that only one job has: `render show shot010`. ASSET is the path of an asset
in its project or from the current folder, its name, or a part of its path that only one has: `render asset show s010`.

The spool is the one of `--spool DIR`, else of the variable `RENDERD_SPOOL`, else of `spool:` in
`~/.config/renderd/*.yaml` or `/etc/renderd/*.yaml`.

Exit status of every command: 0 fine; 1 it failed; 2 the command line cannot be meant; 65 a file or its frames are
not fit for it; 69 a program is missing; 73 a folder is missing or cannot be written; 74 the share refused to write;
75 somebody is at it just now, or the answer is not there yet: try again; 78 a settings file cannot be read; 130 ended
with Ctrl C. What a command has beyond these stands there.
"""


def page() -> str:
    """The whole of docs/CLI.md."""
    return "\n".join([_HEAD, *_start(), *_commands()]).rstrip() + "\n"


def _start() -> Iterator[str]:
    yield from _prose(render.help or "")


def _commands() -> Iterator[str]:
    context = click.Context(render, info_name="render")
    for title, section in SECTIONS.items():
        yield f"## {title}\n"
        yield from _of_group(render, context, section)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command; behind a group those that are in it."""
    name = context.command_path.removeprefix("render ")
    yield f"### render {name}\n"
    yield f"    {context.command_path} {' '.join(command.collect_usage_pieces(context))}\n"
    yield from _prose(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        yield "| option | |\n|---|---|"
        yield from (_option(p, context) for p in options)
        yield ""
    if name in KEYS:
        yield f"`--json` prints {'a list of objects' if name in LISTS else 'one object'}:\n"
        yield "| key | |\n|---|---|"
        yield from (f"| `{key}` | {text} |" for key, text in KEYS[name].items())
        yield ""
    if isinstance(command, click.Group):
        yield from _of_group(command, context, command.list_commands(context))


def _of_group(group: click.Group, context: click.Context, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        command = group.get_command(context, name)
        if command:
            yield from _command(command, click.Context(command, info_name=name, parent=context))


def _prose(text: str) -> Iterator[str]:
    """Paragraphs as they are; what click leaves unwrapped as an indented block."""
    for part in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if not part.startswith("\b\n"):
            yield part + "\n"
            continue
        head, _, rest = part.removeprefix("\b\n").partition("\n")
        if rest and not head.endswith(":"):
            head, rest = "", f"{head}\n{rest}"
        yield from (piece for piece in (head and head + "\n", rest and _indented(rest)) if piece)


def _indented(text: str) -> str:
    lines = text.splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(f"    {line[margin:]}" for line in lines) + "\n"


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = "" if option.is_flag else f" {option.make_metavar(context)}".replace("|", "\\|")
    default = f" Default: {option.default}." if option.show_default and option.default is not None else ""
    return f"| `{names}{value}` | {(option.help or '').replace('|', '/')}{default} |"


if __name__ == "__main__":
    PAGE.write_text(page())
