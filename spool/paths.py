"""Named paths: `projects::shots/010.blend` lies below the folder that each host calls `projects`.

    as people and programs know it      /mnt/projects/shots/010.blend
    as job.json and info files say it   projects::shots/010.blend

Pure. Only names that the job itself lists are translated: `std::vector` in somebody's arguments stays what it is."""

import re
from collections.abc import Iterable, Mapping

from spool.needs import NAME

MARK = "::"
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_NAMED = re.compile(rf"(?:^|(?<==))({NAME})::", re.ASCII)


def name_of(text: str) -> str:
    """The name that the text begins with; "" if it is no named path."""
    found = _NAMED.match(text)
    return found[1] if found else ""


def names_in(texts: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The known names that are used in these texts, at their beginning or behind a `=`."""
    used = {found[1] for text in texts for found in _NAMED.finditer(text)}
    return tuple(sorted(used & set(known)))


def leaves(text: str) -> bool:
    """Does it lead out of the named folder?"""
    return ".." in text.partition(MARK)[2].split("/")


def local(text: str, folders: Mapping[str, str]) -> str:
    """The text with the folders of this host in the place of names; a name that is none here stays."""
    if MARK not in text:
        return text
    return _NAMED.sub(lambda found: _slash(folders[found[1]]) if found[1] in folders else found[0], text)


def _slash(folder: str) -> str:
    return folder.rstrip("/") + "/"


def is_windows(text: str) -> bool:
    """An absolute path of Windows. //server is none: Blender means the folder of the .blend by that."""
    return bool(_WINDOWS.match(text))


def from_windows(text: str, places: Mapping[str, str]) -> str:
    """The named path of a path of Windows below one of these places; any other text stays. Capitals do not count."""
    if not is_windows(text):
        return text
    tidy = text.replace("/", "\\")
    for place, name in sorted(places.items(), key=lambda item: (-len(item[0]), item[0])):
        start = place.replace("/", "\\").rstrip("\\") + "\\"
        if f"{tidy}\\".casefold().startswith(start.casefold()):
            head, _, below = name.partition(MARK)
            parts = [*below.split("/"), *tidy[len(start):].split("\\")]
            slash = "/" if tidy.endswith("\\") else ""
            return f"{head}{MARK}{'/'.join(filter(None, parts))}{slash}"
    return text


def named(text: str, folders: Mapping[str, str]) -> str:
    """The path, which may stand behind a `=`, with the name of the closest folder that it lies under."""
    head, path = _parted(text)
    for name, folder in sorted(folders.items(), key=lambda item: (-len(item[1]), item[0])):
        if path.startswith(start := _slash(folder)) and not leaves(there := f"{name}{MARK}{path[len(start):]}"):
            return head + there
    return text


def _parted(text: str) -> tuple[str, str]:
    head, sign, path = text.partition("=/")
    return (f"{head}=", f"/{path}") if sign and "/" not in head else ("", text)
