"""A job of which nothing succeeds: it is put on hold, so that it does not take the farm's night.

    queue/JOB --no frame yet, three different chunks failed--> held/JOB, and jobs/JOB/hold.json says why

The first chunks of a job are spread all over it (`probe`: first, last, middle), so three that fail mean the scene,
or what it needs. A computer may be at fault as well: where the reason might, one computer alone does not count while
another lives that may take the job, and shall try. `render release` forgives what failed so far.

What a crash leaves behind: hold.json of a job that is still open; it says nothing then."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from spool import atomic, hosts, journal, notices, obstacles, queue, trusted
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Entry, Spool
from spool.reasons import REASONS, worst_first
from spool.verdict import may_take

FAILED = 3          # different chunks; a job of no more than these just fails


@dataclass(frozen=True)
class Hopeless:
    """Why. `counted` are all failures so far, by host."""

    reason: str
    text: str
    chunks: int
    hosts: tuple[str, ...]
    counted: Mapping[str, int]


def judge(spool: Spool, job: Job) -> Hopeless | None:
    """None while there is hope. Of a job that has a frame only the beginning of a journal is read."""
    if job.chunks <= FAILED:
        return None
    forgiven, counted, texts = _forgiven(spool, job.job), Counter[str](), dict[str, str]()
    chunks, culprits = set[str](), set[str]()
    for event in journal.events(spool, job.job):
        if event["event"] == "frame":
            return None
        if event["event"] in ("failed", "refused"):
            host, reason = event["host"], str(event.get("reason", ""))
            counted[host] += 1
            if counted[host] > forgiven.get(host, 0):
                chunks.add(str(event.get("chunk", "")).partition(".")[0])
                culprits.add(host)
                texts[reason] = str(event.get("text", ""))
    if len(chunks) < FAILED or (len(culprits) == 1 and _others_may(spool, job, culprits, texts)):
        return None
    worst = worst_first(texts)[0]
    return Hopeless(worst, texts[worst], len(chunks), tuple(sorted(culprits)), counted)


def _others_may(spool: Spool, job: Job, culprits: set[str], reasons: Mapping[str, str]) -> bool:
    """Another computer might do better, and lives."""
    elsewhere = all(code not in REASONS or REASONS[code].another_host for code in reasons)
    return elsewhere and any(may_take(job, None, host).yes for host in hosts.living(spool)
                             if host.name not in culprits)


def hold(spool: Spool, job: Job, why: Hopeless) -> bool:
    """Whether this call put it on hold."""
    entry = next((e for e in queue.entries(spool, ("queue",)) if e.job == job.job), None)
    if entry is None:                   # somebody was faster
        return False
    said = {"code": "probes-failed", "reason": why.reason, "text": why.text, "chunks": why.chunks,
            "hosts": list(why.hosts), "counted": dict(why.counted)}
    atomic.replace(_path(spool, job.job), json.dumps(said, indent=1).encode() + b"\n")
    with suppress(OSError):             # people are told of it, but no trouble with that keeps the farm from holding
        notices.leave(spool, job)
    return queue.move(spool, entry, "held") is not None


def why_held(spool: Spool, entry: Entry) -> obstacles.Found | None:
    """Of a job without a frame: why the farm put it on hold, if it is. Whoever holds it again by hand sees that too."""
    said = _said(spool, entry.job) if entry.state == "held" else {}
    if said.get("code") != "probes-failed":
        return None
    facts = {name: said[name] for name in ("reason", "text", "chunks", "hosts") if name in said}
    return obstacles.Found("probes-failed", facts | {"job": entry.job})


def _forgiven(spool: Spool, job: str) -> dict[str, int]:
    found = _said(spool, job).get("counted")
    return {host: count for host, count in found.items() if type(count) is int} if isinstance(found, dict) else {}


def _said(spool: Spool, job: str) -> dict[str, Any]:
    path = _path(spool, job)
    if "hold.json" not in atomic.names_if_there(spool.job(job)):
        return {}
    try:
        return trusted.read_json(path, of=spool)
    except (OSError, SpoolError):       # gone, or nobody can trust it
        return {}


def _path(spool: Spool, job: str) -> str:
    return f"{spool.job(job)}/hold.json"
