"""An asset as --json prints it."""

from datetime import UTC, datetime
from typing import Any

from assetfs import priority, times
from assetfs.priority import Effective
from assetfs.tree import Asset
from render_cli.assets.film import Film


def short(film: Film, asset: Asset, effective: Effective) -> dict[str, Any]:
    """What `render asset list` knows of an asset; with null for what nobody said."""
    said, blend = asset.sidecar, asset.blend
    return {
        "path": asset.path, "name": said.name if said else None, "type": said.type if said else None,
        "state": said.state if said else None, "description": said.description if said else None,
        "owner": said.owner if said else None, "support": list(said.support) if said else [],
        "priority": said.priority if said else None, "effective_priority": effective.of.get(asset.path),
        "rating": said.rating if said else None, "render": said.render if said else None,
        "final": said.final if said else None, "dependencies": list(said.dependencies) if said else [],
        "size": blend.size if blend else None, "changed": moment(blend.mtime_ns) if blend else None,
        "problem": asset.problem,
    }


def whole(film: Film, asset: Asset) -> dict[str, Any]:
    """All that is known of an asset, but its checkpoints."""
    said = asset.sidecar
    return short(film, asset, priority.effective(film.project, film.tree.assets)) | {
        "creator": said.creator if said else None, "pipeline": list(said.pipeline) if said else [],
        "time_budget": dict(said.time_budget) if said else {},
        "render_time": {frame: list(seconds) for frame, seconds in said.render_time.items()} if said else {},
        "times": _times(asset), "submitted": dict(said.submitted) if said else {},
        "used_by": priority.used_by(film.tree.assets).get(asset.path, []),
    }


def moment(mtime_ns: int) -> str:
    """A file's date, UTC, as the file server's clock has it."""
    return f"{datetime.fromtimestamp(mtime_ns // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _times(asset: Asset) -> dict[str, Any] | None:
    found = times.times(asset.sidecar.render_time) if asset.sidecar else None
    return None if found is None else {
        "frames": found.frames, "total": round(found.total, 2), "mean": round(found.mean, 2),
        "median": round(found.median, 2), "fastest": list(found.fastest), "slowest": [list(s) for s in found.slowest],
    }
