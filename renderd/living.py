"""The Blender that a slot keeps: it renders chunk after chunk of one job, frame by frame as it is told.

    start --loaded--> a frame, a frame ... --chunk done--> kept --same job, file, command--> a frame ...
      |                     |                               |
      +-- unfit: the plain  +-- fails, hangs, is stopped:   +-- another chunk, keep_blender seconds: ended
          command does it       ended

Invariants
  1. It is started and ended by the thread of its slot, so it dies with the daemon (child.py).
  2. It is kept only after a chunk of which every frame was published, and while it waits for an order.
  3. What it said, also for an earlier chunk, counts for every chunk that it renders.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from renderd import leftovers
from renderd.diagnose import Listener
from renderd.process import Process, held_mb

# What must be the same to go on: the job, the round (who asks for a redo has mended something that the .blend uses),
# the SHA-256 of the .blend, the command.
Likeness = tuple[str, int, str, tuple[str, ...]]

MIB = 1 << 20
MEMORY: int = psutil.virtual_memory().total     # bytes


@dataclass
class Program:
    """What renders a chunk: a plain command, or a Blender that is driven, which then has a `likeness`."""

    process: Process
    heard: Listener
    scratch: str                        # its folder for temporary files; its end is theirs
    likeness: Likeness | None = None
    born: float = field(default_factory=time.monotonic)
    load: float | None = None           # seconds until the driver was ready for orders
    unfit: str = ""                     # why the driver refuses
    busy: bool = False                  # it has an order and did not answer yet

    @property
    def loaded(self) -> bool:
        """The driver is ready for orders."""
        return self.load is not None

    @property
    def driven(self) -> bool:
        return self.likeness is not None

    def end(self) -> None:
        """Nothing of it is left."""
        self.process.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def start(command: Sequence[str], cwd: str, environ: Mapping[str, str], blend: str,
          likeness: Likeness | None = None) -> Program:
    """It runs; without `cwd` in its own folder for temporary files."""
    scratch = leftovers.scratch()
    try:
        process = Process(command, cwd or scratch, {**environ, "TMPDIR": scratch}, driven=likeness is not None)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return Program(process, Listener(blend or None), scratch, likeness)


@dataclass
class Keeper:
    """Of one slot: the Blender that waits for the next chunk, and what could not be driven."""

    kept: Program | None = None
    unfit: set[Likeness] = field(default_factory=set)

    def take(self, likeness: Likeness) -> Program | None:
        """The kept Blender, if it may go on with this; any other is ended."""
        kept, self.kept = self.kept, None
        if kept and kept.likeness == likeness and kept.process.ended() is None:
            return kept
        if kept:
            kept.end()
        return None

    def keep(self, program: Program, percent: int) -> None:
        """Ended all the same if it holds more than so much of this computer's memory."""
        held = held_mb(program.process.pid)
        if held is None or held * MIB > MEMORY * percent / 100:
            program.end()
        else:
            self.kept = program

    def held_mb(self) -> float:
        """Memory of the Blender that waits."""
        kept = self.kept
        return (held_mb(kept.process.pid) if kept else None) or 0.0

    def end(self) -> None:
        """Nothing is kept any more. It waits for an order, so it loses nothing."""
        if self.kept:
            self.kept.end()
            self.kept = None
