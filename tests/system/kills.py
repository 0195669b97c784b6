"""Many runs of a 60-frame job with a random kill -9 in each: of a daemon, or of a Blender.

    python -m tests.system.kills --runs 30 --seed 1

In some runs the job is one chunk: the host that does not get it is hungry, and gets the end of it.
After each run: 60 of 60 frames, each the one it is called and told of once; no file was ever visible under a final name
that was not whole (inotify watched every appearance, and each file was read at once); no process and no chunk left;
`spool check` finds no fault. Prints a line a run and exits 1 if any was not so."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spool import beats
from spool.layout import parse_chunk
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm, farm, says
from tests.system.watcher import watching

FRAMES = 60


@dataclass(frozen=True)
class Kind:
    """What is rendered, and the number that its pictures say."""

    blend: Path
    scene: str
    size: tuple[int, int]
    number: int
    stand_in: bool = False          # instead of Blender: it only sleeps, so that a frame is long on any machine


HEAVY = Kind(BLENDS / "heavy_12.blend", "Heavy", (160, 90), 7)
LIGHT = Kind(BLENDS / "one_20.blend", "Shot", (64, 36), 1)
PLAYED = Kind(BLENDS / "one_20.blend", "Shot", (64, 36), 1, stand_in=True)
STAND_IN = {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*", "FAKE_DRIVEN": "yes",
            "FAKE_SECONDS": "0.2"}


@dataclass(frozen=True)
class Run:
    """What was killed when, how often the end of a claim was given away, and what was not as it must be."""

    what: str
    cuts: int
    faults: list[str]


def run(root: Path, rng: random.Random, kind: Kind) -> Run:
    with farm(root) as made, watching(made.out) as watcher:
        made.environ |= STAND_IN if kind.stand_in else {}
        made.host("alpha"), made.host("beta")
        made.until(lambda: len(beats.living(made.spool)) == 2)      # else one may be done before the other begins
        frames_a_chunk = FRAMES if kind.stand_in else rng.choice((10, FRAMES))
        job = made.add(kind.blend, kind.scene, f"1-{FRAMES}", chunk=frames_a_chunk, order="linear",
                       width=kind.size[0], height=kind.size[1])
        at = rng.randrange(1, FRAMES - 5)
        made.until(lambda: len(made.frames()) >= at, 120)
        time.sleep(rng.random() * 0.4)
        what = rng.choice((_kill_daemon, _kill_blender))(made, rng)
        made.until_state(job, "done", 180)
        faults = [*watcher.faults, *_faults(made, job, kind.number), *_told_twice(made, job)]
        for name in list(made.hosts):
            if made.hosts[name].poll() is None:
                made.stop(name)
        return Run(f"{what} after {at} frames", len(made.events(job, "cut")), [*faults, *_left(made)])


def _kill_daemon(made: Farm, rng: random.Random) -> str:
    name = rng.choice(sorted(made.hosts))
    made.kill(name)
    return f"daemon {name}"


def _kill_blender(made: Farm, rng: random.Random) -> str:
    running = made.blenders()
    if not running:
        return _kill_daemon(made, rng)
    os.kill(rng.choice(running), signal.SIGKILL)
    return "Blender"


def _faults(made: Farm, job: str, number: int) -> list[str]:
    wanted = [f"{f:04}.png" for f in range(1, FRAMES + 1)]
    faults = [] if made.frames() == wanted else [f"frames: {made.frames()}"]
    faults += [f"{name} is another frame" for f, name in enumerate(wanted, 1)
               if (made.out / name).exists() and says(made.out / name) != (f, number)]
    folder = made.spool_dir / "jobs" / job
    faults += [f"left: {p}" for kind in ("todo", "running", "failed") for p in (folder / kind).iterdir()]
    checked = subprocess.run([sys.executable, "-m", "spool", "check", str(made.spool_dir)],
                             capture_output=True, text=True)
    return faults + ([checked.stdout + checked.stderr] if checked.returncode else [])


def _told_twice(made: Farm, job: str) -> list[str]:
    """Each frame has one line. Two only if a daemon was killed while it gave the frame away: then two chunks had it."""
    torn = any(process.poll() for process in made.hosts.values())
    chunks: dict[int, list[str]] = {}
    for line in made.events(job, "frame"):
        chunks.setdefault(line["frame"], []).append(line["chunk"])
    return [f"frame {frame} is told of by {Counter(by)}" for frame, by in chunks.items()
            if len(by) > 1 and not (torn and len(set(by)) == len(by) and all(_has(chunk, frame) for chunk in by))]


def _has(chunk: str, frame: int) -> bool:
    name = parse_chunk(chunk)
    return name.first <= frame <= name.last


def _left(made: Farm) -> list[str]:
    end = time.monotonic() + 5
    while made.blenders() and time.monotonic() < end:
        time.sleep(0.05)
    return [f"process {pid} is left" for pid in made.blenders()]


def campaign(runs: int, seed: int, kind: Kind, say: Callable[[str], object] = print) -> int:
    """How many runs were not as they must be."""
    rng, bad, cuts = random.Random(seed), 0, 0
    for number in range(1, runs + 1):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as root:
            one = run(Path(root), rng, kind)
        bad, cuts = bad + bool(one.faults), cuts + one.cuts
        found = "; ".join(one.faults) or f"{FRAMES}/{FRAMES} frames"
        say(f"run {number:3}  {one.what:32} {time.monotonic() - began:5.1f} s  {one.cuts} cuts  {found}")
    say(f"{runs} runs, {bad} not as they must be; claims of which a hungry host got the end: {cuts}")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--light", action="store_true", help="frames of 5 ms instead of 0.5 s")
    parser.add_argument("--played", action="store_true", help="no Blender: a stand-in that sleeps 0.2 s a frame")
    asked = parser.parse_args()
    if not BLENDS.is_dir():
        sys.exit("It needs ../shared/blends beside this repository.")
    wanted = LIGHT if asked.light else PLAYED if asked.played else HEAVY
    sys.exit(1 if campaign(asked.runs, asked.seed, wanted, lambda line: print(line, flush=True)) else 0)
