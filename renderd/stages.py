"""The stages of one claim's recipe: one program after the other, in the order of their names.

Each runs as renders do (child.py): lowest priority, a group of its own that dies with the daemon, its words in the
chunk's log. It works in a folder for temporary files that all stages of the claim share, and that is removed.
One that fails, or takes too long, fails the chunk; one that is stopped loses nothing.
"""

import json
import os
import shlex
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from renderd import leftovers, living, recipes
from renderd.bench import Bench
from renderd.chunk_log import ChunkLog
from renderd.delivery import Order
from renderd.errors import ChunkFails, Stopped
from renderd.living import Program
from renderd.recipes import Recipe
from renderd.stage_facts import environment, facts, of_frames
from spool.claim import Claim

LOOK = 0.25         # seconds between two looks at a stage that says nothing
DRAIN = 2.0         # seconds that we read on when it has ended and something else holds its output open


@dataclass
class Stages:
    """Of one claim. `frames`, `blend` ... of what the stages are told are those of the moment."""

    bench: Bench
    order: Order
    log: ChunkLog
    recipe: Recipe
    scratch: str
    known: Mapping[str, Any] = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        return bool(self.recipe.of(kind))

    def run(self, kind: str, words: Sequence[str] = (), **more: Any) -> None:
        """All stages of a kind. ChunkFails, Stopped: the others did not run."""
        for path in self.recipe.of(kind):
            self._one(path, words, self.environ(path, **more))

    def check(self, frames: Sequence[int], pictures: Sequence[str]) -> None:
        """The post-* of frames that are whole, before they are published."""
        self.run("post", pictures, pictures=list(pictures), **of_frames(list(frames)))

    def environ(self, path: str, **more: Any) -> dict[str, str]:
        """What this stage gets; the same stands in a JSON file."""
        told = {**self.known, **more, "stage": os.path.basename(path)}
        file = f"{self.scratch}/facts.json"
        with open(file, "w", encoding="utf-8", errors="surrogateescape") as out:
            json.dump(told, out, indent=1)
        return {**self.bench.environ, **environment(told), "RENDER_FACTS": file}

    def _one(self, path: str, words: Sequence[str], environ: Mapping[str, str]) -> None:
        self.log.write(f"renderd: stage {os.path.basename(path)}: {shlex.join([path, *words])[:4000]}")
        program = living.start([path, *words], self.scratch, environ, "")
        try:
            last = self._watch(program, path)
            code = program.process.kill()       # whatever is left of its group
        finally:
            program.end()
        if code:
            self._fail("stage-failed", path, code=code, text=last or "it said nothing.")

    def _watch(self, program: Program, path: str) -> str:
        """Until it has ended; its last line."""
        process, begun, ended, last = program.process, time.monotonic(), 0.0, ""
        limit = self.bench.settings.stage_limit
        while process.ended() is None or (process.open and time.monotonic() - ended < DRAIN):
            for line in process.hear(LOOK):
                self.log.write(str(line))
                last = str(line).strip() or last
            self.log.flush_if_due()
            if process.ended() is not None:
                process.signal(signal.SIGKILL)  # what it left in its group would keep the pipe open
                ended = ended or time.monotonic()
            elif self.order.stop:
                self._stop(program)
                raise Stopped
            elif limit and time.monotonic() - begun - process.braked.rested > limit:
                self._fail("stage-hung", path, minutes=max(1, round(limit / 60)))
        return last

    def _stop(self, program: Program) -> None:
        """It may tidy up, unless the claim is lost, or it stands still (brake.py) and could not."""
        process, limit = program.process, time.monotonic() + self.bench.settings.stop_grace
        if self.order.stop == "return" and not process.braked.rests:
            process.signal(signal.SIGTERM)
            while process.ended() is None and time.monotonic() < limit and self.order.stop != "lost":
                for line in process.hear(0.05):
                    self.log.write(str(line))

    def _fail(self, reason: str, path: str, **more: object) -> None:
        raise ChunkFails(reason, {"stage": os.path.basename(path), "name": self.recipe.name, **more})


@contextmanager
def opened(bench: Bench, claim: Claim, order: Order, log: ChunkLog) -> Iterator[Stages | None]:
    """The stages of the claim's recipe; None for a job whose recipe has none. ChunkFails: it cannot run here."""
    if not claim.job.staged:
        yield None
        return
    recipe = recipes.find(bench.settings.recipes, claim.job.recipe)
    if recipe.code:
        raise ChunkFails(recipe.code, {"name": recipe.name, "text": recipe.refused})
    scratch = leftovers.scratch()
    try:
        yield Stages(bench, order, log, recipe, scratch, facts(bench, claim, recipe.folder))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
