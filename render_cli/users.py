"""render users: what each owner has on the farm."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import click

from render_cli import ink, options, place, printing, table
from render_cli.errors import Usage
from render_cli.table import Column
from render_cli.words import count, plain
from spool import queue, view
from spool.errors import SpoolError
from spool.layout import Spool
from spool.view import Detail

COLUMNS = [Column("OWNER", least=8), *(Column(title, right=True) for title in (
    "OPEN", "HELD", "FAILED", "DONE", "CHUNKS NOW", "FRAMES NOW", "WAITING", "READY", "HOURS"))]


@dataclass
class Sums:
    """Of one owner; the fields are the keys of --json and the columns of --csv."""

    owner: str
    jobs: int = 0
    open: int = 0
    held: int = 0
    failed: int = 0
    done: int = 0
    chunks_running: int = 0
    frames_running: int = 0
    frames_waiting: int = 0
    frames_done: int = 0
    frames_failed: int = 0
    hours: float = 0.0

    def add(self, found: Detail) -> None:
        one = found.view
        self.jobs += 1
        setattr(self, one.state, getattr(self, one.state) + 1)
        self.chunks_running += sum(chunk.state == "running" for chunk in found.chunks)
        self.frames_running += one.running
        self.frames_waiting += one.waiting
        self.frames_done += one.done
        self.frames_failed += one.failed
        self.hours += sum(done.seconds or 0 for done in found.per_frame.values()) / 3600


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="Print a table for spreadsheets.")
@options.as_json
@options.spool
def users(as_csv: bool, as_json: bool, spool_path: str | None) -> None:
    """Show for each owner what renders, what waits, and what was done.

    Those with most at work come first. Counted are all jobs but those in the trash; hours are the render times of the
    frames that are there. Nothing is changed on the disk.

    \b
    Examples:
      render users
      render users --csv > users.csv

    \b
    Exit status: 0 fine, 1 no spool, 2 --csv and --json together
    """
    if as_csv and as_json:
        raise Usage("--csv and --json exclude each other.", "Take one of them.")
    found = summed(_details(place.reading(spool_path)))
    rows = [asdict(one) | {"hours": round(one.hours, 3)} for one in found]
    if as_json:
        printing.as_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        cells = [_cells(one) for one in found]
        click.echo("\n".join(table.lines(COLUMNS, cells, table.terminal_width())) if cells else
                   "Nobody has sent a job. Send one: render add FILE.blend")


def summed(found: Iterable[Detail]) -> list[Sums]:
    """Of each owner, those with most at work first."""
    sums: dict[str, Sums] = {}
    for one in found:
        owner = one.view.job.owner
        sums.setdefault(owner, Sums(owner)).add(one)
    return sorted(sums.values(), key=lambda s: (-s.chunks_running, -s.frames_waiting, -s.hours, s.owner))


def _details(spool: Spool) -> Iterator[Detail]:
    unread = 0
    for entry in queue.entries(spool, ("queue", "held", "failed", "done")):
        try:
            yield view.detail(spool, entry)
        except (SpoolError, OSError):   # `render jobs` says what is wrong with it
            unread += 1
    if unread:
        ink.note(f"{count(unread, 'job')} cannot be read and are not counted; see: render jobs")


def _print_csv(rows: list[dict[str, object]]) -> None:
    import csv  # only here: it takes milliseconds to load

    writer = csv.DictWriter(sys.stdout, list(asdict(Sums(""))), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _cells(one: Sums) -> list[str]:
    return [plain(one.owner), *map(str, (one.open, one.held, one.failed, one.done, one.chunks_running,
            one.frames_running, one.frames_waiting, one.frames_done)), f"{one.hours:.1f}"]
