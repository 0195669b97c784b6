"""render run: a chunk by hand."""

import json
import os
import shlex
import subprocess

import click

from render_cli import naming, options
from render_cli.errors import NoTool
from spool import chunk, command, frames, trusted
from spool.chunk import Info
from spool.errors import BadFile, BadName
from spool.layout import ChunkName, parse_chunk, parse_claim


@click.command()
@click.argument("infofile")
@click.option("--output", "folder", metavar="DIR", help="Write the pictures into this folder instead.")
@options.dry_run
def run(infofile: str, folder: str | None, dry_run: bool) -> None:
    """Run the command of an info file here, without a farm.

    For looking what goes wrong: the program's words go to this terminal. The info file stays where it is, and the
    farm hears nothing of it. Without --output the pictures go where the job wants them. Named paths in it
    (projects::shots/010.blend) become those of this computer, by its settings (`paths:`) and by the farm.yaml of the
    spool that it lies in.

    \b
    Examples:
      render run /mnt/spool/jobs/20261120-101530-shot010-7f3a/failed/003.0021-0030~3~ws07
      render run INFOFILE --output /tmp/look/
      render run INFOFILE -n         only print the command

    \b
    Exit status: that of the command, 128 + N if signal N ended it; 1 no info file, 69 no such program
    """
    info = naming.info_here(_read(infofile), infofile)
    words = _words(infofile, info)
    if folder:
        words = command.staged(words, info.output, os.path.abspath(folder))
    if dry_run:
        click.echo(shlex.join(words))
        return
    if folder:
        os.makedirs(folder, exist_ok=True)
    click.get_current_context().exit(_run(words))


def _read(path: str) -> Info:
    data = trusted.read(path)
    info = chunk.decode(path, data, _name(path, data))
    if info.stage:
        raise BadFile(f"{path} is no command, but the {info.stage}-* stages of a recipe.",
                      "These lie on the computers of the farm; see: render recipes")
    return info


def _name(path: str, data: bytes) -> ChunkName:
    """From the file's name, which says which frames are left; of a copy with another name from its content."""
    name = os.path.basename(path)
    try:
        return parse_claim(name).chunk if "@" in name else parse_chunk(name)
    except BadName:
        pass                            # a copy: look inside
    try:
        return parse_chunk(str(json.loads(data)["chunk"]))
    except (ValueError, KeyError, TypeError, BadName):
        raise BadFile(f"{path} is no info file.", "They lie in jobs/JOB/todo, running and failed.") from None


def _words(path: str, info: Info) -> list[str]:
    """The command, of a chunk that was cut for the frames that are left of it."""
    if info.frames == info.written:
        return list(info.command)
    job = naming.job_here(path)
    if not job or not chunk.as_written(job, info):
        left, all_frames = frames.text(info.frames), frames.text(info.written)
        raise BadFile(f"{path} is for frames {left}, but its command renders {all_frames}.", "Others have the rest. "
                      "Run it where it lies in jobs/JOB, or a copy with another name, which is taken as it stands.")
    return command.expand(job.template, info.frames, info.output)


def _run(words: list[str]) -> int:
    try:
        code = subprocess.run(words, check=False).returncode
    except FileNotFoundError:
        raise NoTool(f"{words[0]} is not installed here.", "Install it, or run this on another computer.") from None
    return code if code >= 0 else 128 - code
