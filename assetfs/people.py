"""The people of all projects: people.yaml in the folder of the projects."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assetfs import yaml_edit, yaml_lines
from assetfs.names import is_ident, shown
from assetfs.taking import Taker

FILE = "people.yaml"
EXAMPLE = "ana: {name: Ana}"


@dataclass(frozen=True)
class Person:
    ident: str
    name: str
    photo: str                      # relative to the folder of the projects; "" for none
    language: str                   # "" for the page's own
    projects: tuple[str, ...]


@dataclass(frozen=True)
class People:
    people: Mapping[str, Person] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class CsvPlan:
    new: tuple[Person, ...]
    there: tuple[str, ...]          # idents that are people already, and are left alone
    problems: tuple[str, ...]


def read(projects: Path) -> People:
    """Without a people.yaml there is nobody; that is no problem."""
    path = projects / FILE
    if not os.path.lexists(path):
        return People()
    block, problems = yaml_lines.read(path, EXAMPLE, yaml_lines.LARGEST_OF_FILM, trusted=False)
    take, found = Taker(path, problems), {}
    for ident, inside in take.named_blocks(block):
        take.only(inside, ("name", "photo", "language", "projects"))
        found[ident] = Person(ident, take.text(inside, "name", ident), take.path_inside(inside, "photo"),
                              take.text(inside, "language"), take.texts(inside, "projects"))
    return People(found, tuple(problems))


def of_project(people: People, project: str) -> list[Person]:
    return [person for person in people.people.values() if project in person.projects]


def import_csv(text: str, people: People) -> CsvPlan:
    """Rows of name, ident, project, project, ...; a first row "name, ident, ..." is a heading."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if first.count(";") > first.count(",") else ",")
    new: dict[str, Person] = {}
    there, problems = [], []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            heading = rows.line_num == 1 and [c.lower() for c in cells[:2]] == ["name", "ident"]
            if not any(cells) or heading:
                continue
            name, ident = (*cells, "", "")[:2]
            if not name or not is_ident(ident):
                problems.append(f"row {rows.line_num}: {shown(ident) or 'nothing'} is no ident for {shown(name)}; "
                                "write: Ana Arendt, ana, film.")
            elif ident in new:
                problems.append(f"row {rows.line_num}: {ident} stands in the file twice; give one another ident.")
            elif ident in people.people:
                there.append(ident)
            else:
                new[ident] = Person(ident, name, f"people/{ident}.jpg", "", tuple(filter(None, cells[2:])))
    except csv.Error as error:
        problems.append(f"row {rows.line_num}: this is not CSV ({error}); save the table as CSV in UTF-8.")
    return CsvPlan(tuple(new.values()), tuple(there), tuple(problems))


def add(projects: Path, persons: Iterable[Person]) -> None:
    """New lines at the end of people.yaml; all that stands there stays as it is."""
    yaml_edit.add_lines(projects / FILE, "".join(map(_line, persons)), EXAMPLE)


def _line(person: Person) -> str:
    values = {"name": person.name, "photo": person.photo, "language": person.language,
              "projects": list(person.projects)}
    return f"{person.ident}: {yaml_edit.flow({key: value for key, value in values.items() if value})}\n"
