"""Prove the invariants of one job: each chunk in one folder, each frame accounted for. See check.py."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

from spool import atomic, beats, chunk, claim, journal, queue, settle, trusted
from spool import frames as frame_lists
from spool import job as jobs
from spool.errors import BadFile, BadName, SpoolError
from spool.foreign import Problem
from spool.job import Job
from spool.layout import ChunkName, Entry, Spool, parse_chunk


@dataclass
class _Job:
    """One look at a job. Chunk files by the path below the job's folder."""

    entry: Entry | None
    job: Job
    chunks: dict[str, ChunkName] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def in_folder(self, *folders: str) -> list[str]:
        return [path for path in self.chunks if path.split("/")[0] in folders]


def one_job(spool: Spool, name: str, counts: Counter[str]) -> list[Problem]:
    """What one look at a job finds; adds to the counts what it saw."""
    entry = next((e for e in queue.entries(spool) if e.job == name), None)
    try:
        look = _Job(entry, jobs.read(spool, name))
    except FileNotFoundError:
        return [Problem(f"jobs/{name}", "has no job.json", "Send the job again, and cancel this one.",
                        fault=entry is not None and entry.state != "trash")]
    except SpoolError as error:
        return [Problem(f"jobs/{name}/job.json", error.message, error.hint or "")]
    try:
        _prove(spool, look, counts)
    except NotADirectoryError as error:
        look.problems.append(Problem(os.path.relpath(error.filename, spool.root), "is no folder",
                                     "Look who put it there, and remove it."))
    except SpoolError as error:                 # of redo/
        look.problems.append(Problem(f"jobs/{name}", error.message, error.hint or ""))
    return look.problems


def _prove(spool: Spool, look: _Job, counts: Counter[str]) -> None:
    look.chunks = _chunk_files(spool, look.job)
    counts.update(jobs=1, chunks=len(look.chunks))
    _one_place(look)
    _orphans(spool, look)
    _journals(spool, look)
    if look.entry and look.entry.state != "trash":      # what was cancelled may be in any state
        _frames(spool, look, counts)
        _right_state(look)


def _chunk_files(spool: Spool, job: Job) -> dict[str, ChunkName]:
    """Every chunk of the job. In the direction in which chunks move, so that none is passed by."""
    root = spool.job(job.job)
    todo = [path.removeprefix(f"{root}/") for path in jobs.todo_folders(spool, job)]
    found: dict[str, ChunkName] = {}
    for folder in (*todo, "running", "failed"):
        for name in atomic.names_if_there(f"{root}/{folder}"):
            try:
                found[f"{folder}/{name}"] = parse_chunk(name.partition("@")[0])
            except BadName:
                continue                # foreign.py has told it
    return found


def _one_place(look: _Job) -> None:
    places: dict[int, list[str]] = {}
    for path, name in look.chunks.items():
        places.setdefault(int(name.seq), []).append(path)
    pairs = (pair for paths in places.values() for pair in combinations(sorted(paths), 2))
    look.problems += [_twice(look, *pair) for pair in pairs if look.chunks[pair[0]].meets(look.chunks[pair[1]])]


def _twice(look: _Job, path: str, other: str) -> Problem:
    where = f"jobs/{look.job.job}/{path}"
    if look.chunks[path] == look.chunks[other]:
        return Problem(where, f"is also at {other}", "Keep the one in running/, or else in todo/; its frames are "
                       "rendered once more at worst.")
    return Problem(where, f"has frames that are in {other} too",
                   "A daemon died while it gave them away. They are rendered twice at worst.", fault=False)


def _orphans(spool: Spool, look: _Job) -> None:
    owners = [(f"running/{name}", name) for name in claim.claims(spool, look.job.job)]
    alive = {beat.owner for beat in beats.living(spool)} if owners else set()
    look.problems += [Problem(f"jobs/{look.job.job}/{path}", f"is an orphan: {name.owner} has no beat",
                              "Any daemon puts it back.", fault=False)
                      for path, name in owners if name.owner not in alive]


def _journals(spool: Spool, look: _Job) -> None:
    folder = f"{spool.job(look.job.job)}/journal"
    for name in atomic.names_if_there(folder):
        path = f"jobs/{look.job.job}/journal/{name}"
        try:
            look.problems += _lines(path, journal.lines(spool, f"{folder}/{name}"))
        except FileNotFoundError:               # its job was removed meanwhile
            continue
        except SpoolError as error:
            look.problems.append(Problem(path, error.message, error.hint or ""))


def _lines(path: str, lines: Iterable[bytes]) -> Iterable[Problem]:
    for number, line in enumerate(lines, start=1):
        text = line.rstrip(b"\n")
        try:
            trusted.decode(path, text or b"{}")
        except BadFile:
            # A line is one write from `{` to `}`: what ends earlier was cut, by a crash or a full disk. Where a full
            # share refused a write late, NFS leaves a hole of zeros.
            rest = text.lstrip(b"\0")
            torn = rest.startswith(b"{") and (not rest.endswith(b"}") or journal.event(rest) is not None)
            yield Problem(path, f"line {number} {'was cut' if torn else 'is no line of a journal'}",
                          "It is passed over; its frame is rendered again if no other line has it.", fault=not torn)


def _frames(spool: Spool, look: _Job, counts: Counter[str]) -> None:
    """Every frame is in a chunk, or in a journal in the round that was asked for."""
    held = _frames_held(spool, look)            # chunks before journals: a chunk ends after its journal line
    rounds = journal.wanted_rounds(spool, look.job)
    missing = set(journal.missing(spool, look.job))
    counts.update(frames=len(rounds), done=len(rounds) - len(missing))
    nowhere = sorted(missing - held)
    if not nowhere:
        return
    # A redo writes down what it wants before it makes the chunks; if it is cut there the farm heals it.
    redone = look.entry is not None and look.entry.state in ("queue", "held") and all(rounds[f] for f in nowhere)
    look.problems.append(Problem(f"jobs/{look.job.job}", f"frames {frame_lists.text(nowhere)} are in no chunk "
                                 "and in no journal", "Daemons put them back into an open job in about a minute.",
                                 fault=not redone))


def _frames_held(spool: Spool, look: _Job) -> set[int]:
    held: set[int] = set()
    for path, name in look.chunks.items():
        try:
            held.update(_info_frames(spool, path, name, look.job))
        except FileNotFoundError:               # it moved on; the next look sees
            held.update(f for f in look.job.frame_list() if name.first <= f <= name.last)
        except SpoolError as error:
            broken = path.startswith("failed/")         # set aside as what it is; retry mends it
            look.problems.append(Problem(f"jobs/{look.job.job}/{path}", error.message,
                                         f"Mend it: render retry {look.job.job}", fault=not broken))
            held.update(f for f in look.job.frame_list() if broken and name.first <= f <= name.last)
    return held


def _info_frames(spool: Spool, below: str, name: ChunkName, job: Job) -> tuple[int, ...]:
    path = f"{spool.job(job.job)}/{below}"
    data = trusted.read(path, of=spool)
    info, said = chunk.decode(path, data, name), trusted.decode(path, data)
    stem = str(said.get("chunk"))
    if said.get("job") != job.job or stem.split(".")[0] != name.seq:
        raise BadFile(f"{path} is the info file of {stem} of {said.get('job')}.", "It was moved or copied by hand.")
    return info.frames


def _right_state(look: _Job) -> None:
    """What the folder of the entry promises. All its frames are done, or `_frames` has told it."""
    entry, path = look.entry, f"jobs/{look.job.job}"
    if entry is None or entry.state not in ("done", "failed"):
        return
    folders = ("todo", "running", "failed") if entry.state == "done" else ("todo", "running")
    if left := look.in_folder(*folders):
        # A host that slept while it gave the end of its claim away writes that into todo when it wakes up.
        late = entry.state == "done" and left == look.in_folder("todo")
        look.problems.append(Problem(entry.path, f"is {entry.state}, but {path}/{left[0]} is there "
                                     f"({len(left)} in all)", f"mv {entry.path} queue/{entry.name}", fault=not late))
    if entry.state == "done":
        _files_there(look, entry)


def _files_there(look: _Job, entry: Entry) -> None:
    try:
        gone = settle.unlisted(look.job)
    except OSError:
        look.problems.append(Problem(entry.path, f"cannot list the folder of {look.job.output} on this computer",
                                     "Is it mounted here?", fault=False))
        return
    if gone:
        text = frame_lists.text(gone)
        look.problems.append(Problem(entry.path, f"is done, but the files of frames {text} are not there",
                                     f"Render them again: render redo {entry.job} --frames {text}"))
