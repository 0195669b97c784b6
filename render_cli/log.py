"""render log: what the programs said."""

import os
import re
import sys
import time
from collections.abc import Iterator

import click

from render_cli import options, place
from render_cli.errors import Usage
from render_cli.words import listed
from spool import claim, queue
from spool.errors import BadName
from spool.layout import Spool, parse_chunk
from spool.log_names import by_age

PIECE = 1 << 16
FOLLOW = 0.5        # seconds between two looks of --follow


@click.command()
@options.one_job
@click.argument("chunk", required=False)
@click.option("--tail", metavar="N", type=click.IntRange(0), help="Only the last N lines of each log.")
@click.option("-f", "--follow", is_flag=True, help="Go on printing what is added to the newest log, until Ctrl C.")
@click.option("--all", "every", is_flag=True, help="Every log, one behind the other, as they ended.")
@click.option("--list", "names_only", is_flag=True, help="Only the names of the logs.")
@options.spool
def log(job: str, chunk: str | None, tail: int | None, follow: bool, every: bool, names_only: bool,
        spool_path: str | None) -> None:
    """Print what the programs said while they rendered a job.

    Without CHUNK: the last logs of the chunks that failed, else the newest log. CHUNK is the beginning of a chunk's
    name, as render show prints it; or `end` or `error` for what a recipe ran for the whole job. When a job has ended,
    all its logs stand in one file too: jobs/JOB/log/all.log. Nothing is changed on the disk.

    \b
    Examples:
      render log shot010
      render log shot010 003 --tail 20
      render log shot010 -f
      render log shot010 --all | less

    \b
    Exit status: 0 fine, 1 no such job, 2 no such chunk
    """
    spool = place.reading(spool_path)
    entry = options.find(spool, job)
    folder = f"{spool.job(entry.job)}/log"
    names = by_age(folder) if every else _chosen(spool, entry.job, by_age(folder), chunk)
    if not names:
        click.echo("Nothing was said yet: no log is there.", err=True)
    for name in names:
        if names_only or len(names) > 1:
            click.echo(name if names_only else f"==> {name} <==")
        if not names_only:
            _print(f"{folder}/{name}", tail)
    if follow and names:
        _follow(spool, entry.job, f"{folder}/{names[-1]}")


def _chosen(spool: Spool, job: str, names: list[str], chunk: str | None) -> list[str]:
    if chunk is not None:
        found = _of(_stem(chunk), names)
        if names and not found:
            raise Usage(f"No log of a chunk {chunk!r}.",
                        "There are: " + listed(sorted(set(map(_stem, names))), 10))
        return found
    last = [logs[-1] for c in claim.failed_chunks(spool, job) if (logs := _of(c.stem, names))]
    return sorted(set(last), key=names.index) or names[-1:]


def _of(chunk: str, names: list[str]) -> list[str]:
    """The logs of a chunk; of one that was cut meanwhile the log has the longer name."""
    return [n for n in names if n.startswith(chunk)] or [n for n in names if _is_within(chunk, _stem(n))]


def _is_within(chunk: str, whole: str) -> bool:
    try:
        return parse_chunk(chunk).within(parse_chunk(whole))
    except BadName:
        return False


def _stem(name: str) -> str:
    """The chunk of a log, without its tries and losses."""
    return re.split("[@~,]", name)[0]


def _print(path: str, tail: int | None) -> None:
    with _opened(path) as fd:
        if tail is not None:
            os.lseek(fd, _start_of_tail(fd, tail), os.SEEK_SET)
        for text in _pieces(fd):
            click.echo(text, nl=False)


class _opened:
    """A file descriptor that follows no link and is closed at the end."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> int:
        return self.fd

    def __exit__(self, *error: object) -> None:
        os.close(self.fd)


def _start_of_tail(fd: int, lines: int) -> int:
    """Where the last lines begin; found from the end, a log may be long."""
    at, tail = os.lseek(fd, 0, os.SEEK_END), b""
    while at > 0 and tail.count(b"\n", 0, -1) < lines:
        size = min(PIECE, at)
        at -= size
        tail = os.pread(fd, size, at) + tail
    cut = len(tail) - 1                 # the end of the last line does not begin another one
    for _ in range(lines):
        cut = tail.rfind(b"\n", 0, max(0, cut))
    return at + cut + 1


def _pieces(fd: int) -> Iterator[str]:
    """What is in the file from here on. A terminal gets no control characters of a program it does not know."""
    safe = sys.stdout.isatty()
    while piece := os.read(fd, PIECE):
        text = piece.decode("utf-8", "replace")
        yield "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text) if safe else text


def _follow(spool: Spool, job: str, path: str) -> None:
    with _opened(path) as fd:
        os.lseek(fd, 0, os.SEEK_END)
        while True:
            for text in _pieces(fd):
                click.echo(text, nl=False)
            if queue.state_of(spool, job) not in ("queue", "held"):
                return
            time.sleep(FOLLOW)
