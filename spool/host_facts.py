"""What programs and people are told of a host, the same on every page and in every --json (docs/CLI.md)."""

from collections.abc import Mapping
from typing import Any

from spool import hosts, obstacles
from spool.hosts import HostView
from spool.layout import Spool
from spool.verdict import Host

SILENT = 6          # beats that a host was not heard of until it is called so; the daemons count in their own beats


def facts(spool: Spool, one: HostView) -> dict[str, Any]:
    """One object of `render hosts --json`."""
    return {"host": one.name, "state": state(spool, one), "slots": slots(one), "frames_now": now(one),
            "memory_mb": one.facts.get("memory_mb"), "swap_used_mb": one.status.get("swap_used_mb"),
            "blender": [str(b.get("version", "")) for b in _dicts(one.facts.get("blenders"))],
            "seen_s": one.seen_s, "cores": one.facts.get("cores"), "memory_free_mb": one.status.get("memory_free_mb"),
            **_wished(hosts.as_host(one.name, one.facts)), "programs": hosts.programs(one.facts), "share": one.share,
            "obstacles": [{"code": o.code, "text": o.text, "cure": o.cure} for o in standing(one)]}


def _wished(one: Host) -> dict[str, Any]:
    """What jobs may ask a host for, beside cores, memory and Blenders."""
    missing = {name: False for name, _ in one.missing}
    return {"groups": list(one.groups), "tags": list(one.tags), "gpus": list(one.gpus),
            "paths": dict.fromkeys(one.paths, True) | missing}


def state(spool: Spool, one: HostView) -> str:
    """What it says of itself, unless it is not heard of any more."""
    if not one.alive:
        return "off" if one.status.get("state") == "stopped" else "dead"
    if one.seen_s is not None and one.seen_s > SILENT * spool.beat:
        return "silent"
    return str(one.status.get("state") or "starting")


def standing(one: HostView) -> list[obstacles.Found]:
    """Why it takes nothing at all though it lives."""
    return obstacles.first(obstacles.noted(one.status, one.name)) if one.alive else []


def now(one: HostView) -> list[dict[str, Any]]:
    """The frames that it renders; none once it is dead."""
    if not one.alive:
        return []
    return [{"job": slot["job"], "frame": slot.get("frame")} for slot in _dicts(one.status.get("slots"))
            if slot.get("job")]


def slots(one: HostView) -> int | None:
    """Renders that it does at a time."""
    said = one.facts.get("slots")
    if said == "auto":
        said = _fit(one).get("slots") if one.alive else None
        return said if type(said) is int else 1
    return len(said) if isinstance(said, list) else said


def slots_for(one: HostView, job: str) -> str:
    """With `slots: auto`: in how many slots it renders this job, and why; "" if it does not."""
    found = _fit(one)
    if not one.alive or found.get("job") != job:
        return ""
    return f"{found.get('slots')} slot{'' if found.get('slots') == 1 else 's'}, as {found.get('why')}"


def _fit(one: HostView) -> Mapping[str, Any]:
    found = one.status.get("fit")
    return found if isinstance(found, dict) else {}


def _dicts(found: Any) -> list[Mapping[str, Any]]:
    """What another program wrote: only what can be used."""
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
