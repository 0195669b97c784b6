"""project.yaml and people.yaml: what is wrong is named with its line, what is right stays usable."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_film import PROJECT, after_another, film

from assetfs import credits, people, project, rfam
from assetfs.configuration import AssetType, State
from assetfs.errors import BadProject, NoProject
from assetfs.people import People, Person
from assetfs.project import External, Role


def test_a_project_is_read(tmp_path: Path) -> None:
    found = film(tmp_path / "film")
    assert found.problems == ()
    assert (found.ident, found.title, found.automatic_rendering, found.movie) == (
        "film", "The Onion", True, "movies/*.mp4")
    assert found.states["render"] == State("render", "Render it", "rendering", False, True, 60)
    assert found.types["shot"] == AssetType("shot", "Shot", "shots", "shot.blend", ("todo", "render", "done"), "todo",
                                            50,
                                            True, False, "//../render/%(name)s/####", {"todo": 30.0})
    assert (found.types["prop"].directory, found.types["prop"].state) == ("prop", "todo")
    assert found.roles == (Role("Director", "ana", None),)


@pytest.mark.parametrize(("text", "words"), [
    ("titel: x", "1: there is no titel here; did you mean title?"),
    ("title: a\ntitle: b", "2: title stands in line 1 already; delete one."),
    ("title:\n\tx", "2: a tab stands here"),
    ("title: [a]", "1: title must be a text"),
    ("title:", "1: title must be a text"),
    ("weight: heavy", "1: weight must be a whole number; write weight: 50."),
    ("automatic_rendering: perhaps", "1: automatic_rendering must be yes or no."),
    ("movie: ../../etc/passwd", "1: movie must be a path inside the folder"),
    ("photo: /etc/passwd", "1: photo must be a path inside the folder"),
    ("priorities: {lowest: 9, highest: 3}", "1: lowest must be less than highest"),
    ("priorities: 5", "1: priorities must hold lines"),
    ("states: [todo]", "1: states must hold lines"),
    ("states:\n  a b: {name: x}", "2: a b is no ident"),
    ("states:\n  todo: waiting", "2: todo must hold values"),
    ("states:\n  todo: {look: pink}", "2: look must be one of waiting, rendering, done, failed, held, silent, not"),
    ("states: {todo: {}}\ntypes:\n  shot: {states: [todo, gone]}", "the states of shot name gone, which is none"),
    ("states: {todo: {}}\ntypes:\n  shot: {state: gone}", "3: state must be one of todo, not gone."),
    ("types:\n  shot: {directory: ../..}", "2: directory must be a path inside the folder"),
    ("types:\n  shot: {time_budget: {todo: long}}", "2: todo must be a number of minutes"),
    ("roles: [Director]", "1: each of roles must be like"),
    ("roles:\n- {role: x}", "2: a role is of one person or of one name"),
    ("external:\n- {licence: CC0-1.0}", "2: it is not said what this is"),
    ("states: &a {todo: *a}", "a * elsewhere repeats these lines"),
    ("states: &a {x: 1}\ntypes: *a", "1: a * elsewhere repeats these lines; write them out there."),
    ('"\\e[2J": x', "1: there is no \\x1b[2J here"),
    ("- a", "1: settings are lines like title: The Onion"),
])
def test_what_is_wrong_is_named_with_its_line(text: str, words: str) -> None:
    found = project.parse(Path("/film"), text)
    assert any(p.startswith("/film/project.yaml:") and words in p for p in found.problems), found.problems


def test_what_is_right_beside_a_fault_is_usable() -> None:
    found = project.parse(Path("/film"), PROJECT.replace("look: rendering", "look: pink").replace("yes", "perhaps", 1))
    assert len(found.problems) == 2
    assert found.states["render"].render and list(found.types) == ["shot", "prop"] and not found.automatic_rendering


def test_words_are_taken_as_they_stand() -> None:
    found = project.parse(Path("/film"), "title: 1984\nlicence: no\nstates: {on: {name: 22:00}}")
    assert (found.title, found.licence, found.states["on"].name, found.problems) == ("1984", "no", "22:00", ())


@given(st.text(alphabet=":{}[]-,#&*!|>'\"%@ \n\tabstates title0é\x00\x85", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_project_or_has_problems(text: str) -> None:
    found = project.parse(Path("/film"), text)
    assert all(isinstance(problem, str) and "\n" not in problem for problem in found.problems)


def test_a_link_or_nothing_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject):
        project.read(tmp_path)
    (tmp_path / "project.yaml").symlink_to("/etc/passwd")
    assert "cannot be read" in project.read(tmp_path).problems[0]


def test_a_project_is_found_upward_and_listed(tmp_path: Path) -> None:
    film(tmp_path / "film")
    film(tmp_path / ".hidden")
    film(tmp_path / "映画")
    (tmp_path / "people").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "film")
    (tmp_path / "film/shots/deep").mkdir(parents=True)
    assert project.find(tmp_path / "film/shots/deep") == tmp_path / "film"
    assert project.listed(tmp_path) == ["film", "映画"]
    with pytest.raises(NoProject):
        project.find(tmp_path / "people")


def test_people_are_read_with_their_faults(tmp_path: Path) -> None:
    assert people.read(tmp_path) == People()
    (tmp_path / "people.yaml").write_text("ana: {name: Ana, language: de, projects: [film]}\nben: 5\n"
                                          "cem: {projects: film}\n")
    found = people.read(tmp_path)
    assert found.people["ana"] == Person("ana", "Ana", "", "de", ("film",))
    assert list(found.people) == ["ana", "cem"] and [p.ident for p in people.of_project(found, "film")] == ["ana"]
    assert [problem.partition(".yaml:")[2][:2] for problem in found.problems] == ["2:", "3:"]


def test_a_csv_of_rfam_adds_persons_and_leaves_those_who_are_there_alone(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("# the class of 9b\nana: {name: Ana A.}   # the first")
    rows = "\ufeffAna,ana,film\r\nBen \"B\" Ü,ben,film,,other\n,x\nno ident,a/b\nTwice,ben\n\nCem,cem\n"
    plan = people.import_csv(rows, people.read(tmp_path))
    assert plan.new == (Person("ben", 'Ben "B" Ü', "people/ben.jpg", "", ("film", "other")),
                        Person("cem", "Cem", "people/cem.jpg", "", ()))
    assert plan.there == ("ana",)
    assert [problem[:6] for problem in plan.problems] == ["row 3:", "row 4:", "row 5:"]
    people.add(tmp_path, plan.new)
    text = (tmp_path / "people.yaml").read_text()
    assert text.startswith("# the class of 9b\nana: {name: Ana A.}   # the first\nben: ")
    found = people.read(tmp_path)
    assert (found.problems, found.people["ben"]) == ((), plan.new[0])


def test_a_table_with_semicolons_and_a_heading_is_read() -> None:
    plan = people.import_csv("Name;Ident;Project\nÉva Ö;eva;film\n", People())
    assert plan == people.CsvPlan((Person("eva", "Éva Ö", "people/eva.jpg", "", ("film",)),), (), ())


def test_people_yaml_is_made_or_refused_never_broken(tmp_path: Path) -> None:
    people.add(tmp_path, [Person("ana", "Ana", "", "", ())])
    assert list(people.read(tmp_path).people) == ["ana"]
    for name in ("Another", "Ana"):     # the second: two imported the same table at once
        with pytest.raises(BadProject):
            people.add(tmp_path, [Person("ana", name, "", "", ())])
    (tmp_path / "people.yaml").write_text("{ana: {name: Ana}}\n")
    with pytest.raises(BadProject, match="a program cannot add to") as error:
        people.add(tmp_path, [Person("ben", "Ben", "", "", ())])
    assert 'ben: {name: "Ben"}' in (error.value.hint or "")
    assert (tmp_path / "people.yaml").read_text() == "{ana: {name: Ana}}\n"


@pytest.mark.parametrize("before", [None, "", "# nobody yet\n", "ben: {name: Ben}\n"])
@pytest.mark.parametrize("name", ["a\x7f\x1b[2Jb", "a\x85\u2028b", "\ufffe", "a\xa0\U0001f9c5"])
def test_a_name_may_hold_what_yaml_does_not(tmp_path: Path, before: str | None, name: str) -> None:
    if before is not None:
        (tmp_path / "people.yaml").write_text(before)
    people.add(tmp_path, [Person("ana", name, "", "", ())])
    found = people.read(tmp_path)
    assert (found.problems, found.people["ana"].name) == ((), name)


@pytest.mark.parametrize("there", [0, 1])
def test_more_people_than_can_be_read_are_refused(tmp_path: Path, there: int) -> None:
    everybody = [Person(f"p{i}", "A pupil of this school", f"people/p{i}.jpg", "", ("film",)) for i in range(5000)]
    for one in everybody[:there]:
        people.add(tmp_path, [one])
    with pytest.raises(BadProject, match="would have more than"):
        people.add(tmp_path, everybody[there:])
    assert len(people.read(tmp_path).people) == there and people.read(tmp_path).problems == ()


@pytest.mark.parametrize("what", ["link", "pipe", "huge"])
def test_a_people_yaml_that_is_not_read_is_not_added_to(tmp_path: Path, what: str) -> None:
    path, elsewhere = tmp_path / "people.yaml", tmp_path / "elsewhere"
    elsewhere.write_text("ben: {name: Ben}\n")
    if what == "link":
        path.symlink_to(elsewhere)
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.write_text("#" * 300_000)
    before = path.lstat()
    with pytest.raises(BadProject, match=r"people\.yaml: "):
        people.add(tmp_path, [Person("ana", "Ana", "", "", ())])
    assert path.lstat() == before and elsewhere.read_text() == "ben: {name: Ben}\n"


def test_what_others_wrote_before_the_lock_was_free_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(person: str, role: str) -> None:
        (tmp_path / "people.yaml").write_text(f"{person}: {{name: Somebody}}\n")
        (tmp_path / "project.yaml").write_text(f"roles: [{{role: {role}, name: Somebody}}]\n")

    write("ana", "Director")
    after_another(monkeypatch, lambda: write("ben", "Light"))
    people.add(tmp_path, [Person("cem", "Cem", "", "", ())])
    assert list(people.read(tmp_path).people) == ["ben", "cem"]
    write("ana", "Director")
    credits.add_role(tmp_path, "Sound", name="Cem")
    assert [role.role for role in project.read(tmp_path).roles] == ["Light", "Sound"]


def test_rfams_project_becomes_lines_of_ours() -> None:
    text = rfam.project_lines(json.dumps({
        "title": 'The "Onion": a film', "description": "two\nlines\x7f", "license": "CC-BY", "default": "x",
        "roles": {"u2": {"role": "Sound", "user": "ben", "order": 2.0},
                  "u1": {"role": "Director", "user": "ana", "order": 0}},
        "ext_assets": {"u": {"description": "Oak", "license": "CC0", "origin": "https://x.y"},
                       "v": {"description": "Ash"}},
    }).encode())
    found = project.parse(Path("/film"), text)
    assert found.problems == ()
    assert (found.title, found.description, found.licence) == ('The "Onion": a film', "two\nlines\x7f", "CC-BY")
    assert found.roles == (Role("Director", "ana", None), Role("Sound", "ben", None))
    assert found.external == (External("Ash", "", "", ""), External("Oak", "https://x.y", "", "CC0"))


@pytest.mark.parametrize("data", [b"", b"[]", b'{"roles": []}', b'{"roles": {"a": {"order": "x"}}}', b'{"title": 5}',
                                  b"[" * 100_000])
def test_what_is_no_project_of_rfam_is_refused(data: bytes) -> None:
    with pytest.raises(BadProject, match=r"no project\.json of RFAM"):
        rfam.project_lines(data)
