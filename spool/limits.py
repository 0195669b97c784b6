"""How much may be at work at the same time: chunks of one owner, hosts of one job.

    look --may_add?--> claim --look again: too much?--> released at once, nothing was rendered

Invariant: what is at work for longer than a look is never more than the limit. Proof: of too many claims that were all
kept, the last rename was somebody's; whoever made it looked afterwards, saw all the others, and gave it back. So two
who come at once may both give back; they come again at their next polls, which are jittered.

A limit that is lowered holds for what is taken from then on. Without a limit nothing is looked at."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from spool import claim, queue
from spool.job import Job
from spool.layout import Spool
from spool.rules import Rules
from spool.verdict import YES, Verdict


class Load(NamedTuple):
    """What is at work, as far as one look tells."""

    chunks: int                         # of the owner, in all open and held jobs; of this job if nobody limits owners
    hosts: frozenset[str]               # that have chunks of the job
    single: frozenset[str] = frozenset()        # those of them that have just one


def most_hosts(job: Job, rules: Rules) -> int:
    """0: as many as like."""
    return job.max_hosts or rules.per_job


def limited(job: Job, rules: Rules) -> bool:
    return bool(job.max_hosts or rules.per_job or rules.per_owner)


def look(spool: Spool, job: Job, known: Callable[[str], Job | None], rules: Rules | None = None) -> Load:
    """Now, asked of the server; by the rules that the spool was opened with, unless others are given.

    `known` gives a job by its name; None for what cannot be read."""
    mine = claim.claims(spool, job.job)
    chunks = len(mine)
    if (rules or spool.rules).per_owner:
        for entry in queue.entries(spool, ("queue", "held")):
            other = known(entry.job) if entry.job != job.job else None
            if other and other.owner == job.owner:
                chunks += len(claim.claims(spool, other.job))
    of_host = Counter(name.owner.host for name in mine)
    return Load(chunks, frozenset(of_host), frozenset(host for host, count in of_host.items() if count == 1))


def may_add(job: Job, host: str, load: Load, rules: Rules) -> Verdict:
    """May `host` take one chunk more of the job?"""
    if rules.per_owner and load.chunks >= rules.per_owner:
        return Verdict(False, "owner-full", {"host": host, "owner": job.owner, "have": load.chunks,
                                             "most": rules.per_owner})
    most = most_hosts(job, rules)
    if most and host not in load.hosts and len(load.hosts) >= most:
        return Verdict(False, "job-full", {"host": host, "hosts": sorted(load.hosts), "most": most})
    return YES


def too_much(job: Job, host: str, before: Load, after: Load, rules: Rules) -> bool:
    """Of what was just taken by `host`, with these looks before and after: must it go back?"""
    most = most_hosts(job, rules)
    of_owner = rules.per_owner and after.chunks > rules.per_owner
    # Who had a chunk may have ended it meanwhile, and others came in its place: then ours makes us one more.
    came = host not in before.hosts or host in after.single
    return bool(of_owner or (most and came and len(after.hosts) > most))
