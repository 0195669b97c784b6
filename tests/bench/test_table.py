"""The page of performance has the rows that `make bench` measures, and is read back as it was written."""

from tests.bench import table
from tests.bench.parts import PARTS
from tests.bench.table import Line, Result, Row


def rows() -> list[tuple[str, str, str]]:
    return [(part.name, row.what, row.goal) for part in PARTS for row in part.rows]


def test_the_page_has_the_rows_of_the_bench() -> None:
    """`python -m tests.bench --only rest` writes it again: rows that are new then say that nobody measured them."""
    lines = table.ROW.findall(table.PAGE.read_text())
    assert [line[:3] for line in lines] == rows()


def test_a_missed_goal_stands_in_the_page_as_missed() -> None:
    for part, what, goal, result, mark in table.ROW.findall(table.PAGE.read_text()):
        measured = result != "not measured"
        assert mark in ("", "**missed**") and not (mark and (goal == "-" or not measured)), (part, what)


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
    assert table.read_profiles(table.page(PARTS, {}, {})) == {}


def test_only_a_goal_can_be_missed() -> None:
    assert table.line(PARTS[0], Row("something"), Result("1")).mark == ""
