"""render asset set: what it takes, what it refuses, and that it refuses whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.assetfs.small_film import contents, put
from tests.render_cli.conftest import Render

S010 = "shots/s010.blend"


@pytest.fixture
def film(onion: Path) -> Path:
    put(onion, "prop/oak.blend", type="prop")
    put(onion, "prop/elm, old.blend", type="prop")
    put(onion, S010, colour="green", support=["ben"], time_budget={"todo": 30}, pipeline="light")
    return onion


def said_by(film: Path, path: str = S010) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((film / f"{path}.json").read_text())
    return found


@pytest.mark.parametrize(("word", "key", "value"), [
    ("name=Old tree", "name", "Old tree"), ("description=a=b, c", "description", "a=b, c"),
    ("state=render", "state", "render"), ("owner=ana", "owner", "ana"), ("owner=", "owner", None),
    ("creator=ben", "creator", "ben"), ("priority=70", "priority", 70), ("priority=urgent", "priority", 100),
    ("render=yes", "render", True), ("final=off", "final", False), ("rating=4", "rating", 4),
    ("rating=", "rating", None),
    ("support+=ana", "support", ["ben", "ana"]), ("support+=ben", "support", ["ben"]), ("support-=ben", "support", []),
    ("support-=ana", "support", ["ben"]),
    ("support=ana, ben", "support", ["ana", "ben"]), ("support=", "support", []),
    ("dependencies+=oak", "dependencies", ["prop/oak.blend"]),
    ("dependencies+=prop/elm, old.blend", "dependencies", ["prop/elm, old.blend"]),
    ("pipeline+=comp", "pipeline", ["light", "comp"]), ("time_budget.render=12.5", "time_budget",
                                                        {"todo": 30, "render": 12.5}),
    ("time_budget.todo=", "time_budget", {})])
def test_a_value_is_set_and_the_rest_stays(film: Path, render: Render, word: str, key: str, value: object) -> None:
    before = said_by(film)
    said = render("asset", "set", "s010", word)
    assert (said.code, said_by(film)) == (0, before | {key: value}), said
    assert list(said_by(film))[:len(before)] == list(before)


@pytest.mark.parametrize(("word", "cure"), [
    ("stat=todo", "Did you mean state?"), ("render_time=3", "render asset times"),
    ("submitted=", "render asset render"),
    ("state=rendre", "Did you mean render?"), ("type=set", "There are: shot, prop."), ("owner=eve", "people.yaml"),
    ("support+=eve", "people.yaml"), ("priority=101", "from 0 to 100, or one of low, normal, urgent."),
    ("priority=soon", "from 0 to 100"), ("render=maybe", "yes or no"), ("rating=6", "from 0 to 5"),
    ("rating=45", "from 0 to 5"), ("name= ", "needs a name"), ("owner+=ana", "owner=ana"),
    ("support-=eve", "people.yaml"), ("dependencies+=s010", "depend on itself"), ("time_budget=3", "time_budget."),
    ("time_budget.todo=-3", "no minutes"), ("time_budget.tod=3", "Did you mean todo?"),
    ("state.todo=3", "time_budget."),
    ("state=render", "prop/oak.blend is a prop, and that is never render.")])
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_changed(
        film: Path, render: Render, word: str, cure: str) -> None:
    """Not even of the first asset, which it may fit."""
    before = contents(film)
    said = render("asset", "set", "s010", "oak", "description=new", word)
    assert (said.code, cure in said.err) == (2, True), said
    assert contents(film) == before


def test_a_dependency_that_is_not_there_is_refused_and_can_be_taken_out(film: Path, render: Render) -> None:
    assert render("asset", "set", "s010", "dependencies+=prop/gone.blend").code == 1
    put(film, S010, dependencies=["prop/gone.blend", "prop/oak.blend"])
    assert "gone.blend" in render("asset", "check").out
    render("asset", "set", "s010", "dependencies-=prop/gone.blend", "dependencies-=oak")
    assert said_by(film)["dependencies"] == []


def test_a_dry_run_and_what_is_so_already_write_nothing(film: Path, render: Render) -> None:
    before = (film / f"{S010}.json").stat()
    assert render("asset", "set", "s010", "state=render", "-n").out == (
        "Would change shots/s010.blend   state: todo -> render\n")
    said = render("asset", "set", "s010", "state=todo")
    assert (said.out, said.err) == ("", "shots/s010.blend is so already.\n")
    after = (film / f"{S010}.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_several_are_changed_and_a_ring_is_told(film: Path, render: Render) -> None:
    said = render("asset", "set", "oak", "s010", "owner=ana", "description=x")
    assert [said_by(film, path)["owner"] for path in ("prop/oak.blend", S010)] == ["ana", "ana"]
    assert said.out.splitlines()[1] == "shots/s010.blend   owner: null -> ana; description: null -> x"
    render("asset", "set", "s010", "dependencies+=oak")
    assert "depends on itself by way of" in render("asset", "set", "oak", "dependencies+=s010").err


def test_a_broken_sidecar_stays_as_it_is(film: Path, render: Render) -> None:
    (film / f"{S010}.json").write_text('{"name": ')
    before = contents(film)
    said = render("asset", "set", "oak", "s010", "state=done")
    assert (said.code, f"{S010}.json: line 1 is not JSON" in said.err) == (1, True)
    assert contents(film) == before


@pytest.mark.parametrize("words", [["s010"], ["state=done"]])
def test_half_a_command_is_refused_with_an_example(film: Path, render: Render, words: list[str]) -> None:
    said = render("asset", "set", *words)
    assert (said.code, "For example: render asset set s010" in said.err) == (2, True)
