"""`make fuzz`: every target in turn under the coverage-guided fuzzer, and a table of what came of it.

    .venv-fuzz/bin/python -m tests.fuzz --inputs 1000000 --seed 7
    .venv-fuzz/bin/python -m tests.fuzz --only blend --only journal

What was learned is kept in FOLDER and used by the next run. Exit status 1 if something was found.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.targets import TARGETS
from tests.spool.played import MEMORY

REPO = Path(__file__).resolve().parents[2]
INPUTS = 1_000_000              # ten minutes, where nothing else runs
MOST_STARTS = 20                # of one target: each input that ends the fuzzer costs a start
_HEAD = f"{'target':17} {'inputs':>9} {'inputs/s':>8} {'edges':>6} {'findings':>8} {'slowest':>9} {'memory':>8}"


@dataclass(frozen=True)
class Outcome:
    """What came of one target."""

    name: str
    inputs: int
    seconds: float
    edges: int
    found: tuple[Path, ...]
    slowest: float              # seconds of one input
    memory: float               # MB of one input

    def __str__(self) -> str:
        return (f"{self.name:17} {self.inputs:>9,} {self.inputs / self.seconds:>8,.0f} {self.edges:>6,} "
                f"{len(self.found):>8} {self.slowest * 1000:>6,.0f} ms {self.memory:>5,.1f} MB")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    names = asked.only or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    print(_HEAD, flush=True)

    def one(name: str) -> Outcome:
        outcome = fuzz(name, asked.folder / name, asked.inputs * TARGETS[name].share // shares, asked.seed)
        print(outcome, flush=True)
        return outcome

    with ThreadPoolExecutor(asked.at_once) as pool:
        outcomes = list(pool.map(one, sorted(names, key=lambda name: -TARGETS[name].share)))
    print(f"{'all':17} {sum(o.inputs for o in outcomes):>9,}")
    found = [path for outcome in outcomes for path in outcome.found]
    for path in found:
        print(f"found: {path}")
    return 1 if found else 0


def fuzz(name: str, folder: Path, inputs: int, seed: int) -> Outcome:
    """Starts the fuzzer, and starts it again when an input ended it, until it had enough inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    start, done, edges = time.monotonic(), 0, 0
    worst = {"slowest": 0.0, "memory": 0.0}
    for number in range(MOST_STARTS):
        (folder / "tally.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.fuzz.one", name, str(folder), str(inputs - done), str(seed + number)]
        with (folder / "log").open("wb") as log, TemporaryDirectory(dir=MEMORY) as scratch:
            environ = os.environ | {"TMPDIR": scratch}
            ended = subprocess.run(command, cwd=REPO, env=environ, stdout=log, stderr=log, check=False).returncode
        tally = json.loads((folder / "tally.json").read_text()) if (folder / "tally.json").exists() else {"inputs": 0}
        worst = {key: max(value, tally.get(key, 0.0)) for key, value in worst.items()}
        said = (folder / "log").read_text("utf-8", "replace")
        ran = re.search(r"stat::number_of_executed_units: *(\d+)", said)
        done += int(ran[1]) if ran else tally["inputs"]
        edges = max([edges, *map(int, re.findall(r"cov: (\d+)", said))])
        if ended == 0 or done >= inputs:
            break
    found = tuple(sorted(path for path in (folder / "found").iterdir() if path.suffix != ".txt"))
    return Outcome(name, done, time.monotonic() - start, edges, found, worst["slowest"], worst["memory"])


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz everything that reads.")
    parser.add_argument("--inputs", type=int, default=INPUTS, help=f"of all targets together (default {INPUTS:,})")
    parser.add_argument("--only", action="append", choices=sorted(TARGETS), help="this target; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="targets at the same time (default 1)")
    parser.add_argument("--folder", type=Path, default=REPO / ".fuzz", help="what is kept (default .fuzz)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
