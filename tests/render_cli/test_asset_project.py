"""render project and render people: the folder of a film, and who makes it."""

import json
from pathlib import Path

import pytest

from assetfs import people, project
from tests.assetfs.small_film import contents
from tests.render_cli.conftest import Render

TABLE = "name,ident\nCleo Čapek,cleo,onion,garlic\nAna,ana,onion\n"


def test_a_new_project_has_its_title_and_no_mistakes(onion: Path, render: Render) -> None:
    garlic = onion.parent / "garlic"
    assert render("project", "new", garlic, "--config", "eevee", "-n").code == 0 and not garlic.exists()
    said = render("project", "new", garlic, "--config", "eevee", "--title", "The Garlic")
    assert (said.code, said.out) == (0, f"Made the project {garlic}\n") and f"cd {garlic}" in said.err
    assert project.read(garlic).title == "The Garlic"
    assert (render("project", "check", "--project", garlic).code, render("asset", "check").code) == (0, 0)
    before = contents(garlic)
    again = render("project", "new", garlic, "--config", "cycles")
    assert (again.code, "is a project already" in again.err, contents(garlic) == before) == (1, True, True)
    assert "Choose one of: cycles, eevee." in render("project", "new", "leek", "--config", "luxcore").err


def test_every_mistake_of_the_settings_has_its_line(onion: Path, render: Render) -> None:
    assert (render("project", "check").code, render("project", "check", "--json").json) == (0, [])
    settings = onion / "project.yaml"
    settings.write_text(settings.read_text().replace("look: done", "look: dnoe").replace("shot.blend", "sht.blend"))
    (onion.parent / "people.yaml").write_text("ana: {name: Ana}\nana: {name: Eva}\n")
    said = render("project", "check")
    assert said.code == 1
    for what in (f"{settings}:8: ", "the template sht.blend, which is not in", f"{onion.parent}/people.yaml:2: "):
        assert what in said.out, said.out


def test_people_come_from_a_table_and_those_who_are_there_stay(onion: Path, render: Render, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(TABLE)
    before = (onion.parent / "people.yaml").read_text()
    assert render("people", "import", tmp_path / "users.csv", "-n").out == "Would add cleo: Cleo Čapek\n"
    assert (onion.parent / "people.yaml").read_text() == before
    said = render("people", "import", tmp_path / "users.csv")
    assert (said.code, said.out, "there already: ana" in said.err) == (0, "Added cleo: Cleo Čapek\n", True)
    assert (onion.parent / "people.yaml").read_text().startswith(before)
    found = people.read(onion.parent)
    assert list(found.people) == ["ana", "ben", "cleo"] and found.people["ana"].name == "Ana Arendt"
    assert "cleo   Cleo Čapek" in render("people", "list").out
    assert render("people", "list", "--json").json[2]["projects"] == ["onion", "garlic"]


def test_a_row_that_cannot_be_read_adds_nobody(onion: Path, render: Render, tmp_path: Path) -> None:
    before = contents(onion.parent)
    (tmp_path / "users.csv").write_text(TABLE + "Dan,d n\n")
    said = render("people", "import", tmp_path / "users.csv")
    assert (said.code, "row 4" in said.err, contents(onion.parent) == before) == (1, True, True)
    (tmp_path / "users.csv").write_bytes("Änne,anne\n".encode("latin-1"))
    assert "is not UTF-8" in render("people", "import", tmp_path / "users.csv").err
    (tmp_path / "users.csv").write_bytes(b"A,a\n" * 250_001)
    assert "is larger than" in render("people", "import", tmp_path / "users.csv").err
    assert contents(onion.parent) == before


def test_the_first_people_come_into_a_folder_without_projects(
        onion: Path, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users.csv").write_text(TABLE)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert render("people", "list").code == 1
    assert render("people", "list", "--projects", "empty").err.startswith("Nobody yet.")
    assert render("people", "import", "users.csv", "--projects", "empty").code == 0
    assert list(people.read(tmp_path / "empty").people) == ["cleo", "ana"]
    assert "Is the share mounted?" in render("people", "list", "--projects", "gone").err


def test_what_rfam_wrote_is_printed_as_lines_of_a_project(onion: Path, render: Render, tmp_path: Path) -> None:
    (tmp_path / "project.json").write_text(json.dumps({"title": "The: Leek", "roles": {
        "1": {"role": "Director", "user": "ana", "order": 1}}}))
    said = render("project", "import", tmp_path / "project.json")
    found = project.parse(onion, said.out)
    assert (said.code, found.title, found.roles[0].person, found.problems) == (0, "The: Leek", "ana", ())
    (tmp_path / "project.json").write_text("[]")
    assert render("project", "import", tmp_path / "project.json").code == 1
    assert render("project", "import", tmp_path / "gone.json").err.startswith(f"render: {tmp_path}/gone.json: No such")
