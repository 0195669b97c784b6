"""One target under the coverage-guided fuzzer: `python -m tests.fuzz.one TARGET FOLDER INPUTS SEED`.

What breaks is put into FOLDER/found once for each place in the code, and the fuzzer goes on. An input that
hangs, or takes all memory, ends the process: the fuzzer leaves it in FOLDER/found too.
"""

import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import atheris

READERS = ["assetfs", "spool", "renderd", "render_cli", "yaml"]
HANG, ALL_MEMORY = 120, 2048    # seconds and MB, far above the limit of any target, also on a busy machine

with atheris.instrument_imports(include=READERS):
    from tests.fuzz.target import Target, measured
    from tests.fuzz.targets import TARGETS


@dataclass
class Tally:
    """What came of the inputs so far; written whenever there is a new worst, and from time to time."""

    folder: Path
    inputs: int = 0
    slowest: float = 0.0
    memory: float = 0.0

    def note(self, data: bytes, seconds: float, megabytes: float) -> None:
        self.inputs += 1
        for name, worst in (("slowest", seconds), ("memory", megabytes)):
            if worst > getattr(self, name):
                setattr(self, name, worst)
                (self.folder / f"{name}.bin").write_bytes(data)
                self.write()
        if self.inputs % 500 == 0:
            self.write()

    def write(self) -> None:
        numbers = {name: value for name, value in asdict(self).items() if name != "folder"}
        (self.folder / "tally.json").write_text(json.dumps(numbers))


def main(name: str, place: str, inputs: str, seed: str) -> None:
    target, folder = TARGETS[name], Path(place)
    for part in ("corpus", "found"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for content in target.seeds():
        (folder / "corpus" / sha256(content).hexdigest()[:16]).write_bytes(content[: target.longest])
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    tally = Tally(folder)

    def one_input(data: bytes) -> None:
        try:
            spent = measured(target, data)
        except Exception as error:      # all that our readers let through is a finding; the fuzzer goes on
            _keep(folder / "found", data, error)
            spent = 0.0, 0.0
        tally.note(data, *spent)

    def mutated(data: bytes, room: int, number: int) -> bytes:
        return _mutated(target, data, room, Random(number))

    atheris.Setup(
        [name, str(folder / "corpus"), f"-runs={inputs}", f"-seed={seed}", f"-max_len={target.longest}",
         f"-dict={folder / 'words'}", f"-timeout={HANG}", f"-report_slow_units={HANG}", f"-rss_limit_mb={ALL_MEMORY}",
         f"-artifact_prefix={folder / 'found'}/", "-print_final_stats=1"],
        one_input, custom_mutator=mutated,
    )  # fmt: skip
    atheris.Fuzz()


def _mutated(target: Target, data: bytes, room: int, random: Random) -> bytes:
    def change(part: bytes) -> bytes:
        return bytes(atheris.Mutate(part, min(room, len(part) + 64))) if part else random.randbytes(4)

    if target.mutate and random.random() < 0.7:
        return target.mutate(data, random, change)[:room]
    return change(data)


def _keep(folder: Path, data: bytes, error: Exception) -> None:
    """Once for each kind of error and each line of ours that it came from."""
    ours = [step for step in traceback.extract_tb(error.__traceback__) if os.getcwd() in step.filename]
    place = f"{Path(ours[-1].filename).stem}-{ours[-1].lineno}" if ours else "nowhere"
    name = f"{type(error).__name__}-{place}"
    if not (folder / f"{name}.txt").exists():
        (folder / f"{name}.bin").write_bytes(data)
        (folder / f"{name}.txt").write_text("".join(traceback.format_exception(error, limit=-12)))


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(*sys.argv[1:])
