"""Which assets must be rendered by themselves: once for each content of the .blend.

What was submitted stands in the sidecar, under `submitted`: {sha256, size, mtime_ns, jobs, state}; one job for each
scene. Only where the project says automatic_rendering, the state says render and the asset says render.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetfs import sidecar
from assetfs.names import sidecar_of
from assetfs.project import Project
from assetfs.tree import Asset, BlendFacts, Problem


@dataclass(frozen=True)
class Due:
    path: str
    state: str
    priority: int | None            # the state's
    facts: BlendFacts
    sha256: str


def due(project: Project, assets: Mapping[str, Asset]) -> tuple[list[Due], list[Problem]]:
    """What to submit, and which .blend could not be read."""
    found, problems = [], []
    for path, asset in assets.items() if project.automatic_rendering else ():
        said, facts = asset.sidecar, asset.blend
        state = project.states.get(said.state) if said else None
        if not (said and facts and state and state.render and said.render) or _same_date(said.submitted, facts):
            continue
        try:
            facts, sha256 = _summed(project.folder / path)
        except OSError as error:
            problems.append(Problem(path, f"it cannot be read ({error.strerror}); make it readable for the farm."))
            continue
        if said.submitted.get("sha256") != sha256:
            found.append(Due(path, said.state, state.priority, facts, sha256))
    return found, problems


def submit_once(folder: Path, due: Due, jobs: Sequence[str], send: Callable[[], None]) -> bool:
    """True if `send` put these jobs into the spool, and the sidecar says so; False if somebody was faster or changed
    the state. The new sidecar lies ready before `send`: where it cannot be written, nothing is sent again and again. A
    crash after `send` leaves jobs that the sidecar does not know, and they are sent again: rather twice than never."""
    def edit(found: dict[str, Any]) -> None:
        before = found.get("submitted") or {}
        if found["state"] == due.state and found.get("render") is True and before.get("sha256") != due.sha256:
            found["submitted"] = {"sha256": due.sha256, "size": due.facts.size, "mtime_ns": due.facts.mtime_ns,
                                  "jobs": list(jobs), "state": due.state}

    after = sidecar.change(folder / sidecar_of(due.path), edit, send)
    return submitted_jobs(after.submitted) == list(jobs)


def submitted_jobs(submitted: Mapping[str, Any]) -> list[str]:
    """The names of the jobs; anybody may have written something else there."""
    jobs = submitted.get("jobs")
    return [job for job in jobs if isinstance(job, str)] if isinstance(jobs, list) else []


def _same_date(submitted: Mapping[str, Any], facts: BlendFacts) -> bool:
    return (submitted.get("size"), submitted.get("mtime_ns")) == (facts.size, facts.mtime_ns)


def _summed(path: Path) -> tuple[BlendFacts, str]:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise OSError(0, "it is not a file")
        # The facts of what is summed: a later save has others, and is due again.
        return BlendFacts(info.st_size, info.st_mtime_ns), hashlib.file_digest(file, "sha256").hexdigest()
