"""The credits of a film, from its project.yaml and people.yaml."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from assetfs import project as projects
from assetfs import yaml_edit
from assetfs.errors import BadProject
from assetfs.people import People, of_project
from assetfs.project import External, Project, Role

OTHERS, WORKS = "With", "Works of others"       # the page hands over its own language's words


@dataclass(frozen=True)
class Credits:
    title: str
    licence: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]      # role, names; roles in the project's order
    others: tuple[str, ...]                             # people of the project without a role
    external: tuple[External, ...]


def sections(project: Project, people: People) -> Credits:
    """A role that stands on several lines in a row is one, with several names."""
    roles = [(_line(role), tuple(_line(_name(r, people)) for r in same))
             for role, same in groupby(project.roles, key=lambda r: r.role)]
    credited = {role.person for role in project.roles}
    others = sorted(_line(p.name) for p in of_project(people, project.ident) if p.ident not in credited)
    external = tuple(External(_line(e.what), _line(e.origin), _line(e.author), _line(e.licence))
                     for e in project.external)
    return Credits(_line(project.title), _line(project.licence), tuple(roles), tuple(others), external)


def as_text(made: Credits, others: str = OTHERS, works: str = WORKS) -> str:
    return "\n\n".join("\n".join(part) for part in _parts(made, others, works)) + "\n"


def as_blend_text(made: Credits, width: int = 44, others: str = OTHERS, works: str = WORKS) -> str:
    """For a text object: no line is longer than `width` characters, so that none leaves the picture."""
    parts = [[piece for line in part for piece in textwrap.wrap(line, width, break_on_hyphens=False)]
             for part in _parts(made, others, works)]
    return "\n\n\n".join("\n".join(part) for part in parts) + "\n"


def as_html(made: Credits, others: str = OTHERS, works: str = WORKS) -> str:
    """A piece of a page; everything in it is escaped."""
    html = [f'<section class="credits">\n<h1>{escape(made.title)}</h1>']
    for role, names in _with_others(made, others):
        html.append(f"<h2>{escape(role)}</h2>\n<ul>{''.join(f'<li>{escape(name)}</li>' for name in names)}</ul>")
    if made.external:
        items = "".join(f"<li>{_work_html(work)}</li>" for work in made.external)
        html.append(f"<h2>{escape(works)}</h2>\n<ul>{items}</ul>")
    html.append(f'<p class="licence">{escape(made.licence)}</p>' if made.licence else "")
    return "\n".join(filter(None, [*html, "</section>\n"]))


def missing(project: Project, people: People) -> list[str]:
    """What the credits still need before the film is shown, each with the cure."""
    found = [] if project.licence else ["The film has no licence; write licence: CC-BY-SA-4.0 into project.yaml."]
    found += [f"{role.role}: there is no person {role.person}; add them to people.yaml, or write name: instead."
              for role in project.roles if role.person and role.person not in people.people]
    for work in project.external:
        lacks = [key for key, text in (("licence", work.licence), ("origin", work.origin)) if not text.strip()]
        if lacks:
            found.append(f"{work.what or 'A work of others'} has no {' and no '.join(lacks)}; "
                         f"write {lacks[0]}: to its line in project.yaml.")
    return found


def add_role(folder: Path, role: str, person: str | None = None, name: str | None = None) -> None:
    said = {"role": role, "person": person or "", "name": name or ""}
    if not role.strip() or bool(person) == bool(name):
        raise BadProject("A role needs its name, and one person or one name.", "Give --person IDENT or --name NAME.")
    _add(folder, "roles", said)


def add_external(folder: Path, work: External) -> None:
    if not work.what.strip():
        raise BadProject("It is not said what this is.", "Say it in some words: Oak texture.")
    _add(folder, "external", {"what": work.what, "origin": work.origin, "author": work.author,
                              "licence": work.licence})


def _add(folder: Path, key: str, said: dict[str, str]) -> None:
    projects.read(folder)               # says so if there is none
    yaml_edit.add_item(folder / projects.FILE, key, {k: v for k, v in said.items() if v}, projects.EXAMPLE)


def _name(role: Role, people: People) -> str:
    person = people.people.get(role.person or "")
    return person.name if person else role.name or role.person or "?"


def _line(text: str) -> str:
    return " ".join(text.split())


def _with_others(made: Credits, others: str) -> list[tuple[str, tuple[str, ...]]]:
    return [*made.roles, *([(others, made.others)] if made.others else [])]


def _parts(made: Credits, others: str, works: str) -> Iterator[list[str]]:
    yield [made.title]
    for role, names in _with_others(made, others):
        yield [role, *names]
    if made.external:
        yield [works]
    for work in made.external:
        by = ", ".join(filter(None, (work.author, work.licence)))
        yield list(filter(None, (work.what, by, work.origin)))
    if made.licence:
        yield [made.licence]


def _work_html(work: External) -> str:
    what = escape(work.what)
    if work.origin.startswith(("https://", "http://")):
        what = f'<a href="{escape(work.origin)}" rel="noreferrer">{what}</a>'
    elif work.origin:
        what = f"{what}, {escape(work.origin)}"
    return ", ".join(filter(None, (what, escape(work.author), escape(work.licence))))
