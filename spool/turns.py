"""Whose turn it is among jobs of one priority: that of the team with the fewest chunks at work.

A team is an owner, or a project (`share` in farm.yaml). Of two with as many, the one whom this host served longer ago
comes first, so that a farm with fewer hosts than teams serves them by turns. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby

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


Lane = dict[str, list[Entry]]      # of one priority: each team's entries in the order of time; "" is no team


def lanes(entries: Iterable[Entry], among: Collection[int], teams: Mapping[str, str]) -> list[Lane]:
    """The highest priority first. In priorities that are not `among` the rivals time alone decides."""
    found: dict[int, Lane] = {}
    for entry in sorted(entries, key=lambda entry: entry.order):
        whose = teams.get(entry.job, "") if entry.priority in among else ""
        found.setdefault(entry.priority, {}).setdefault(whose, []).append(entry)
    return list(found.values())


def busy(teams: Mapping[str, str], at_work: Mapping[str, int]) -> Counter[str]:
    """Chunks of each team, from those of each job."""
    found = Counter[str]()
    for job, chunks in at_work.items():
        found[teams.get(job, "")] += chunks
    return found


def in_turn(several: Iterable[Lane], busy: Mapping[str, int], served: Mapping[str, int]) -> Iterator[Entry]:
    """As they shall be looked at: it costs as much as there are teams, not jobs, for who takes the first.

    `served` says of teams when it was their turn here, the later the larger."""
    def turn(whose: str) -> tuple[bool, int, int]:
        return not whose, busy.get(whose, 0), served.get(whose, 0)

    for lane in several:
        for _, equal in groupby(sorted(lane, key=turn), key=turn):
            yield from merge(*(lane[whose] for whose in equal), key=lambda entry: entry.job)


def ordered(entries: Sequence[Entry], among: Collection[int], teams: Mapping[str, str], at_work: Mapping[str, int],
            served: Mapping[str, int]) -> list[Entry]:
    """All of them; `at_work` are chunks of each job."""
    return list(in_turn(lanes(entries, among, teams), busy(teams, at_work), served))
