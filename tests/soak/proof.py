"""Proves the promises on the farm while it is soaked, from its files alone.

Jobs that are done or failed are as one_job.py wants them. Every job ever sent is in one place, until a person's
`render clean` took it; nothing else is a job. What the farm heals must have been harmed. Nothing stands still."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from spool import frames as frame_lists
from tests.soak.books import PLANTED, Sent, beginning
from tests.soak.one_job import names_below, wrong
from tests.soak.stage import Stage
from tests.soak.waits import Waits

STATES = ("queue", "held", "done", "failed", "trash")
GRACE = 30.0            # seconds in which a job may be there that `render add` has not told us of yet


@dataclass
class Proof:
    """Remembers what was proved already."""

    stage: Stage
    waits: Waits = field(default_factory=Waits)
    strangers: dict[str, float] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)    # job -> state, name of its entry
    checks: int = 0
    frames: int = 0         # that appeared
    proofs: int = 0
    judged: float = 0.0     # monotonic: the beginning of the last round that came to its end

    @property
    def spool(self) -> Path:
        return self.stage.farm.spool_dir

    def round(self) -> None:
        """One look at everything."""
        began = time.monotonic()
        self.stage.books.read_confessions(self.stage.root.glob("moods/*.did"))
        self._logs()
        self._appearances()
        sent = list(self.stage.books.jobs.values())     # before the entries: whoever is sent later is not missed
        self.places = dict(self._entries())
        for one in sent:
            self._one(one)
        self._strangers()
        self._waits()
        self.judged = began

    # -- jobs

    def _entries(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """From where jobs come to where they go and back, twice: an entry that moves against the look is seen."""
        for state in (*STATES, *reversed(STATES)):
            for name in os.listdir(self.spool / state):
                if found := re.fullmatch(r"\d+\.([^~.]+)(~\w+)?", name):
                    yield found[1], (state, name)

    def _one(self, one: Sent) -> None:
        state, name = self.places.get(one.job, ("", ""))
        if one.cleaned:
            return
        if not state:
            self._vanished(one)
        elif state in ("queue", "held"):
            one.proved = ""
        elif state in ("done", "failed"):
            look = (name, state, self._sizes(one))
            if look != one.seen:
                self._prove(one, state, name, look)

    def _vanished(self, one: Sent) -> None:
        if (self.spool / "jobs" / one.job).exists() or any(
                one.job in name for state in STATES for name in os.listdir(self.spool / state)):
            return                          # it is being removed, or moves
        one.cleaned = True
        if not (one.proved or one.cancelled):
            self.stage.books.violation(f"{one.job} is lost: it was neither done nor failed nor cancelled")
        there = {int(p.stem[-4:]) for p in one.folder.iterdir() if p.name[0] != "."}
        if one.proved == "done" and not one.cancelled and set(one.frames) - there - one.removed:
            self.stage.books.violation(f"{one.job}: pictures went away with the job")
        self.stage.observer.ask("drop", one.folder)
        rmtree(one.folder, ignore_errors=True)

    def _sizes(self, one: Sent) -> tuple[object, ...]:
        found = []
        for path in sorted((self.spool / "jobs" / one.job).glob("*/*.json*")):
            try:
                found.append((path.name, path.lstat().st_size))
            except FileNotFoundError:
                continue
        return tuple(found)

    def _prove(self, one: Sent, state: str, name: str, look: object) -> None:
        try:
            found = list(wrong(self.stage.books, self.spool / "jobs" / one.job, one, state))
        except FileNotFoundError:
            return                          # it is being moved or cleaned
        if not (self.spool / state / name).exists() or self._sizes(one) != look[2]:     # type: ignore[index]
            return                          # somebody moved it meanwhile: the next round
        for text in found:
            self.stage.books.violation(f"{one.job} is {state}: {text}")
        one.proved, one.seen = state, look
        self.proofs += 1

    def _strangers(self) -> None:
        """A job that nobody sent, or of which `render add` said that it did not send it."""
        now, found = time.monotonic(), set()
        for name in os.listdir(self.spool / "jobs"):
            evil = any(path.endswith(name) for path in self.stage.planted)
            if name[0] == "." or name in self.stage.books.jobs or evil:
                continue
            found.add(name)
            if now - self.strangers.setdefault(name, now) > GRACE:
                self.stage.books.violation(f"jobs/{name} is there, but `render add` did not say so")
        self.strangers = {name: since for name, since in self.strangers.items() if name in found}

    # -- the observer, and what the daemons say

    def _appearances(self) -> None:
        self.frames, faults, gone = self.stage.observer.report()
        for text in faults:
            self.stage.books.violation(text)
        removed = {(one.folder, frame) for one in self.stage.books.jobs.values() for frame in one.removed}
        for path in map(Path, gone):
            if (path.parent, int(path.stem[-4:])) not in removed:
                self.stage.books.violation(f"{path} was removed")

    def _logs(self) -> None:
        for line in self.stage.read_logs():
            words = line.split(" ")
            if words[1:2] == ["bug"] or "Traceback" in line:
                self.stage.books.violation(f"a bug in {line}")
            if words[1:2] == ["healed"]:
                job = words[2].removeprefix("job=")
                one = self.stage.books.jobs.get(job)
                if one is None or not (one.removed or one.edited or self._met_a_bad_disk(one)):
                    self.stage.books.violation(f"frames were nowhere, and nobody had harmed them: {line}")

    def _met_a_bad_disk(self, one: Sent) -> bool:
        """A redo that met a full or read-only disk may have written its note and not its chunks."""
        return any(window.met(at) for at in one.redone for window in self.stage.books.windows)

    # -- what stands still

    def _waits(self) -> None:
        now = time.monotonic()
        conditions = list(self._conditions())
        if self.stage.troubled_until == float("inf"):
            return
        for text in self.waits.look(conditions, now, self.stage.calm_since):
            self.stage.books.violation(f"stuck for more than {self.waits.limit:.0f} s: {text}")

    def _conditions(self) -> Iterator[str]:
        down, waiting, total, worked = set(self.stage.down), 0, 0, self._worked()
        for name in os.listdir(self.spool / "beats"):
            if name.split(".")[0] not in down:
                yield f"the beat {name} stands"
        for job, (state, _) in self.places.items():
            if job not in self.stage.books.jobs:
                continue
            root = self.spool / "jobs" / job
            todo, running = names_below(root / "todo"), names_below(root / "running")
            size = sum(_size(path) for path in (root / "journal").glob("*.jsonl"))
            for claim in running:
                owner = claim.partition("@")[2]
                host = owner.split(".")[0]
                if host not in down:
                    yield (f"{job} running/{claim}, journal {_size(root / 'journal' / f'{host}.jsonl')}, "
                           f"CPU {worked.get(owner, 0)}")
            if state == "queue":
                waiting, total = waiting + len(todo), total + size
                if not todo and not running:
                    yield f"{job} is open, but nothing waits or runs, journals {size}"
        self.stage.waiting = waiting
        if waiting:
            yield f"chunks wait and nothing happens, journals {total}, frames {self.frames}"
        for pid, line in self.stage.programs().items():
            found = re.search(r"@[^/]*?\.(\d+)\.[0-9a-f]{8}\.\d+/", line)
            if found and not Path(f"/proc/{found[1]}").exists():
                yield f"process {pid} lives on without its daemon: {line}"
        for pid, daemon in self.stage.driven().items():
            if not Path(f"/proc/{daemon}").exists():
                yield f"process {pid} lives on without its daemon {daemon}"

    def _worked(self) -> dict[str, int]:
        """By INCARNATION.SLOT how long the program of its claim has used a CPU: where others take it all, renders at
        the lowest priority are slow, not stuck. Which of several claims a driven program is at nobody can see: then
        it counts for none, or one that is stuck would look busy."""
        found: dict[str, int] = {}
        for pid, line in self.stage.programs().items():
            if owner := re.search(r"/\.renderd/[^/@]+@([^/]+)/", line):
                found[owner[1]] = found.get(owner[1], 0) + _ticks(pid)
        by_daemon: dict[int, int] = {}
        for pid, daemon in self.stage.driven().items():
            by_daemon[daemon] = by_daemon.get(daemon, 0) + _ticks(pid)
        for daemon, ticks in by_daemon.items():
            owners = {name.partition("@")[2] for name in self.stage.claims_of(daemon)} - found.keys()
            if len(owners) == 1:
                found[owners.pop()] = ticks
        return found

    # -- python -m spool check

    def check(self) -> None:
        """The project's own check finds no fault but those that were made by hand."""
        done = subprocess.run([sys.executable, "-m", "spool", "check", str(self.spool), "--json"], timeout=600,
                              capture_output=True, text=True, check=False, start_new_session=True)
        self.checks += 1
        try:
            problems = json.loads(done.stdout)["problems"]
        except ValueError:
            self.stage.books.violation(f"`spool check` gave no answer: {done.stderr[-2000:]}")
            return
        for problem in problems:
            if problem["fault"] and not self._excused(problem["path"], problem["what"]):
                self.stage.books.violation(f"spool check: {problem['path']} {problem['what']}")

    def _excused(self, path: str, what: str) -> bool:
        if any(path == planted or path.startswith(f"{planted}/") for planted in self.stage.planted):
            return True
        if chunk := re.match(r"jobs/([^/]+)/(?:todo|running|failed)(?:/\d+)?/((\d+)\..*)", path):
            one = self.stage.books.jobs.get(chunk[1])
            return int(chunk[3]) >= PLANTED or (one is not None and beginning(chunk[2]) in one.edited)
        if nowhere := re.match(r"frames (\S+) are in no chunk and in no journal", what):
            one = self.stage.books.jobs.get(path.removeprefix("jobs/"))
            return one is not None and set(frame_lists.parse(nowhere[1])) <= {f for r in one.edited.values() for f in r}
        if gone := re.match(r"is done, but the files of frames (\S+) are not there", what):
            one = self.stage.books.jobs.get(path.partition(".")[2])
            return one is not None and set(frame_lists.parse(gone[1])) <= one.removed
        return False


def _ticks(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(words[11]) + int(words[12])


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
