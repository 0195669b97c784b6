"""What farm.yaml says of who renders what: groups, named paths, limits, turns, projects.

    groups: {night: [ws01, ws02], gpu: [ws07]}
    paths: {projects: /mnt/projects}
    limits: {chunks_per_owner: 20, hosts_per_job: 10}
    share: owner
    projects: {onion: {priority: +10}}
    windows: {'\\\\server\\film': projects}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spool.errors import BadFile
from spool.host_names import host_name
from spool.needs import NAME
from spool.paths import is_windows

SHARES = ("owner", "project", "none")
LONGEST = 4096      # characters of a path
_NAME = re.compile(NAME, re.ASCII)


@dataclass(frozen=True)
class Rules:
    """Who comes first, and who may have how much. A limit of 0 is none."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)    # name -> hosts
    paths: Mapping[str, str] = field(default_factory=dict, hash=False)     # name -> folder; a host may say another one
    per_owner: int = 0                  # chunks of one owner that run at the same time
    per_job: int = 0                    # hosts that render one job, if the job says nothing
    share: str = "owner"                # whose turns are counted
    projects: Mapping[str, int] = field(default_factory=dict, hash=False)     # name -> added to its jobs' priority
    windows: Mapping[str, str] = field(default_factory=dict, hash=False)    # \\server\share or P:\ -> named path

    def groups_of(self, host: str) -> tuple[str, ...]:
        return tuple(name for name, hosts in self.groups.items() if host in hosts)


def read(path: str, farm: Mapping[str, Any]) -> Rules:
    """The rules in what `farm` holds, whose values are texts, lists and mappings. BadFile names the key."""
    limits = _mapping(path, "limits", farm.get("limits"))
    _only(path, "limits", limits, ("chunks_per_owner", "hosts_per_job"))
    share = farm.get("share", "owner")
    if share not in SHARES:
        raise BadFile(f"{path}: share is none of {', '.join(SHARES)}.", "The default is share: owner")
    return Rules(
        {name: _hosts(path, name, hosts) for name, hosts in _named(path, "groups", farm).items()},
        {name: _folder(path, name, folder) for name, folder in _named(path, "paths", farm).items()},
        _whole(path, "limits: chunks_per_owner", limits.get("chunks_per_owner", "0"), 0, 1_000_000),
        _whole(path, "limits: hosts_per_job", limits.get("hosts_per_job", "0"), 0, 1_000_000), share,
        {name: _priority(path, name, said) for name, said in _mapping(path, "projects", farm.get("projects")).items()},
        {prefix: _place(path, prefix, name) for prefix, name in
         _mapping(path, "windows", farm.get("windows")).items()})


def _named(path: str, key: str, farm: Mapping[str, Any]) -> Mapping[str, Any]:
    found = _mapping(path, key, farm.get(key))
    for name in found:
        if not _NAME.fullmatch(name):
            raise BadFile(f"{path}: {key} has the name {name!r}.", "A name is of letters, digits, - _ and . only.")
    return found


def _mapping(path: str, key: str, found: Any) -> Mapping[str, Any]:
    if found in (None, ""):
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise BadFile(f"{path}: {key} is no list of names with values.", EXAMPLES[key])
    return found


EXAMPLES: Mapping[str, str] = {
    "groups": "Write it so: groups: {night: [ws01, ws02]}",
    "paths": "Write it so: paths: {projects: /mnt/projects}",
    "limits": "Write it so: limits: {chunks_per_owner: 20, hosts_per_job: 10}",
    "windows": r"Write it so: windows: {'\\server\film': projects, 'P:\film': projects}",
    "projects": "Write it so: projects: {onion: {priority: +10}}",
}


def _only(path: str, key: str, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in found:
        if name not in known:
            raise BadFile(f"{path}: {key} has {name!r}, which it does not know.", EXAMPLES[key])


def _hosts(path: str, name: str, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(host, str) and host for host in found):
        raise BadFile(f"{path}: the group {name} is no list of hosts.", EXAMPLES["groups"])
    return tuple(map(host_name, found))         # WS01.film.example is ws01


def _folder(path: str, name: str, found: Any) -> str:
    if not isinstance(found, str) or not is_folder(found):
        raise BadFile(f"{path}: the path {name} is no absolute path of a folder.", EXAMPLES["paths"])
    return tidy(found)


def is_folder(text: str) -> bool:
    """Can it be the place of a named path?"""
    return text.startswith("/") and text.isprintable() and len(text) <= LONGEST and ".." not in text.split("/")


def tidy(folder: str) -> str:
    return "/" + "/".join(part for part in folder.split("/") if part not in ("", "."))


def _place(path: str, prefix: str, found: Any) -> str:
    if not is_windows(prefix) or not isinstance(found, str) or not _NAME.fullmatch(found.partition("::")[0]):
        raise BadFile(f"{path}: windows has {prefix!r}, which is no place of Windows with a named path for it.",
                      EXAMPLES["windows"])
    return found


def of_environment(text: str) -> dict[str, str]:
    """The named paths in `projects=/mnt/projects,lib=/mnt/lib`, as RENDERD_PATHS has them, but what is none."""
    return of_settings(dict(part.strip().partition("=")[::2] for part in text.split(",")))


def of_settings(said: Mapping[str, str]) -> dict[str, str]:
    """Those that can be named paths."""
    return {name: tidy(folder) for name, folder in said.items() if _NAME.fullmatch(name) and is_folder(folder)}


def with_paths(found: Rules, own: Mapping[str, str]) -> Rules:
    """With the folders of this computer before those of farm.yaml."""
    return replace(found, paths={**found.paths, **own}) if own else found


def _priority(path: str, name: str, found: Any) -> int:
    said = _mapping(path, "projects", found)
    _only(path, "projects", said, ("priority",))
    return _whole(path, f"projects: {name}: priority", said.get("priority", "0"), -100, 100)


def _whole(path: str, key: str, found: Any, low: int, high: int) -> int:
    if isinstance(found, str) and re.fullmatch(r"[+-]?\d{1,7}", found, re.ASCII) and low <= int(found) <= high:
        return int(found)
    raise BadFile(f"{path}: {key} is no whole number from {low} to {high:,}.", EXAMPLES[key.split(":")[0]])
