"""A small farm on this machine: a spool, real daemons, .blend files whose pictures say which frame they are."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from spool import command, journal, opening, queue, submit, view
from spool.job import Job
from spool.layout import Spool

ROOT = Path(__file__).resolve().parents[2]
BLENDS = ROOT.parent / "shared" / "blends"
BIN = Path(sys.executable).parent
FAKE_BLENDER = ROOT / "tests" / "fakes" / "blender.py"
AHEAD = ROOT / "tests" / "fakes" / "ahead.py"
DYING = ROOT / "tests" / "fakes" / "dying.py"
BEAT = 0.2          # seconds: a host is dead after 6 of them
Found = TypeVar("Found")


@dataclass
class Farm:
    """A spool in `root`, and the daemons that were started on it."""

    root: Path
    beat: float = BEAT
    hosts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def __post_init__(self) -> None:
        self.spool_dir, self.out = self.root / "spool", self.root / "out"
        self.out.mkdir(exist_ok=True)
        opening.init(str(self.spool_dir))
        (self.spool_dir / "farm.yaml").write_text(f"format: 1\nbeat: {self.beat}\ntries: 3\n")
        self.spool: Spool = opening.open_spool(str(self.spool_dir))
        self.environ |= {"RENDERD_SPOOL": str(self.spool_dir), "RENDERD_POLL": "0.2", "XDG_CONFIG_HOME": str(self.root),
                         "TMPDIR": str(self.scratch), "XDG_RUNTIME_DIR": str(self.scratch),
                         "RENDERD_LOG_LEVEL": "debug"}

    @property
    def scratch(self) -> Path:
        folder = self.root / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    # -- daemons

    def host(self, name: str, *flags: str, **environ: str) -> subprocess.Popen[bytes]:
        """A daemon that serves the spool."""
        program = [sys.executable, AHEAD] if "FAKE_AHEAD" in environ else [BIN / "renderd"]
        with (self.root / f"{name}.log").open("ab") as log:
            self.hosts[name] = subprocess.Popen([*program, "--host", name, *flags], start_new_session=True,
                                                env=self._of(name, environ), stderr=log, stdout=log)
        return self.hosts[name]

    def dying(self, name: str, moment: str) -> subprocess.Popen[bytes]:
        """A daemon that is killed at a moment that tests/fakes/dying.py knows."""
        self.hosts[name] = subprocess.Popen([sys.executable, DYING, "--host", name], start_new_session=True,
                                            env=self.environ | {"DYING": moment})
        return self.hosts[name]

    def once(self, name: str = "alpha", *flags: str, **environ: str) -> str:
        """What a daemon says that renders what waits and ends."""
        done = subprocess.run([BIN / "renderd", "--host", name, "--once", *flags], env=self._of(name, environ),
                              stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
        return done.stdout

    def _of(self, name: str, environ: dict[str, str]) -> dict[str, str]:
        """The fake Blender has many versions at the same path: no daemon may learn one from another's cache."""
        mine = self.environ | environ
        real = mine.get("RENDERD_BLENDER", "blender") == "blender"
        return mine if real else {"XDG_CACHE_HOME": f"{self.root}/cache/{name}"} | mine

    def kill(self, name: str) -> None:
        self.hosts[name].kill()
        self.hosts[name].wait()

    def stop(self, name: str) -> int:
        self.hosts[name].send_signal(signal.SIGTERM)
        return self.hosts[name].wait(timeout=30)

    def close(self) -> None:
        for process in self.hosts.values():
            if process.poll() is None:
                process.kill()
                process.wait()

    # -- jobs

    def add(self, blend: Path, scene: str, frames: str, *, chunk: int = 5, width: int | None = 64,
            height: int | None = 36, order: str = "probe", **more: object) -> str:
        """The name of a Blender job that is in the queue."""
        planned = Job(job="", name=blend.stem, created="", recipe="blender", frames=frames, chunk=chunk,
                      template=tuple(command.blender_template(str(blend), scene, "PNG")), order=order, chunks=0,
                      output=command.blender_pattern(f"{self.out}/", "PNG"), tries=3, blend=str(blend), scene=scene,
                      blender=(2, 80), file_format="PNG", width=width, height=height, **more)  # type: ignore[arg-type]
        return self.submit(planned)

    def add_command(self, template: list[str], frames: str, *, chunk: int = 5, output: str = "####.png") -> str:
        """The name of a job for any other program."""
        return self.submit(Job(job="", name="command", created="", recipe="command", template=tuple(template),
                               frames=frames, chunk=chunk, order="linear", chunks=0, tries=3,
                               output=f"{self.out}/{output}" if output else ""))

    def submit_recipe(self, recipe: str, template: list[str], frames: str = "1-3", *, tries: int = 1,
                      options: tuple[str, ...] = ()) -> str:
        """The name of a job for any program, with a recipe."""
        return self.submit(Job(job="", name="staged", created="", recipe=recipe, template=tuple(template), tries=tries,
                               frames=frames, chunk=10, order="linear", chunks=0, output=f"{self.out}/####.png",
                               options=options))

    def submit(self, job: Job) -> str:
        """One that was sent before is sent as another job."""
        planned = submit.plan(self.spool, replace(job, job="") if Path(self.spool.job(job.job)).exists() else job)
        submit.submit(self.spool, planned)
        return planned.job.job

    def detail(self, job: str) -> view.Detail:
        return view.detail(self.spool, queue.find(self.spool, job))

    def events(self, job: str, event: str) -> list[dict[str, Any]]:
        return [one for one in journal.events(self.spool, job) if one["event"] == event]

    def state(self, job: str) -> str:
        return self.detail(job).view.state

    # -- waiting

    def until(self, what: Callable[[], bool], limit: float = 120) -> None:
        """Returns when it is so; fails with the whole spool after `limit` seconds."""
        end = time.monotonic() + limit
        while not what():
            assert time.monotonic() < end, self.show()
            time.sleep(0.03)

    def found(self, what: Callable[[], Found | None], limit: float = 120) -> Found:
        """The first thing that is there: a second look might not find it any more."""
        seen: list[Found] = []
        self.until(lambda: bool(seen.extend(one for one in [what()] if one) or seen), limit)
        return seen[0]

    def until_state(self, job: str, state: str, limit: float = 240) -> None:
        self.until(lambda: queue.state_of(self.spool, job) == state, limit)

    def show(self) -> str:
        """The whole farm as text, so that a failure explains itself."""
        tree = sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*"))
        logs = [f"== {p.name}\n{p.read_text()[-3000:]}" for p in self.root.glob("*.log")]
        return "\n".join([*tree, *logs])

    # -- frames and processes

    def frames(self) -> list[str]:
        return sorted(p.name for p in self.out.iterdir() if not p.name.startswith("."))

    def blenders(self) -> list[int]:
        """The programs that the daemons of this farm started, known by the folder for temporary files that they got."""
        mark = f"TMPDIR={self.scratch}/renderd-".encode()
        return [pid for pid, _ in processes() if any(v.startswith(mark) for v in environ_of(pid))]


@contextmanager
def farm(root: Path) -> Iterator[Farm]:
    made = Farm(root)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(made.spool_dir, ignore_errors=True)


def processes() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:             # it ended between two looks
                continue
            if line:
                yield int(entry.name), line


def environ_of(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:                     # it ended between two looks
        return []


def says(path: Path) -> tuple[int, int]:
    """(frame % 256, scene number) that the corner pixel of a PNG from ../shared/blends says."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG") and data[-8:-4] == b"IEND", f"{path} is not whole"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    row = zlib.decompress(packed)
    red, green, blue = (round(value / 17) for value in row[1:4])    # filters leave the first pixel as it is
    return red + 16 * green, blue
