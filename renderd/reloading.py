"""Settings that were read again while the daemon runs: what counts from now on, and what from its next start on."""

from dataclasses import replace
from typing import Any, NamedTuple

from renderd.settings import TABLE, Settings

AT_START = ("spool", "host", "slots", "blender", "allow_root", "notice_hook", "paths")     # a daemon is made of these


def told(settings: Settings) -> dict[str, Any]:
    """What host.json has of them."""
    return {"slots": settings.slots, "programs": list(settings.programs), "tags": list(settings.tags)}


class Merged(NamedTuple):
    """The settings to go on with, and the same in words."""

    settings: Settings
    text: str


def merge(old: Settings, new: Settings) -> Merged:
    """`old` has no spool any more: that is known to the daemon otherwise."""
    changed = [name for name in TABLE if name != "spool" and getattr(old, name) != getattr(new, name)]
    later = [name for name in changed if name in AT_START]
    now = [name for name in changed if name not in AT_START]
    kept = {name: getattr(old, name) for name in AT_START}
    said = [f"Read again: {', '.join(now)}." if now else "Read again; no setting that counts now has changed."]
    said += [f"From its next start on: {', '.join(later)}."] if later else []
    return Merged(replace(new, **kept), " ".join(said))
