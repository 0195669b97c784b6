"""The film that a .blend is of, and what that means for the priority of its jobs."""

import os
from typing import TYPE_CHECKING

from spool.layout import Spool

if TYPE_CHECKING:
    from assetfs.project import Project

FILE = "project.yaml"       # that of assetfs/project.py, which takes long to load
USUAL = 50          # the weight of a film that is as urgent as others


def of(blend: str) -> str:
    """The name of the project that the file is in: that of the closest folder with a project.yaml; "" for none."""
    return os.path.basename(_folder(blend))


def _folder(blend: str) -> str:
    folder = os.path.dirname(blend)
    while folder != "/":
        if os.path.isfile(f"{folder}/{FILE}"):
            return folder
        folder = os.path.dirname(folder)
    return ""


def more(spool: Spool, project: str, blend: str = "") -> int:
    """What is added to the priority of its jobs: as farm.yaml says, else the weight in its project.yaml beyond 50."""
    if not project:
        return 0
    if project in spool.rules.projects:
        return spool.rules.projects[project]
    folder = _folder(blend) if blend else ""
    if not folder or os.path.basename(folder) != project:
        return 0
    from pathlib import Path  # only here: most files are of no project

    from assetfs import project as films

    return more_for(spool, films.read(Path(folder)))


def more_for(spool: Spool, film: "Project") -> int:
    """As `more`, for a project that was read."""
    return spool.rules.projects.get(film.ident, 0 if film.weight is None else film.weight - USUAL)
