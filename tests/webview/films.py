"""A folder of projects for tests."""

import json
from pathlib import Path

PROJECT = """\
title: The Onion
states:
  todo: {name: To do, look: waiting}
  render: {name: Render it, look: rendering}
  done: {name: Done, look: done}
types:
  shot: {name: Shot, directory: shots, states: [todo, render, done], state: todo}
"""
PEOPLE = """\
ana: {name: Ana Arendt, photo: people/ana.jpg, language: de, projects: [film]}
ben: {name: Ben, language: en, projects: [film]}
"""


def make(projects: Path, ident: str = "film", shots: int = 3) -> Path:
    """The folder of a project."""
    film = projects / ident
    film.mkdir(parents=True)
    (film / "project.yaml").write_text(PROJECT)
    for number in range(1, shots + 1):
        add(film, f"shots/s{number:02}.blend")
    return film


def add(film: Path, path: str, **said: object) -> Path:
    """An asset; the path of its sidecar."""
    blend = film / path
    blend.parent.mkdir(parents=True, exist_ok=True)
    blend.write_bytes(b"BLENDER")
    sidecar = film / f"{path}.json"
    sidecar.write_text(json.dumps({"name": blend.stem, "type": "shot", "state": "todo", **said}))
    return sidecar
