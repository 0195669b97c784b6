"""Whose turn it is: the team with the fewest chunks at work, then who was served longer ago, then time."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import turns
from spool.layout import Entry
from tests.spool.test_verdict import JOB

TEAMS = {"a1": "~ann", "a2": "~ann", "b1": "~bob", "c1": "~cid"}


def looked_at(at_work: dict[str, int], served: dict[str, int] | None = None, **priorities: int) -> str:
    entries = sorted((Entry("queue", priorities.get(job, 50), job) for job in [*TEAMS, *priorities.keys() - TEAMS]),
                     key=lambda entry: entry.order)
    among = turns.rivals(entries, TEAMS)
    return " ".join(e.job for e in turns.ordered(entries, among, TEAMS, at_work, served or {}))


@pytest.mark.parametrize(("at_work", "order"), [
    ({}, "a1 a2 b1 c1"), ({"a2": 1}, "b1 c1 a1 a2"), ({"a1": 2, "b1": 1}, "c1 b1 a1 a2"),
    ({"a1": 1, "b1": 1, "c1": 1}, "a1 a2 b1 c1"), ({"gone": 7}, "a1 a2 b1 c1")])
def test_the_team_with_the_fewest_chunks_at_work_comes_first(at_work: dict[str, int], order: str) -> None:
    assert looked_at(at_work) == order


def test_of_two_with_as_many_who_was_served_longer_ago_comes_first() -> None:
    assert looked_at({}, {"~ann": 3, "~bob": 1}) == "c1 b1 a1 a2"
    assert looked_at({"c1": 1}, {"~ann": 3, "~bob": 1}) == "b1 a1 a2 c1"


def test_priority_comes_before_turns() -> None:
    assert looked_at({"a1": 9}, a1=60) == "a1 b1 c1 a2"


def test_jobs_of_which_nobody_knows_whose_they_are_come_last_in_their_priority() -> None:
    assert looked_at({"a1": 1}, x9=50) == "b1 c1 a1 a2 x9"


def test_who_takes_the_first_looks_at_no_other_job_of_its_team() -> None:
    """However many are open, a claim costs as much as there are teams."""
    ann, bob, never = Entry("queue", 50, "a1"), Entry("queue", 50, "b1"), cast(Entry, object())
    assert next(turns.in_turn([{"~ann": [ann, never], "~bob": [bob, never]}], {"~ann": 1}, {})) == bob
    assert next(turns.in_turn([{"~ann": [ann, never], "~bob": [bob, never]}], {}, {})) == ann


def test_a_team_is_an_owner_or_a_project() -> None:
    job = replace(JOB, owner="ann", project="onion")
    assert [turns.team(job, share) for share in ("owner", "project")] == ["~ann", "onion"]
    assert turns.team(replace(job, project=""), "project") == "~ann"


@given(st.dictionaries(st.sampled_from("pqrstu"), st.sampled_from(["~a", "~b", "~c"])),
       st.dictionaries(st.sampled_from("pqrstu"), st.integers(0, 9)), st.lists(st.sampled_from([10, 50]), min_size=6,
                                                                              max_size=6))
def test_no_job_is_lost_and_none_passes_a_higher_priority(teams: dict[str, str], at_work: dict[str, int],
                                                          priorities: list[int]) -> None:
    entries = [Entry("queue", priority, job) for job, priority in zip("pqrstu", priorities, strict=True)]
    found = turns.ordered(entries, turns.rivals(entries, teams), teams, at_work, {})
    assert sorted(e.job for e in found) == list("pqrstu")
    assert [e.priority for e in found] == sorted(priorities, reverse=True)
