"""Prove the invariants of docs/SPOOL.md on a spool in use. Only reads.

A *fault* is a promise broken: somebody must act. A *note* heals by itself, or is only worth knowing.
Listings race with daemons, so whatever looks wrong is looked at again; what stays is told."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from spool import atomic, beats, check_job, claim, foreign, journal, queue
from spool.errors import BadName
from spool.foreign import Problem
from spool.layout import Spool, parse_job

LOOKS = 3           # what all of them find is told
PAUSE = 0.3         # seconds between two looks; a rename takes a few milliseconds


@dataclass(frozen=True)
class Report:
    """All that was found, and how much was looked at."""

    problems: tuple[Problem, ...]
    counts: Mapping[str, int]

    @property
    def faults(self) -> list[Problem]:
        return [p for p in self.problems if p.fault]

    def summary(self) -> str:
        """What was proved, in one line with its numbers."""
        c, notes = Counter(self.counts), len(self.problems) - len(self.faults)
        return (f"{c['jobs']} jobs, {c['chunks']} chunks, {c['frames']:,} frames ({c['done']:,} done), "
                f"{c['beats']} daemons alive, {c['files']} files: {len(self.faults)} faults, {notes} notes")


def check(spool: Spool) -> Report:
    """Every problem of the spool. Takes a second for a healthy one with 10,000 chunks."""
    counts: Counter[str] = Counter()
    problems = [*_steady(partial(foreign.in_spool, spool), counts), *_steady(partial(_entries, spool), counts),
                *_steady(partial(_beats, spool), counts)]
    for name in _job_names(spool):
        problems += _steady(partial(check_job.one_job, spool, name), counts)
    return Report(tuple(problems), counts)


def _steady(look: Callable[[Counter[str]], list[Problem]], counts: Counter[str]) -> list[Problem]:
    """What every look finds. Counts what the last one saw."""
    seen: Counter[str] = Counter()
    found = look(seen)
    for _ in range(LOOKS - 1):
        if not any(p.fault for p in found):
            break
        time.sleep(PAUSE)
        before, seen = set(found), Counter()
        found = [p for p in look(seen) if p in before]
    counts.update(seen)
    return found


def _job_names(spool: Spool) -> list[str]:
    found = []
    for name in sorted(atomic.names(spool.folder("jobs"))):
        try:
            if os.path.isdir(spool.job(name)):
                found.append(parse_job(name))
        except BadName:
            continue                    # foreign.py has told it
    return found


def _entries(spool: Spool, counts: Counter[str]) -> list[Problem]:
    """Each entry is of a job that is there, and each job has one entry."""
    there = set(_job_names(spool))
    entries = queue.entries(spool)
    places = Counter(e.job for e in entries)
    found = [Problem(e.path, "has no job folder", "Remove the entry: somebody removed the job by hand.",
                     fault=e.state != "trash") for e in entries if e.job not in there]
    found += [Problem(f"jobs/{name}", f"has {count} entries", "Keep the one that is right, remove the others.")
              for name, count in places.items() if count > 1]
    return found + [_without_entry(spool, name) for name in sorted(there - set(places))]


def _without_entry(spool: Spool, name: str) -> Problem:
    """A submit that was cut short leaves a job nobody has touched. Otherwise somebody removed the entry."""
    used = claim.claims(spool, name) or claim.failed_chunks(spool, name) or any(journal.events(spool, name))
    return Problem(f"jobs/{name}", "has no entry, so nobody works on it",
                   f"Render it: touch queue/50.{name}   or remove the folder.", fault=bool(used))


def _beats(spool: Spool, counts: Counter[str]) -> list[Problem]:
    living = beats.living(spool)
    counts["beats"] = len(living)
    lives, hosts = Counter(b.owner for b in living), Counter(b.owner.host for b in living)
    found = [Problem("beats", f"{owner} has {count} beats", "Stop that daemon and remove the lower ones.")
             for owner, count in lives.items() if count > 1]
    return found + [Problem("beats", f"{count} daemons call themselves {host}",
                            "One of them is declared dead soon, or two computers have the same name.", fault=False)
                    for host, count in hosts.items() if count > 1]
