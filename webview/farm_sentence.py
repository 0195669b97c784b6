"""The farm in one sentence: which of the sentences in the language files it is, and its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

UNHEARD = ("dead", "silent", "off")


def of(jobs: Sequence[Mapping[str, Any]], hosts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`key` is the KEY of `rendering.says.KEY` in the texts. The worst that a person can mend comes first."""
    open_ = [job for job in jobs if job["state"] == "open" and not job["broken"]]
    waits = sum(job["frames"] - job["done"] - job["failed"] for job in open_)
    heard = [host for host in hosts if host["state"] not in UNHEARD]
    busy = sum(host["state"] == "rendering" for host in heard)
    facts = {"hosts": busy, "on": len(heard), "jobs": len(open_), "frames": waits, "time_left_s": time_left(open_)}
    if busy:
        return facts | {"key": "rendering"}
    if not hosts:
        return facts | {"key": "no_hosts"}
    if not heard:
        return facts | {"key": "nobody_waits" if open_ else "nobody"}
    return facts | {"key": "waiting" if waits else "idle"}


def time_left(jobs: Sequence[Mapping[str, Any]]) -> float | None:
    """Until the last of those that are rendered now is done; None while one of them does not know."""
    times = [job["time_left_s"] for job in jobs if job["running"]]
    return max(times) if times and None not in times else None
