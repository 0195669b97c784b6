"""CPU of a frame on the farm against one plain `blender -a` of the same frames: of all processes that took part.

A daemon renders what waits and ends (`renderd --once`); its own start, measured with nothing to do, is taken off: a
daemon starts once a day. Both get the same threads. A plain Blender runs before and after each daemon, as machines get
slower and faster; the median of the rounds' ratios to the mean of the two counts. Of a frame that
costs next to nothing a ratio says little: there it is told what the farm adds."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spool import command, opening, queue, submit
from spool.job import Job
from spool.layout import Spool
from tests.bench import scenes

FRAMES = 50
CHUNKS = (1, 5, 10, 50)
ROUNDS = 5
STARTS = 4          # of which the cheapest counts: the first one reads from the disk
SCENES = {"usual": (48, 160, 90), "short": (1, 64, 36)}     # samples, width, height


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
        start = min(_daemon(opening.init(f"{room}/empty"), folder) for _ in range(STARTS))
        plain, pairs = [_plain(blend, folder / "plain", frames)], dict[int, list[tuple[float, float]]]()
        for number in range(rounds):
            for chunk in chunks:
                ours = _farm(blend, folder / f"ours{number}-{chunk}", frames, chunk) - start
                plain.append(_plain(blend, folder / f"plain{number}-{chunk}", frames))
                pairs.setdefault(chunk, []).append((ours, statistics.mean(plain[-2:])))
    return Cpu(round(statistics.median(plain) / frames, 4),
               {chunk: round(statistics.median(ours / bare for ours, bare in found), 3)
                for chunk, found in pairs.items()},
               {chunk: round(1000 * statistics.median(ours - bare for ours, bare in found) / frames, 1)
                for chunk, found in pairs.items()})


def _plain(blend: Path, out: Path, frames: int) -> float:
    out.mkdir()
    template = command.blender_template(str(blend), "Scene", "PNG")
    return _cpu(command.expand(template, range(1, frames + 1), f"{out}/####", _threads()), out)


def _farm(blend: Path, folder: Path, frames: int, chunk: int) -> float:
    """The daemon's start included."""
    spool, job = add(blend, folder, frames, chunk)
    used = _daemon(spool, folder)
    assert queue.state_of(spool, job) == "done", "not every frame was rendered"
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


def _daemon(spool: Spool, folder: Path) -> float:
    return _cpu([str(Path(sys.executable).parent / "renderd"), "--spool", spool.root, "--host", "bench", "--once",
                 "--threads", str(_threads()), "--log-level", "error"], folder)


def _cpu(words: Sequence[str], folder: Path) -> float:
    """Seconds on a CPU of this program and of all that it started and waited for."""
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, f"{words[0]} ended with {status}"
    return used.ru_utime + used.ru_stime


def _threads() -> int:
    return len(os.sched_getaffinity(0))
