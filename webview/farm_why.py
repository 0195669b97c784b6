"""Why a job waits, for its page: what `render why` says, from what this process knows already."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from spool import claim, turns
from spool import limits as spool_limits
from spool.following import Followed
from spool.hosts import HostView
from spool.layout import Entry, Spool
from spool.obstacles import OBSTACLES, Found, Words
from spool.why import job as why_job
from spool.why.job import Ahead
from webview.farm_jobs import Row

NEAR = 50           # jobs of which it is asked whether they come first
SHOWN = ("open", "held")
ENDING = {"all-running", "settling"}        # nothing of it waits


class Around(NamedTuple):
    """What is known of the farm at a look."""

    views: Sequence[HostView] = ()
    entries: Sequence[Entry] = ()               # open ones
    rows: Mapping[str, Row] = {}


def of(spool: Spool, found: Followed, around: Around) -> why_job.Why | None:
    """None of a job that does not wait. Ages are left out: with them the page would be another at each look."""
    view = found.detail.view
    if view.state not in SHOWN:
        return None
    waiting = found.traces.chunks.waiting
    load = _load(spool, found, around) if view.state == "open" else None
    told = why_job.of(spool, found.detail, waiting, around.views, _ahead(spool, view.entry, around), load=load)
    if ENDING & {one.code for one in told.reasons}:
        return None
    return told._replace(hosts=[one._replace(age_s=None, now=[]) for one in told.hosts])


def _ahead(spool: Spool, entry: Entry, around: Around) -> list[Ahead]:
    near = [e for e in around.entries if e.priority >= entry.priority][:NEAR]
    known = {e.job: row for e in near if (row := around.rows.get(e.job)) and row.job}
    order = _ordered(spool, near, {name: row.job for name, row in known.items() if row.job})
    first = order[:[one.job for one in order].index(entry.job)] if entry in order else order
    return [Ahead(one, row.job, row.facts.get("waiting", 0)) for one in first
            if (row := known.get(one.job)) and row.job]


def _ordered(spool: Spool, near: Sequence[Entry], jobs: Mapping[str, Any]) -> list[Entry]:
    share = spool.rules.share
    teams = {} if share == "none" else {name: turns.team(job, share) for name, job in jobs.items()}
    if not (rivals := turns.rivals(near, teams)):
        return list(near)
    at_work = {e.job: len(claim.claims(spool, e.job)) for e in near if e.priority in rivals}
    return turns.ordered(near, rivals, teams, at_work, {})


def _load(spool: Spool, found: Followed, around: Around) -> spool_limits.Load | None:
    if not spool_limits.limited(found.job, spool.rules):
        return None
    return spool_limits.look(spool, found.job, lambda name: row.job if (row := around.rows.get(name)) else None)


def told(found: Iterable[Found]) -> list[dict[str, Any]]:
    """For a template: code and words for its reader's language; the English sentence for codes that it lacks."""
    return [{"code": one.code, "known": one.code in OBSTACLES, "text": one.text, "cure": one.cure,
             "words": {name: fact if type(fact) is int else Words(one.facts)[name] for name, fact in one.facts.items()}}
            for one in found]
