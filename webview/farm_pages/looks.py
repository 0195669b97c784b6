"""Which colour and sign the states of jobs, frames and hosts have."""

from collections.abc import Mapping
from typing import Any

FRAMES = {"done": "done", "running": "rendering", "waiting": "waiting", "failed": "failed"}
HOSTS = {"rendering": "rendering", "idle": "waiting", "starting": "waiting", "stopping": "held", "paused": "held",
         "sick": "failed", "finishing": "rendering",
         "off": "waiting", "silent": "silent", "dead": "failed"}
_JOBS = {"open": "waiting", "held": "held", "done": "done", "failed": "failed", "cancelled": "held"}


def of_job(facts: Mapping[str, Any]) -> str:
    if facts["broken"]:
        return "failed"
    if facts["state"] == "open" and facts["running"]:
        return "rendering"
    return _JOBS.get(facts["state"], "silent")


def of_host(facts: Mapping[str, Any]) -> str:
    """A state that this page does not know, of a newer daemon, is shown as its word."""
    return HOSTS.get(facts["state"], "waiting")
