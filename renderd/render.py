"""One claim from its folder to its frames.

    missing frames? -> own folder -> program -> each frame: whole? ours? publish, journal -> done

Invariants
  1. A frame has a line in the journal only after it was published.
  2. `done` is on the disk before the claim is unlinked.
  3. However this ends, no process of the group is left.
"""

import os
import shlex
import shutil
import signal
import time
from dataclasses import dataclass, field
from errno import EACCES

from renderd import child, commandline, frames, handing_back, logs, readiness, staging
from renderd.bench import Bench
from renderd.blenders import Blender
from renderd.chunk_log import ChunkLog
from renderd.diagnose import Finding, Listener
from renderd.handing_back import Outcome, note_refused
from renderd.pictures import Picture
from renderd.process import Process, peak_mb
from renderd.progress import FrameLine, Saved, parse
from spool import claim as claims
from spool import journal
from spool.claim import Claim
from spool.errors import BadFile, LostClaim, SpoolError
from spool.reasons import REASONS

# Reasons that `render add --allow-missing` takes for a warning only.
MISSING = frozenset({"missing-file", "missing-library", "missing-data", "missing-cache"})
LOOK = 0.25         # seconds between two looks at a program that says nothing
DRAIN = 2.0         # seconds that we read on when it has ended and somebody else still holds its output open


@dataclass
class Order:
    """What the daemon wants of a running render; set from another thread."""

    stop: str = ""      # "" go on | "return" stop, frames back | "lost" stop, publish nothing


@dataclass
class Render:
    """A claim at work. `frame` is what it works on now, for the status."""

    bench: Bench
    claim: Claim
    order: Order
    frame: int | None = None
    waiting: list[int] = field(default_factory=list)    # frames that are not published yet
    blend: str = ""                                     # SHA-256 of the .blend
    since: float = 0.0                                  # when the work on the current frame began
    peak: float | None = None                           # MiB, as of the last look
    ended: float = 0.0                                  # when the program was seen to have ended

    def run(self) -> Outcome:
        """Everything: the chunk is finished, failed or back in todo afterwards. OSError: the share fails."""
        spool, job = self.bench.spool, self.claim.job.job
        path = f"{spool.job(job)}/log/{self.claim.name}.log"
        with journal.Journal(spool, job, self.claim.name.owner.host) as lines, \
                ChunkLog(path, self.bench.settings.log_limit) as log:
            if refused := self._refuse_nonsense(lines):
                return refused
            outcome = self._outcome(lines, log)
            handing_back.hand_back(self.bench.spool, self.claim, outcome, self.waiting, lines)
            if outcome.text:
                log.write(f"renderd: {outcome.text}")
        return outcome

    def _refuse_nonsense(self, lines: journal.Journal) -> Outcome | None:
        """An info file that makes no sense costs no tries: nobody could do it."""
        try:
            self.claim.info             # noqa: B018  (reads it for the first time)
        except BadFile as error:
            note_refused(lines, self.claim.job, self.claim.name.chunk, error)
            claims.set_aside(self.bench.spool, self.claim)
            return Outcome("refused", "info-broken", error.message)
        return None

    def _outcome(self, lines: journal.Journal, log: ChunkLog) -> Outcome:
        try:
            return self._render(lines, log)
        except (OSError, SpoolError):
            raise
        except Exception as error:      # a bug: it costs a try, so that it does not come back for ever
            logs.bug(doing="render", job=self.claim.job.job, chunk=self._stem)
            return _failed(Finding("bug", {"text": repr(error)}))

    def _render(self, lines: journal.Journal, log: ChunkLog) -> Outcome:
        try:
            self.waiting = frames.missing(self.bench.spool, self.claim)
            if not self.waiting:
                return Outcome("finished")
            ready = readiness.check(self.bench, self.claim)
            if isinstance(ready, Finding):
                return _failed(ready)
            self.blend = ready.sha256
            lines.write("taken", chunk=self._stem, who=str(self.claim.name), blend=self.blend)
            return self._with_folder(ready.blender, lines, log)
        except staging.CannotPublish as error:
            return _failed(Finding(error.code, {"path": error.path}))
        except LostClaim:
            return Outcome("lost")

    @property
    def _stem(self) -> str:
        return self.claim.name.chunk.stem

    # -- before

    def _with_folder(self, blender: Blender | None, lines: journal.Journal, log: ChunkLog) -> Outcome:
        job = self.claim.job
        folder = staging.prepare(self.bench.spool, self.claim) if job.output else ""
        scratch = staging.scratch()
        try:
            command = commandline.build(self.claim, self.waiting, folder, self.bench.threads, blender,
                                        self.bench.settings.allow_scripts)
            log.write(f"renderd: {shlex.join(command)}")
            cwd = folder if blender else (job.cwd or scratch)
            if not os.path.isdir(cwd):
                return _failed(Finding("file-missing", {"path": cwd}))
            if not os.access(cwd, os.X_OK):
                return _failed(Finding("file-forbidden", {"path": cwd, "text": os.strerror(EACCES)}))
            program = Process(command, cwd, {**self.bench.environ, "TMPDIR": scratch})
            try:
                return self._watch(program, folder, lines, log)
            finally:
                program.close()
        finally:
            if folder:
                staging.remove(folder)
            shutil.rmtree(scratch, ignore_errors=True)

    # -- while it runs

    def _watch(self, program: Process, folder: str, lines: journal.Journal, log: ChunkLog) -> Outcome:
        heard, self.since = Listener(self.claim.job.blend or None), time.monotonic()
        self.frame = self.waiting[0]
        verified = 0.0                  # when the last frame was published
        while self._goes_on(program):
            for line in program.lines(LOOK):
                log.write(line)
                self._hear(line, heard, program, folder, lines)
            self.peak = peak_mb(program.pid) or self.peak
            if self.order.stop or self._fatal(heard):
                self._end(program, gently=self.order.stop == "return")
                break
            if program.ended() is None and not self.waiting and folder:
                verified = verified or time.monotonic()
                if time.monotonic() - verified > self.bench.settings.linger:
                    logs.event("ended-hanging", chunk=self._stem, job=self.claim.job.job)
                    break
        return self._conclude(program, heard, folder, lines)

    def _goes_on(self, program: Process) -> bool:
        """Until it has ended and all that it said was read."""
        if program.ended() is None:
            return True
        program.signal(signal.SIGKILL)      # what it left in its group would keep the pipe open
        self.ended = self.ended or time.monotonic()
        return program.open and time.monotonic() - self.ended < DRAIN

    def _hear(self, line: str, heard: Listener, program: Process, folder: str, lines: journal.Journal) -> None:
        if self.claim.job.recipe != "blender":
            return
        heard.hear(line)
        match parse(line):
            case FrameLine(frame=frame):
                self.frame = frame
            case Saved(path=path) if not self._fatal(heard):
                self._saved(os.path.basename(path), program, folder, lines)

    def _fatal(self, heard: Listener) -> list[Finding]:
        """What Blender said so far that makes its frames worthless."""
        job = self.claim.job
        return [finding for finding in heard.findings(None, scene=job.scene or None)
                if finding.is_failure and not (job.allow_missing and finding.code in MISSING)]

    def _saved(self, name: str, program: Process, folder: str, lines: journal.Journal) -> None:
        """Blender says that it wrote this file; it says so on a full disk too."""
        job = self.claim.job
        for frame in self.waiting:
            if os.path.basename(job.file_of(frame)) == name:
                picture = self._examine(frame, folder)
                if isinstance(picture, Picture):
                    self._publish(frame, picture, program.pid, folder, lines)
                return

    def _publish(self, frame: int, picture: Picture | None, pid: int, folder: str, lines: journal.Journal) -> None:
        job, now = self.claim.job, time.monotonic()
        if job.output:
            target = job.file_of(frame)
            staging.publish(f"{folder}/{os.path.basename(target)}", target, self._ours)
        wall, self.since = now - self.since, now
        seconds = (picture.render_seconds if picture else None) or round(wall, 2)
        lines.write("frame", chunk=self._stem, frame=frame, round=self.claim.info.round, seconds=seconds,
                    peak_mb=peak_mb(pid) or self.peak, blend=self.blend)
        self.waiting.remove(frame)
        self.frame = next((f for f in self.waiting if f > frame), None)
        logs.event("published", job=job.job, frame=frame, seconds=seconds)

    def _ours(self) -> bool:
        return self.order.stop != "lost" and claims.ours(self.bench.spool, self.claim)

    def _end(self, program: Process, gently: bool) -> None:
        """SIGINT first: Blender then drops its frame cleanly. SIGKILL of the group after the grace."""
        if gently:
            program.signal(signal.SIGINT)
            limit = time.monotonic() + self.bench.settings.stop_grace
            while program.ended() is None and time.monotonic() < limit:
                program.lines(0.05)     # read on: a full pipe would keep it from ending
        if program.ended() is None:
            if gently:
                logs.event("killed", chunk=self._stem, job=self.claim.job.job)
            program.kill()

    # -- afterwards

    def _conclude(self, program: Process, heard: Listener, folder: str, lines: journal.Journal) -> Outcome:
        code = program.kill()           # whatever is left of the group; the exit code stays what it was
        if self.order.stop == "lost":
            return Outcome("lost")
        fatal, blender = self._fatal(heard), self.claim.job.recipe == "blender"
        wrong = self._collect(program.pid, folder, lines) if not fatal and (code == 0 or blender) else []
        if not self.waiting:
            return Outcome("finished")
        if self.order.stop:
            return Outcome("returned", "stopped")
        if blender:
            return _failed(*fatal, *wrong, *heard.findings(code, scene=self.claim.job.scene or None))
        program_missing = code == child.NOT_FOUND
        ended = Finding("program-missing" if program_missing else "exit-code",
                        {"program": self.claim.info.command[0], "code": code})
        return _failed(*([ended] if code else wrong))

    def _collect(self, pid: int, folder: str, lines: journal.Journal) -> list[Finding]:
        """Publish what is whole; what is wrong with the rest."""
        findings = []
        for frame in list(self.waiting):
            found = self._examine(frame, folder)
            if isinstance(found, Finding):
                findings.append(found)
            else:
                self._publish(frame, found, pid, folder, lines)
        return findings

    def _examine(self, frame: int, folder: str) -> Picture | Finding | None:
        """The frame as it lies in the folder; None for a program whose files the farm does not know."""
        if not folder:
            return None
        name = os.path.basename(self.claim.job.file_of(frame))
        return frames.examine(f"{folder}/{name}", frame, self.claim.job)


def _failed(*findings: Finding) -> Outcome:
    """A failure with its worst reason first."""
    failures = [finding for finding in findings if finding.is_failure]
    worst = min(failures, key=lambda f: list(REASONS).index(f.code), default=Finding("exit-code"))
    return Outcome("failed", worst.code, worst.text)
