"""Priorities that spread, and who works on what next."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_film import PROJECT

from assetfs import project, todo
from assetfs.configuration import Priorities
from assetfs.priority import Effective, effective, used_by
from assetfs.project import Project

FILM = project.parse(Path("/film"), PROJECT)


def asset(path: str, priority: int | None = 50, uses: tuple[str, ...] = (), state: str = "todo",
          owner: str | None = None, support: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(path=path, sidecar=SimpleNamespace(
        priority=priority, dependencies=uses, state=state, owner=owner, support=support))


def film(*assets: Any) -> dict[str, Any]:
    return {a.path: a for a in assets}


def with_priorities(text: str) -> Project:
    return project.parse(Path("/film"), PROJECT.replace("priorities: {lowest: 0,", f"priorities: {{{text}, lowest: 0,"))


def test_what_is_used_rises_above_its_user() -> None:
    found = effective(FILM, film(asset("shot", 70, ("prop",)), asset("prop", 10, ("oak",)), asset("oak", 5)))
    assert found == Effective({"shot": 70, "prop": 71, "oak": 72}, [])


def test_nothing_sinks_and_the_highest_is_the_end() -> None:
    found = effective(FILM, film(asset("shot", 100, ("prop",)), asset("b", 3, ("prop2",)), asset("prop"),
                                 asset("prop2")))
    assert found.of == {"shot": 100, "b": 3, "prop": 100, "prop2": 50}


def test_only_states_with_boost_let_it_rise_and_it_ends_there() -> None:
    found = effective(FILM, film(asset("shot", 70, ("prop",)), asset("prop", 10, ("oak",), "done"), asset("oak", 5)))
    assert found.of == {"shot": 70, "prop": 10, "oak": 11}


def test_boosting_may_be_off_or_larger() -> None:
    assets = film(asset("shot", 70, ("prop",)), asset("prop", 10))
    assert effective(with_priorities("boosting: no"), assets).of["prop"] == 10
    assert effective(with_priorities("boost: 10"), assets).of["prop"] == 80


def test_a_ring_is_reported_and_not_followed() -> None:
    found = effective(FILM, film(asset("a", 10, ("b",)), asset("b", 20, ("c",)), asset("c", 30, ("a", "d")),
                                 asset("d", 1),
                                 asset("me", 5, ("me",))))
    assert found == Effective({"a": 10, "b": 20, "c": 30, "d": 31, "me": 5}, [["a", "b", "c"], ["me"]])


def test_what_is_not_there_or_broken_or_silent_disturbs_nobody() -> None:
    broken = SimpleNamespace(path="broken", sidecar=None)
    found = effective(FILM, film(asset("shot", 70, ("gone", "broken", "silent")), broken, asset("silent", None)))
    assert found.of == {"shot": 70, "broken": 0, "silent": 71}


def test_a_chain_of_10000_needs_no_recursion() -> None:
    for step in (1, -1):
        chain = [asset(f"{i:05}", 0, (f"{i + step:05}",)) for i in range(10_000)]
        big = project.parse(Path("/film"), PROJECT.replace("highest: 100", "highest: 999999"))
        found = effective(big, film(*chain))
        assert max(found.of.values()) == 9_999 and found.cycles == []


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40),
       st.lists(st.tuples(st.integers(0, 110), st.booleans()), min_size=12, max_size=12))
@settings(max_examples=200, deadline=None)
def test_it_is_what_repeated_raising_comes_to(edges: list[tuple[int, int]], nodes: list[tuple[int, bool]]) -> None:
    """Without rings; they are cut by letting only smaller numbers use larger ones."""
    uses: Mapping[int, set[int]] = {i: {b for a, b in edges if a == i < b} for i in range(12)}
    assets = film(*(asset(str(i), p, tuple(map(str, uses[i])), "todo" if rises else "done")
                    for i, (p, rises) in enumerate(nodes)))
    wanted = {i: min(p, 100) for i, (p, _) in enumerate(nodes)}
    for _ in range(12):
        for user, used in ((a, b) for a in uses for b in uses[a]):
            if nodes[used][1]:
                wanted[used] = max(wanted[used], min(100, wanted[user] + 1))
    assert effective(FILM, assets) == Effective({str(i): p for i, p in wanted.items()}, [])


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_whoever_reaches_itself_is_in_a_ring_and_nobody_else(edges: list[tuple[int, int]]) -> None:
    reach = {i: {b for a, b in edges if a == i} for i in range(8)}
    for _ in range(8):
        reach = {i: r.union(*(reach[j] for j in r)) for i, r in reach.items()}
    assets = film(*(asset(str(i), 1, tuple(str(b) for a, b in edges if a == i)) for i in range(8)))
    rings = effective(FILM, assets).cycles
    assert sorted(path for ring in rings for path in ring) == [str(i) for i in range(8) if i in reach[i]]


def test_who_uses_it_is_known() -> None:
    assert used_by(film(asset("a", uses=("x",)), asset("b", uses=("x", "y")))) == {"x": ["a", "b"], "y": ["b"]}


@pytest.mark.parametrize(("said", "number"), [("low", 0), ("NORMAL", 50), ("urgent", 100), ("70", 70), ("101", None),
                                              ("-1", None), ("soon", None), ("9" * 9999, None)])
def test_a_priority_is_a_name_or_a_number(said: str, number: int | None) -> None:
    assert FILM.priorities.number(said) == number


def test_a_number_has_the_nearest_name() -> None:
    assert [FILM.priorities.name(n) for n in (0, 24, 26, 99)] == ["low", "low", "normal", "urgent"]
    assert Priorities().name(70) == "70"


WORK = film(asset("done", 99, state="done", owner="ana"), asset("low", 10, owner="ana"), asset("high", 80, owner="ana"),
            asset("bens", 20, owner="ben", support=("ana",)), asset("bens done", 90, state="done", owner="ben",
                                                                    support=("ana",)),
            asset("nobodys", 30, support=("ana",)), SimpleNamespace(path="broken", sidecar=None))


def test_my_list_has_the_most_urgent_first_and_what_is_finished_last() -> None:
    now = effective(FILM, WORK)
    assert [a.path for a in todo.mine(FILM, WORK, "ana", now)] == ["high", "low", "done"]
    assert [a.path for a in todo.support(FILM, WORK, "ana", now)] == ["nobodys", "bens"]


def test_the_team_is_on_what_is_most_urgent_and_not_finished() -> None:
    team = todo.team(FILM, WORK, ["ana", "ben", "cem"], effective(FILM, WORK))
    assert {who: on and on.path for who, on in team.items()} == {"ana": "high", "ben": "bens", "cem": None}
