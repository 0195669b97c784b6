"""Where a program ends: errors become one sentence and an exit code, bugs keep their traceback."""

import os
import sys
from collections.abc import Mapping, Sequence

import click

from assetfs.errors import AssetError
from render_cli.errors import CliError
from spool.errors import SpoolError

INTERRUPTED = 130           # as a shell says it: 128 + SIGINT


def run(command: click.Command, name: str, args: Sequence[str] | None = None,
        environ: Mapping[str, str] = os.environ) -> int:
    """The exit code of a command line; what went wrong stands on stderr."""
    color = False if environ.get("NO_COLOR") else None
    try:
        result = command.main(args, prog_name=name, standalone_mode=False, color=color)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (SpoolError, AssetError, CliError) as error:
        return _say(name, error.message, error.hint, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True, color=color)
        return error.exit_code
    except click.ClickException as error:
        return _say(name, error.format_message(), _where_to_read(error, name), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(err=True)
        return INTERRUPTED
    except BrokenPipeError:             # the reader of our output has seen enough: render jobs | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _say(name, *_disk(error))


def _say(name: str, message: str, hint: str | None, code: int) -> int:
    click.echo(f"{name}: {message}", err=True)
    for line in (hint or "").splitlines():
        click.echo(f"  {line}", err=True)
    return code


def _where_to_read(error: click.ClickException, name: str) -> str:
    context = getattr(error, "ctx", None)
    return f"See: {context.command_path if context else name} --help"


def _disk(error: OSError) -> tuple[str, str, int]:
    what = error.strerror or str(error)
    if error.filename is None:
        return f"{what}.", "Is the disk full, or the share away? Try: df", 1
    return f"{os.fsdecode(error.filename)}: {what}.", "Is the share mounted, and may you use this place?", 1
