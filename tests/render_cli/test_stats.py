"""render stats: spreadsheets that run nothing, and times that can be meant."""

import pytest

from render_cli import stats
from render_cli.errors import Usage
from spool.reckoning import Sum


def test_a_name_is_no_formula() -> None:
    assert stats._csv("file", [Sum("=cmd|x"), Sum("/a b,c")]).split("\n")[1:3] == [
        "'=cmd|x,0,0,0.0,0.0,0.0,0.0,0.0,0,,0", '"/a b,c",0,0,0.0,0.0,0.0,0.0,0.0,0,,0']


def test_since_is_a_time_or_refused() -> None:
    assert stats._since("2026-11-20") == "2026-11-20T00:00:00Z"
    assert stats._since("2026-11-20T18:00+02:00") == "2026-11-20T16:00:00Z"
    for odd in ("soon", "9999-12-31T23:59-23:00", "0001-01-01T00:00+23:00"):
        with pytest.raises(Usage):
            stats._since(odd)


def test_cores_are_those_that_one_render_had() -> None:
    assert stats._cores({"cores": 8, "slots": 4}) == 2
    assert stats._cores({"cores": 8}) == 8
    assert stats._cores({"cores": 8, "slots": "auto"}) is None
    assert stats._cores({"cores": "many"}) is None
