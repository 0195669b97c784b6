"""The farm that is soaked: six daemons on two small disks, and the real command line."""

import random
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak import disks
from tests.soak.books import Books
from tests.soak.disks import Disk
from tests.soak.observer import Observer
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm, environ_of, processes

BEAT = 0.5              # seconds; ten times as fast as usual, so that hosts are declared dead often
DEAD = 6 * BEAT         # seconds of silence after which they are
SLOTS = {"ws01": 2, "ws02": 2, "ws03": 2, "ws04": 2, "ws05": 1, "ws06": 3}
SECONDS = {"ws01": 0.2, "ws02": 0.3, "ws03": 0.3, "ws04": 0.4, "ws05": 0.15, "ws06": 0.5}       # a frame takes
DRIVEN = ("ws01", "ws02", "ws05")       # their stand-in takes orders, as a real Blender does
STEADY = ("ws05", "ws06")       # never killed or restarted: what grows in a long life is seen there
WRONG_CLOCK = ("ws03", 3600)    # its clock is ahead by this many seconds
SPOOL_MB, OUT_MB = 256, 256
AFTER_TROUBLE = 15.0    # seconds after a fault of a disk in which a daemon may still end by itself


@dataclass
class Stage:
    """Everything that faults, people and proofs share."""

    root: Path
    seed: int
    books: Books = field(default_factory=Books)
    down: set[str] = field(default_factory=set)         # hosts that a fault has in its hands
    troubled_until: float = 0.0                         # monotonic; inf while a disk is full or read-only
    calm_since: float = 0.0                             # monotonic: when the last fault of a disk ended
    waiting: int = 0                                    # chunks, as the last proof saw them
    events: dict[str, int] = field(default_factory=dict)    # what the daemons' logs said, how often
    commands: dict[str, int] = field(default_factory=dict)  # what people typed, how often
    ending: threading.Event = field(default_factory=threading.Event)
    restarts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    read: dict[str, int] = field(default_factory=dict)  # bytes of each log

    def __post_init__(self) -> None:
        self.disks: dict[str, Disk] = {}
        if disks.mounts_of_our_own():
            self.disks = {"spool": disks.make(self.root / "spool", SPOOL_MB),
                          "pictures": disks.make(self.root / "out", OUT_MB)}
        self.farm = Farm(self.root, BEAT)
        for name in ("film", "real", "moods"):
            (self.root / name).mkdir()
        self.film = Path(shutil.copy(BLENDS / "blender50.blend", self.root / "film"))   # only the stand-in opens it
        self.real = Path(shutil.copy(BLENDS / "one_20.blend", self.root / "real"))      # the real Blender's version
        self.farm.environ |= {
            "PATH": f"{BIN}:{self.farm.environ['PATH']}",         # no shim between the stand-in and its Python
            "RENDERD_BLENDER": f"{FAKE_BLENDER}, blender", "RENDERD_PROGRAMS": "blender, sh",
            "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*", "RENDERD_LOG_LEVEL": "info", "RENDERD_POLL": "0.5",
            "RENDERD_LINGER": "2", "RENDERD_STOP_GRACE": "1", "RENDERD_THREADS": "1",
            "XDG_CACHE_HOME": str(self.root / "cache")}
        self.observer = Observer()
        self.victim = self.root / "victim"              # what hostile links point to
        self.victim.write_text("nobody may change me\n")
        self.planted: set[str] = set()                  # hostile files, below the spool
        self.diary = (self.root / "diary").open("a")

    def note(self, text: str) -> None:
        """For whoever reads the evidence."""
        self.diary.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {text}\n")
        self.diary.flush()

    # -- daemons

    def start(self, host: str) -> None:
        more = {"FAKE_SECONDS": str(SECONDS[host]), "RENDERD_SLOTS": str(SLOTS[host]),
                "FAKE_MOOD": str(self.mood(host)), "FAKE_CONFESSIONS": str(self.root / "moods" / f"{host}.did")}
        if host in DRIVEN:
            more["FAKE_DRIVEN"] = "yes"
        if host == WRONG_CLOCK[0]:
            self.books.ahead[host] = WRONG_CLOCK[1]
            more["FAKE_AHEAD"] = str(WRONG_CLOCK[1])
        self.farm.host(host, **more)

    def mood(self, host: str) -> Path:
        return self.root / "moods" / host

    def free_host(self, rng: random.Random, steady: bool = False) -> str | None:
        """A host for a fault; None while too many are down already."""
        names = [name for name, process in self.farm.hosts.items()
                 if name not in self.down and process.poll() is None and (steady or name not in STEADY)]
        return rng.choice(names) if names and len(self.down) < len(SLOTS) - 2 else None

    @contextmanager
    def taken_down(self, host: str) -> Iterator[None]:
        with self.lock:                 # not while keep_up looks at it
            self.down.add(host)
        try:
            yield
        finally:
            self.down.discard(host)

    @contextmanager
    def trouble(self, what: str) -> Iterator[None]:
        """A fault of a whole disk."""
        self.troubled_until = float("inf")
        try:
            with self.books.window(what):
                yield
        finally:
            self.calm_since = time.monotonic()
            self.troubled_until = self.calm_since + AFTER_TROUBLE

    def keep_up(self) -> None:
        """As systemd does: a daemon that ended by itself is started again. Only trouble with a disk explains it."""
        for host in SLOTS:
            with self.lock:
                if host not in self.down and self.farm.hosts[host].poll() is not None:
                    self._again(host)

    def _again(self, host: str) -> None:
        if time.monotonic() > self.troubled_until:
            log = (self.root / f"{host}.log").read_text()[-1500:]
            self.books.violation(f"{host} ended by itself with {self.farm.hosts[host].returncode}: {log}")
        self.restarts += 1
        self.start(host)

    def programs(self) -> dict[int, str]:
        """Programs that render now, with their command line."""
        return {pid: line for pid, line in processes() if f"{self.farm.out}/" in line and "/.renderd/" in line}

    def driven(self) -> dict[int, int]:
        """Programs that take orders, so that their command line names no claim; each with the pid of its daemon."""
        mark = re.compile(rb"TMPDIR=.*/renderd-(\d+)-\w+$")
        found = {}
        for pid, line in processes():
            if "driver_inside.py" in line and "child.py" not in line:
                for owner in filter(None, map(mark.match, environ_of(pid))):
                    if str(self.root).encode() in owner[0]:
                        found[pid] = int(owner[1])
        return found

    def claims_of(self, daemon: int) -> list[str]:
        """The claims of the daemon with this pid, as JOB.CLAIM."""
        return [f"{path.parts[-3]}.{path.name}" for path in self.farm.spool_dir.glob(f"jobs/*/running/*.{daemon}.*")]

    # -- the command line

    def render(self, *words: object) -> subprocess.CompletedProcess[str]:
        """`render WORDS`, as a person types it. It may fail, but only in words."""
        command = [str(BIN / "render"), *map(str, words)]
        with self.lock:
            self.commands[command[1]] = self.commands.get(command[1], 0) + 1
        try:
            done = subprocess.run(command, env=self.farm.environ, cwd=self.root, capture_output=True, text=True,
                                  timeout=150, check=False, start_new_session=True)
        except subprocess.TimeoutExpired as error:
            self.books.violation(f"`{' '.join(command[1:])}` did not end")
            return subprocess.CompletedProcess(command, -1, "", str(error))
        if "Traceback" in done.stderr or done.returncode < 0:
            self.books.violation(f"`render {' '.join(command[1:])}` exit {done.returncode}: {done.stderr[-2000:]}")
        return done

    # -- what the daemons say

    def read_logs(self) -> list[str]:
        """The lines since the last time."""
        lines = []
        for path in sorted(self.root.glob("*.log")):
            with path.open("rb") as file:
                file.seek(self.read.get(path.name, 0))
                data = file.read()
            whole = data[:data.rfind(b"\n") + 1]
            self.read[path.name] = self.read.get(path.name, 0) + len(whole)
            lines += [f"{path.stem} {line}" for line in whole.decode(errors="replace").splitlines()]
        for line in lines:
            event = line.split(" ")[1] if " " in line else ""
            if re.fullmatch(r"[a-z-]+", event):
                self.events[event] = self.events.get(event, 0) + 1
        return lines
