"""The table of a run: rows whose names and goals stand fixed, on a terminal and in docs/PERFORMANCE.md."""

import os
import platform
import re
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spool.mounts import holding, mounts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "PERFORMANCE.md"
HEAD = "| | what | goal | result | |\n|---|---|---|---|---|\n"
ROW = re.compile(r"^\| (S\d|rest) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
PROFILE = re.compile(r"(?<=^## Where the time of a miss goes\n\n).*(?=^## What is measured)", re.MULTILINE | re.DOTALL)
NO_MISS = "No goal was missed in what was measured.\n\n"
NOTHING = "No goal was measured yet.\n\n"
NOT_MEASURED = "not measured"
WIDTH = 119
MARK = {True: "", False: "**missed**", None: ""}


class Row(NamedTuple):
    """What is measured, and its goal in words; "-" if it stands there for comparison."""

    what: str
    goal: str = "-"


class Result(NamedTuple):
    """Of one row; `met` is None where there is no goal."""

    text: str
    met: bool | None = None


@dataclass(frozen=True)
class Part:
    """Rows that are measured together; `measure` gives their results in the same order, quickly and roughly if asked.

    `profile` is called after a miss: text that shows where the time goes."""

    name: str
    about: str
    rows: Sequence[Row]
    measure: Callable[[bool], Iterable[Result]]
    profile: Callable[[], str] | None = None


class Line(NamedTuple):
    """A row of the table, as it stands in the page."""

    part: str
    what: str
    goal: str
    result: str
    mark: str


def line(part: Part, row: Row, result: Result) -> Line:
    return Line(part.name, row.what, row.goal, result.text, MARK[result.met])


def show(line: Line) -> None:
    print(f"{line.part:4} {line.what:66} {line.goal:>10}  {line.result}  {line.mark.strip('*').upper()}", flush=True)


def page(parts: Sequence[Part], lines: Mapping[str, Line], profiles: Mapping[str, str]) -> str:
    """docs/PERFORMANCE.md; a row that was never measured says so."""
    shown = [_shown(part, row, lines.get(row.what)) for part in parts for row in part.rows]
    rows = "".join("| " + " | ".join(line) + " |\n" for line in shown)
    misses = "".join(f"### {name}\n\n{_indented(text)}\n" for name, text in profiles.items())
    about = "".join(textwrap.fill(f"- **{part.name}** {part.about}", WIDTH, subsequent_indent="  ") + "\n"
                    for part in parts)
    made = (f"Made by `make bench` on {machine()}. Ratios compare what was measured in the same run. "
            f"`python -m tests.bench --only S3` measures a part again and leaves the other rows, `--quick` tries "
            f"whether everything runs, and its numbers count for nothing.")
    judged = any(line.goal != "-" and line.result != NOT_MEASURED for line in shown)
    return (f"# Performance\n\n{textwrap.fill(made, WIDTH)}\n\n{HEAD}{rows}\n"
            f"## Where the time of a miss goes\n\n{misses or (NO_MISS if judged else NOTHING)}"
            f"## What is measured\n\n{about}")


def _shown(part: Part, row: Row, measured: Line | None) -> Line:
    """What was measured against another goal says nothing."""
    if measured and measured.goal == row.goal:
        return measured
    return Line(part.name, row.what, row.goal, NOT_MEASURED, "")


def _indented(text: str) -> str:
    return "".join(f"    {line}".rstrip() + "\n" for line in text.strip("\n").splitlines())


def read(text: str) -> dict[str, Line]:
    """The lines of a page, by what they are about."""
    return {found[1]: Line(*found) for found in ROW.findall(text)}


def read_profiles(text: str) -> dict[str, str]:
    """By part, those that stand in a page."""
    found = PROFILE.search(text)
    pieces = re.split(r"^### (.*)\n\n", found[0] if found else "", flags=re.MULTILINE)[1:]
    return {name: re.sub("^    ", "", text, flags=re.MULTILINE).strip("\n")
            for name, text in zip(pieces[::2], pieces[1::2], strict=True)}


def machine() -> str:
    """What the numbers depend on, without names and paths."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    disk = holding(mounts(), Path(tempfile.gettempdir()))
    return (f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of memory, {disk.fstype if disk else 'unknown'}, "
            f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}")
