"""What a host did for a job: one line of JSON per event, appended by that host alone.

    {"t": "...Z", "event": "taken", "chunk": STEM, "who": CLAIM, "blend": SHA256}
    {"t": "...Z", "event": "frame", "chunk": STEM, "frame": 7, "round": 0, "seconds": 1.2, "peak_mb": 245,
                      "cpu": 3.1, "wall": 1.3}       since the frame before; cpu: null if the program began with it.
                      With "file": [bytes, ns] as it was published; with "kept": JOB if that had made it before
                      With "joules": of the computer meanwhile, where it can be read
    {"t": "...Z", "event": "cut", "chunk": STEM, "kept": STEM, "frames": "25-30"}     these frames were given away
    {"t": "...Z", "event": "told" | "untold", "channel": "mail" | "hook", "state": ..., "occasion": 12, "to": ADDRESS}
    {"t": "...Z", "event": "ended", "round": 0}        the end-* stages of the recipe ran after this round
    {"t": "...Z", "event": "warned", "round": 3}       the error-* stages ran when 3 failures were known
    {"t": "...Z", "event": "done" | "failed" | "returned" | "refused" | "lost", "chunk": STEM, "reason": CODE, ...}

A write that was torn (the host lost power, the disk was full) costs its own line only: each line begins
with {"t": and is found again behind what a torn one left. A journal is read line by line, never whole."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ESTALE
from types import TracebackType
from typing import Any, BinaryIO, Self

from spool import atomic, owners, trusted
from spool import frames as frame_lists
from spool.errors import BadFile, SpoolError, TooMuch
from spool.job import Job
from spool.layout import STAGE_SEQ, Spool
from spool.owners import UnknownOwner

FULL = 512 * 1024 * 1024        # bytes; no claim is begun beyond. A million frames, each twice by one host, are less
LIMIT = 2 * FULL                # what is larger is no journal: the last claim cannot add as much as that
LONGEST_LINE = 1024 * 1024      # bytes; the longest lists the frames of an info file, see trusted.LIMIT

_START = b'{"t":'               # in a text of the line its quotes would be escaped


class Journal:
    """An open journal of one host. Lines of several slots never mix: each is one write at the end."""

    def __init__(self, spool: Spool, job: str, host: str) -> None:
        path = f"{spool.job(job)}/journal/{host}.jsonl"
        self._fd = atomic.open_to_append(path)
        try:
            info = os.fstat(self._fd)
            trusted.refuse_odd(path, info, LIMIT)       # nobody would read what we write
            owners.refuse_foreign(spool, path, info.st_uid)
            if info.st_size > FULL:
                raise TooMuch(f"{path} is full: it has {info.st_size:,} bytes, and {FULL:,} are the most.",
                              "Cancel the job, and send what is missing as a new one: render add --frames ...")
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, event: str, sync: bool = False, **facts: Any) -> None:
        """One event. With `sync` it and all before it are on the disk."""
        line = {"t": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "event": event, **facts}
        atomic.append(self._fd, json.dumps(line, separators=(",", ":")).encode() + b"\n", sync)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._fd)


@dataclass(frozen=True, slots=True)
class FrameDone:
    """The last word on a frame that was published."""

    frame: int
    round: int
    host: str
    seconds: float | None
    peak_mb: float | None
    blend: str                  # SHA-256 of the .blend it was rendered from, "" for other programs


@dataclass
class Mark:
    """How far a journal was read."""

    inode: int = 0
    end: int = 0                # bytes


class Replaced(SpoolError):
    """The journal is not the one that was read before, or shorter: what was heard of it is worth nothing."""


def events(spool: Spool, job: str, marks: dict[str, Mark] | None = None) -> Iterator[dict[str, Any]]:
    """Every event of a job, each with its `host`; in order for each host. A broken line is passed over.

    With `marks` only those behind them, and the marks move on. May raise Replaced then."""
    folder = f"{spool.job(job)}/journal"
    for name in sorted(atomic.names_if_there(folder)):
        if name.endswith(".jsonl"):
            mark = None if marks is None else marks.setdefault(name, Mark())
            yield from _events(spool, f"{folder}/{name}", name.removesuffix(".jsonl"), mark)


def marks(spool: Spool, job: str) -> dict[str, Mark]:
    """Where each journal of a job ends now; of one that is passed over, the beginning."""
    folder, found = f"{spool.job(job)}/journal", dict[str, Mark]()
    for name in atomic.names_if_there(folder):
        if name.endswith(".jsonl"):
            found[name] = Mark()
            with suppress(FileNotFoundError, SpoolError):
                fd, info = trusted.open_plain(f"{folder}/{name}", LIMIT)    # NFS may tell an old size without opening
                os.close(fd)
                found[name] = Mark(info.st_ino, info.st_size)
    return found


def _events(spool: Spool, path: str, host: str, mark: Mark | None) -> Iterator[dict[str, Any]]:
    try:
        for line in lines(spool, path, mark):
            if found := event(line):
                found["host"] = host
                yield found
    except (UnknownOwner, Replaced):    # perhaps only for a moment: what is done must not look missing
        raise
    except (FileNotFoundError, SpoolError):     # removed meanwhile, or nobody can trust it: check.py tells
        return


def lines(spool: Spool, path: str, mark: Mark | None = None) -> Iterator[bytes]:
    """The lines of a journal, as they are on the disk. UnsafeFile if it could come from anybody."""
    fd, info = trusted.open_plain(path, LIMIT)
    with os.fdopen(fd, "rb") as file:
        owners.refuse_foreign(spool, path, info.st_uid)
        try:
            if mark and not _goes_on(path, info, mark, file):
                return
            while line := file.readline(LONGEST_LINE):
                if mark and (line.endswith(b"\n") or len(line) == LONGEST_LINE):   # else it is still being written
                    mark.end += len(line)
                yield line
        except OSError as error:
            if error.errno != ESTALE:           # NFS: its job was removed meanwhile
                raise


def _goes_on(path: str, info: os.stat_result, mark: Mark, file: BinaryIO) -> bool:
    """Whether something stands behind the mark; the file is there now."""
    if mark.inode and (mark.inode != info.st_ino or info.st_size < mark.end):
        raise Replaced(f"{path} was replaced.")
    mark.inode = info.st_ino
    file.seek(mark.end)
    return info.st_size > mark.end


def event(line: bytes) -> dict[str, Any] | None:
    """What the line says; behind what a torn write left, if it has to be."""
    for start in (0, line.rfind(_START)):
        try:
            found = json.loads(line[max(0, start):])
        except (ValueError, RecursionError):
            continue
        sensible = isinstance(found, dict) and isinstance(found.get("event"), str)
        return found if sensible and isinstance(found.get("chunk", ""), str) else None
    return None


def done_frames(found: Iterable[dict[str, Any]]) -> dict[int, FrameDone]:
    """Of each published frame the line with the highest round, the latest of these."""
    done: dict[int, FrameDone] = {}
    for event in found:
        note_frame(done, event)
    return done


def note_frame(done: dict[int, FrameDone], event: dict[str, Any]) -> None:
    """`done` with what this event says."""
    frame, round = event.get("frame"), event.get("round", 0)
    if event["event"] != "frame" or type(frame) is not int or type(round) is not int:
        return
    if frame not in done or round >= done[frame].round:
        done[frame] = FrameDone(frame, round, event["host"], amount(event, "seconds"), amount(event, "peak_mb"),
                                sys.intern(str(event.get("blend", ""))))


def amount(event: Mapping[str, Any], name: str) -> float | None:
    """A number that can be reckoned with: no text, no NaN, no 10**400."""
    found = event.get(name)
    return found if isinstance(found, int | float) and 0 <= found < 1e12 else None


def wanted_rounds(spool: Spool, job: Job) -> dict[int, int]:
    """Of each frame of the job the round that counts: 0, or that of the last redo that names it."""
    rounds = dict.fromkeys(job.frame_list(), 0)
    for round, frames in redos(spool, job.job):
        rounds.update((f, round) for f in frames if round >= rounds.get(f, round))
    return rounds


def redos(spool: Spool, job: str) -> list[tuple[int, list[int]]]:
    """(round, frames) of every redo, in order."""
    folder, found = f"{spool.job(job)}/redo", []
    for name in sorted(atomic.names_if_there(folder)):
        what = trusted.read_json(f"{folder}/{name}", of=spool)
        try:
            found.append((int(what["round"]), frame_lists.parse(what["frames"])))
        except (KeyError, TypeError, ValueError, AttributeError, SpoolError):
            raise BadFile(f"{folder}/{name} makes no sense.", "It was edited by hand; remove it.") from None
    return sorted(found)


def stages_done(spool: Spool, job: str) -> tuple[int, int, int]:
    """After which round the end-* stages ran, and after how many failures the error-* stages (-1: never); and how many
    failures there are. That error-* could not run is none: it would be a reason to run them again."""
    ended = warned = -1
    failures = 0
    for found in events(spool, job):
        round = found.get("round")
        if found["event"] == "failed":
            failures += not found.get("chunk", "").startswith(f"{STAGE_SEQ['error']}.")
        elif type(round) is int and found["event"] == "ended":
            ended = max(ended, round)
        elif type(round) is int and found["event"] == "warned":
            warned = max(warned, round)
    return ended, warned, failures


def missing(spool: Spool, job: Job) -> list[int]:
    """The frames that no journal accounts for in the round that counts."""
    done = done_frames(events(spool, job.job))
    return [f for f, round in wanted_rounds(spool, job).items() if f not in done or done[f].round < round]
