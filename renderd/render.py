"""One claim from its folder to its frames.

    missing frames? -> own folder -> program -> each frame: whole? ours? publish, journal -> done

A Blender that is driven (living.py) is told one frame after the other, always the next of `waiting`: whoever takes
frames out of `waiting` takes them from the render, but for `frame`, which it works on. So the end of the claim can be
given to others at any moment (giving_back.py).

Invariants
  1. A frame has a line in the journal only after it was published.
  2. `done` is on the disk before the claim is unlinked.
  3. However this ends, no process of the group is left.
"""

import json
import os
import shlex
import signal
import time
from dataclasses import dataclass, field
from errno import EACCES

from renderd import child, commandline, frames, handing_back, living, logs, readiness, staging
from renderd.bench import Bench
from renderd.blenders import Blender
from renderd.chunk_log import ChunkLog
from renderd.diagnose import Finding
from renderd.giving_back import START, Giver
from renderd.handing_back import Outcome, note_refused
from renderd.living import Keeper, Likeness, Program
from renderd.meter import Meter
from renderd.pictures import Picture
from renderd.process import Event, peak_mb
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
    keeper: Keeper
    frame: int | None = None
    waiting: list[int] = field(default_factory=list)    # frames that are not published yet
    blend: str = ""                                     # SHA-256 of the .blend
    meter: Meter = field(default_factory=Meter)
    peak: float | None = None                           # MiB, as of the last look
    ended: float = 0.0                                  # when the program was seen to have ended
    wrong: list[Finding] = field(default_factory=list)  # why we ended it ourselves, beside what it said
    gave: bool = False                                  # a part of the claim away, so the program may go on too long

    def __post_init__(self) -> None:
        self.giver = Giver(self.bench.spool, start=START + self.bench.settings.poll)

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
        folder = staging.prepare(self.bench.spool, self.claim) if self.claim.job.output else ""
        scripts = self.bench.settings.allow_scripts
        try:
            if blender and (words := commandline.driven(self.claim, self.bench.threads, blender, scripts)):
                likeness = (self.claim.job.job, self.blend, tuple(words))
                if outcome := self._drive(likeness, folder, lines, log):
                    return outcome
            return self._run_command(blender, folder, lines, log)
        finally:
            if folder:
                staging.remove(folder)

    def _run_command(self, blender: Blender | None, folder: str, lines: journal.Journal, log: ChunkLog) -> Outcome:
        """The plain command, for all frames that are missing."""
        job = self.claim.job
        command = commandline.build(self.claim, self.waiting, folder, self.bench.threads, blender,
                                    self.bench.settings.allow_scripts)
        log.write(f"renderd: {shlex.join(command)}")
        cwd = folder if blender else job.cwd
        if cwd and not os.path.isdir(cwd):
            return _failed(Finding("file-missing", {"path": cwd}))
        if cwd and not os.access(cwd, os.X_OK):
            return _failed(Finding("file-forbidden", {"path": cwd, "text": os.strerror(EACCES)}))
        program = living.start(command, cwd, self.bench.environ, job.blend)
        try:
            self._watch(program, folder, lines, log)
            return self._conclude(program, folder, lines)
        finally:
            program.end()

    def _drive(self, likeness: Likeness, folder: str, lines: journal.Journal, log: ChunkLog) -> Outcome | None:
        """By a Blender that is told frame by frame; None if this one cannot be driven."""
        if likeness in self.keeper.unfit:
            return None
        program, command = self.keeper.take(likeness), likeness[-1]
        log.write(f"renderd: {'the Blender of the chunk before goes on: ' if program else ''}{shlex.join(command)}")
        program = program or living.start(command, "", self.bench.environ, self.claim.job.blend, likeness)
        keeps = False
        try:
            self._watch(program, folder, lines, log)
            keeps = self._may_go_on(program)
            if why := self._unfit(program):
                self.keeper.unfit.add(likeness)
                log.write(f"renderd: this Blender cannot be driven ({why}): the plain command follows")
                logs.event("not-driven", job=self.claim.job.job, chunk=self._stem, text=why)
                return None
            return Outcome("finished") if keeps else self._conclude(program, folder, lines)
        finally:
            if keeps:
                self.keeper.keep(program, self.bench.settings.keep_memory)
            else:
                program.end()

    def _may_go_on(self, program: Program) -> bool:
        return not (self.waiting or program.busy or self.order.stop or self._fatal(program)) and (
            program.process.ended() is None)

    def _unfit(self, program: Program) -> str:
        """Why the driver never took an order, unless what Blender said would be as true of the plain command."""
        if program.loaded or self.order.stop or self.wrong:
            return ""
        code = program.process.ended()
        told = {f.code for f in program.heard.findings(code, scene=self.claim.job.scene or None) if f.is_failure}
        explained = told - {"exit-code", "crashed"}
        return program.unfit or ("" if explained else f"its driver did not start; exit code {code}")

    # -- while it runs

    def _watch(self, program: Program, folder: str, lines: journal.Journal, log: ChunkLog) -> None:
        """Until it has ended, or a driven one has nothing left to do."""
        process, self.meter, self.ended = program.process, self._meter(program), 0.0
        self.frame = self.waiting[0]
        sign, verified = time.monotonic(), 0.0  # when it last gave a sign of life; when the last frame was published
        if program.loaded:
            self._order_next(program, folder)
        while self._goes_on(program):
            said = process.hear(LOOK)
            sign = time.monotonic() if said else sign
            for one in said:
                if isinstance(one, str):
                    log.write(one)
                    self._hear(one, program, folder, lines)
                else:
                    self._obey(one, program, folder, lines, log)
            self.peak = peak_mb(process.pid) or self.peak
            self.meter.look(process.pid)
            self._expect_progress(program, sign)
            if self.order.stop or self.wrong or self._fatal(program) or program.unfit:
                self._end(program, gently=self.order.stop == "return")
                break
            if not self.waiting and folder and process.ended() is None:
                verified = verified or time.monotonic()
                if program.driven or self.gave or self._lingers(verified):
                    break
            elif self.claim.job.recipe == "blender" and self.giver.due():
                self._give(lines)

    def _meter(self, program: Program) -> Meter:
        """A Blender that has yet to read its file is no measure of a frame; any other program is of all its frames."""
        blender = self.claim.job.recipe == "blender"
        return Meter.of_ready(program.process.pid) if program.loaded else Meter(counted=None if blender else 0.0)

    def _give(self, lines: journal.Journal) -> None:
        """The end of the claim to hosts that found nothing to do, if there are any."""
        begun = [f for f in self.waiting if self.frame is None or f <= self.frame]
        short = self.giver.give(self.claim, begun, self.waiting[len(begun):], self.meter.since, lines)
        if short is None:
            raise LostClaim(f"{self.claim.name} is somebody else's now.")
        self.gave = self.gave or short != self.claim
        self.claim, self.waiting = short, [f for f in self.waiting if f <= short.name.chunk.last]

    def _lingers(self, verified: float) -> bool:
        hangs = time.monotonic() - verified > self.bench.settings.linger
        if hangs:
            logs.event("ended-hanging", chunk=self._stem, job=self.claim.job.job)
        return hangs

    def _goes_on(self, program: Program) -> bool:
        """Until it has ended and all that it said was read."""
        process = program.process
        if process.ended() is None:
            return True
        process.signal(signal.SIGKILL)      # what it left in its group would keep the pipe open
        self.ended = self.ended or time.monotonic()
        return process.open and time.monotonic() - self.ended < DRAIN

    def _expect_progress(self, program: Program, sign: float) -> None:
        """Other programs than Blender may well say nothing for hours."""
        silent, limit = time.monotonic() - sign, self.bench.settings.no_progress
        if not limit or silent <= limit or not self.waiting or self.claim.job.recipe != "blender":
            return
        if program.driven and not program.loaded:
            program.unfit = f"its driver said nothing for {round(silent)} s"
        else:
            self.wrong.append(Finding("hung", {"program": "Blender", "minutes": max(1, round(silent / 60))}))

    def _hear(self, line: str, program: Program, folder: str, lines: journal.Journal) -> None:
        if self.claim.job.recipe != "blender":
            return
        program.heard.hear(line)
        match parse(line):
            case FrameLine(frame=frame):
                self.frame = frame
            case Saved(path=path) if not program.driven and not self._fatal(program):
                self._saved(os.path.basename(path), program.process.pid, folder, lines)

    def _obey(self, event: Event, program: Program, folder: str, lines: journal.Journal, log: ChunkLog) -> None:
        """What the driver inside Blender tells (driver_inside.py)."""
        match event:
            case {"event": "loaded"}:
                program.loaded, self.meter = True, Meter.of_ready(program.process.pid)
                log.write(f"renderd: {json.dumps(event)}")
                self._order_next(program, folder)
            case {"event": "unfit", "reason": why}:
                program.unfit = str(why)
            case {"event": "error", "frame": int(frame), "reason": why}:
                self.wrong.append(Finding("render-error", {"frame": frame, "text": why}))
            case {"event": "written", "frame": int(frame)} if not self._fatal(program):
                program.busy = False
                self._order_next(program, folder, after=frame)      # it need not wait until this one is published
                self._written(frame, program.process.pid, folder, lines)

    def _order_next(self, program: Program, folder: str, after: int | None = None) -> None:
        self.frame = next((f for f in self.waiting if after is None or f > after), None)
        if self.frame is not None:
            program.busy = True
            program.process.order(frame=self.frame, output=commandline.pattern(self.claim, folder))

    def _written(self, frame: int, pid: int, folder: str, lines: journal.Journal) -> None:
        if frame not in self.waiting:
            return
        picture = self._examine(frame, folder)
        if isinstance(picture, Finding):
            self.wrong.append(picture)
        else:
            self._publish(frame, picture, pid, folder, lines)

    def _fatal(self, program: Program) -> list[Finding]:
        """What Blender said so far that makes its frames worthless."""
        job = self.claim.job
        return [finding for finding in program.heard.findings(None, scene=job.scene or None)
                if finding.is_failure and not (job.allow_missing and finding.code in MISSING)]

    def _saved(self, name: str, pid: int, folder: str, lines: journal.Journal) -> None:
        """Blender says that it wrote this file; it says so on a full disk too."""
        job = self.claim.job
        for frame in self.waiting:
            if os.path.basename(job.file_of(frame)) == name:
                picture = self._examine(frame, folder)
                if isinstance(picture, Picture):
                    self._publish(frame, picture, pid, folder, lines)
                return

    def _publish(self, frame: int, picture: Picture | None, pid: int, folder: str, lines: journal.Journal,
                 share: int = 1) -> None:
        job = self.claim.job
        if job.output:
            target = job.file_of(frame)
            staging.publish(f"{folder}/{os.path.basename(target)}", target, self._ours)
        wall, cpu = self.meter.frame(pid, share)
        seconds = (picture.render_seconds if picture else None) or round(wall, 2)
        lines.write("frame", chunk=self._stem, frame=frame, round=self.claim.info.round, seconds=seconds,
                    peak_mb=peak_mb(pid) or self.peak, blend=self.blend, wall=round(wall, 2),
                    cpu=None if cpu is None else round(cpu, 2))
        self.giver.published(wall, seconds)
        self.waiting.remove(frame)
        if self.frame == frame:
            self.frame = next((f for f in self.waiting if f > frame), None)
        logs.event("published", job=job.job, frame=frame, seconds=seconds)

    def _ours(self) -> bool:
        return self.order.stop != "lost" and claims.ours(self.bench.spool, self.claim)

    def _end(self, program: Program, gently: bool) -> None:
        """SIGINT first: Blender then drops its frame cleanly. SIGKILL of the group after the grace."""
        process = program.process
        if gently:
            process.no_more_orders()
            process.signal(signal.SIGINT)
            limit = time.monotonic() + self.bench.settings.stop_grace
            while process.ended() is None and time.monotonic() < limit:
                process.hear(0.05)      # read on: a full pipe would keep it from ending
        if process.ended() is None:
            if gently:
                logs.event("killed", chunk=self._stem, job=self.claim.job.job)
            process.kill()

    # -- afterwards

    def _conclude(self, program: Program, folder: str, lines: journal.Journal) -> Outcome:
        code = program.process.kill()   # whatever is left of the group; the exit code stays what it was
        if self.order.stop == "lost":
            return Outcome("lost")
        fatal, blender = self._fatal(program), self.claim.job.recipe == "blender"
        if self.wrong:
            return _failed(*fatal, *self.wrong)
        wrong = self._collect(program.process.pid, folder, lines) if not fatal and (code == 0 or blender) else []
        if not self.waiting:
            return Outcome("finished")
        if self.order.stop:
            return Outcome("returned", "stopped")
        if blender:
            return _failed(*fatal, *wrong, *program.heard.findings(code, scene=self.claim.job.scene or None))
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
                self._publish(frame, found, pid, folder, lines, share=len(self.waiting))
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
