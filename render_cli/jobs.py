"""render jobs: the status page of the farm."""

import getpass
import time
from dataclasses import dataclass
from typing import Any

import click

from render_cli import ink, options, place, printing, silence, table
from render_cli.table import Column
from render_cli.words import plain, short
from spool import hopeless, host_facts, job_facts, queue, submissions, view
from spool.errors import SpoolError
from spool.hosts import nobody_beats
from spool.layout import Entry, Spool
from spool.obstacles import Found
from spool.submissions import Submission
from spool.view import Detail

LATEST = 20         # done jobs that a person wants to see
PAUSE = 2.0         # seconds between two looks of --watch
WIDE = 100          # columns from which on there is room for a bar


@dataclass(frozen=True)
class Row:
    """A job, or why it cannot be read; or one that is not in the queue yet."""

    entry: Entry
    found: Detail | None
    error: Exception | None = None
    sent: Submission | None = None
    held: Found | None = None           # why the farm put it on hold


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also older done jobs, and cancelled ones.")
@click.option("--mine", is_flag=True, help="Only my own jobs.")
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl C.")
@options.as_json
@options.spool
def jobs(everything: bool, mine: bool, watch: bool, as_json: bool, spool_path: str | None) -> None:
    """Show all jobs: what waits, renders, failed, is done.

    Open jobs come first, in the order in which they render, and the newest 20 of those that are done. Nothing is
    changed on the disk. A job is named by any part of its name in other commands.

    \b
    Examples:
      render jobs
      render jobs --watch --mine
      render jobs --json | jq '.[] | select(.failed > 0) | .job'

    \b
    Exit status: 0 fine, 1 no spool
    """
    spool = place.reading(spool_path)
    if as_json:
        printing.as_json([_facts(row) for row in _rows(spool, _entries(spool, everything, None), mine)])
        return
    while True:
        rows = _rows(spool, _entries(spool, everything, LATEST), mine)
        _page(rows, watch)
        if any(row.entry.state == "queue" for row in rows) and nobody_beats(spool, host_facts.SILENT * spool.beat):
            ink.note(silence.NOBODY_BEATS)
        if not watch:
            return
        time.sleep(PAUSE)


def _entries(spool: Spool, everything: bool, latest: int | None) -> list[Entry]:
    """In the order of the page; of the done ones the latest."""
    done = sorted(queue.entries(spool, ("done",)), key=lambda e: e.job, reverse=True)
    shown = done if everything else done[:latest]
    return queue.entries(spool, ("queue", "held", "failed")) + shown + (
        queue.entries(spool, ("trash",)) if everything else [])


def _rows(spool: Spool, entries: list[Entry], mine: bool) -> list[Row]:
    """Broken jobs stay in the list: hidden, they would hold up people who look for them."""
    rows = [*_waiting(spool), *(_row(spool, entry) for entry in entries)]
    me = getpass.getuser() if mine else ""
    return [r for r in rows if not mine or _owner(r) == me]


def _waiting(spool: Spool) -> list[Row]:
    """What lies in the inbox."""
    return [Row(Entry("inbox", 0, one.job), None, sent=one) for one in submissions.listed(spool)]


def _owner(row: Row) -> str:
    return row.found.view.job.owner if row.found else row.sent.owner if row.sent else ""


def _row(spool: Spool, entry: Entry) -> Row:
    try:
        found = view.detail(spool, entry)
        return Row(entry, found, held=None if found.view.done else hopeless.why_held(spool, entry))
    except (SpoolError, OSError) as error:
        return Row(entry, None, error)


def _facts(row: Row) -> dict[str, Any]:
    if row.found:
        return job_facts.summary(row.found)
    if row.sent:
        return job_facts.broken(row.entry, row.sent.answer) | {"state": _word(row.sent), "owner": row.sent.owner}
    return job_facts.broken(row.entry, row.error or "")


def _word(sent: Submission) -> str:
    return "sent back" if sent.answer else "inbox"


def _page(rows: list[Row], clear: bool) -> None:
    width = table.terminal_width()
    wide = width >= WIDE
    lines = table.lines(_columns(wide), [_cells(row, wide) for row in rows], width)
    if clear:
        click.clear()
    click.echo("\n".join(lines) if rows else "No jobs. Send one: render add FILE.blend")
    for row in rows:
        if row.held:
            ink.warn(plain(row.held.text), plain(row.held.cure))
        if row.error:
            ink.warn(f"{row.entry.job} is broken: {row.error}", f"To put it away: render cancel {row.entry.job}")
        elif row.sent and row.sent.answer:
            ink.warn(f"{plain(row.sent.job)} was not admitted: {plain(row.sent.answer.splitlines()[0])}",
                     f"Remove its file in the inbox, and send it again. All of the answer: {row.sent.job}.json.txt")
        elif row.found and row.found.view.warning:
            ink.warn(f"{short(row.entry.job)}: {row.found.view.warning}")
    if bad := [short(row.entry.job) for row in rows if row.found and row.found.view.failed]:
        click.echo(f"\nWhy frames failed: render show {bad[0]}", err=True)


def _columns(wide: bool) -> list[Column]:
    bar = [Column("")] if wide else []
    return [Column("JOB", least=18, tail=5), Column("STATE"), Column("PRIO", right=True), Column("OWNER", least=6),
            *bar, Column("DONE", right=True), Column("RUN", right=True), Column("FAIL", right=True),
            Column("HOSTS", least=5)]


def _cells(row: Row, wide: bool) -> list[str]:
    if row.sent:
        return [plain(row.sent.job), ink.state(_word(row.sent)), "", row.sent.owner, *([""] if wide else []),
                "", "", "", ""]
    name, priority = short(row.entry.job), str(row.entry.priority)
    if row.found is None:
        return [name, ink.state("broken"), priority, "", *([""] if wide else []), "", "", "", ""]
    one = row.found.view
    word = "rendering" if one.state == "open" and one.running else one.state
    return [name, ink.state(word), priority, plain(one.job.owner),
            *([ink.bar(one.done, one.failed, one.frames)] if wide else []), f"{one.done}/{one.frames}",
            str(one.running or ""), ink.paint(str(one.failed), "failed") if one.failed else "",
            ",".join(job_facts.hosts(row.found))]
