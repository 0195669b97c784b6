"""Many runs of a 60-frame job with a random kill -9 in each: of a daemon, or of a Blender.

    python -m tests.system.kills --runs 30 --seed 1

After each run: 60 of 60 frames, each the one it is called; no file was ever visible under a final name that
was not whole (inotify watched every appearance, and each file was read at once); no process and no chunk left;
`spool check` finds no fault. Prints a line a run and exits 1 if any was not so."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.system.farm import BLENDS, Farm, farm, says
from tests.system.watcher import watching

FRAMES = 60


Kind = tuple[Path, str, tuple[int, int], int]           # file, scene, pixels, number that its pictures say
HEAVY: Kind = (BLENDS / "heavy_12.blend", "Heavy", (160, 90), 7)
LIGHT: Kind = (BLENDS / "one_20.blend", "Shot", (64, 36), 1)


def run(root: Path, rng: random.Random, kind: Kind) -> tuple[str, list[str]]:
    """What was killed when, and what was not as it must be."""
    blend, scene, size, number = kind
    with farm(root) as made, watching(made.out) as watcher:
        job = made.add(blend, scene, f"1-{FRAMES}", chunk=10, width=size[0], height=size[1])
        made.host("alpha"), made.host("beta")
        at = rng.randrange(1, FRAMES - 5)
        made.until(lambda: len(made.frames()) >= at, 120)
        time.sleep(rng.random() * 0.4)
        what = rng.choice((_kill_daemon, _kill_blender))(made, rng)
        made.until_state(job, "done", 180)
        faults = [*watcher.faults, *_faults(made, job, number)]
        for name in list(made.hosts):
            if made.hosts[name].poll() is None:
                made.stop(name)
        return f"{what} after {at} frames", [*faults, *_left(made)]


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


def _left(made: Farm) -> list[str]:
    end = time.monotonic() + 5
    while made.blenders() and time.monotonic() < end:
        time.sleep(0.05)
    return [f"process {pid} is left" for pid in made.blenders()]


def campaign(runs: int, seed: int, kind: Kind, say: Callable[[str], object] = print) -> int:
    """How many runs were not as they must be."""
    rng, bad = random.Random(seed), 0
    for number in range(1, runs + 1):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as root:
            what, faults = run(Path(root), rng, kind)
        bad += bool(faults)
        found = "; ".join(faults) or f"{FRAMES}/{FRAMES} frames"
        say(f"run {number:3}  {what:32} {time.monotonic() - began:5.1f} s  {found}")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--light", action="store_true", help="frames of 5 ms instead of 0.5 s")
    asked = parser.parse_args()
    if not BLENDS.is_dir():
        sys.exit("It needs ../shared/blends beside this repository.")
    failed = campaign(asked.runs, asked.seed, LIGHT if asked.light else HEAVY, lambda line: print(line, flush=True))
    print(f"{asked.runs} runs, {failed} not as they must be")
    sys.exit(1 if failed else 0)
