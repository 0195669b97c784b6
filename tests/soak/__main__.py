"""Six daemons under random faults for as long as you like, and proof all the time that no promise is broken.

    python -m tests.soak --minutes 60 --seed 1

Jobs come and go by the real command line; computers die, sleep and come back; disks fill up and become read-only;
files are removed, edited and planted. Prints a line a minute and a table at the end; exits 1 if anything was not as it
must be, and keeps the spool, logs and diary then. Same seed, same faults in the same order; what they meet differs.
Ctrl-C ends it early and cleanly, with the table."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from spool import queue
from tests.soak import disks, growth, people, report
from tests.soak.proof import Proof
from tests.soak.schedule import Faults
from tests.soak.stage import BEAT, SLOTS, STEADY, Stage

LOOK_EVERY = 2.0        # seconds between two proofs
CHECK_EVERY = 25.0      # between two runs of `python -m spool check`
MOST = 20               # violations after which it ends
DRAIN = 1800.0          # seconds that all work may take to end when no more comes; what stands still ends it earlier


@dataclass
class Soak:
    """One run."""

    stage: Stage
    minutes: float
    stopped: threading.Event = field(default_factory=threading.Event)
    samples: list[growth.Sample] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    evidence: Path | None = None

    def __post_init__(self) -> None:
        self.proof, self.began = Proof(self.stage), time.monotonic()
        signal.signal(signal.SIGINT, lambda number, frame: self.stopped.set())
        signal.signal(signal.SIGTERM, lambda number, frame: self.stopped.set())

    def run(self) -> bool:
        """True if every promise was kept."""
        rng = random.Random(self.stage.seed)
        for host in SLOTS:
            self.stage.start(host)
        threads = [Faults(self.stage, random.Random(rng.random())),
                   *(people.at_work(what, self.stage, random.Random(rng.random()), *more)
                     for what, *more in ((people.sender,), (people.person,), (people.cleaner, self._judged)))]
        for thread in threads:
            thread.start()
        while self._minute() < self.minutes and not self._ended():
            self._look()
        self.stage.ending.set()
        for thread in threads:
            thread.join()
        if not self._ended():
            self._drain()
        self._close()
        print(*report.table(self.stage, self.proof, self._minute(), self.samples), sep="\n")
        if self.evidence:
            print(f"Evidence is in {self.evidence}")
        return not self.stage.books.violations

    def _ended(self) -> bool:
        return self.stopped.is_set() or len(self.stage.books.violations) >= MOST

    def _minute(self) -> float:
        return (time.monotonic() - self.began) / 60

    def _look(self) -> None:
        self.stage.keep_up()
        self.proof.round()
        if self._is_due("check", CHECK_EVERY):
            self.proof.check()
        if self._is_due("line", 60):
            print(report.line(self.stage, self.proof, self._minute()), flush=True)
        if self._is_due("growth", min(600.0, self.minutes * 15)):
            self._sample()
        if self.stage.books.violations and not self.evidence:
            self._keep()
        self.stopped.wait(LOOK_EVERY)

    def _is_due(self, what: str, every: float) -> bool:
        if time.monotonic() < self.due.get(what, 0.0):
            return False
        self.due[what] = time.monotonic() + every
        return True

    def _judged(self) -> None:
        """Returns when a whole round of proofs was made."""
        asked = time.monotonic()
        while self.proof.judged < asked and not self.stage.ending.is_set():
            time.sleep(0.2)

    # -- the end

    def _drain(self) -> None:
        """No more faults, no more jobs: what there is comes to its end."""
        print("no more faults and jobs; what waits is rendered", flush=True)
        self.stage.calm_since, end = time.monotonic(), time.monotonic() + DRAIN
        while time.monotonic() < end and not self._ended():
            for entry in queue.entries(self.stage.farm.spool, ("held",)):
                self.stage.render("release", entry.job)
            self._look()
            if not queue.entries(self.stage.farm.spool, ("queue", "held")):
                break
        else:
            if not self._ended():
                self.stage.books.violation("not all jobs came to their end")

    def _close(self) -> None:
        """Daemons end when they are asked to, and nothing of them is left."""
        self._sample()
        hosts = self.stage.farm.hosts
        for host, process in hosts.items():
            self.stage.down.add(host)
            process.send_signal(signal.SIGTERM)
        for host, process in hosts.items():
            try:
                process.wait(60)
            except Exception:
                self.stage.books.violation(f"{host} did not end within 60 s of SIGTERM")
        for pid, line in self.stage.programs().items():
            self.stage.books.violation(f"process {pid} is left: {line}")
        for pid in self.stage.driven():
            self.stage.books.violation(f"process {pid} is left, which takes orders")
        for kind in ("beats", "jobs/*/running"):
            for path in self.stage.farm.spool_dir.glob(f"{kind}/*"):
                self.stage.books.violation(f"{path} is left")
        self.proof.round()
        self.proof.check()
        if self.stage.victim.read_text() != "nobody may change me\n":
            self.stage.books.violation("somebody wrote through a link")
        if not self._ended():
            self._account()
        early = self.samples[min(1, len(self.samples) - 1)]
        for text in growth.too_much(early, self.samples[-1], self.stage.books.chunks()):
            self.stage.books.violation(text)
        if self.stage.books.violations:
            self._keep()
        self.stage.observer.end()

    def _account(self) -> None:
        """Every job ever sent came to an end that we know."""
        for one in self.stage.books.jobs.values():
            if not (one.proved or one.cancelled or self.proof.places.get(one.job, ("",))[0] == "trash"):
                self.stage.books.violation(f"{one.job} came to no end")

    def _keep(self) -> None:
        """The evidence outlives the disks of this run."""
        self.evidence = self.evidence or Path(tempfile.mkdtemp(prefix=f"soak-seed-{self.stage.seed}-"))
        for name in ("spool", "moods", "diary", *(f"{host}.log" for host in SLOTS)):
            source, target = self.stage.root / name, self.evidence / name
            if source.is_dir():
                with suppress(OSError):         # the farm goes on meanwhile: what moves is left out
                    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=_copy)
            elif source.exists():
                shutil.copy(source, target)
        (self.evidence / "violations").write_text("\n".join(self.stage.books.violations) + "\n")

    # -- what is printed

    def _sample(self) -> None:
        pids = {host: self.stage.farm.hosts[host].pid for host in STEADY}
        self.samples.append(growth.sample(self._minute(), pids, self.stage.farm.spool_dir, self.stage.root))
        print(self.samples[-1].line(), flush=True)


def _copy(source: str, target: str) -> str:
    """Files that vanish meanwhile, and what is no file, are left out."""
    path = Path(source)
    if path.is_file() and path.name != disks.BALLAST:
        try:
            shutil.copy(source, target)
        except FileNotFoundError:
            return target
    return target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="by default another one each time")
    asked = parser.parse_args()
    disks.mounts_of_our_own()
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as root:
        stage = Stage(Path(root), seed)
        print(f"{asked.minutes:g} minutes, seed {seed}, {len(SLOTS)} daemons, beat {BEAT} s, in {root}", flush=True)
        try:
            kept = Soak(stage, asked.minutes).run()
        finally:
            stage.farm.close()
            for disk in stage.disks.values():
                disk.uncover()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
