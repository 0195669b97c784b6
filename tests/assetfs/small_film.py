"""A small film for tests."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from assetfs import project, tree, writing
from assetfs.project import Project
from assetfs.tree import Asset
from tests.fakes.crashing import CRASHED, WAYS, Crash

PROJECT = """\
title: The Onion
licence: CC-BY-SA-4.0            # of the film
automatic_rendering: yes
priorities: {lowest: 0, highest: 100, names: [low, normal, urgent]}
states:
  todo: {name: To do, look: waiting, boost: yes}
  render: {name: Render it, look: rendering, render: yes, priority: 60}
  done: {name: Done, look: done}
types:
  shot: {name: Shot, directory: shots, template: shot.blend, states: [todo, render, done], priority: 50, render: yes,
         output: //../render/%(name)s/####, time_budget: {todo: 30}}
  prop: {name: Prop, states: [todo, done]}
# who did what
roles:
- {role: Director, person: ana}  # since May

external: []
"""


def film(folder: Path, text: str = PROJECT) -> Project:
    (folder / "templates").mkdir(parents=True)
    (folder / "project.yaml").write_text(text)
    (folder / "templates/shot.blend").write_bytes(b"BLENDER template")
    return project.read(folder)


def put(folder: Path, path: str, blend: bytes | None = b"BLENDER", **said: Any) -> Path:
    """An asset with its sidecar."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    if blend is not None:
        (folder / path).write_bytes(blend)
    sidecar = folder / f"{path}.json"
    sidecar.write_text(json.dumps({"name": Path(path).stem, "type": "shot", "state": "todo", **said}))
    return sidecar


def assets(folder: Path) -> dict[str, Asset]:
    return tree.scan(folder).assets


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that a person would see, and the trash."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and (path.name[0] != ".")}


def after_another(monkeypatch: pytest.MonkeyPatch, writes: Callable[[], Any]) -> None:
    """Who takes the lock of a folder next gets it from somebody who has just written."""
    real = writing.alone

    def alone(folder: Path) -> AbstractContextManager[None]:
        writes()
        return real(folder)

    monkeypatch.setattr(writing, "alone", alone)


def crash_everywhere(prepare: Callable[[], None], act: Callable[[], Any], recovered: Callable[[], None],
                     root: Path, ways: Iterable[str] = WAYS) -> int:
    """How many crashes of `act` were survived: one before each file operation, in each of these ways."""
    survived = 0
    for way in ways:
        for at in range(1, 1000):
            prepare()
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                try:
                    crash = Crash(str(root), at, way)
                    crash.install()
                    act()
                    crash.end(0)
                finally:
                    os._exit(1)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            assert code in (0, CRASHED), code
            recovered()
            if code == 0:
                break
            survived += 1
    return survived
