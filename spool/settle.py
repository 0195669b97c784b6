"""Is the job done? Found in journals and files; listings only say when to look.

    queue/JOB --every frame in a journal and in the output folder--> done/
    queue/JOB --every other frame in a chunk of failed/------------> failed/
    frames that are nowhere, twice, a lease apart -----------------> todo, as new chunks
    every frame there, and the recipe has stages ------------------> todo, as the chunk of its end-* stages
    it failed, and nobody was told --------------------------------> todo, as the chunk of its error-* stages

Invariants
  1. `done` needs a journal line of the wanted round and a listed file for every frame.
  2. The end-* stages ran for the last round that was asked for, of a job that is done and whose recipe has stages.
  3. The entry's move is one rename; whoever wins it is the one who says so.

What a crash leaves behind: nothing; the next look finds the same."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from spool import added, atomic, beats, claim, journal, notices, queue
from spool.errors import Busy
from spool.job import Job
from spool.layout import Entry, Spool
from spool.view import within

LEASE = beats.DEAD          # own beats between two looks that find frames nowhere


@dataclass(frozen=True)
class Outcome:
    """`state` is busy, done, failed, lost, or a stage that must run first: end or error. `frames` are those nowhere
    (lost), with their rounds; for a stage the chunk's frame and what it is for.

    `unseen`: it would be done, but the output folder is not there on this host."""

    state: str
    frames: Mapping[int, int] = field(default_factory=dict)
    unseen: bool = False


def look(spool: Spool, job: Job) -> Outcome:
    """What became of the job, as far as this host can see the output folder."""
    if claim.anything_waits(spool, job) or claim.claims(spool, job.job):
        return Outcome("busy")
    rounds = journal.wanted_rounds(spool, job)
    gone = set(journal.missing(spool, job))
    try:
        gone |= set(unlisted(job))
    except OSError:                     # not mounted here, or nobody could make it
        if not gone:                    # only whoever sees the files may say `done`
            return Outcome("busy", unseen=True)
    lost = {f: rounds[f] for f in gone - within(sorted(gone), claim.failed_chunks(spool, job.job))}
    if lost:
        return Outcome("lost", lost)
    state = "failed" if gone else "done"
    return _staged(spool, job, state, rounds) if job.staged else Outcome(state)


def _staged(spool: Spool, job: Job, state: str, rounds: Mapping[int, int]) -> Outcome:
    """The state, or the stage of the whole job that comes before it. An end-* that failed makes a job failed."""
    ended, warned, failures = journal.stages_done(spool, job.job)
    given_up = {name.stage for name in claim.failed_chunks(spool, job.job)}
    first, round = min(rounds), max(rounds.values())
    if state == "done" and ended < round:
        if "end" not in given_up:
            return Outcome("end", {first: round})
        state = "failed"
    if state == "failed" and warned < failures and "error" not in given_up:
        return Outcome("error", {first: failures})
    return Outcome(state)


def unlisted(job: Job) -> list[int]:
    """Frames whose file is not in the output folder. OSError if the folder cannot be listed here."""
    if not job.output:
        return []
    listed = set(os.listdir(os.path.dirname(job.output)))
    return [f for f in job.frame_list() if os.path.basename(job.file_of(f)) not in listed]


@dataclass
class Settler:
    """Settles jobs; remembers since which own beat frames of a job are nowhere."""

    since: dict[str, tuple[Mapping[int, int], int]] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)        # the own beat until which a job is left to others

    def settle(self, spool: Spool, entry: Entry, job: Job, own: int) -> Outcome:
        """The outcome, with its consequence carried out. `own` counts the caller's beats.

        `done` and `failed` are given to the one caller that moved the entry; all others get `busy`."""
        if own < self.unseen.get(job.job, 0):
            return Outcome("busy")      # each look reads all journals
        found = look(spool, job)
        self.unseen[job.job] = own + LEASE if found.unseen else 0
        if found.state in ("done", "failed"):
            return self._close(spool, entry, job, found)
        if found.state == "lost":
            return self._heal(spool, job, found, own)
        if found.state in ("end", "error"):
            self._add(spool, job, found)
            found = Outcome("busy")
        self.is_busy(job)
        return found

    def is_busy(self, job: Job) -> None:
        """Somebody was seen to have a claim in it: that is a look as well, and nothing was nowhere."""
        self.since.pop(job.job, None)

    def _close(self, spool: Spool, entry: Entry, job: Job, found: Outcome) -> Outcome:
        if found.state == "done":       # what once failed was rendered by a redo: nobody needs to retry it
            for name in claim.failed_chunks(spool, job.job):
                atomic.drop(f"{spool.failed(job.job)}/{name}")
        with suppress(OSError):         # before the move, or who dies between the two would leave people waiting;
            notices.leave(spool, job)   # but no trouble with it keeps a job from its end
        moved = queue.move(spool, entry, found.state)
        if moved is None:
            return Outcome("busy")
        # Between look and move somebody may have asked for a redo or retry, whose entry has the same name.
        if look(spool, job).state != found.state:
            queue.move(spool, moved, "queue")
            return Outcome("busy")
        return found

    def _heal(self, spool: Spool, job: Job, found: Outcome, own: int) -> Outcome:
        frames, since = self.since.setdefault(job.job, (found.frames, own))
        if frames != found.frames:
            self.since[job.job] = (found.frames, own)
        elif own - since >= LEASE:
            return self._add(spool, job, found)
        return Outcome("busy")

    def _add(self, spool: Spool, job: Job, found: Outcome) -> Outcome:
        try:
            with added.alone(spool, job.job, wait=0):
                if look(spool, job) != found:       # another host has added them
                    return Outcome("busy")
                if found.state == "lost":
                    added.add(spool, job, found.frames)
                else:
                    added.add_stage(spool, job, found.state, found.frames)
        except Busy:                                # another host is at it
            return Outcome("busy")
        self.since.pop(job.job, None)
        return found
