"""A film on the disk for tests: real files, and the snapshot that the index makes of them."""

import json
import os
from pathlib import Path
from typing import Any

from assetfs import people, project, tree
from assetfs.people import People
from webview.index import Film

PROJECT = """\
title: The Onion
description: |
  A farmer finds
  a talking onion.
licence: CC-BY-SA-4.0
priorities: {lowest: 0, highest: 100, boosting: yes, boost: 1, visible: yes}
states:
  todo: {name: To do, look: waiting, boost: yes}
  render: {name: Render it, look: rendering, render: yes, boost: no}
  done: {name: Done, look: done, boost: no}
types:
  shot: {name: Shot, directory: shots, template: shot.blend, states: [todo, render, done], state: todo, priority: 50,
         render: yes}
  prop: {name: Prop, directory: props, states: [todo, done], state: todo, priority: 40}
roles:
  - {role: Director, person: ana}
  - {role: Sound, name: A. Guest}
external:
  - {what: Oak texture, origin: "https://example.org/oak", author: Oak Tree, licence: CC0-1.0}
  - {what: Wind, origin: "https://example.org/wind"}
"""
PEOPLE = """\
ana: {name: Ana Arendt, language: de, projects: [film]}
ben: {name: Ben Bär, projects: [film]}
cleo: {name: Cleo, projects: [other]}
"""


class FilmFolder:
    """`projects/film` with people beside it."""

    def __init__(self, projects: Path, project_yaml: str = PROJECT, people_yaml: str = PEOPLE) -> None:
        self.projects, self.folder = projects, projects / "film"
        self.folder.mkdir(parents=True)
        (self.folder / "project.yaml").write_text(project_yaml, encoding="utf-8")
        (projects / "people.yaml").write_text(people_yaml, encoding="utf-8")

    def write(self, path: str, data: bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def asset(self, path: str, *, blend: bytes | None = b"BLENDER", **said: Any) -> str:
        """An asset that says at least name, type and state."""
        stem = os.path.basename(path).removesuffix(".blend")
        sidecar = {"name": stem, "type": "shot", "state": "todo", **said}
        self.write(f"{path}.json", json.dumps(sidecar).encode())
        if blend is not None:
            self.write(path, blend)
        return path

    def film(self) -> Film:
        return Film("film", project.read(self.folder), tree.scan(self.folder), 1, 0.0)

    def people(self) -> People:
        return people.read(self.projects)


def picture(project: str, path: str, size: int = 160) -> str:
    return f"/thumb/asset/{project}/{path}?size={size}"


def no_jobs(blend: str) -> list[dict[str, Any]]:
    return []
