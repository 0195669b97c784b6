"""render clean: what it says before, while and after it cleans."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spool import atomic, queue
from spool.layout import Spool

Render = Callable[..., Any]


@pytest.fixture(name="one")
def fixture_one(spool: Spool, render: Render) -> str:
    return str(render("add", "--frames", "1-20", "--name", "one", "--json", "--", "true").json["jobs"][0]["job"])


def test_the_plan_tells_size_and_age_and_names_what_is_left_alone(spool: Spool, one: str, render: Render) -> None:
    queue.cancel(spool, queue.find(spool, one))
    Path(spool.job(one), "log", "x.log").write_bytes(b"x" * 2_000_000)
    Path(spool.root, "README").touch()
    said = render("clean", "-n", "-v", "--older-than", "0s")
    assert f"remove job  trash/50.{one}~queue   (in the trash, 0." in said.out and "2.0 MB)" in said.out
    assert "left alone  README" in said.out
    assert "left alone" not in render("clean", "-n", "--older-than", "0s").out
    found = render("clean", "-n", "-v", "--older-than", "0s", "--json").json
    assert found["left_alone"] == ["README"] and found["steps"][0]["bytes"] > 2_000_000
    assert found["done"] == 0 and found["dry_run"] is True


def test_what_could_not_be_done_is_told_even_when_quiet(spool: Spool, one: str, render: Render,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    queue.cancel(spool, queue.find(spool, one))

    def refused(source: str, target: str) -> bool:
        raise PermissionError(13, "Permission denied", source)
    monkeypatch.setattr(atomic, "move", refused)
    said = render("clean", "-q", "--older-than", "0s")
    assert said.code == 1 and said.out == ""
    assert f"trash/50.{one}~queue could not be cleaned: Permission denied." in said.err
    assert render("clean", "--older-than", "0s", "--json").json["failed"] == [f"trash/50.{one}~queue"]


def test_quiet_is_silent_when_all_is_well(spool: Spool, one: str, render: Render) -> None:
    queue.cancel(spool, queue.find(spool, one))
    said = render("clean", "-q", "--older-than", "0s")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert queue.entries(spool) == []
