"""Columns that fit the terminal."""

import re
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import click

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
GAP = "  "


@dataclass(frozen=True)
class Column:
    title: str
    right: bool = False
    least: int = 0          # characters it may be cut down to; 0: never cut
    tail: int = 0           # characters that stay at the end of a cut text


def terminal_width() -> int:
    """Columns of the terminal; plenty where the output goes into a file, so that nothing is cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 400


def lines(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The table, title line first. Cells may be coloured; what does not fit is cut with an ellipsis."""
    table = [[c.title for c in columns], *rows]
    widths = _fit(columns, [max(breadth(row[i]) for row in table) for i in range(len(columns))], width)
    return [GAP.join(_cell(text, room, column) for text, room, column in zip(row, widths, columns, strict=True))
            .rstrip() for row in table]


def _fit(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while over > 0:
        spare, at = max((widths[i] - c.least, i) for i, c in enumerate(columns) if c.least or i == 0)
        if spare <= 0:
            break                       # narrower than the table can be: the terminal wraps
        widths[at] -= 1
        over -= 1
    return widths


def _cell(text: str, room: int, column: Column) -> str:
    text = cut(text, room, column.tail)
    fill = " " * (room - breadth(text))
    return fill + text if column.right else text + fill


def cut(text: str, room: int, tail: int = 0) -> str:
    """The text in at most so many columns; its last `tail` characters, which tell names apart, stay."""
    if breadth(text) <= room:
        return text
    bare = _STYLE.sub("", text)
    end = bare[len(bare) - tail:]
    kept, room = "", room - 1 - breadth(end)
    for char in bare:
        room -= _columns(char)
        if room < 0:
            break
        kept += char
    return f"{kept}…{end}"


def wrapped(text: str, indent: str) -> str:
    """The text in lines that fit the terminal, each behind the indent."""
    return click.wrap_text(text, terminal_width(), indent, indent)


def breadth(text: str) -> int:
    """Columns that the text takes: Chinese characters two, accents of their own none."""
    return sum(map(_columns, _STYLE.sub("", text)))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
