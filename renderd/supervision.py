"""A program while it renders: what it says is read at once, its frames are delivered, and it is ended in time.

    lines, events --> the chunk's log, the diagnosis, the next order, the delivery (delivery.py)
"""

import json
import os
import signal
import time
from dataclasses import dataclass, field

from renderd import commandline, logs
from renderd.chunk_log import ChunkLog
from renderd.delivery import Delivery
from renderd.diagnose import Finding
from renderd.living import Program
from renderd.meter import Meter
from renderd.process import Event
from renderd.progress import FrameLine, Saved

# Reasons that `render add --allow-missing` takes for a warning only.
MISSING = frozenset({"missing-file", "missing-library", "missing-data", "missing-cache"})
WORKS = 0.01        # part of no_progress that a silent program must use of a CPU meanwhile; a second is enough
LOOK = 0.25         # seconds between two looks at a program that says nothing
DRAIN = 2.0         # seconds that we read on when it has ended and somebody else still holds its output open


@dataclass
class Supervision:
    """Of one program with the frames of one claim."""

    program: Program
    delivery: Delivery
    log: ChunkLog
    wrong: list[Finding] = field(default_factory=list)  # why we ended it ourselves, beside what it said
    ended: float = 0.0                                  # when it was seen to have ended
    looked: float = 0.0                                 # when it was last asked what it uses
    answered: bool = False                              # a driven one told something of these frames
    rested: float = 0.0                                 # seconds that it stood still before these frames, or so far
    worked: float = 0.0                                 # seconds of CPU when a silent program was last seen to work
    judged: int = -1                                    # changes of what was heard when `worthless` was found
    worthless: list[Finding] = field(default_factory=list)
    stage: str = ""                                     # the path of the render-* that is the program, if it is one

    def watch(self) -> None:
        """Until it has ended, or a driven one has nothing left to do."""
        program, process, delivery = self.program, self.program.process, self.delivery
        # A Blender that has yet to read its file is no measure of a frame; any other program is of all its frames.
        delivery.meter, delivery.frame = Meter(counted=None if self._is_blender else 0.0), delivery.waiting[0]
        sign, verified = time.monotonic(), 0.0  # when it last gave a sign of life; when the last frame was published
        self.rested = process.braked.rested
        if program.loaded:
            self.looked = sign          # it is asked as it is kept
            self._order_next()
        while self._goes_on():
            said = process.hear(LOOK)
            if self._stood_still() or self._works() or said:
                sign = time.monotonic()
                for one in said:
                    self._take_in(one)
            self.log.flush_if_due()     # it may say nothing more for long, and somebody reads along
            self._look(at_once=bool(said) and not program.driven)       # it may end at any line
            self._expect_progress(sign)
            if delivery.order.stop or self.wrong or self.fatal() or program.unfit:
                self._end(gently=delivery.order.stop == "return")
                break
            if not delivery.waiting and delivery.folder and process.ended() is None:
                verified = verified or time.monotonic()
                if program.driven or delivery.gave or self._lingers(verified):
                    break
            elif self._is_blender and delivery.giver.due():
                delivery.give()

    def _stood_still(self) -> bool:
        """Now, or since the last look (brake.py): that is neither a sign of trouble nor time of a frame."""
        braked = self.program.process.braked
        if braked.rests:
            return True
        seconds, self.rested = braked.rested - self.rested, braked.rested
        if seconds:
            self.delivery.meter.rest(seconds)
        return bool(seconds)

    def _works(self) -> bool:
        """A program that says nothing, and is no Blender, used the CPU."""
        cpu, limit = self.delivery.meter.cpu or 0.0, self.delivery.bench.settings.no_progress
        if self._is_blender or cpu - self.worked < min(1.0, limit * WORKS):
            return False
        self.worked = cpu
        return True

    def _look(self, at_once: bool) -> None:
        """What it holds and used so far: once it has ended nobody can tell."""
        now, pid = time.monotonic(), self.program.process.pid
        if at_once or now - self.looked >= LOOK:
            self.looked = now
            self.delivery.look(pid)

    def fatal(self) -> list[Finding]:
        """What Blender said so far that makes its frames worthless."""
        changes = self.program.heard.changes
        if self.judged != changes:
            self.judged, self.worthless = changes, self._judge()
        return self.worthless

    def _judge(self) -> list[Finding]:
        job = self.delivery.claim.job
        return [finding for finding in self.program.heard.findings(None, scene=job.scene or None)
                if finding.is_failure and not (job.allow_missing and finding.code in MISSING)]

    def may_go_on(self) -> bool:
        """Is the program, driven as it is, good for the next chunk?"""
        delivery, program = self.delivery, self.program
        return not (delivery.waiting or program.busy or delivery.order.stop or self.fatal()) and (
            program.process.ended() is None)

    def died_waiting(self) -> bool:
        """It ended before it began with a frame: that says nothing of the frames."""
        return not (self.answered or self.wrong or self.delivery.order.stop) and (
            self.program.process.ended() is not None)

    def unfit(self) -> str:
        """Why the driver never took an order, unless what Blender said would be as true of the plain command."""
        if self.program.loaded or self.delivery.order.stop or self.wrong:
            return ""
        code, scene = self.program.process.ended(), self.delivery.claim.job.scene or None
        told = {f.code for f in self.program.heard.findings(code, scene=scene) if f.is_failure}
        explained = told - {"exit-code", "crashed"}
        return self.program.unfit or ("" if explained else f"its driver did not start; exit code {code}")

    @property
    def _name(self) -> str:
        return "Blender" if self._is_blender else os.path.basename(self.delivery.claim.info.command[0])

    @property
    def _is_blender(self) -> bool:
        return self.delivery.claim.job.is_blender

    def _goes_on(self) -> bool:
        """Until it has ended and all that it said was read."""
        process = self.program.process
        if process.ended() is None:
            return True
        process.signal(signal.SIGKILL)      # what it left in its group would keep the pipe open
        self.ended = self.ended or time.monotonic()
        return process.open and time.monotonic() - self.ended < DRAIN

    # -- what it says

    def _take_in(self, said: str | Event) -> None:
        if not isinstance(said, str):
            self._obey(said)
            return
        self.log.write(said)
        if self._is_blender:
            self._hear(said)

    def _hear(self, line: str) -> None:
        match self.program.heard.hear(line):
            case FrameLine(frame=frame) if not self.program.driven:
                self.delivery.frame = frame
            case Saved(path=path) if not self.program.driven and not self.fatal():
                self.delivery.saved(os.path.basename(path), self.program.process.pid)

    def _obey(self, event: Event) -> None:
        """What the driver inside Blender tells (driver_inside.py)."""
        program, self.answered = self.program, True
        match event:
            case {"event": "loaded"} if not program.loaded:
                program.load, self.delivery.meter = time.monotonic() - program.born - self.rested, Meter()
                self.log.write(f"renderd: {json.dumps(event)}")
                self._order_next()
            case {"event": "unfit", "reason": str(why)} if not program.loaded:
                program.unfit = _sayable(why)
            case {"event": "error" | "unfit", "reason": str(why)}:
                self.wrong.append(Finding("render-error", {"frame": self.delivery.frame, "text": _sayable(why)}))
            case {"event": "written", "frame": int(told)} if told == self.delivery.frame and not self.fatal():
                program.busy, frame = False, self.delivery.frame
                self._order_next(after=frame)       # it need not wait until this one is published
                if bad := self.delivery.written(frame, self.delivery.meter.told(event)):
                    self.wrong.append(bad)

    def _order_next(self, after: int | None = None) -> None:
        delivery = self.delivery
        if after is None:
            delivery.giver.begins(self.program.load or 0.0)
        delivery.frame = next((f for f in delivery.waiting if after is None or f > after), None)
        if delivery.frame is not None:
            self.program.busy = True
            output = commandline.pattern(delivery.claim, delivery.folder)
            self.program.process.order(frame=delivery.frame, output=output)

    # -- when it must end

    def _lingers(self, verified: float) -> bool:
        hangs = time.monotonic() - verified > self.delivery.bench.settings.linger
        if hangs:
            logs.event("ended-hanging", chunk=self.delivery.stem, job=self.delivery.claim.job.job)
        return hangs

    def _expect_progress(self, sign: float) -> None:
        """Other programs than Blender may well say nothing for hours; then they work (`_works`)."""
        silent, limit = time.monotonic() - sign, self.delivery.bench.settings.no_progress
        if not limit or silent <= limit or not self.delivery.waiting:
            return
        if self.program.driven and not self.program.loaded:
            self.program.unfit = f"its driver said nothing for {round(silent)} s"
        elif self.stage:
            self.wrong.append(Finding("stage-hung", {
                "stage": os.path.basename(self.stage), "name": self.delivery.claim.job.recipe,
                "minutes": max(1, round(silent / 60))}))
        else:
            self.wrong.append(Finding("hung", {"program": self._name, "minutes": max(1, round(silent / 60))}))

    def _end(self, gently: bool) -> None:
        """SIGINT first: Blender then drops its frame cleanly. SIGKILL of the group after the grace; at once if it
        stands still, for it shall not wake up."""
        process = self.program.process
        if gently and process.braked.rests:
            gently = False
        if gently:
            process.no_more_orders()
            process.signal(signal.SIGINT)
            limit = time.monotonic() + self.delivery.bench.settings.stop_grace
            while process.ended() is None and time.monotonic() < limit:
                process.hear(0.05)      # read on: a full pipe would keep it from ending
        if process.ended() is None:
            if gently:
                logs.event("killed", chunk=self.delivery.stem, job=self.delivery.claim.job.job)
            process.kill()


def _sayable(text: str) -> str:
    """As logs and pages can write it."""
    return text.encode("utf-8", "replace").decode()
