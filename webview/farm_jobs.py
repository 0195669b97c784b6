"""The jobs of the farm, looked at again and again: what hosts work on at each look, the others in turn.

Of every job a few facts are kept; of those looked at last also every frame (`Followed`), as far as FRAMES allows. So
the memory depends on how many jobs there are, and not on their frames."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from spool import following, job_facts, reasons
from spool import job as jobs
from spool.errors import SpoolError
from spool.following import Followed, Traces
from spool.job import Job
from spool.layout import Entry, Spool
from spool.view import ChunkView, Detail

FRAMES = 400_000    # that are remembered one by one, of all jobs together: about 100 MB
IN_TURN = 20        # jobs at a look that nobody seems to work on
SIGNS = 100         # of a strip of frames
MOST_FAILURES = 5   # chunks that are told of one job
SENTENCE = 500      # characters of a reason
_log = logging.getLogger(__name__)


@dataclass
class Row:
    """What is kept of a job: the facts for the pages."""

    entry: Entry
    facts: dict[str, Any]
    looked: float = 0.0         # time.monotonic()
    traces: Traces | None = None        # None: only job.json was read
    job: Job | None = None


@dataclass
class Jobs:
    """For one thread. `rows` is replaced, never changed, so that others may read it."""

    rows: dict[str, Row] = field(default_factory=dict)
    _followed: OrderedDict[str, Followed] = field(default_factory=OrderedDict)

    def look(self, spool: Spool, entries: Iterable[Entry], at_work: set[str], seconds: float) -> int:
        """Every job has a row as it is now, or as it was a few looks ago. Gives how many could not be looked at yet."""
        rows = {e.job: Row(e, _unread(e)) for e in entries} | {
            e.job: row for e in entries if (row := self.rows.get(e.job)) and row.entry == e}
        new = [job for job, row in rows.items() if not row.looked]
        turn = sorted((row.looked, job) for job, row in rows.items() if row.looked and row.entry.state != "done")
        now = [job for _, job in turn if job in at_work or rows[job].facts["running"]]
        # Half of the time for each, so that neither many at work nor many new ones keep the others from being seen.
        for due in (now, [*new, *(job for _, job in turn[:IN_TURN])]):
            end = time.monotonic() + seconds / 2
            for job in due:
                rows[job] = self._row(spool, rows[job])
                if time.monotonic() > end:
                    break
        for job in [job for job in self._followed if job not in rows]:
            del self._followed[job]
        self.rows = rows
        return sum(not row.looked for row in rows.values())

    def _row(self, spool: Spool, row: Row) -> Row:
        """As the job is now. One that cannot be read has a row all the same, with the reason."""
        entry = row.entry
        try:
            if entry.state == "done":           # every frame is there: no need to read of each
                facts = done(jobs.read(spool, entry.job), entry)
            elif (followed := self._follow(spool, row)) is None:
                return replace(row, looked=time.monotonic())
            else:
                return Row(entry, of(followed.detail), time.monotonic(), followed.traces, followed.job)
        except (SpoolError, OSError) as error:
            facts = _broken(entry, error)
        except Exception as error:              # a bug, or a file that finds one: the other jobs are shown all the same
            _log.exception("job-unreadable job=%s", entry.job)
            facts = _broken(entry, error)
        return Row(entry, facts, time.monotonic())

    def _follow(self, spool: Spool, row: Row) -> Followed | None:
        """None if nothing is new."""
        entry, before = row.entry, self._followed.pop(row.entry.job, None)
        if before is None and row.traces and row.job and not following.changed(spool, row.job, entry, row.traces):
            return None
        found = following.look(spool, entry, before)
        self._followed[entry.job] = found
        while len(self._followed) > 1 and sum(f.frames for f in self._followed.values()) > FRAMES:
            self._followed.popitem(last=False)
        return None if found is before else found


def of(found: Detail) -> dict[str, Any]:
    """A job with its frames: the keys of `render jobs --json`, and what a page shows beside them."""
    one = found.view
    return job_facts.summary(found) | {
        "waiting": one.waiting, "strip": [list(run) for run in job_facts.strip(job_facts.frame_states(found), SIGNS)],
        "time_left_s": _coarse(job_facts.time_left(found)), "failures": [failure(c) for c in _failed(found)],
        "failed_chunks": sum(c.state == "failed" for c in found.chunks)}


def done(job: Job, entry: Entry) -> dict[str, Any]:
    """A job that was found done, by its job.json alone."""
    frames = len(job.frame_list())
    return _broken(entry, "") | {
        "name": job.name, "owner": job.owner, "frames": frames, "done": frames, "blend": job.blend, "scene": job.scene,
        "output": job.output, "created": job.created, "strip": [["done", 1]]}


def failure(chunk: ChunkView) -> dict[str, Any]:
    """Why frames are missing. `text` and `cure` are English; the code is what other languages translate."""
    known = reasons.REASONS.get(chunk.code)
    cure = known.cure if known else ""
    text = chunk.reason[:SENTENCE].removesuffix(cure).strip()
    return {"chunk": chunk.name, "frames": chunk.frames, "host": chunk.host, "tries": chunk.tries,
            "code": chunk.code if known else "", "text": text, "cure": cure}


def moment(text: str) -> int | None:
    """Seconds since 1970; None for a text that tells no time."""
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _failed(found: Detail) -> list[ChunkView]:
    return [chunk for chunk in found.chunks if chunk.state == "failed"][:MOST_FAILURES]


def _unread(entry: Entry) -> dict[str, Any]:
    return _broken(entry, "")


def _broken(entry: Entry, error: Exception | str) -> dict[str, Any]:
    return job_facts.broken(entry, error) | {"waiting": 0, "strip": [], "time_left_s": None, "failures": [],
                                             "failed_chunks": 0}


def _coarse(seconds: float | None) -> float | None:
    """Two digits: more would be new at every look, and nobody believes them."""
    return None if seconds is None else float(f"{seconds:.2g}")
