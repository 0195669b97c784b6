"""How a job stands, for everybody who shows it: counts, chunks, frames. Only reads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from spool import claim, job, journal, queue
from spool import frames as frame_lists
from spool.errors import BadName
from spool.job import Job
from spool.journal import FrameDone
from spool.layout import STAGE_SEQ, ChunkName, ClaimName, Entry, Spool, parse_chunk

MOST_KINDS = 3          # versions of a file whose frames are named

@dataclass(frozen=True, slots=True)
class ChunkView:
    """One chunk as it stands, or as it ended."""

    name: str
    state: str                  # waiting | running | failed | done
    frames: str
    host: str
    tries: int
    reason: str                 # of the last failure, a sentence with the cure
    code: str = ""              # the same in reasons.py


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
    rounds: Mapping[int, int]           # of each frame the one that counts
    told: Mapping[str, Any] = field(default_factory=dict)       # the last event that speaks of a notice

    def ready(self) -> set[int]:
        """The frames that are done in the round that counts."""
        return _ready(self.rounds, self.per_frame)


@dataclass(frozen=True)
class Chunks:
    """The chunks of a job as they lie now."""

    waiting: list[ChunkName]
    running: list[ClaimName]
    failed: list[ChunkName]


@dataclass
class Heard:
    """What is kept of the journals of a job: its events would fill the memory."""

    done: dict[int, FrameDone] = field(default_factory=dict)
    ended: dict[str, ChunkView] = field(default_factory=dict)
    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)   # code and text, of the chunks that failed once
    told: dict[str, Any] = field(default_factory=dict)      # the last news of a notice, see notices.py

    def hear(self, event: dict[str, Any]) -> None:
        chunk, kind = event.get("chunk", ""), event["event"]
        if kind == "frame":
            journal.note_frame(self.done, event)
        elif kind == "done":
            self.ended[called(chunk)] = ChunkView(called(chunk), "done", str(event.get("frames", "")), event["host"],
                                          _number(event.get("try")), "")
        elif kind in ("failed", "refused"):
            self.reasons[chunk] = str(event.get("reason", "")), str(event.get("text", ""))
        elif kind in ("told", "untold"):
            self.told = event


def _number(found: object) -> int:
    return found if type(found) is int else 1


def summary(spool: Spool, entry: Entry) -> JobView:
    """The counts of one job. Raises BadFile, UnsafeFile, FileNotFoundError."""
    return detail(spool, entry).view


def detail(spool: Spool, entry: Entry) -> Detail:
    """Everything about one job. Raises BadFile, UnsafeFile, FileNotFoundError."""
    found = job.read(spool, entry.job)
    # Chunks before journals: a chunk that ends in between is then counted as done, not forgotten.
    chunks, heard = chunks_now(spool, entry, found), Heard()
    for event in journal.events(spool, entry.job):
        heard.hear(event)
    return counted(entry, found, chunks, heard, journal.wanted_rounds(spool, found))


def chunks_now(spool: Spool, entry: Entry, found: Job, *, waiting: bool = True) -> Chunks:
    """Without `waiting`, which may be many names in many folders, the counts stay right: what waits is the rest."""
    running, failed = claim.claims(spool, entry.job), claim.failed_chunks(spool, entry.job)
    look = waiting and entry.state != "done"
    return Chunks(claim.waiting_chunks(spool, found) if look else [], running, failed)


def counted(entry: Entry, found: Job, chunks: Chunks, heard: Heard, rounds: Mapping[int, int]) -> Detail:
    """How the job stands, by its chunks and by what its journals say. Pure."""
    done = heard.done
    ready = _ready(rounds, done)
    frames = sorted(rounds)
    given_up = within(frames, chunks.failed) - ready
    at_work = within(frames, (c.chunk for c in chunks.running)) - ready - given_up
    view = JobView(entry, found, queue.WORDS[entry.state], len(rounds), len(ready), len(given_up), len(at_work),
                   _warning(found, {f: d for f, d in done.items() if f in ready}))
    return Detail(view, tuple(_chunks(frames, chunks, heard)), {f: d for f, d in done.items() if f in rounds}, rounds,
                  heard.told)


def _ready(rounds: Mapping[int, int], done: Mapping[int, FrameDone]) -> set[int]:
    return {f for f, wanted in rounds.items() if f in done and done[f].round >= wanted}


def within(frames: Sequence[int], names: Iterable[ChunkName]) -> set[int]:
    """The frames (ascending) that lie in the range of any of these chunks."""
    return {f for name in names for f in _between(frames, name)}


def _between(frames: Sequence[int], name: ChunkName) -> Sequence[int]:
    return frames[bisect_left(frames, name.first):bisect_right(frames, name.last)]


def _warning(found: Job, done: Mapping[int, FrameDone]) -> str:
    """A sequence that is mixed: its frames were made from more than one input."""
    made: dict[str, list[int]] = {}
    for frame, one in done.items():
        if one.blend:
            made.setdefault(one.blend, []).append(frame)
    if len(made) > 1:
        kinds = sorted((frame_lists.text(frames) for frames in made.values()), key=len, reverse=True)
        return (f"{found.blend} was changed while its frames were rendered: they come from {len(made)} versions of "
                f"it. Frames of each: {'; '.join(kinds[:MOST_KINDS])}.")
    if found.beside:
        return (f"Frames {found.beside} of the same sequence were made from another input than this job, as far as "
                "was known when it was sent.")
    if made.keys() - {found.blend_sha256}:
        return f"{found.blend} was changed after it was submitted; the frames come from the changed file."
    return ""


def _chunks(every: Sequence[int], chunks: Chunks, heard: Heard) -> list[ChunkView]:
    rows = [_row(every, n, "waiting", "", heard.reasons) for n in chunks.waiting]
    rows += [_row(every, c.chunk, "running", c.owner.host, heard.reasons) for c in chunks.running]
    rows += [_row(every, n, "failed", n.avoid[-1] if n.avoid else "", heard.reasons) for n in chunks.failed]
    present = {row.name for row in rows}
    rows += [row for row in heard.ended.values() if row.name not in present]
    return sorted(rows, key=lambda row: row.name)


def called(stem: str) -> str:
    """The name of a chunk as people know it: `end` and `error` for the stages of a whole job."""
    return next((stage for stage, seq in STAGE_SEQ.items() if stem.startswith(f"{seq}.")), stem)


def _row(every: Sequence[int], name: ChunkName, state: str, host: str,
         reasons: Mapping[str, tuple[str, str]]) -> ChunkView:
    frames = "" if name.stage else frame_lists.text(_between(every, name))
    code, text = reasons.get(name.stem) or _before_the_cut(name, reasons)
    return ChunkView(called(name.stem), state, frames, host, name.tries + (state == "running"), text, code)


def _before_the_cut(name: ChunkName, reasons: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Why the chunk failed that this one is a piece of."""
    if name.tries:
        for stem, reason in reasons.items():
            with suppress(BadName):
                if name.within(parse_chunk(stem)):
                    return reason
    return "", ""
