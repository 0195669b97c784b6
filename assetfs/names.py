"""Which names people, states and assets may have, and how a name is shown."""

import re
from pathlib import PurePosixPath

from assetfs.errors import BadPath

BLEND = ".blend"
SIDECAR = ".blend.json"
OLD = "old"             # folders of this name hold checkpoints, and are no place for assets
TEMPLATES = "templates" # at the top of a project, and no place for assets either
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')     # what shares for other systems cannot hold, too


def is_ident(text: str) -> bool:
    return _IDENT.fullmatch(text) is not None


def is_text(text: str) -> bool:
    """False for what cannot be written as UTF-8: names of files in another encoding, half characters of JSON."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_inside(path: str) -> bool:
    """A path inside the project that a scan comes by: nothing hidden, no way up, no checkpoint or template."""
    parts = path.split("/")
    return is_text(path) and "\0" not in path and all(part and part[0] != "." for part in parts) \
        and OLD not in parts and parts[0] != TEMPLATES


def new_asset(path: str) -> str:
    """The path, if an asset may be made there."""
    longest = max(len(part.encode(errors="replace")) for part in path.split("/"))
    if not path.endswith(BLEND) or not is_inside(path) or _FORBIDDEN.search(path) or longest > 200:
        raise BadPath(f"{shown(path)} cannot be the path of an asset.",
                      f"Use letters, digits, _ and -; no folder may be named {OLD} or {TEMPLATES} or begin with a dot.")
    return path


def existing_asset(path: str) -> str:
    """The path, if an asset may be there."""
    if not path.endswith(BLEND) or not is_inside(path):
        raise BadPath(f"{shown(path)} is no path of an asset.", "Give it as in the project: shots/s010.blend.")
    return path


def sidecar_of(path: str) -> str:
    return f"{path}.json"


def stem(path: str) -> str:
    return PurePosixPath(path).name.removesuffix(BLEND)


def shown(name: str) -> str:
    """The name for a message: one line, and nothing that a terminal would obey."""
    return name if name.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in name)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":     # a byte of a name that is not UTF-8
        return f"\\x{ord(character) & 0xff:02x}"
    return character.encode("unicode_escape").decode()
