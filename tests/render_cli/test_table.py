"""Columns fit the terminal, whatever the letters."""

from render_cli import table, words
from render_cli.table import Column


def test_a_table_is_never_wider_than_the_terminal() -> None:
    columns = [Column("JOB", least=8, tail=5), Column("DONE", right=True), Column("HOSTS", least=4)]
    rows = [["a-very-long-name-of-a-shot-7f3a", "10/200", "alpha,beta,gamma"], ["Szene-日本日本日本-7f3b", "1/2", ""]]
    drawn = table.lines(columns, rows, 40)
    assert all(table.breadth(line) <= 40 for line in drawn)
    assert drawn[1].split()[0].endswith("…-7f3a")


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert (table.breadth("日本"), table.breadth("e\u0301"), table.breadth("\x1b[31mx\x1b[0m")) == (4, 1, 1)
    assert table.breadth(table.cut("日本日本", 5)) <= 5


def test_a_table_narrower_than_its_columns_still_prints() -> None:
    assert len(table.lines([Column("A", least=5), Column("B")], [["aaaaaaaa", "b"]], 2)) == 2


def test_numbers_read_as_people_say_them() -> None:
    assert [words.size(n) for n in (0, 812, 1_200_000, 45_600_000_000)] == ["0 bytes", "812 bytes", "1.2 MB", "46 GB"]
    assert [words.duration(n) for n in (0.42, 12, 185, 7500, 400_000)] == [
        "0.4 s", "12 s", "3 min 05 s", "2 h 05 min", "4 days"]
    assert (words.count(1, "frame"), words.count(2000, "frame")) == ("1 frame", "2,000 frames")
