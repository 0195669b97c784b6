"""A job as JSON, the same in every command; docs/CLI.md tells the keys."""

from typing import Any

from spool import view
from spool.layout import Entry
from spool.view import Detail


def summary(found: Detail) -> dict[str, Any]:
    """One object of `render jobs --json`."""
    one, job = found.view, found.view.job
    return {"job": job.job, "name": job.name, "state": one.state, "priority": one.entry.priority, "owner": job.owner,
            "frames": one.frames, "done": one.done, "failed": one.failed, "running": one.running,
            "blend": job.blend, "scene": job.scene, "output": job.output, "created": job.created,
            "hosts": hosts(found), "warning": one.warning, "broken": ""}


def broken(entry: Entry, error: Exception | str) -> dict[str, Any]:
    """A job whose files cannot be read: the same keys, and the reason."""
    return {"job": entry.job, "name": entry.job, "state": view.WORDS.get(entry.state, entry.state),
            "priority": entry.priority, "owner": "", "frames": 0, "done": 0, "failed": 0, "running": 0, "blend": "",
            "scene": "", "output": "", "created": "", "hosts": [], "warning": "", "broken": str(error)}


def hosts(found: Detail) -> list[str]:
    """Who renders it now."""
    return sorted({chunk.host for chunk in found.chunks if chunk.state == "running"})
