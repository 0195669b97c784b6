"""Daemons and people played by hand, and the whole spool as a dict."""

import os
from dataclasses import dataclass, field
from itertools import combinations, count

from spool import again, atomic, beats, check, claim, journal, orphans, queue, submit
from spool import frames as frame_lists
from spool import job as jobs
from spool.claim import Claim, Waiting
from spool.errors import BadFile, SpoolError
from spool.job import Job
from spool.layout import Beat, ChunkName, Entry, Incarnation, Spool, parse_chunk
from spool.settle import LEASE, Settler

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
BIN, STRANGER = 2, 54_321           # an account of every Debian; a uid without one

_nonces = count(1)


def a_job(output: str, frames: str = "1-6", chunk: int = 2, tries: int = 3,
          template: tuple[str, ...] = ("true", "{frames}", "{output}"), order: str = "linear", **more: object) -> Job:
    return Job(job="", name="shot", created="", recipe="command", template=template,
               frames=frames, chunk=chunk, order=order, output=output, chunks=0, tries=tries, **more)  # type: ignore[arg-type]


def add(spool: Spool, output: str, **asked: object) -> tuple[Entry, Job]:
    """A job that was submitted."""
    hold = bool(asked.pop("hold", False))
    planned = submit.plan(spool, a_job(output, **asked), hold=hold)     # type: ignore[arg-type]
    submit.submit(spool, planned)
    return planned.entry, jobs.read(spool, planned.job.job)


def where(spool: Spool, job: Job) -> Entry:
    return queue.find(spool, job.job)


def whole(spool: Spool) -> dict[str, str]:
    """Every name in the spool; of small files what they say. So that a failure explains itself."""
    found = {}
    for folder, _, names in os.walk(spool.root):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, spool.root)] = "" if os.path.islink(path) else _text(path)
    return found


def _text(path: str) -> str:
    if not os.path.isfile(path):
        return "(no file)"
    with open(path, errors="replace") as file:
        return file.read(2000) if path.endswith(".jsonl") else ""


def job_name(number: int) -> str:
    """Of a job that nobody sent."""
    return f"20261120-101530-shot-{number:04}"


def life(host: str) -> Incarnation:
    """A new life of a host, whose process is long gone."""
    return Incarnation(host, 4_000_000 + next(_nonces), f"{next(_nonces):08x}")


@dataclass
class Daemon:
    """What renderd does with the spool, one step at a time."""

    spool: Spool
    me: Incarnation
    last: Beat
    own: int = 0                # beats of this life
    observer: beats.Observer = field(init=False)
    settler: Settler = field(default_factory=Settler)
    refused: list[ChunkName] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.observer = beats.Observer(self.me)

    @classmethod
    def born(cls, spool: Spool, host: str = "ws01") -> "Daemon":
        me = life(host)
        return cls(spool, me, beats.born(spool, me))

    def beat(self) -> bool:
        there = beats.beat(self.spool, self.last)
        if there is None:
            return False
        self.last, self.own = there, self.own + 1
        return True

    def observe(self) -> list[Beat]:
        """Declares dead whom it must, and tells whom."""
        found = self.observer.judge(beats.living(self.spool), self.own)
        return [seen for seen in found if beats.declare_dead(self.spool, seen, self.me)]

    def take(self, job: Job, waiting: Waiting | None = None, slot: int = 0) -> Claim | None:
        waiting = waiting or Waiting()
        while taken := claim.take(self.spool, job, waiting, self.me, slot, lambda name: True,
                                  lambda name, error: self.refused.append(name)):
            try:
                taken.info              # noqa: B018  (reads it for the first time)
            except BadFile:
                self.refused.append(taken.name.chunk)
                claim.set_aside(self.spool, taken)
                continue
            return taken
        return None

    def publish(self, taken: Claim, frame: int) -> None:
        """The frame's file and its line."""
        path = taken.job.file_of(frame)
        aside = f"{os.path.dirname(path)}/.{frame}.{self.me}"
        with open(aside, "w") as file:
            file.write(f"frame {frame} round {taken.info.round}")
        os.rename(aside, path)
        with journal.Journal(self.spool, taken.job.job, self.me.host) as lines:
            lines.write("frame", chunk=taken.name.chunk.stem, frame=frame, round=taken.info.round)

    def missing(self, taken: Claim) -> list[int]:
        done = journal.done_frames(journal.events(self.spool, taken.job.job))
        files = os.listdir(os.path.dirname(taken.job.output))
        return [f for f in taken.info.frames if f not in done or done[f].round < taken.info.round
                or os.path.basename(taken.job.file_of(f)) not in files]

    def finish(self, taken: Claim) -> None:
        with journal.Journal(self.spool, taken.job.job, self.me.host) as lines:
            lines.write("done", sync=True, chunk=taken.name.chunk.stem)
        claim.finish(taken)

    def render(self, taken: Claim) -> None:
        for frame in self.missing(taken):
            self.publish(taken, frame)
        self.finish(taken)

    def work_off(self, job: Job) -> None:
        while taken := self.take(job):
            self.render(taken)

    def settle(self, job: Job) -> str:
        return self.settler.settle(self.spool, where(self.spool, job), job, self.own).state

    def chores(self) -> None:
        """What a daemon does in one beat, besides rendering."""
        assert self.beat(), "declared dead"
        self.observe()
        open_jobs = [jobs.read(self.spool, e.job) for e in queue.entries(self.spool, ("queue", "held"))]
        orphans.put_back(self.spool, open_jobs)
        for job in open_jobs:
            if where(self.spool, job).state == "queue":
                self.work_off(job)
                self.settle(job)


def recover(spool: Spool, host: str = "ws09") -> None:
    """A new daemon lives for three leases; a person brings back what is held, cancelled or failed."""
    daemon = Daemon.born(spool, host)
    for beat in range(3 * LEASE + 3):
        if beat in (0, LEASE + 1):
            _people(spool)
        daemon.chores()
    beats.retire(spool, daemon.me)


def _people(spool: Spool) -> None:
    for entry in queue.entries(spool, ("trash", "held", "failed")):
        if entry.state == "trash":
            entry = queue.undo(spool, entry)
        if entry.state == "held":
            queue.release(spool, entry)
        if entry.state == "failed":
            again.retry(spool, entry, jobs.read(spool, entry.job))


def doubled(spool: Spool) -> list[str]:
    """Chunks that lie in more than one folder, or of which a part does."""
    found = []
    for job in atomic.names(spool.folder("jobs")):
        chunks = {path: parse_chunk(os.path.basename(path).split("@")[0]) for path in sorted(whole(spool))
                  if path.startswith(f"jobs/{job}/") and path.split("/")[2] in ("todo", "running", "failed")
                  and os.path.basename(path)[0] != "."}
        found += [f"{one} and {other}" for one, other in combinations(chunks, 2) if chunks[one].meets(chunks[other])]
    return found


def nowhere(spool: Spool, job: Job) -> list[int]:
    """Frames that are in no chunk and in no journal. By the names of the chunks."""
    names = [*claim.waiting_chunks(spool, job), *claim.failed_chunks(spool, job.job),
             *(c.chunk for c in claim.claims(spool, job.job))]
    return [f for f in journal.missing(spool, job) if not any(n.first <= f <= n.last for n in names)]


def assert_all_rendered(spool: Spool) -> None:
    """Every job that has an entry is done: each frame in a file and in a journal, no chunk left."""
    for entry in queue.entries(spool):
        job = jobs.read(spool, entry.job)
        assert entry.state == "done", (entry, whole(spool))
        assert not journal.missing(spool, job), whole(spool)
        files = sorted(n for n in os.listdir(os.path.dirname(job.output)) if n[0] != ".")
        assert files == [os.path.basename(job.file_of(f)) for f in job.frame_list()], files
        lines = journal.done_frames(journal.events(spool, job.job))
        assert sorted(lines) == job.frame_list(), frame_lists.text(lines)
    report = check.check(spool)
    assert not report.faults, (report.faults, whole(spool))


def outcome(call: object, *args: object) -> object:
    """What the call gives, or the error that was foreseen."""
    try:
        return call(*args)      # type: ignore[operator]
    except SpoolError as error:
        return error
