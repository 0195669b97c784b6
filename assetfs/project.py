"""A film: a folder with a project.yaml."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetfs import yaml_lines
from assetfs.configuration import AssetType, Priorities, State, take_priorities, take_states, take_types
from assetfs.errors import NoProject
from assetfs.names import is_text, shown
from assetfs.taking import Taker
from assetfs.yaml_lines import Block

FILE = "project.yaml"
EXAMPLE = "title: The Onion"
KEYS = ("title", "description", "licence", "photo", "weight", "automatic_rendering", "movie", "priorities", "states",
        "types", "roles", "external")


@dataclass(frozen=True)
class Role:
    """Somebody in the credits: a person of people.yaml, or a name."""

    role: str
    person: str | None
    name: str | None


@dataclass(frozen=True)
class External:
    """Something that others made; "" is what nobody wrote down."""

    what: str
    origin: str
    author: str
    licence: str


@dataclass(frozen=True)
class Project:
    folder: Path
    ident: str
    title: str
    description: str
    licence: str
    photo: str
    weight: int | None
    automatic_rendering: bool
    movie: str
    priorities: Priorities
    states: Mapping[str, State]
    types: Mapping[str, AssetType]
    roles: tuple[Role, ...]
    external: tuple[External, ...]
    problems: tuple[str, ...]


def find(start: Path) -> Path:
    """The project that this folder is in."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / FILE).is_file():
            return folder
    raise NoProject(f"{shown(str(start))} is in no project.", "Go into one, or name it with --project DIR.")


def listed(projects: Path) -> list[str]:
    """The idents of the projects in this folder."""
    try:
        names = os.listdir(projects)
    except OSError as error:
        raise NoProject(f"{shown(str(projects))} cannot be read ({error.strerror}).", "Name the folder that holds "
                        "the projects.") from None
    return sorted(n for n in names if n[0] != "." and is_text(n) and not (projects / n).is_symlink()
                  and os.path.lexists(projects / n / FILE))


def read(folder: Path) -> Project:
    """The project, with what is wrong in its file; what is right there is usable."""
    path = folder / FILE
    if not os.path.lexists(path):
        raise NoProject(f"There is no {shown(str(path))}.", f"Make a project: render project new {folder.name}.")
    block, problems = yaml_lines.read(path, EXAMPLE, yaml_lines.LARGEST_OF_FILM, trusted=False)
    return _taken(folder, block, problems)


def parse(folder: Path, text: str) -> Project:
    """As `read`, for a text that would stand in the file."""
    return _taken(folder, *yaml_lines.parsed(folder / FILE, text, EXAMPLE))


def _taken(folder: Path, block: Block, problems: list[str]) -> Project:
    take, ident = Taker(folder / FILE, problems), folder.absolute().name
    take.only(block, KEYS)
    priorities = take_priorities(take, take.block(block, "priorities"))
    states = take_states(take, take.block(block, "states"))
    return Project(
        folder, ident, take.text(block, "title", ident), take.text(block, "description"),
        take.text(block, "licence"), take.path_inside(block, "photo"), take.number_or_none(block, "weight"),
        take.switch(block, "automatic_rendering", False), take.path_inside(block, "movie", "movies/*.mp4"),
        priorities, states, take_types(take, take.block(block, "types"), states, priorities.lowest),
        tuple(_role(take, item) for item in take.blocks(block, "roles")),
        tuple(_external(take, item) for item in take.blocks(block, "external")), tuple(problems),
    )


def _role(take: Taker, block: Block) -> Role:
    take.only(block, ("role", "person", "name"))
    person, name = take.text(block, "person"), take.text(block, "name")
    if bool(person) == bool(name):
        take.wrong(block.line, "a role is of one person or of one name; write {role: Sound, person: ana}.")
    return Role(take.text(block, "role"), person or None, name or None)


def _external(take: Taker, block: Block) -> External:
    take.only(block, ("what", "origin", "author", "licence"))
    if not take.text(block, "what"):
        take.wrong(block.line, "it is not said what this is; write {what: Oak texture, licence: CC0-1.0}.")
    return External(take.text(block, "what"), take.text(block, "origin"), take.text(block, "author"),
                    take.text(block, "licence"))
