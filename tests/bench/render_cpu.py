"""CPU of a frame on the farm against one plain `blender -a` of the same frames: of all processes that took part.

A daemon renders what waits and ends (`renderd --once`); its own start, measured with nothing to do, is taken off: a
daemon starts once a day. It and a plain Blender of the same priority run at the same time and share a core, each with
one thread: machines get slower and faster by ten per cent within a minute, and that meets both alike. Each core has
such a pair; the median of the pairs of all rounds counts. Of a frame that costs next to nothing a ratio says little:
there it is told what the farm adds."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from renderd import child
from spool import command, opening, queue, submit
from spool.job import Job
from spool.layout import Spool
from tests.bench import scenes

FRAMES = 50
CHUNKS = (1, 5, 10, 50)
ROUNDS = 3
STARTS = 4          # of which the cheapest counts: the first one reads from the disk
THREADS = 1
CORES = sorted(os.sched_getaffinity(0))[:2]
SCENES = {"usual": (48, 160, 90), "short": (1, 64, 36)}     # samples, width, height
Process: TypeAlias = "subprocess.Popen[bytes]"


@dataclass(frozen=True)
class Cpu:
    """Of a frame: seconds of CPU in a plain Blender; by frames in a chunk the median ratio to that, and the median of
    what the farm adds, in ms."""

    plain: float
    ratios: Mapping[int, float]
    added: Mapping[int, float]


def measure(scene: str, frames: int = FRAMES, chunks: Sequence[int] = CHUNKS, rounds: int = ROUNDS) -> Cpu:
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        blend = scenes.make(folder, scene, *SCENES[scene])
        start = min(_end(_daemon(opening.init(f"{room}/empty"), folder)) for _ in range(STARTS))
        nothing = min(_end(_polite(["true"], folder)) for _ in range(STARTS))
        pairs: dict[int, list[tuple[float, float]]] = {chunk: [] for chunk in chunks}
        for number in range(rounds):
            for chunk in chunks:
                begun = [_Pair.begin(blend, folder / f"{number}-{chunk}-{core}", frames, chunk, core) for core in CORES]
                pairs[chunk] += [(pair.ours() - start, _end(pair.plain) - nothing) for pair in begun]
    return Cpu(round(statistics.median(bare for found in pairs.values() for _, bare in found) / frames, 4),
               {chunk: round(statistics.median(ours / bare for ours, bare in found), 3)
                for chunk, found in pairs.items()},
               {chunk: round(1000 * statistics.median(ours - bare for ours, bare in found) / frames, 1)
                for chunk, found in pairs.items()})


@dataclass(frozen=True)
class _Pair:
    """A daemon with a job, and a plain Blender with the same frames."""

    spool: Spool
    job: str
    farm: Process
    plain: Process

    @classmethod
    def begin(cls, blend: Path, folder: Path, frames: int, chunk: int, core: int) -> "_Pair":
        spool, job = add(blend, folder, frames, chunk)
        plain = folder / "plain"
        plain.mkdir()
        template = command.blender_template(str(blend), "Scene", "PNG")
        words = command.expand(template, range(1, frames + 1), f"{plain}/####", THREADS)
        return cls(spool, job, _daemon(spool, folder, core), _polite(words, plain, core))

    def ours(self) -> float:
        """Seconds on a CPU, the daemon's start included."""
        used = _end(self.farm)
        assert queue.state_of(self.spool, self.job) == "done", "not every frame was rendered"
        return used


def add(blend: Path, folder: Path, frames: int, chunk: int) -> tuple[Spool, str]:
    """A new spool in that folder, and the job that waits in it."""
    (folder / "out").mkdir(parents=True)
    spool = opening.init(str(folder / "spool"))
    asked = Job(job="", name="bench", created="", recipe="blender", frames=f"1-{frames}", chunk=chunk, chunks=0,
                template=tuple(command.blender_template(str(blend), "Scene", "PNG")), order="linear", tries=1,
                output=command.blender_pattern(f"{folder}/out/", "PNG"), blend=str(blend), scene="Scene",
                blender=(2, 80), file_format="PNG")
    submit.submit(spool, planned := submit.plan(spool, asked))
    return spool, planned.job.job


def _daemon(spool: Spool, folder: Path, core: int = CORES[0]) -> Process:
    return _start([str(Path(sys.executable).parent / "renderd"), "--spool", spool.root, "--host", "bench", "--once",
                   "--threads", str(THREADS), "--log-level", "error"], folder, core)


def _polite(words: Sequence[str], folder: Path, core: int = CORES[0]) -> Process:
    """With the priority that a render of the farm has, so that they share a core evenly."""
    become = [sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(folder), "--"]
    return _start([*become, *words], folder, core)


def _start(words: Sequence[str], folder: Path, core: int) -> Process:
    return subprocess.Popen(["taskset", "--cpu-list", str(core), *words], cwd=folder,
                            stdout=subprocess.DEVNULL)


def _end(process: Process) -> float:
    """Seconds on a CPU of this program and of all that it started and waited for."""
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, f"process {process.pid} ended with {status}"
    return used.ru_utime + used.ru_stime
