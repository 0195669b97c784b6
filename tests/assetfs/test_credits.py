"""The credits: roles in order, everybody once, works of others with licence and origin; and lines added by programs."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_film import PROJECT, film

from assetfs import credits, project, yaml_edit
from assetfs.errors import BadProject, NoProject
from assetfs.people import People, Person
from assetfs.project import External, Role

PEOPLE = People({ident: Person(ident, name, "", "", ("film",)) for ident, name in
                 (("ana", "Ana <A>"), ("ben", "Ben B."), ("cem", "Cem"))})
TEXT = """\
title: The Onion & Co
licence: CC-BY-SA-4.0
roles:
- {role: Director, person: ana}
- {role: Light, person: ana}
- {role: Light, name: "A. Guest"}
- {role: Light, person: gone}
external:
- {what: Oak, origin: "https://x.y/?a=1&b", author: Q, licence: CC0-1.0}
- {what: Song, origin: "javascript:alert(1)"}
"""
FILM = project.parse(Path("/film"), TEXT)


def test_roles_stand_in_order_and_everybody_has_a_place() -> None:
    made = credits.sections(FILM, PEOPLE)
    assert made.roles == (("Director", ("Ana <A>",)), ("Light", ("Ana <A>", "A. Guest", "gone")))
    assert made.others == ("Ben B.", "Cem")
    assert credits.as_text(made) == """\
The Onion & Co

Director
Ana <A>

Light
Ana <A>
A. Guest
gone

With
Ben B.
Cem

Works of others

Oak
Q, CC0-1.0
https://x.y/?a=1&b

Song
javascript:alert(1)

CC-BY-SA-4.0
"""


def test_what_is_missing_is_named() -> None:
    assert credits.missing(FILM, PEOPLE) == [
        "Light: there is no person gone; add them to people.yaml, or write name: instead.",
        "Song has no licence; write licence: to its line in project.yaml."]
    nothing = project.parse(Path("/film"), "external: [{what: Oak}]")
    assert credits.missing(nothing, PEOPLE) == [
        "The film has no licence; write licence: CC-BY-SA-4.0 into project.yaml.",
        "Oak has no licence and no origin; write licence: to its line in project.yaml."]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value for name, value in attrs if name == "href"]


def test_html_links_only_to_the_web() -> None:
    tags = Tags()
    html = credits.as_html(credits.sections(FILM, PEOPLE))
    tags.feed(html)
    assert html.count("Ana &lt;A&gt;") == 2 and "The Onion &amp; Co" in html
    assert tags.links == ["https://x.y/?a=1&b"]


@given(st.text(), st.text(), st.text())
@settings(max_examples=100, deadline=None)
def test_nothing_in_a_name_becomes_html(one: str, two: str, three: str) -> None:
    nasty = credits.Credits(one, two, (("<script>" + one, (three,)),), (two,), (External(one, two, three, '"><b>'),))
    tags = Tags()
    tags.feed(credits.as_html(nasty))
    assert tags.seen <= {"section", "h1", "h2", "ul", "li", "p", "a"}


def test_no_line_leaves_the_picture() -> None:
    wide = credits.Credits("word " * 40, "", (("Role", ("A" * 100,)),), (),
                           (External("x", "https://" + "y" * 200, "", ""),))
    assert max(map(len, credits.as_blend_text(wide, 30).splitlines())) <= 30


def test_a_role_and_a_work_are_added_and_every_line_of_people_stays(tmp_path: Path) -> None:
    folder = film(tmp_path / "film").folder
    credits.add_role(folder, "Sound: \"loud\"", name="A. Guest")
    credits.add_external(folder, External("Oak", "https://x.y", "", "CC0-1.0"))
    credits.add_external(folder, External("Ash", "", "", ""))
    found = project.read(folder)
    assert found.roles[-1] == Role('Sound: "loud"', None, "A. Guest") and len(found.roles) == 2
    assert found.external == (External("Oak", "https://x.y", "", "CC0-1.0"), External("Ash", "", "", ""))
    text = (folder / "project.yaml").read_text()
    assert [line for line in PROJECT.splitlines() if line not in text.splitlines()] == ["external: []"]
    assert "# since May\n- {role: " in text


@pytest.mark.parametrize("text", [
    "", "title: x", "roles:", "roles: # none yet", "roles: []", "roles: [\n ]\ntitle: x", "roles: ~\n",
    "roles:\n  - role: Sound\n    person: ana\n    # more\n\ntitle: x",
    "roles:\n- {role: a, person: b}\n\n\n# end\nlicence: y",
    "roles:\r\n- {role: a, person: b}\r\ntitle: x\r\n", "\ufeffroles: [{role: a, person: b}]",
    "roles: [{role: a, person: b}]",
    "title: |\n  roles:\n  - x\nroles:\n- role: >\n    a\n  person: b\n", "{title: x}", "roles: 5", "title: x\n...\n",
    "a: [",
])
def test_an_item_is_added_or_the_file_stays_and_the_lines_are_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "project.yaml"
    path.write_bytes(text.encode())
    before = project.parse(tmp_path, text)
    try:
        credits.add_role(tmp_path, "Sound", person="ben")
    except BadProject as error:
        assert path.read_bytes() == text.encode() and '{role: "Sound", person: "ben"}' in (error.hint or "")
        assert text in ("{title: x}", "roles: 5", "title: x\n...\n", "a: [", "roles: ~\n")
    else:
        after = project.read(tmp_path)
        assert after.roles == (*before.roles, Role("Sound", "ben", None))
        assert (after.title, after.licence, after.problems) == (before.title if "title" in text else tmp_path.name,
                                                                before.licence, ())


@given(st.text(alphabet="roles:[]{}-, \n#ab'\"|>&*", max_size=40), st.text(min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_write_what_was_not_wanted(tmp_path_factory: pytest.TempPathFactory, text: str,
                                                    role: str) -> None:
    path = tmp_path_factory.getbasetemp() / "edited.yaml"
    path.write_text(text)
    before = project.parse(path.parent, text)
    try:
        yaml_edit.add_item(path, "roles", {"role": role, "person": "ben"}, "x")
    except BadProject:
        assert path.read_text() == text
    else:
        assert project.parse(path.parent, path.read_bytes().decode()).roles == (*before.roles, Role(role, "ben", None))


def test_a_role_needs_one_person_and_a_project(tmp_path: Path) -> None:
    with pytest.raises(BadProject):
        credits.add_role(tmp_path, "Sound")
    with pytest.raises(BadProject):
        credits.add_role(tmp_path, "Sound", "ana", "Ana")
    with pytest.raises(NoProject):
        credits.add_role(tmp_path, "Sound", "ana")
