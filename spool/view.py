"""How a job stands, for everybody who shows it: counts, chunks, frames. Only reads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spool import claim, job, journal, queue
from spool import frames as frame_lists
from spool.errors import SpoolError
from spool.job import Job
from spool.journal import FrameDone
from spool.layout import ChunkName, ClaimName, Entry, Spool

WORDS = {"queue": "open", "held": "held", "done": "done", "failed": "failed", "trash": "cancelled"}


@dataclass(frozen=True, slots=True)
class ChunkView:
    """One chunk as it stands, or as it ended."""

    name: str
    state: str                  # waiting | running | failed | done
    frames: str
    host: str
    tries: int
    reason: str                 # of the last failure, a sentence with the cure


@dataclass(frozen=True)
class JobView:
    """A job, counted in frames."""

    entry: Entry
    job: Job
    state: str                  # open | held | done | failed | cancelled
    frames: int
    done: int
    failed: int
    running: int                # of the chunks that a host has now, those not done yet
    warning: str = ""

    @property
    def waiting(self) -> int:
        return self.frames - self.done - self.failed - self.running


@dataclass(frozen=True)
class Detail:
    """All that is known of a job."""

    view: JobView
    chunks: tuple[ChunkView, ...]
    per_frame: Mapping[int, FrameDone]


@dataclass
class _Heard:
    """What is kept of the journals of a job: its events would fill the memory."""

    done: dict[int, FrameDone] = field(default_factory=dict)
    ended: dict[str, ChunkView] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)       # of the chunks that failed once
    blends: set[str] = field(default_factory=set)

    def hear(self, event: dict[str, Any]) -> None:
        chunk, kind = event.get("chunk", ""), event["event"]
        if kind == "frame":
            journal.note_frame(self.done, event)
            self.blends.add(str(event.get("blend") or ""))
        elif kind == "done":
            self.ended[chunk] = ChunkView(chunk, "done", str(event.get("frames", "")), event["host"],
                                          _number(event.get("try")), "")
        elif kind in ("failed", "refused"):
            self.reasons[chunk] = str(event.get("text", ""))


def _number(found: object) -> int:
    return found if type(found) is int else 1


def summary(spool: Spool, entry: Entry) -> JobView:
    """The counts of one job. Raises BadFile, UnsafeFile, FileNotFoundError."""
    return detail(spool, entry).view


def detail(spool: Spool, entry: Entry) -> Detail:
    """Everything about one job. Raises BadFile, UnsafeFile, FileNotFoundError."""
    found = job.read(spool, entry.job)
    # Chunks before journals: a chunk that ends in between is then counted as done, not forgotten.
    running, failed = claim.claims(spool, entry.job), claim.failed_chunks(spool, entry.job)
    waiting = claim.waiting_chunks(spool, found) if entry.state != "done" else []
    heard = _Heard()
    for event in journal.events(spool, entry.job):
        heard.hear(event)
    done, rounds = heard.done, journal.wanted_rounds(spool, found)
    ready = {f for f, wanted in rounds.items() if f in done and done[f].round >= wanted}
    frames = sorted(rounds)
    given_up = within(frames, failed) - ready
    at_work = within(frames, (c.chunk for c in running)) - ready - given_up
    view = JobView(entry, found, WORDS[entry.state], len(rounds), len(ready), len(given_up), len(at_work),
                   _warning(found, heard.blends - {""}))
    chunks = _chunks(frames, waiting, running, failed, heard)
    return Detail(view, tuple(chunks), {f: d for f, d in done.items() if f in rounds})


def within(frames: Sequence[int], names: Iterable[ChunkName]) -> set[int]:
    """The frames (ascending) that lie in the range of any of these chunks."""
    return {f for name in names for f in _between(frames, name)}


def _between(frames: Sequence[int], name: ChunkName) -> Sequence[int]:
    return frames[bisect_left(frames, name.first):bisect_right(frames, name.last)]


def _warning(found: Job, used: set[str]) -> str:
    if len(used) > 1:
        return f"{found.blend} was changed while its frames were rendered: they come from {len(used)} versions of it."
    if used - {found.blend_sha256}:
        return f"{found.blend} was changed after it was submitted; the frames come from the changed file."
    return ""


def _chunks(every: Sequence[int], waiting: list[ChunkName], running: list[ClaimName], failed: list[ChunkName],
            heard: _Heard) -> list[ChunkView]:
    rows = [_row(every, n, "waiting", "", heard.reasons) for n in waiting]
    rows += [_row(every, c.chunk, "running", c.owner.host, heard.reasons) for c in running]
    rows += [_row(every, n, "failed", n.avoid[-1] if n.avoid else "", heard.reasons) for n in failed]
    present = {row.name for row in rows}
    rows += [row for row in heard.ended.values() if row.name not in present]
    return sorted(rows, key=lambda row: row.name)


def _row(every: Sequence[int], name: ChunkName, state: str, host: str, reasons: Mapping[str, str]) -> ChunkView:
    frames = frame_lists.text(_between(every, name))
    return ChunkView(name.stem, state, frames, host, name.tries + (state == "running"), reasons.get(name.stem, ""))


def same_output(spool: Spool, found: Job) -> list[Entry]:
    """Open or held jobs that write some of the same files."""
    clash = []
    for entry in queue.entries(spool, ("queue", "held")):
        try:
            other = job.read(spool, entry.job)
        except (SpoolError, OSError):
            continue                    # shown as broken by `render jobs`
        if entry.job != found.job and found.output and other.output == found.output \
                and set(other.frame_list()) & set(found.frame_list()):
            clash.append(entry)
    return clash

