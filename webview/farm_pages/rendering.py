"""The farm: what it does, in one sentence; its jobs, its hosts, and what failed."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from webview.farm_pages import looks
from webview.page import Ask, Page
from webview.site import Site

MOST_FAILURES = 20
UNFIT = "wrong"         # what `render doctor` says of a share that is not fit


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    if site.farm is None:
        return {"farm": False, "trouble": None, "seen": False, "sentence": {}, "jobs": [], "more": {}, "hosts": [],
                "failures": [], "more_failures": 0, "unread": 0}
    snapshot, trouble = site.farm.look(), site.farm.silent()
    failures = list(_failures(snapshot.jobs))
    return {"farm": True, "trouble": asdict(trouble) if trouble else None, "seen": bool(snapshot.seen),
            "sentence": dict(snapshot.sentence), "jobs": [_job(job) for job in snapshot.jobs],
            "more": dict(snapshot.more), "hosts": [_host(host) for host in snapshot.hosts],
            "failures": failures[:MOST_FAILURES], "unread": snapshot.unread,
            "more_failures": sum(job["failed_chunks"] for job in snapshot.jobs) - len(failures[:MOST_FAILURES])}


def version(site: Site, ask: Ask) -> Hashable:
    return (site.farm.look().number, site.farm.silent()) if site.farm else 0


def _job(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != "failures"} | {"look": looks.of_job(facts)}


def _host(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {**facts, "look": looks.of_host(facts), "known": facts["state"] in looks.HOSTS,
            "unfit": facts["share"] == UNFIT}


def _failures(jobs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for job in jobs:
        for failure in job["failures"]:
            yield {"job": job["job"], "name": job["name"], **failure}


PAGE = Page("rendering", "/rendering", facts, version)
