"""render asset list, show, todo, check, credit: what people and programs see; and what all commands have."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from render_cli.json_keys import KEYS, LISTS
from render_cli.main import render as render_command
from tests.assetfs.small_film import contents, put
from tests.render_cli.conftest import Render

S010, S020, OAK = "shots/s010.blend", "shots/s020.blend", "prop/oak.blend"
WRITES = {"project new", "people import", "asset new", "asset set", "asset clone", "asset checkpoint", "asset restore",
          "asset remove", "asset unremove", "asset credit add", "asset render", "asset times"}
TEXT = {"project import", "asset credit show"}      # print something else than facts


@pytest.fixture
def film(onion: Path) -> Path:
    put(onion, S010, owner="ana", support=["ben"], priority=60, dependencies=[OAK], rating=3,
        time_budget={"todo": 90}, render_time={"1": [2.0, 3.0], "2": [5.0]})
    put(onion, S020, owner="ben", state="done", priority=90)
    put(onion, OAK, None, type="prop", priority=5, owner="ana", description="a tree")
    return onion


def below(group: click.Group, context: click.Context, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command in it that is no group, with its words."""
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if isinstance(command, click.Group):
            yield from below(command, context, f"{name}{each} ")
        elif command:
            yield f"{name}{each}", command


COMMANDS = {name: command for name, command in below(render_command, click.Context(render_command)) if " " in name}


def test_every_command_is_tested_here() -> None:
    assert {"asset list", "asset credit add", "people import"} <= COMMANDS.keys() and len(COMMANDS) > 20


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(render: Render, name: str) -> None:
    out = render(*name.split(), "--help").out
    assert f"render {name}" in out.split("Examples:")[1] and "Exit status:" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_who_writes_has_a_dry_run_and_who_reads_has_json(name: str) -> None:
    found = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert ("--dry-run" in found, "--json" in found) == (name in WRITES, name not in WRITES | TEXT)


def test_every_json_has_exactly_the_keys_of_the_manual(film: Path, render: Render) -> None:
    render("asset", "checkpoint", "s010")
    render("asset", "remove", "s020")
    (film / "project.yaml").write_text((film / "project.yaml").read_text() + "colour: green\n")
    for name, keys in KEYS.items():
        if " " in name:
            more = ["s010"] if name in ("asset show", "asset checkpoints") else []
            more += ["ana"] if name == "asset todo" else []
            more += ["--projects", str(film.parent)] if name == "people list" else []
            found = render(*name.split(), *more, "--json").json
            assert set(found[0] if name in LISTS else found) == set(keys), name


def test_the_list_is_in_order_and_can_be_narrowed(film: Path, render: Render) -> None:
    def paths(*words: str) -> list[str]:
        return [row["path"] for row in render("asset", "list", "--json", *words).json]

    assert paths() == [OAK, S010, S020]
    assert paths("--type", "shot") == [S010, S020] and paths("--state", "done", "--type", "shot") == [S020]
    assert paths("--owner", "ana") == [OAK, S010] and paths("--owner", "-") == []
    assert paths("--mine", "--person", "ben") == [S020]
    assert paths("--urgent") == [S020, OAK, S010]
    title, *lines = render("asset", "list").out.splitlines()
    assert title.split() == ["ASSET", "TYPE", "STATE", "PRIO", "OWNER", "RATING", "CHANGED"]
    assert lines[0].split() == [OAK, "prop", "todo", "61", "ana", "no", ".blend"]
    assert lines[1].split()[:-1] == [S010, "shot", "todo", "60", "ana", "***"]
    assert render("asset", "list", "--type", "sho").code == 2


def test_a_broken_sidecar_is_shown_and_hides_no_other(film: Path, render: Render) -> None:
    (film / f"{S010}.json").write_text("\x1b]0;x\x07")
    (film / "link.blend").symlink_to(film / OAK)
    (film / "lone.blend").write_bytes(b"")
    said = render("asset", "list")
    assert said.code == 0 and len(said.out.splitlines()) == 4
    assert f"{S010}  " in said.out and "broken" in said.out and f"{S010}.json: line 1 is not JSON" in said.err
    assert "2 more of the project's files are no asset." in said.err and "\x1b" not in said.out + said.err
    assert render("asset", "show", "s010").code == 1 and render("asset", "show", "s020").code == 0
    assert (render("asset", "show", "lone").code, "--adopt" in render("asset", "show", "lone").err) == (1, True)


def test_show_tells_times_users_and_the_raised_priority(film: Path, render: Render) -> None:
    out = render("asset", "show", "s010").out
    assert "2 frames in 8.0 s, 4.0 s on average" in out and "frame 2 5.0 s, frame 1 3.0 s" in out and OAK in out
    out = render("asset", "show", "oak").out
    assert "5 (low), 61 by what waits for it" in out and f"used by      {S010}" in out


def test_todo_is_mine_then_what_i_support(film: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line.split() for line in render("asset", "todo", "ana").out.splitlines()]
    assert [line[:2] for line in lines[1:]] == [["61", OAK], ["60", S010]] and "1 h 30 min" in " ".join(lines[2])
    monkeypatch.setenv("RENDERD_PERSON", "ben")
    said = render("asset", "todo")
    assert "Nothing waits for Ben." in said.err and "to support" in said.out and S010 in said.out
    assert S020 in render("asset", "todo", "--all").out
    monkeypatch.delenv("RENDERD_PERSON")
    monkeypatch.setenv("LOGNAME", "eve")
    assert (render("asset", "todo").code, "RENDERD_PERSON" in render("asset", "todo").err) == (2, True)
    monkeypatch.setenv("LOGNAME", "ana")
    assert render("asset", "todo", "--json").json["person"] == "ana"


def test_check_names_everything_and_says_so_to_scripts(film: Path, render: Render) -> None:
    assert (render("asset", "check").code, render("asset", "check", "--json").json) == (0, [])
    put(film, S010, dependencies=["prop/gone.blend"], owner="eve", state="lost")
    (film / f"{S020}.json").write_text("{")
    (film.parent / "people.yaml").write_text("ana: {nam: Ana}\n")
    said = render("asset", "check")
    assert said.code == 1
    for what in ("prop/gone.blend, which is not there", "no person eve", "no state lost", f"{S020}.json: line 1",
                 "people.yaml:1: "):
        assert what in said.out
    assert len(render("asset", "check", "--json").json) == len(said.out.splitlines())


def test_mistakes_in_the_settings_are_told_and_the_rest_is_used(film: Path, render: Render) -> None:
    (film / "project.yaml").write_text((film / "project.yaml").read_text() + "colour: green\n")
    said = render("asset", "list")
    assert (said.code, len(said.out.splitlines()), "project.yaml:18: " in said.err) == (0, 4, True), said.err
    assert render("project", "check").code == 1


def test_credits_get_a_line_and_are_printed_in_three_ways(film: Path, render: Render) -> None:
    before = contents(film)
    assert render("asset", "credit", "add", "Sound", "--name", "A. Guest", "-n").out == "Would add Sound: A. Guest\n"
    assert contents(film) == before
    assert render("asset", "credit", "add", "Sound", "--name", "A. <b>Guest").code == 0
    said = render("asset", "credit", "add", "Oak texture", "--external", "--origin", "https://example.org")
    assert said.code == 0 and "Oak texture has no licence." in said.err
    assert "# since May" in (film / "project.yaml").read_text()
    text = render("asset", "credit", "show").out
    assert text.index("Director") < text.index("Ana Arendt") < text.index("Sound") < text.index("Oak texture")
    assert "A. &lt;b&gt;Guest" in render("asset", "credit", "show", "--html").out
    assert max(map(len, render("asset", "credit", "show", "--blend", "--width", 12).out.splitlines())) <= 12
    found = render("asset", "credit", "list")
    assert found.code == 1 and "Director: Ana Arendt" in found.out and "Oak texture has no licence" in found.err


@pytest.mark.parametrize("words", [["Sound"], ["Sound", "--person", "ana", "--name", "A"], ["Sound", "--person", "eve"],
                                   ["Oak", "--external", "--name", "A"], ["Sound", "--name", "A", "--licence", "X"]])
def test_a_credit_is_a_role_or_a_work(film: Path, render: Render, words: list[str]) -> None:
    before = contents(film)
    assert render("asset", "credit", "add", *words).code == 2
    assert contents(film) == before


def test_outside_of_a_project_the_cure_is_named(film: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(film.parent)
    said = render("asset", "list")
    assert (said.code, "is in no project" in said.err, "--project DIR" in said.err) == (1, True, True)


def test_a_wrong_word_in_a_group_says_what_was_meant(film: Path, render: Render) -> None:
    assert "Did you mean 'list'?" in render("asset", "lst").err
    assert f"Did you mean: render asset show {S010}" in render("asset", S010).err
