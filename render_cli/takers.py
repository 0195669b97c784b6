"""Whether anybody would render what was sent."""

from collections.abc import Sequence

from render_cli import ink
from render_cli.words import short
from spool import hosts, verdict
from spool.layout import Spool
from spool.submit import Submitted


def warn_if_none(spool: Spool, planned: Sequence[Submitted]) -> None:
    """Says so when no computer would take a job, with the words of the daemons' own predicate."""
    alive = hosts.living(spool)
    for plan in planned:
        answers = [verdict.may_take(plan.job, None, host, alive) for host in alive]
        if alive and not any(answer.yes for answer in answers):
            ink.warn(f"No computer of the farm takes this job yet. {answers[0].reason}",
                     f"{answers[0].cure}\n  See: render why {short(plan.job.job)}")
    if not alive:
        ink.note("No computer renders on this spool now. Start on each: renderd")
