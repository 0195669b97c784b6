"""render hold, release, cancel, undo, priority, retry, redo: what moves, and what a dry run leaves alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import claim, journal, queue
from spool import job as spool_job
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render

Host = Callable[..., PlayedHost]


@pytest.fixture
def one(spool: Spool, render: Render) -> str:
    return str(render("add", "--frames", "1-20", "--name", "one", "--json", "--", "true").json["jobs"][0]["job"])


@pytest.fixture
def two(spool: Spool, render: Render) -> str:
    return str(render("add", "--frames", "1-20", "--name", "two", "--json", "--", "true").json["jobs"][0]["job"])


def states(spool: Spool) -> list[str]:
    return [entry.path for entry in queue.entries(spool)]


def everything(root: str) -> list[str]:
    return sorted(str(path) for path in Path(root).rglob("*"))


def test_hold_and_release_move_the_entry_and_say_how_to_undo(spool: Spool, one: str, render: Render) -> None:
    said = render("hold", "one")
    assert said.out == f"On hold: {one}   (to undo: render release {one})\n"
    assert states(spool) == [f"held/50.{one}"]
    assert render("release", "one").out == f"Open: {one}   (to undo: render hold {one})\n"
    assert states(spool) == [f"queue/50.{one}"]


def test_cancel_and_undo_come_back_to_where_it_was(spool: Spool, one: str, render: Render) -> None:
    render("hold", one)
    assert f"render undo {one}" in render("cancel", one).out
    assert states(spool) == [f"trash/50.{one}~held"]
    render("undo", one)
    assert states(spool) == [f"held/50.{one}"]


def test_priority_renames_the_entry_and_remembers_the_old_one(spool: Spool, one: str, render: Render) -> None:
    assert f"render priority {one} 50" in render("priority", one, 80).out
    assert states(spool) == [f"queue/80.{one}"]


def test_several_jobs_at_once(spool: Spool, one: str, two: str, render: Render) -> None:
    assert len(render("hold", "one", "two").out.splitlines()) == 2
    assert all(path.startswith("held/") for path in states(spool))


def test_a_wrong_name_among_several_changes_nothing(spool: Spool, one: str, render: Render) -> None:
    assert render("cancel", "one", "tow").code == 1
    assert states(spool) == [f"queue/50.{one}"]


def test_what_cannot_be_done_says_the_state(spool: Spool, one: str, render: Render) -> None:
    said = render("release", one)
    assert (said.code, f"Cannot release {one}: it is open." in said.err) == (1, True)
    assert "Cannot bring back" in render("undo", one).err


@pytest.mark.parametrize("value", ["101", "-1", "high"])
def test_a_priority_outside_of_its_range_is_a_usage_error(spool: Spool, one: str, render: Render, value: str) -> None:
    assert render("priority", one, "--", value).code == 2


@pytest.mark.parametrize("words", [
    ["hold"], ["cancel"], ["priority", "70"], ["retry"], ["redo", "--frames", "2-3"], ["release"], ["undo"]])
def test_a_dry_run_changes_nothing(spool: Spool, one: str, render: Render, host: Host, words: list[str]) -> None:
    if words[0] == "retry":
        host("alpha").fail_for_good(one, "no")
    if words[0] in ("release", "undo"):
        render({"release": "hold", "undo": "cancel"}[words[0]], one)
    before = everything(spool.root)
    said = render(words[0], one, *words[1:], "-n")
    assert said.code == 0 and said.out.startswith("Would "), said
    assert everything(spool.root) == before


def test_retry_puts_the_failed_chunk_back_with_all_its_tries(
        spool: Spool, one: str, render: Render, host: Host) -> None:
    host("alpha").fail_for_good(one, "no")
    assert [str(c) for c in claim.failed_chunks(spool, one)] == ["000.0001-0010~3~alpha"]
    assert render("retry", one).out.startswith("1 chunk again: ")
    assert str(claim.waiting_chunks(spool, spool_job.read(spool, one))[0]) == "000.0001-0010"


def test_retry_without_a_failure_names_redo(spool: Spool, one: str, render: Render) -> None:
    said = render("retry", one)
    assert (said.code, "Nothing failed" in said.err, "render redo" in said.err) == (1, True, True)


def test_redo_opens_a_done_job_and_asks_for_the_frames_anew(
        spool: Spool, one: str, render: Render, host: Host) -> None:
    host("alpha").render_all(one)
    assert "5 frames anew" in render("redo", one, "--frames", "5-9").out
    job = spool_job.read(spool, one)
    assert states(spool) == [f"queue/50.{one}"]
    assert journal.missing(spool, job) == [5, 6, 7, 8, 9]
    assert render("jobs", "--json").json[0]["done"] == 15


def test_redo_refuses_frames_that_the_job_never_had_in_a_dry_run_too(spool: Spool, one: str, render: Render) -> None:
    for words in ([], ["-n"]):
        said = render("redo", one, "--frames", "19-22", *words)
        assert (said.code, "21-22 is not in 1-20" in said.err) == (2, True)


def test_clean_puts_old_jobs_away_and_a_dry_run_does_not(spool: Spool, one: str, render: Render, host: Host) -> None:
    host("alpha").render_all(one)
    before = everything(spool.root)
    assert f"to trash    done/50.{one}" in render("clean", "--older-than", "0s", "-n").out
    assert everything(spool.root) == before
    render("clean", "--older-than", "0s")
    assert one not in "".join(os.listdir(f"{spool.root}/done"))


def test_an_age_that_cannot_be_meant_is_refused(spool: Spool, render: Render) -> None:
    said = render("clean", "--older-than", "soon")
    assert (said.code, "'soon' is no age" in said.err) == (2, True)
