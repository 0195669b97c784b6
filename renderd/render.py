"""One claim from its folder to its frames.

    missing frames? -> own folder -> program -> each frame: whole? ours? publish, journal -> done
    with stages: pre-* first, render-* as the program, post-* before the frames go out, error-* when it failed

Invariants
  1. `done` is on the disk before the claim is unlinked.
  2. However this ends, no process of the group is left, but for a Blender that is kept (living.py).
"""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import EACCES

from renderd import child, commandline, frames, handing_back, job_stages, living, logs, readiness, stages, staging
from renderd.bench import Bench
from renderd.blenders import Blender
from renderd.chunk_log import ChunkLog
from renderd.delivery import Delivery, Order
from renderd.diagnose import Finding
from renderd.errors import ChunkFails, Stopped
from renderd.handing_back import Outcome, note_refused
from renderd.living import Keeper, Likeness, Program
from renderd.stage_facts import of_frames
from renderd.stages import Stages
from renderd.supervision import Supervision
from spool import claim as claims
from spool import journal
from spool.claim import Claim
from spool.errors import BadFile, LostClaim, SpoolError
from spool.reasons import REASONS, explain


@dataclass
class Render:
    """A claim at work."""

    bench: Bench
    taken: Claim
    order: Order
    keeper: Keeper

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.bench, self.taken, self.order)

    @property
    def claim(self) -> Claim:
        """As it is now: shorter than it was taken, once its end was given away."""
        return self.delivery.claim

    def run(self) -> Outcome:
        """Everything: the chunk is finished, failed or back in todo afterwards. OSError: the share fails."""
        spool, job = self.bench.spool, self.claim.job.job
        path = f"{spool.job(job)}/log/{job_stages.log_name(self.claim)}"
        with journal.Journal(spool, job, self.claim.name.owner.host) as lines, \
                ChunkLog(path, self.bench.settings.log_limit) as log:
            self.delivery.lines = lines
            if refused := self._refuse_nonsense():
                return refused
            found = self._spared(self._outcome(log))
            outcome = handing_back.hand_back(spool, self.claim, found, self.delivery.waiting, lines)
            if found.text:
                log.write(f"renderd: {found.text}")
            if outcome.kind == "failed" and self.claim.job.staged:
                job_stages.tell_error(self.bench, self.claim, self.order, log, outcome)
        return outcome

    def _refuse_nonsense(self) -> Outcome | None:
        """An info file that makes no sense costs no tries: nobody could do it."""
        try:
            self.claim.info             # noqa: B018  (reads it for the first time)
        except BadFile as error:
            note_refused(self.delivery.lines, self.claim.job, self.claim.name.chunk, error)
            claims.set_aside(self.bench.spool, self.claim)
            return Outcome("refused", "info-broken", error.message)
        return None

    def _spared(self, outcome: Outcome) -> Outcome:
        """A disk that is full now uses up no try: whoever takes the chunk next waits for room before it begins."""
        if outcome.kind == "failed":
            try:
                self._refuse_full()
            except staging.NoRoom as error:
                text = explain("disk-full", path=error.facts["path"])
                return Outcome("returned", "disk-full", text, error.facts)
        return outcome

    def _refuse_full(self) -> None:
        if self.claim.info.stage != "error":    # which tells people of what went wrong
            staging.refuse_full(self.bench.spool, self.claim)

    def _outcome(self, log: ChunkLog) -> Outcome:
        try:
            return self._render(log)
        except ChunkFails as error:
            return _failed(Finding(error.code, error.facts))
        except Stopped:
            return Outcome("lost") if self.order.stop == "lost" else Outcome("returned", "stopped")
        except (OSError, SpoolError):
            raise
        except Exception as error:      # a bug: it costs a try, so that it does not come back for ever
            logs.bug(doing="render", job=self.claim.job.job, chunk=self.delivery.stem)
            return _failed(Finding("bug", {"text": repr(error)}))

    def _render(self, log: ChunkLog) -> Outcome:
        delivery = self.delivery
        try:
            if self.claim.info.stage:
                self._refuse_full()
                job_stages.run(self.bench, self.claim, self.order, log, delivery.lines)
                return Outcome("finished")
            delivery.waiting = frames.missing(self.bench.spool, self.claim)
            delivery.keep_ready()
            if not delivery.waiting:
                return Outcome("finished")
            with stages.opened(self.bench, self.claim, self.order, log) as staged:
                return self._chunk(staged, log)
        except staging.CannotPublish as error:
            return _failed(Finding(error.code, {"path": error.path}))
        except staging.NoRoom as error:
            return Outcome("waits", no_room=error.facts)
        except LostClaim:
            return Outcome("lost")

    def _chunk(self, staged: Stages | None, log: ChunkLog) -> Outcome:
        delivery = self.delivery
        self._refuse_full()
        if staged and staged.has("pre"):
            self.keeper.end()           # they may change what a Blender has read
            staged.run("pre", **of_frames(delivery.waiting))
        ready = readiness.check(self.bench, self.claim)
        if isinstance(ready, Finding):
            return _failed(ready)
        delivery.blend = ready.sha256
        delivery.lines.write("taken", chunk=delivery.stem, who=str(self.claim.name), blend=delivery.blend)
        return self._with_folder(ready.blender, staged, log)

    def _with_folder(self, blender: Blender | None, staged: Stages | None, log: ChunkLog) -> Outcome:
        folder = staging.prepare(self.bench.spool, self.claim) if self.claim.job.output else ""
        self.delivery.folder, scripts = folder, self.bench.settings.allow_scripts
        try:
            if staged and folder:
                staged.known = {**staged.known, "folder": folder, "staged": commandline.pattern(self.claim, folder)}
            if staged and staged.has("post"):
                self.delivery.check = staged.check
            if staged and staged.has("render"):
                return self._run_stages(blender, staged, log)
            if blender and (words := commandline.driven(self.claim, self.bench.threads, blender, scripts)):
                likeness = (self.claim.job.job, self.claim.info.round, self.delivery.blend, tuple(words))
                if outcome := self._drive(likeness, log):
                    return outcome
            return self._run_command(blender, log)
        finally:
            if folder:
                staging.remove(folder)

    def _run_stages(self, blender: Blender | None, staged: Stages, log: ChunkLog) -> Outcome:
        """The render-* of the recipe, which get the command as their arguments."""
        outcome, paths = Outcome("finished"), staged.recipe.of("render")
        for path in paths:
            environ = staged.environ(path, **of_frames(self.delivery.waiting))
            outcome = self._run_command(blender, log, path, environ, last=path == paths[-1])
            if outcome.kind != "finished" or not self.delivery.waiting:
                break
        return outcome

    def _run_command(self, blender: Blender | None, log: ChunkLog, stage: str = "",
                     environ: Mapping[str, str] | None = None, *, last: bool = True) -> Outcome:
        """The plain command, for all frames that are missing; or a stage that is given it."""
        self.keeper.end()               # a Blender that waits would hold its memory as long as this takes
        job, folder = self.claim.job, self.delivery.folder
        command = commandline.build(self.claim, self.delivery.waiting, folder, self.bench.threads, blender,
                                    self.bench.settings.allow_scripts)
        command[:0] = [stage] if stage else []
        log.write(f"renderd: {shlex.join(command)}")
        cwd = folder if blender else job.cwd
        if cwd and not os.path.isdir(cwd):
            return _failed(Finding("file-missing", {"path": cwd}))
        if cwd and not os.access(cwd, os.X_OK):
            return _failed(Finding("file-forbidden", {"path": cwd, "text": os.strerror(EACCES)}))
        program = living.start(command, cwd, environ or self.bench.environ, job.blend)
        watched = Supervision(program, self.delivery, log, stage=stage)
        try:
            watched.watch()
            return self._conclude(watched, stage, last)
        finally:
            program.end()

    def _drive(self, likeness: Likeness, log: ChunkLog) -> Outcome | None:
        """By a Blender that is told frame by frame; None if this one cannot be driven."""
        if likeness in self.keeper.unfit:
            return None
        if kept := self.keeper.take(likeness):
            log.write(f"renderd: the Blender of the chunk before goes on: {shlex.join(likeness[-1])}")
            watched, outcome = self._drive_one(kept, log)
            if not watched.died_waiting():
                return outcome
        log.write(f"renderd: {shlex.join(likeness[-1])}")
        fresh = living.start(likeness[-1], "", self.bench.environ, self.claim.job.blend, likeness)
        return self._drive_one(fresh, log)[1]

    def _drive_one(self, program: Program, log: ChunkLog) -> tuple[Supervision, Outcome | None]:
        watched, keeps = Supervision(program, self.delivery, log), False
        try:
            watched.watch()
            keeps = watched.may_go_on()
            if program.likeness and (why := watched.unfit()):
                self.keeper.unfit.add(program.likeness)
                log.write(f"renderd: this Blender cannot be driven ({why}): the plain command follows")
                logs.event("not-driven", job=self.claim.job.job, chunk=self.delivery.stem, text=why)
                return watched, None
            return watched, Outcome("finished") if keeps else self._conclude(watched)
        finally:
            if keeps:
                self.keeper.keep(program, self.bench.settings.keep_memory)
            else:
                program.end()

    def _conclude(self, watched: Supervision, stage: str = "", last: bool = True) -> Outcome:
        program, delivery = watched.program, self.delivery
        code = program.process.kill()   # whatever is left of the group; the exit code stays what it was
        if self.order.stop == "lost":
            return Outcome("lost")
        fatal, blender = watched.fatal(), self.claim.job.is_blender
        if not fatal and not self.order.stop:
            delivery.let_go()
        if watched.wrong:
            return _failed(*fatal, *watched.wrong)
        wrong = delivery.collect(program.process.pid) if not fatal and (code == 0 or blender) else []
        if not fatal and not self.order.stop:
            delivery.let_go()
        if not delivery.waiting and not delivery.held:
            return Outcome("finished")
        if self.order.stop:
            return Outcome("returned", "stopped")
        if stage:
            return self._conclude_stage(watched, stage, code, wrong if last else [])
        if blender:
            return _failed(*fatal, *wrong, *program.heard.findings(code, scene=self.claim.job.scene or None))
        program_missing = code == child.NOT_FOUND
        ended = Finding("program-missing" if program_missing else "exit-code",
                        {"program": self.claim.info.command[0], "code": code})
        return _failed(*([ended] if code else wrong))


    def _conclude_stage(self, watched: Supervision, stage: str, code: int, wrong: Sequence[Finding]) -> Outcome:
        """It may have started a Blender, or anything else."""
        said = watched.program.heard
        facts = {"stage": os.path.basename(stage), "name": self.claim.job.recipe, "code": code,
                 "text": next((line.strip() for line in reversed(said.tail) if line.strip()), "it said nothing.")}
        heard = said.findings(None, scene=self.claim.job.scene or None) if self.claim.job.is_blender else []
        found = [*heard, *([Finding("stage-failed", facts)] if code else wrong)]
        return _failed(*found) if code or any(one.is_failure for one in found) else Outcome("finished")


def _failed(*findings: Finding) -> Outcome:
    """A failure with its worst reason first."""
    failures = [finding for finding in findings if finding.is_failure]
    worst = min(failures, key=lambda f: list(REASONS).index(f.code), default=Finding("exit-code"))
    return Outcome("failed", worst.code, worst.text)
