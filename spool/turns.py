"""Whose turn it is among jobs of one priority: that of the team with the fewest chunks at work.

A team is an owner, or a project (`share` in farm.yaml). Of two with as many, the one whom this host served longer ago
comes first, so that a farm with fewer hosts than teams serves them by turns. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from spool.job import Job
from spool.layout import Entry


def team(job: Job, share: str) -> str:
    """The owner; or the project, or the owner where there is none. An owner is told from a project by a ~."""
    return job.project if share == "project" and job.project else f"~{job.owner}"


def rivals(entries: Sequence[Entry], teams: Mapping[str, str]) -> set[int]:
    """The priorities in which several teams have jobs. `teams` are those of jobs; the others do not count."""
    found: dict[int, set[str]] = {}
    for entry in entries:
        if entry.job in teams:
            found.setdefault(entry.priority, set()).add(teams[entry.job])
    return {priority for priority, several in found.items() if len(several) > 1}


def ordered(entries: Sequence[Entry], among: Collection[int], teams: Mapping[str, str], at_work: Mapping[str, int],
            served: Mapping[str, int]) -> list[Entry]:
    """The entries as they shall be looked at. In priorities that are not `among` the rivals time alone decides.

    `at_work` are chunks of each job; `served` says of teams when it was their turn here, the later the larger."""
    busy = Counter[str]()
    for job, chunks in at_work.items():
        busy[teams.get(job, "")] += chunks

    def key(entry: Entry) -> tuple[int, bool, int, int, str]:
        if entry.priority not in among:
            return -entry.priority, False, 0, 0, entry.job
        whose = teams.get(entry.job, "")
        return -entry.priority, not whose, busy[whose], served.get(whose, 0), entry.job
    return sorted(entries, key=key)
