"""The recipes of this computer: folders of stages that its owner put where only he may write.

A job names a recipe; what runs is what lies here under that name. Nothing of the spool is ever run as a stage."""

import grp
import os
import pwd
import stat
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spool import recipes as words

SHIPPED = "shipped"     # in the setting: those that come with renderd


@dataclass(frozen=True)
class Recipe:
    """A recipe that may run here; or why it may not: a code of spool/reasons.py."""

    name: str
    folder: str
    stages: tuple[str, ...] = ()        # names of its files, in their order
    refused: str = ""
    code: str = ""

    def of(self, kind: str) -> list[str]:
        """The paths of its stages of this kind."""
        return [f"{self.folder}/{name}" for name in self.stages if words.stage_kind(name) == kind]

    def told(self) -> dict[str, Any]:
        """For host.json."""
        return {"name": self.name, "about": self.about, "stages": list(self.stages), "refused": self.refused}

    @property
    def about(self) -> str:
        """The first line of its README.md."""
        try:
            with open(f"{self.folder}/README.md", encoding="utf-8", errors="replace") as file:
                return file.readline(300).strip("# \n")
        except OSError:                 # it has none
            return ""


def every(folders: Sequence[str]) -> list[Recipe]:
    """All that lie in these folders, by name; of two of one name the first. Also those that are refused."""
    found: dict[str, Recipe] = {}
    for folder in _places(folders):
        try:
            names = sorted(os.listdir(folder))
        except OSError:                 # not there, or not for us
            continue
        for name in names:
            if words.is_name(name) and os.path.isdir(f"{folder}/{name}"):
                found.setdefault(name, _look(folder, name))
    return [found[name] for name in sorted(found)]


def find(folders: Sequence[str], name: str) -> Recipe:
    """The one of this name as it is now: whoever mends a stage need not start renderd again."""
    for folder in _places(folders):
        if words.is_name(name) and os.path.isdir(f"{folder}/{name}"):
            return _look(folder, name)
    return Recipe(name, "", refused="is not here", code="recipe-missing")


def _places(folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        yield from _shipped() if folder == SHIPPED else [os.path.realpath(folder)]


def _shipped() -> list[str]:
    """A checkout's, or where pip puts the data of a package."""
    data = (sysconfig.get_path("data"), sysconfig.get_path("data", sysconfig.get_preferred_scheme("user")))
    places = [Path(__file__).resolve().parents[1] / "etc" / "recipes",
              *(Path(place) / "share" / "renderd" / "recipes" for place in data)]
    return [str(place) for place in places if place.is_dir()][:1]


def _look(place: str, name: str) -> Recipe:
    folder = f"{place}/{name}"
    try:
        stages = sorted(file for file in os.listdir(folder) if words.stage_kind(file))
        why = next(filter(None, (*map(_open_to_all, Path(place).parents), *map(_wrong, (place, folder)),
                                 *(_wrong_stage(f"{folder}/{file}") for file in stages))), "")
    except OSError as error:
        stages, why = [], f"{error.filename} cannot be read: {error.strerror}."
    return Recipe(name, folder, tuple(stages), why, "recipe-unsafe" if why else "")


def _open_to_all(parent: Path) -> str:
    """Why everybody could put another folder in the place of the recipes. A sticky one, as /tmp, is fine."""
    open_to_all = parent.stat().st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH
    return f"Everybody may write {parent}: chmod o-w {parent}." if open_to_all else ""


def _wrong_stage(path: str) -> str:
    if wrong := _wrong(path):
        return wrong
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode):
        return f"{path} is no plain file."
    return "" if os.access(path, os.X_OK) else f"{path} cannot be run: chmod +x {path}."


def _wrong(path: str) -> str:
    """Why somebody else than root and this user could change it."""
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        return f"{path} is a link."
    if info.st_uid not in (0, os.geteuid()):
        return f"{path} belongs to somebody else (uid {info.st_uid}): chown it to root."
    if info.st_mode & stat.S_IWOTH or (info.st_mode & stat.S_IWGRP and not _own_group(info)):
        return f"Others may write {path}: chmod go-w {path}."
    return ""


def _own_group(info: os.stat_result) -> bool:
    """A group that is one person, as Debian makes one for each."""
    try:
        owner, group = pwd.getpwuid(info.st_uid), grp.getgrgid(info.st_gid)
    except KeyError:
        return False
    return owner.pw_gid == info.st_gid and owner.pw_name == group.gr_name and not set(group.gr_mem) - {owner.pw_name}
