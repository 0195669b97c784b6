"""A job that is looked at again and again: each look reads only what is new.

job.json is read once, journals from where the last look ended, chunks by listing. What has not changed is not
counted again."""

from dataclasses import dataclass

from spool import atomic, journal, view
from spool import job as jobs
from spool.job import Job
from spool.journal import Mark
from spool.layout import Entry, Spool
from spool.view import Chunks, Detail, Heard


@dataclass(frozen=True)
class Traces:
    """By what a job is known to be unchanged: small, and all that is kept of one that is not looked at closely."""

    entry: Entry
    chunks: Chunks
    redos: tuple[str, ...]
    marks: dict[str, Mark]


@dataclass(frozen=True)
class Followed:
    """What the looks so far have found of one job. For one thread."""

    job: Job
    detail: Detail
    heard: Heard
    traces: Traces

    @property
    def frames(self) -> int:
        """What it holds in memory."""
        return len(self.detail.rounds) + len(self.heard.done)


def look(spool: Spool, entry: Entry, before: Followed | None = None, *, waiting: bool = False) -> Followed:
    """How the job stands now. `before` is carried on, or is what is returned, unchanged, if nothing is new.

    Raises BadFile, UnsafeFile, FileNotFoundError; then `before` is of no use any more."""
    try:
        return _look(spool, entry, before, waiting)
    except journal.Replaced:
        return _look(spool, entry, None, waiting)


def changed(spool: Spool, job: Job, entry: Entry, before: Traces) -> bool:
    """Whether a look without `waiting` would find something new. Reads no journal."""
    now = Traces(entry, view.chunks_now(spool, entry, job, waiting=False), _redos(spool, job),
                 journal.marks(spool, job.job))
    return now != before


def _look(spool: Spool, entry: Entry, before: Followed | None, waiting: bool) -> Followed:
    job = before.job if before else jobs.read(spool, entry.job)
    heard, marks = (before.heard, before.traces.marks) if before else (Heard(), dict[str, Mark]())
    # As in view.detail: chunks before journals.
    chunks = view.chunks_now(spool, entry, job, waiting=waiting)
    traces, new = Traces(entry, chunks, _redos(spool, job), marks), False
    for event in journal.events(spool, job.job, marks):
        heard.hear(event)
        new = True
    if before and not new and traces == before.traces:
        return before
    same = before and traces.redos == before.traces.redos
    rounds = before.detail.rounds if before and same else journal.wanted_rounds(spool, job)
    return Followed(job, view.counted(entry, job, chunks, heard, rounds), heard, traces)


def _redos(spool: Spool, job: Job) -> tuple[str, ...]:
    return tuple(sorted(atomic.names_if_there(f"{spool.job(job.job)}/redo")))
