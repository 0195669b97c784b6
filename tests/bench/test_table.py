"""The page of performance has the rows that `make bench` measures, and is read back as it was written."""

import re

import pytest

from tests.bench import table
from tests.bench.parts import PARTS
from tests.bench.table import Line, Result, Row


def rows() -> list[tuple[str, str, str]]:
    return [(part.name, row.what, row.goal) for part in PARTS for row in part.rows]


def test_the_page_has_the_rows_of_the_bench() -> None:
    """`python -m tests.bench --only rest` writes it again: rows that are new then say that nobody measured them."""
    lines = table.ROW.findall(table.PAGE.read_text())
    assert [line[:3] for line in lines] == rows()


def wrong_marks(page: str) -> list[str]:
    """Rows that are marked as missed and were not, or the other way round; what is judged stands before "  ("."""
    return [what for _, what, goal, result, mark in table.ROW.findall(page)
            if (mark == "**missed**") != (goal != "-" and max(numbers(result.partition("  (")[0]), default=0.0)
                                          > numbers(goal)[0]) or mark not in ("", "**missed**")]


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"(?<!\w)-?\d+(?:\.\d+)?|\d+(?:\.\d+)?", text.replace(",", ""))]


def test_every_missed_goal_stands_in_the_page_as_missed_and_no_other() -> None:
    assert wrong_marks(table.PAGE.read_text()) == []


@pytest.mark.parametrize(("goal", "result", "mark", "wrong"), [
    ("<= 1.5", "1.2 / 9.9", "", True), ("<= 1.5", "1.2 / 9.9", "**missed**", False),
    ("<= 1.5", "1.5 / 1.2  (of 9.9)", "", False), ("<= 1.5", "1.2", "**missed**", True),
    ("<= 2 %", "-4.1 %  (a plain render: 84 %)", "", False),
    ("-", "1,200 / 9.9", "", False), ("-", "9.9", "**missed**", True),
    ("<= 30 ms", "31.2 ms  (400 ms)", "", True), ("<= 1.5", "not measured", "", False)])
def test_a_wrong_mark_is_seen(goal: str, result: str, mark: str, wrong: bool) -> None:
    assert bool(wrong_marks(f"| S1 | something | {goal} | {result} | {mark} |")) == wrong


def test_no_row_is_there_twice_or_breaks_the_table() -> None:
    names = [what for _, what, _ in rows()]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "|" in name or "\n" in name]


def test_what_was_not_measured_again_stays_in_the_page() -> None:
    part, row = PARTS[-1], PARTS[-1].rows[0]
    missed = table.line(part, row, Result("1.51", False))
    text = table.page(PARTS, {row.what: missed}, {part.name: "  7.0  open\n\n  2.0  rename"})
    assert missed == Line(part.name, row.what, row.goal, "1.51", "**missed**")
    assert table.read(text)[row.what] == missed
    assert table.read_profiles(text) == {part.name: "  7.0  open\n\n  2.0  rename"}
    assert table.page(PARTS, table.read(text), table.read_profiles(text)) == text


def test_without_a_miss_there_is_no_profile() -> None:
    part, row = PARTS[0], PARTS[0].rows[0]
    text = table.page(PARTS, {row.what: table.line(part, row, Result("1.0 s", True))}, {})
    assert table.read_profiles(text) == {}
    assert table.NO_MISS in text


def test_a_page_of_which_nothing_was_measured_praises_nothing() -> None:
    text = table.page(PARTS, {}, {})
    assert table.NO_MISS not in text and table.NO_MISS not in table.page(PARTS, table.read(text), {})


def test_where_a_goal_can_be_missed_there_is_a_profile() -> None:
    assert all(part.profile for part in PARTS if any(row.goal != "-" for row in part.rows))


def test_only_a_goal_can_be_missed() -> None:
    assert table.line(PARTS[0], Row("something"), Result("1")).mark == ""
