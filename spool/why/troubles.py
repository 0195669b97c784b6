"""What went wrong on one computer lately: in journals that it wrote, in what `render doctor` found, in its version."""

from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from spool import hosts, queue, recent
from spool.fitness.finding import WRONG, from_json
from spool.hosts import HostView
from spool.layout import Spool, short
from spool.obstacles import Found

MOST = 20           # jobs whose journals are looked at: open ones, and those that failed last


def of(spool: Spool, one: HostView) -> Iterator[Found]:
    yield from _failures(spool, one.name)
    yield from _unfit(spool, one)
    yield from _other_version(one)


def _failures(spool: Spool, host: str) -> Iterator[Found]:
    """Chunks that failed there, in each of these jobs after the last frame that went well."""
    jobs, last = list[str](), list[Mapping[str, Any]]()
    failed = sorted(queue.entries(spool, ("failed",)), key=lambda entry: entry.job, reverse=True)
    for entry in [*queue.entries(spool, ("queue",))[:MOST], *failed[:MOST]]:
        found = recent.failures(spool, entry.job, host)
        if found:
            jobs.append(short(entry.job))
            last.append(found[-1])
    if jobs:
        newest = max(last, key=lambda event: str(event.get("t")))
        text = str(newest.get("text") or newest.get("reason") or "")
        yield Found("failed-lately", {"host": host, "jobs": jobs, "text": text})


def _unfit(spool: Spool, one: HostView) -> Iterator[Found]:
    checks = hosts.said(spool, one.name, "doctor").get("checks")
    wrong = [found.text for check in (checks if isinstance(checks, list) else []) if isinstance(check, dict)
             and (found := from_json(check)).state == WRONG]
    if one.share == WRONG:
        yield Found("host-unfit", {"host": one.name, "text": " ".join(wrong[:2])})


def _other_version(one: HostView) -> Iterator[Found]:
    there = one.facts.get("renderd")
    try:
        here = metadata.version("renderd")
    except metadata.PackageNotFoundError:       # run from a folder, not installed
        return
    if there and there not in (here, "unknown"):
        yield Found("other-version", {"host": one.name, "have": str(there), "mine": here})
