"""How much a render on all cores slows down a person's program: real Blender, in interleaved rounds.

In each round the same work of Python is timed three times, in changing order: while nothing renders, beside a plain
`blender -a`, and beside a daemon's render. What is not wanted stands still meanwhile (SIGSTOP, `renderd pause`).

And how soon a render stands still: every thread of it, as the kernel tells."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from renderd import processes
from spool import command
from tests.bench import render_cpu, scenes

ROUNDS = 9
LOOPS = 12_000_000      # about a second of work
WORK = f"import time\nt = time.perf_counter()\nfor _ in range({LOOPS}): pass\nprint(time.perf_counter() - t)"
SCENE = (4096, 480, 270)            # samples, width, height: frames that outlast a round
FRAMES = 500
PAUSES = 20
BIN = Path(sys.executable).parent


class Slowed(NamedTuple):
    """Times the idle machine: beside a plain render, beside ours, and by `workers` processes."""

    workers: int
    plain: float
    ours: float


class Paused(NamedTuple):
    """Seconds until a render on all cores stood still, the longest: after `renderd pause` began, after a signal."""

    command: float
    signal: float


class Daemon(NamedTuple):
    """One that renders, and the environment in which `renderd pause` finds it."""

    pid: int
    environ: dict[str, str]


def measure(rounds: int = ROUNDS) -> Iterator[Slowed]:
    """With one worker, and with one for each core."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        blend = scenes.make(folder, "courtesy", *SCENE)
        with _plain(blend, folder / "plain") as plain, _daemon(blend, folder / "ours") as ours:
            for workers in sorted({1, len(os.sched_getaffinity(0))}):
                yield _slowed(workers, rounds, plain, ours.environ)


def measure_pause(rounds: int = PAUSES) -> Paused:
    with tempfile.TemporaryDirectory() as room:
        blend = scenes.make(Path(room), "pause", *SCENE)
        with _daemon(blend, Path(room, "ours")) as ours:
            by_command = [_standing(ours, lambda: _ask("pause", ours.environ)) for _ in range(rounds)]
            by_signal = [_standing(ours, lambda: os.kill(ours.pid, signal.SIGUSR1)) for _ in range(rounds)]
    return Paused(round(max(by_command), 3), round(max(by_signal), 3))


def _standing(ours: Daemon, stop: Callable[[], object]) -> float:
    """Seconds until no thread of the render runs any more, which runs before."""
    _ask("resume", ours.environ)
    renders = [one.pid for one in processes.table().values() if one.parent == ours.pid and "blender" in one.name]
    assert renders
    time.sleep(0.3)
    begun = time.perf_counter()
    stop()
    while any(line.rpartition(")")[2].split()[0] != "T" for pid in renders for line in _threads(pid)):
        time.sleep(0.001)
    return time.perf_counter() - begun


def _threads(pid: int) -> Iterator[str]:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            yield (thread / "stat").read_text()
        except OSError:                 # it ended between two looks
            continue


def _slowed(workers: int, rounds: int, plain: int, environ: dict[str, str]) -> Slowed:
    ratios: dict[str, list[float]] = {"plain": [], "ours": []}
    for number in range(rounds):
        found = {}
        for at in range(3):
            what = ("idle", "plain", "ours")[(number + at) % 3]
            if what == "plain":
                os.killpg(plain, signal.SIGCONT)
            elif what == "ours":
                _ask("resume", environ)
            time.sleep(0.3)         # schedulers take a moment to settle; it is part of no time
            found[what] = _work(workers)
            os.killpg(plain, signal.SIGSTOP)
            _ask("pause", environ)
        for what, of in ratios.items():
            of.append(found[what] / found["idle"])
    return Slowed(workers, round(median(ratios["plain"]), 3), round(median(ratios["ours"]), 3))


def _work(workers: int) -> float:
    """Seconds of the slowest."""
    begun = [subprocess.Popen([sys.executable, "-I", "-S", "-c", WORK], stdout=subprocess.PIPE, text=True)
             for _ in range(workers)]
    return max(float(one.communicate()[0]) for one in begun)


@contextmanager
def _plain(blend: Path, out: Path) -> Iterator[int]:
    """The group of a plain Blender that renders, and stands still."""
    out.mkdir()
    words = command.expand(command.blender_template(str(blend), "Scene", "PNG"), range(1, FRAMES + 1), f"{out}/####",
                           len(os.sched_getaffinity(0)))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout
        next(line for line in process.stdout if "Sample " in line)
        os.killpg(process.pid, signal.SIGSTOP)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def _daemon(blend: Path, folder: Path) -> Iterator[Daemon]:
    """It has begun a frame, and stands still."""
    spool, job = render_cpu.add(blend, folder, FRAMES, FRAMES)
    environ = dict(os.environ) | {"XDG_RUNTIME_DIR": str(folder)}
    process = subprocess.Popen([BIN / "renderd", "--spool", spool.root, "--host", "bench", "--log-level", "error"],
                               env=environ)
    try:
        end = time.monotonic() + 120
        while not any("Sample " in log.read_text() for log in Path(f"{spool.job(job)}/log").iterdir()):
            assert time.monotonic() < end, "it does not render"
            time.sleep(0.1)
        _ask("pause", environ)
        yield Daemon(process.pid, environ)
    finally:
        process.terminate()
        process.wait()


def _ask(what: str, environ: dict[str, str]) -> None:
    subprocess.run([BIN / "renderd", what], env=environ, check=True, stdout=subprocess.DEVNULL)


def profile() -> str:
    """What of this machine decides how much priorities can do."""
    files = {"sessions share the CPU first": "/proc/sys/kernel/sched_autogroup_enabled",
             "threads of the first core": "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list",
             "cores that share its last cache": "/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list"}
    return "\n".join(f"{what}: {Path(path).read_text().strip() if Path(path).exists() else 'not told'}"
                     for what, path in files.items())
