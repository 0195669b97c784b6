"""The configurations that come with the program, and a new project made from one.

A configuration is a folder with a project.yaml and templates/*.blend. In a checkout they lie in etc/projects; pip
puts them into share/renderd/projects of the environment.

    plan(Path("/mnt/projects/onion"), "cycles", "The Onion")  ->  make(...)

project.yaml is written last, so what a crash leaves is no project yet, and making it again completes it.
"""

import json
import os
import posixpath
import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from assetfs import project, writing
from assetfs.errors import BadPath, BadProject, Exists, NoProject
from assetfs.names import TEMPLATES, is_ident, shown
from assetfs.project import Project

_TITLE = re.compile(r"^title:.*$", re.MULTILINE)


@dataclass(frozen=True)
class NewProject:
    """What making it will write; all but `above` and the sources is inside `folder`."""

    folder: Path
    above: Path                             # the folder of the projects, which is there
    copies: tuple[tuple[Path, Path], ...]   # template, and its copy
    folders: tuple[Path, ...]               # for the assets, and for what is rendered of them
    text: str                               # of project.yaml


def configurations() -> dict[str, Path]:
    """Name and folder of all that come with the program."""
    for place in _places():
        if place.is_dir():
            return {path.parent.name: path.parent for path in sorted(place.glob(f"*/{project.FILE}"))}
    return {}


def find(name: str) -> Path:
    """The folder of a configuration that comes with the program, or of one's own: a path, so it has a /."""
    if "/" in name:
        if not (Path(name) / project.FILE).is_file():
            raise NoProject(f"{shown(name)} is no configuration: it has no {project.FILE}.",
                            f"It needs a {project.FILE} and a folder {TEMPLATES}.")
        return Path(name)
    there = configurations()
    if name not in there:
        choice = f"Choose one of: {', '.join(there)}." if there else "The program was installed without any."
        raise NoProject(f"There is no configuration {shown(name)}.",
                        f"{choice} For a folder of your own write a path with a /.")
    return there[name]


def plan(folder: Path, configuration: str, title: str) -> NewProject:
    """The new project, or why it cannot be made there. Nothing is written."""
    origin = find(configuration)
    folder = folder.absolute()
    if not is_ident(folder.name):
        raise BadPath(f"{shown(folder.name)} cannot be the name of a project.",
                      "Use letters a to z, digits, _ and -; the title may be any text.")
    if not folder.parent.is_dir():
        raise NoProject(f"{shown(str(folder.parent))}, the folder for the project, is not there.",
                        f"Is the share mounted? If the name is right: mkdir -p {folder.parent}")
    if os.path.lexists(folder / project.FILE):
        raise Exists(f"{folder} is a project already.", "Choose another name; nothing was overwritten.")
    found = _read(origin)
    templates = sorted((origin / TEMPLATES).glob("*.blend"))
    copies = tuple((path, folder / TEMPLATES / path.name) for path in templates)
    for source, copy in copies:
        _same_or_none(source, copy)
    text = _with_title((origin / project.FILE).read_text("utf-8-sig"), shown(title))
    return NewProject(folder, folder.parent, copies, tuple(folder / name for name in _folders(found)), text)


def make(planned: NewProject) -> None:
    for folder in (planned.folder / TEMPLATES, *planned.folders):
        writing.make_folders(folder, planned.above)
    for source, copy in planned.copies:
        if not _same_or_none(source, copy):
            writing.copy(source, copy)
    writing.create(planned.folder / project.FILE, planned.text.encode())


def _places() -> tuple[Path, ...]:
    """A checkout's, then where pip puts the data of a package: into an environment, or below the home directory."""
    installed = (sysconfig.get_path("data"), sysconfig.get_path("data", sysconfig.get_preferred_scheme("user")))
    return (Path(__file__).resolve().parents[1] / "etc" / "projects",
            *(Path(place) / "share" / "renderd" / "projects" for place in installed))


def _read(origin: Path) -> Project:
    """The configuration; one of one's own may have mistakes."""
    found = project.read(origin)
    if found.problems:
        raise BadProject(found.problems[0], "Mend it, then make the project.")
    for kind in found.types.values():
        if kind.template and not (origin / TEMPLATES / kind.template).is_file():
            raise BadProject(f"{origin / project.FILE}: the type {kind.ident} names the template {kind.template}, "
                             f"which is not in {origin / TEMPLATES}.", "Put it there, or correct its name.")
    return found


def _folders(configuration: Project) -> list[str]:
    """Those of the assets, and those in which each gets one for its pictures: the farm makes only that last one."""
    found: dict[str, None] = {}
    for kind in configuration.types.values():
        found[kind.directory] = None
        if kind.output.startswith("//"):
            fixed = kind.output.split("%(", 1)[0].rpartition("/")[0]
            inside = posixpath.normpath(posixpath.join(kind.directory, fixed[2:]))
            if not inside.startswith((".", "/")):
                found[inside] = None
    return list(found)


def _with_title(text: str, title: str) -> str:
    """A text of JSON is one of YAML too."""
    line = "title: " + json.dumps(title, ensure_ascii=False)
    changed, count = _TITLE.subn(lambda _: line, text, count=1)
    return changed if count else f"{line}\n{text}"


def _same_or_none(source: Path, copy: Path) -> bool:
    """Whether the copy is there; Exists if it is another file."""
    if not os.path.lexists(copy):
        return False
    if copy.is_symlink() or not copy.is_file() or copy.read_bytes() != source.read_bytes():
        raise Exists(f"{copy} exists already, and is another file than the template of that name.",
                     "Move it away, or choose another folder; nothing was overwritten.")
    return True
