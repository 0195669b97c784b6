"""render stats: what was rendered, how long it took, and what to make quicker."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from render_cli import ink, options, place, printing, table
from render_cli.errors import Usage
from render_cli.table import Column
from render_cli.words import count, duration, plain, short
from spool import hosts, reckoning
from spool.reckoning import Frame, Reckoning, Sum

KWH = 3_600_000         # joules
_KEYS = ("key", "jobs", "frames", "seconds", "hours", "cpu_hours", "seconds_a_frame", "peak_mb", "failures", "kwh",
         "kwh_frames")


@click.command()
@click.option("--by", type=click.Choice(reckoning.BY), default="job", show_default=True, help="What is summed up.")
@click.option("--since", metavar="WHEN", default="", help="2026-11-20, 7d or 12h; else all that is there.")
@click.option("--top", metavar="N", type=click.IntRange(1, 10_000), default=10, show_default=True,
              help="How many rows, and how many of the slowest frames.")
@click.option("--csv", "as_csv", is_flag=True, help="All rows, for a spreadsheet.")
@options.as_json
@options.spool
def stats(by: str, since: str, top: int, as_csv: bool, as_json: bool, spool_path: str | None) -> None:
    """Sum up what was rendered: by job, file, owner, host or day.

    Reads the journals of all jobs that are there; what `render clean` removed is not in it, and the last line tells
    from when the numbers are. Frames that were rendered twice count twice. Hours are those of rendering, all hosts
    together. Energy stands there for frames of computers that can measure it, and is never guessed.

    \b
    Examples:
      render stats
      render stats --by owner --since 7d
      render stats --by day --csv > november.csv
      render stats --by host --json | jq '.rows[] | {key, hours, kwh}'

    \b
    Exit status: 0 fine, 1 no spool, 2 a time that cannot be meant
    """
    spool = place.reading(spool_path)
    found = reckoning.reckon(spool, by, _since(since), top)
    known = {host: hosts.said(spool, host, "host") for host in {frame.host for frame in found.slowest}}
    advised = [(frame, _advice(known[frame.host], found, frame)) for frame in found.slowest]
    if as_csv:
        click.echo(_csv(by, found.rows), nl=False)
    elif as_json:
        printing.as_json(_json(by, found, advised))
    else:
        _page(by, found, advised, top)


def _since(text: str) -> str:
    """As journals write it."""
    if not text:
        return ""
    if ago := re.fullmatch(r"(\d{1,4})([dh])", text):
        at = datetime.now(UTC) - timedelta(**{"d": {"days": int(ago[1])}, "h": {"hours": int(ago[1])}}[ago[2]])
    else:
        try:
            at = datetime.fromisoformat(text)
            at = at.astimezone(UTC) if at.tzinfo else at    # without a zone: UTC, as the journals
        except (ValueError, OverflowError):
            raise Usage(f"--since {plain(text)} is no time.", "For example: 2026-11-20, 2026-11-20T18:00, 7d, 12h") \
                from None
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _advice(facts: Mapping[str, Any], found: Reckoning, frame: Frame) -> str:
    memory = facts.get("memory_mb")
    return reckoning.advice(frame, found.medians.get(frame.job, 0.0), _cores(facts),
                            memory if isinstance(memory, int | float) else None)


def _cores(facts: Mapping[str, Any]) -> int | None:
    """That one render had; with `slots: auto` nobody knows it afterwards."""
    cores, slots = facts.get("cores"), facts.get("slots", 1)
    return cores // slots if type(cores) is int and type(slots) is int and slots > 0 else None


def _facts(one: Sum) -> dict[str, Any]:
    kwh = None if one.joules is None else round(one.joules / KWH, 6)
    return dict(zip(_KEYS, (one.key, len(one.jobs), one.frames, round(one.seconds, 2), round(one.seconds / 3600, 3),
                            round(one.cpu / 3600, 3), round(one.mean, 3), one.peak_mb, one.failures, kwh,
                            one.measured), strict=True))


def _json(by: str, found: Reckoning, advised: Sequence[tuple[Frame, str]]) -> dict[str, Any]:
    return {"by": by, "first": found.first, "last": found.last, "oldest": found.oldest, "hosts": sorted(found.hosts),
            "total": _facts(found.total), "rows": [_facts(row) for row in found.rows],
            "slowest": [frame._asdict() | {"advice": text} for frame, text in advised]}


def _csv(by: str, rows: Sequence[Sum]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((by, *_KEYS[1:]))
    writer.writerows([_cell(value) for value in _facts(row).values()] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A name that begins like a formula would be one in a spreadsheet."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _page(by: str, found: Reckoning, advised: Sequence[tuple[Frame, str]], top: int) -> None:
    if not found.total.frames and not found.total.failures:
        click.echo(f"Nothing was rendered since then; the journals begin {_day(found.oldest)}." if found.oldest else
                   "Nothing was rendered yet.")
        return
    total, days = found.total, list(dict.fromkeys((_day(found.first), _day(found.last))))
    click.echo(f"{count(total.frames, 'frame')} of {count(len(total.jobs), 'job')} by "
               f"{count(len(found.hosts), 'computer')}, {' to '.join(days)}.")
    click.echo(f"{duration(total.seconds)} of rendering, {duration(total.mean)} a frame, "
               f"up to {total.peak_mb:,.0f} MB, {count(total.failures, 'failure')}.{_energy(total)}")
    click.echo(f"\n{_table(by, found.rows[-top:] if by == 'day' else found.rows[:top], total)}")
    if len(found.rows) > top:
        click.echo(f"and {len(found.rows) - top:,} more: --top {len(found.rows)}")
    _slowest(advised[:min(top, 5)])
    ink.note(f"Journals from {_day(found.oldest)} on; what was cleaned away is not counted.")


def _energy(total: Sum) -> str:
    if total.joules is None:
        return ""
    share = "" if total.measured == total.frames else f" (measured for {count(total.measured, 'frame')})"
    return f"\n{total.joules / KWH:.3f} kWh{share}."


def _table(by: str, rows: Sequence[Sum], total: Sum) -> str:
    energy = [Column("KWH", right=True)] if total.joules is not None else []
    columns = [Column(by.upper(), least=14, tail=8), *([] if by == "job" else [Column("JOBS", right=True)]),
               Column("FRAMES", right=True), Column("TIME", right=True), Column("A FRAME", right=True),
               Column("MEMORY", right=True), Column("FAILED", right=True), *energy]
    return "\n".join(table.lines(columns, [_cells(by, row, bool(energy)) for row in rows], table.terminal_width()))


def _cells(by: str, row: Sum, energy: bool) -> list[str]:
    name = short(row.key) if by == "job" else plain(row.key)
    kwh = [f"{row.joules / KWH:.3f}" if row.joules is not None else "-"] if energy else []
    return [name, *([] if by == "job" else [str(len(row.jobs))]), f"{row.frames:,}", duration(row.seconds),
            duration(row.mean), f"{row.peak_mb:,.0f} MB" if row.peak_mb else "",
            ink.paint(str(row.failures), "failed") if row.failures else "", *kwh]


def _slowest(advised: Sequence[tuple[Frame, str]]) -> None:
    if not advised:
        return
    click.echo("\nThe slowest frames:")
    for frame, text in advised:
        click.echo(f"  {short(frame.job)} frame {frame.frame}: {duration(frame.seconds)} on {plain(frame.host)}")
        if text:
            click.echo(table.wrapped(plain(text), "      "))


def _day(at: str) -> str:
    return at[:10] or "never"
