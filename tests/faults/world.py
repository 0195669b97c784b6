"""The farm of the campaign: client VMs with real daemons on an NFS share, and a ledger of all that its disk saw."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.lab import DISK, GUEST, RENDER, RENDERD, ROOT, nfs_lab
from tests.faults.ledger import SILENCE, Ledger, doubled_lines

BLEND = ROOT.parent / "shared" / "blends" / "one_20.blend"
SLOTS = 2
FRAME_SECONDS = 1.5     # emulated machines need two for the start of a program
JOBS = ((1, 30), (2, 32), (3, 32), (16, 6))     # of a round: frames in a chunk, percent of its chunks; the end of the
#                                                 long ones is given away when nothing else waits
RESTART = 5                             # seconds, as systemd waits (etc/systemd)

# As systemd does: started again after every death. A user of its own, as on a workstation.
SUPERVISOR = f"""
export {GUEST} HOME=/tmp/render RENDERD_SPOOL=/spool/farm RENDERD_SLOTS={SLOTS} FAKE_SECONDS={FRAME_SECONDS}
export RENDERD_BLENDER=/farm/code/tests/fakes/blender.py RENDERD_ENVIRONMENT='PATH, HOME, FAKE_*' FAKE_DRIVEN=yes
mkdir -p /tmp/render; chown 1000:1000 /tmp/render
while :; do
  setpriv --reuid=1000 --regid=1000 --clear-groups {RENDERD} 2>&1 &
  echo $! >/run/renderd.pid; wait $!; echo "campaign: renderd ended with $?"; sleep {RESTART}
done
"""
AS_USER = f"export {GUEST} HOME=/tmp RENDERD_SPOOL=/spool/farm; exec setpriv --reuid=1000 --regid=1000 --clear-groups "


@dataclass
class Round:
    """Some jobs that are verified together when all are done."""

    folders: dict[str, tuple[str, int]]         # folder of the pictures -> job, frames
    chunks: int


@dataclass
class World:
    """Everything that a fault is done to."""

    lab: Any
    evidence: Path
    ledger: Ledger = field(default_factory=Ledger)
    rounds: int = 0
    broken: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # host -> when it was cut off
    trouble: list[str] = field(default_factory=list)        # of the campaign itself
    _rest: bytes = b""

    @property
    def server(self) -> Any:
        return self.lab.server

    @property
    def clients(self) -> list[Any]:
        return list(self.lab.clients)

    def hosts(self) -> list[str]:
        return [vm.name for vm in self.clients]

    # -- up

    def begin(self) -> None:
        shutil.copy(BLEND, self.lab.out / "shot.blend")
        self.server.sh(f"mkdir -p {DISK}/film; ln -sfn {DISK} /spool; cp /farm/out/shot.blend {DISK}/film/; "
                       f"chown -R 1000:1000 {DISK}/film; install -d -o 1000 -g 1000 {DISK}/farm; sync")
        self.clients[0].run(f"{AS_USER} {RENDER} init /spool/farm", check=True, timeout=120)
        self.watch()
        for vm in self.clients:
            self.serve(vm)

    def watch(self) -> None:
        """A watcher on the server; returns when it sees everything. Each boot needs a new one."""
        self._rest, before = b"", self.ledger.begun
        self.server.run(f"ln -sfn {DISK} /spool")
        self.watcher = self.server.popen(f"export {GUEST}; exec python3 -m tests.faults.watch follow {DISK}",
                                         on_output=self._hear)
        end = time.monotonic() + 60
        while self.ledger.begun == before:
            if time.monotonic() > end or self.watcher.done.is_set():
                raise RuntimeError(f"The watcher on the server did not begin: {self.watcher.buf[2][-2000:]!r}")
            time.sleep(0.02)

    def _hear(self, stream: int, data: bytes) -> None:
        if stream == 2:
            self.trouble.append(data.decode(errors="replace"))
            return
        self.watcher_buffer_clear()
        *lines, self._rest = (self._rest + data).split(b"\n")
        now = time.time()
        for line in lines:
            try:
                self.ledger.hear(now, json.loads(line))
            except Exception as error:      # the campaign's own thread must hear of it
                self.trouble.append(f"{error!r} at {line[:300]!r}")

    def watcher_buffer_clear(self) -> None:
        """The lab keeps all that a program says; of hours of events that is too much."""
        if watcher := getattr(self, "watcher", None):
            watcher.buf[1] = b""

    def serve(self, vm: Any) -> None:
        """A daemon on this client, and what it says in a file of ours."""
        log = (self.evidence / f"{vm.name}.log").open("ab")

        def write(stream: int, data: bytes) -> None:
            stamp = f"{time.strftime('%H:%M:%S')} ".encode()
            log.write(b"".join(stamp + line + b"\n" for line in data.splitlines()))
            log.flush()

        self.note(f"{vm.name}: renderd is started")
        vm.popen(SUPERVISOR, on_output=write)

    def note(self, text: str) -> None:
        """Into the logs of all, so that they can be read beside each other."""
        line = f"{time.strftime('%H:%M:%S')} campaign: {text}\n"
        for path in [self.evidence / "campaign.log", *(self.evidence / f"{name}.log" for name in self.hosts())]:
            with path.open("a") as log:
                log.write(line)

    # -- jobs

    def add_round(self, chunks: int) -> Round:
        self.rounds += 1
        made, total = {}, 0
        for number, (size, percent) in enumerate(JOBS, 1):
            folder, frames = f"r{self.rounds}j{number}", max(1, chunks * percent // 100) * size
            made[folder] = (self._add(folder, frames, size), frames)
            total += frames // size
        self.note(f"round {self.rounds}: {made}")
        return Round(made, total)

    def _add(self, folder: str, frames: int, size: int) -> str:
        """The name of a job. Twice, because the first may hear of a disk that was full some time ago."""
        for _ in range(2):
            done = self.clients[0].run(
                f"{AS_USER} {RENDER} add /spool/film/shot.blend --scene Shot --frames 1-{frames} "
                f"--chunk {size} --output //{folder}/#### --format PNG --name {folder} --json", timeout=300)
            if done.rc == 0:
                return str(json.loads(done.out)["jobs"][0]["job"])
            self.note(f"render add said: {done.out}{done.err}")
        raise RuntimeError(f"render add: {done.out}{done.err}")

    def retry_given_up(self) -> int:
        """What docs/FAILURES.md asks of a person after a full disk. How many jobs there were."""
        jobs = self.ledger.given_up()
        for job in jobs:
            self.note(f"render retry {job}")
            done = self.clients[0].run(f"{AS_USER} {RENDER} retry {job}", timeout=300)
            if done.rc:
                self.note(f"render retry: {done.out}{done.err}")
        return len(jobs)

    # -- proofs

    def check(self, number: int) -> None:
        """`python -m spool check` beside the server's disk. Its faults are violations."""
        done = self.server.run(f"export {GUEST}; exec python3 -m spool check --json {DISK}/farm", timeout=300)
        try:
            problems = json.loads(done.out)["problems"]
        except (ValueError, KeyError):
            self.ledger.broken("check", f"spool check failed: {done.out[-500:]}{done.err[-1500:]}", number)
            return
        for one in problems:
            if one["fault"]:
                kind = "lost" if "in no chunk and in no journal" in one["what"] else \
                    "doubled" if "is also at" in one["what"] else "check"
                self.ledger.broken(kind, f"spool check: {one['path']} {one['what']}", number)

    def verify(self, made: Round) -> int:
        """Every frame of a round that is over is right, once. How many frames there are."""
        for folder, (job, frames) in made.folders.items():
            for wrong in json.loads(self.server.sh(f"export {GUEST}; python3 -m tests.faults.watch verify "
                                                   f"{DISK}/film/{folder} 1 {frames}", timeout=300)):
                self.ledger.broken("lost" if "missing" in wrong else "partial", wrong)
            self._account(folder, job, frames)
        return sum(frames for _, frames in made.folders.values())

    def _account(self, folder: str, job: str, frames: int) -> None:
        events = []
        text = self.server.sh(f"cd {DISK}/farm/jobs/{job}; tail -n +1 -v journal/*.jsonl; "
                              "echo '==> left <=='; find todo running failed -type f", timeout=300)
        host = ""
        for line in text.splitlines():
            if line.startswith("==> "):
                host = line[4:-4].rpartition("/")[2].removesuffix(".jsonl")
            elif host == "left" and line:
                self.ledger.broken("lost", f"{job} is done, and {line} is left")
            elif line:
                try:                    # zeros: what a full share refused late; the line behind them counts
                    events.append(json.loads(line.lstrip("\0")) | {"host": host})
                except ValueError:
                    continue                # torn; `spool check` judges whether it may be
        told = {e["frame"] for e in events if e.get("event") == "frame"}
        if untold := set(range(1, frames + 1)) - told:
            self.ledger.broken("lost", f"{folder}: no journal has frames {sorted(untold)[:20]}")
        for frame, round, who in doubled_lines(events):
            text = f"{folder} frame {frame} round {round} has {len(who)} lines: {'; '.join(who)}"
            self.ledger.told_twice(folder, frame, text)

    # -- who was away

    @contextmanager
    def away(self, *hosts: str) -> Iterator[None]:
        """These hosts cannot beat meanwhile: they are rightly declared dead."""
        began = time.time()
        try:
            yield
        finally:
            for host in hosts:
                self.broken.setdefault(host, []).append((began, time.time()))

    def wrong_deaths(self) -> list[str]:
        """Declared dead although nothing had happened to them."""
        return [f"{who} at {time.strftime('%H:%M:%S', time.localtime(at))}" for at, who in self.ledger.deaths
                if not any(began <= at <= ended + SILENCE for began, ended in self.broken.get(who.host, []))]

    def keep_evidence(self) -> None:
        """The spool and the pictures' folder as they are now."""
        name = f"spool-after-fault-{self.ledger.number}.tgz"
        self.server.run(f"tar -C {DISK} -czf /farm/out/{name} .", timeout=300)
        if (self.lab.out / name).exists():
            shutil.move(self.lab.out / name, self.evidence / name)


@contextmanager
def world(nfs: str, evidence: Path, **options: Any) -> Iterator[World]:
    evidence.mkdir(parents=True, exist_ok=True)
    with nfs_lab(nfs, clients=2, disk_mb=1024, **options) as lab:
        made = World(lab, evidence)
        _before_nfsd(lab, made.watch)
        made.begin()
        yield made


def _before_nfsd(lab: Any, watch: Callable[[], None]) -> None:
    """When the server boots again, somebody must watch its disk before the first client changes it."""
    start = lab.start_nfsd

    def watched() -> None:
        if lab.server.run("pgrep -f 'watch [f]ollow'").rc:
            watch()
        start()

    lab.start_nfsd = watched
