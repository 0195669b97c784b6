"""render wait: until the frames are there."""

import sys
import time
from collections.abc import Iterator

import click

from render_cli import ink, options, place
from render_cli.errors import NotAdmitted
from render_cli.words import count, listed, plain, short
from spool import beats, queue, view
from spool import frames as frame_lists
from spool.errors import WrongState
from spool.layout import Entry, Spool
from spool.view import Detail

LOOK = 0.5          # seconds between two looks
GONE = 4            # looks that do not find a job: a listing that is taken during a move may miss it once
FAILED, CANCELLED, TIMEOUT = 1, 3, 75
CLEAR = "\x1b[K"     # to the end of the line
_OVER = ("done", "failed", "trash")


@click.command()
@click.argument("jobs", metavar="[JOB]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every job that is open now.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0), help="Stop waiting; the jobs go on.")
@options.spool
def wait(jobs: tuple[str, ...], everything: bool, timeout: float | None, spool_path: str | None) -> None:
    """Wait until jobs are done, and say so if frames failed.

    On a terminal a bar shows how far they are; elsewhere nothing is printed while all is well. Nothing is changed
    on the disk, and Ctrl C ends only the waiting.

    \b
    Examples:
      render wait shot010 && render movie shot010
      render wait --all --timeout 3600

    \b
    Exit status:
      0 every frame is there, 1 frames failed, 2 no job was named, 3 a job was cancelled, 75 the time was up,
      130 Ctrl C
    """
    spool = place.reading(spool_path)
    if bool(jobs) == everything:
        raise click.UsageError("Name jobs, or say --all; not both." if jobs else "Which job? Name one, or say --all.")
    end = None if timeout is None else time.monotonic() + timeout
    entries = queue.entries(spool, ("queue",)) if everything else _admitted(spool, jobs, end)
    ended = list(_ends(spool, entries, end))
    codes = [_say(spool, entry) for entry in ended]
    click.get_current_context().exit(next((c for c in (FAILED, CANCELLED, TIMEOUT) if c in codes), 0))


def _admitted(spool: Spool, jobs: tuple[str, ...], end: float | None) -> list[Entry]:
    """The jobs that are named, when they are in the queue. NotAdmitted if the time is up before."""
    said = ""
    while True:
        try:
            return options.find_all(spool, jobs)
        except NotAdmitted as error:
            if end is not None and time.monotonic() >= end:
                raise
            if error.message != said:
                click.echo(f"{error.message}\n  {error.hint}", err=True)
            said = error.message
        time.sleep(LOOK)


def _ends(spool: Spool, entries: list[Entry], end: float | None) -> Iterator[Entry]:
    """Each entry where it came to rest, or where it was when the time was up."""
    with Bar(spool) as bar:
        for entry in entries:
            yield _end(spool, entry, end, bar)


def _end(spool: Spool, entry: Entry, end: float | None, bar: "Bar") -> Entry:
    missed = 0
    while True:
        found = next((e for e in queue.entries(spool) if e.job == entry.job), None)
        missed = 0 if found else missed + 1
        if missed >= GONE:
            raise WrongState(f"{entry.job} is no longer in the spool.", "Somebody removed it.")
        entry = found or entry
        if found and entry.state in _OVER:
            bar.draw(entry)
            bar.end_line()
            return entry
        bar.draw(entry)
        left = LOOK if end is None else end - time.monotonic()
        if left <= 0:
            return entry
        time.sleep(min(LOOK, left))


class Bar:
    """One line on a terminal that is drawn over; says once what keeps a job from going on."""

    def __init__(self, spool: Spool) -> None:
        self.spool, self.live, self.said = spool, sys.stderr.isatty(), set[str]()
        self.drawn = False

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self.end_line()

    def end_line(self) -> None:
        """What comes next begins on a line of its own."""
        if self.drawn:
            click.echo("", err=True)
        self.drawn = False

    def draw(self, entry: Entry) -> None:
        name = short(entry.job)
        if entry.state == "held":
            self._once(f"{name} is on hold. To start it: render release {name}")
        if not self.live:
            return
        if entry.state == "queue" and not beats.living(self.spool):
            self._once(f"No computer renders on this spool now. Start on each: renderd   (render why {name})")
        one = view.summary(self.spool, entry)
        line = f"{ink.bar(one.done, one.failed, one.frames, 24, sys.stderr)} {one.done}/{one.frames}"
        more = f", {one.running} running" if one.running else ""
        more += f", {one.failed} failed" if one.failed else ""
        click.echo(f"\r{CLEAR}{plain(name)}  {line}{more}", err=True, nl=False)
        self.drawn = True

    def _once(self, text: str) -> None:
        if text not in self.said:
            self.said.add(text)
            click.echo((f"\r{CLEAR}" if self.live else "") + text, err=True)


def _say(spool: Spool, entry: Entry) -> int:
    """The exit code for a job, and for all but `done` the reason on stderr."""
    name = short(entry.job)
    if entry.state == "done":
        return 0
    if entry.state == "trash":
        click.echo(f"{name} was cancelled. To bring it back: render undo {name}", err=True)
        return CANCELLED
    found = view.detail(spool, entry)
    if entry.state != "failed":
        click.echo(f"{name} is not done yet: {found.view.done} of {count(found.view.frames, 'frame')}. "
                   f"See: render why {name}", err=True)
        return TIMEOUT
    _say_failed(found, name)
    return FAILED


def _say_failed(found: Detail, name: str) -> None:
    bad = [chunk for chunk in found.chunks if chunk.state == "failed"]
    lost = [f for chunk in bad if chunk.frames for f in frame_lists.parse(chunk.frames)]
    left = [f for f in lost if f not in found.per_frame] or lost
    click.echo(f"{name} failed: {count(found.view.failed, 'frame')} of {found.view.frames} "
               f"({frame_lists.text(left)}).", err=True)
    for reason in dict.fromkeys(plain(chunk.reason) for chunk in bad if chunk.reason):
        click.echo(f"  {reason}", err=True)
    hosts = listed(sorted({chunk.host for chunk in bad if chunk.host}))
    click.echo(f"  {'Last on ' + hosts + '. ' if hosts else ''}See: render show {name}   render log {name}", err=True)
