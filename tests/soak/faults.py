"""What is done to the farm. A fault is a generator: it does harm, yields for how many seconds, and undoes it."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from spool import queue
from spool.layout import parse_chunk
from tests.soak import people
from tests.soak.books import PLANTED, Sent, beginning
from tests.soak.stage import DEAD, Stage

Fault = Callable[[Stage, random.Random], Iterator[float]]

BURST = 50              # submits
BIG = 10_000_000        # bytes


# -- daemons and their programs

def kill_daemon(stage: Stage, rng: random.Random) -> Iterator[float]:
    yield from _killed(stage, rng, whole_group=False)


def kill_group(stage: Stage, rng: random.Random) -> Iterator[float]:
    """As when the computer loses its power: the daemon, and all that it started."""
    yield from _killed(stage, rng, whole_group=True)


def _killed(stage: Stage, rng: random.Random, whole_group: bool) -> Iterator[float]:
    if host := stage.free_host(rng):
        with stage.taken_down(host):
            process = stage.farm.hosts[host]
            below = psutil.Process(process.pid).children(recursive=True) if whole_group else []
            stage.farm.kill(host)
            for child in below:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            yield rng.choice((0.0, rng.uniform(0, DEAD), rng.uniform(DEAD, 4 * DEAD)))
            stage.start(host)


def restart(stage: Stage, rng: random.Random) -> Iterator[float]:
    if host := stage.free_host(rng):
        with stage.taken_down(host):
            stage.farm.hosts[host].send_signal(signal.SIGTERM)
            end = time.monotonic() + 60
            while stage.farm.hosts[host].poll() is None and time.monotonic() < end:
                yield 0.2
            if stage.farm.hosts[host].poll() is None:
                stage.books.violation(f"{host} did not end within 60 s of SIGTERM")
                stage.farm.kill(host)
            yield rng.uniform(0, 3)
            stage.start(host)


def sleep(stage: Stage, rng: random.Random) -> Iterator[float]:
    """A laptop that is closed: daemon and programs stand still, for longer than it takes to be declared dead."""
    if host := stage.free_host(rng, steady=True):
        with stage.taken_down(host):
            daemon = psutil.Process(stage.farm.hosts[host].pid)
            frozen = [daemon] + (daemon.children(recursive=True) if rng.random() < 0.7 else [])
            _signal_all(frozen, signal.SIGSTOP)
            yield rng.uniform(1.2 * DEAD, 5 * DEAD)
            _signal_all(frozen, signal.SIGCONT)
            yield 3.0                   # until it knows that it was declared dead


def _signal_all(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def kill_driven(stage: Stage, rng: random.Random) -> Iterator[float]:
    """A Blender that takes orders. It may be at work on any claim of its daemon, or take one just now."""
    if running := stage.driven():
        pid, daemon = rng.choice(sorted(running.items()))
        claims = stage.claims_of(daemon)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        for claim in {*claims, *stage.claims_of(daemon)}:
            stage.books.blame_path(f"/.renderd/{claim}/", "killed")
    yield 0.0


def kill_blender(stage: Stage, rng: random.Random) -> Iterator[float]:
    if running := stage.programs():
        pid, line = rng.choice(sorted(running.items()))
        if stage.books.blame_path(line, "killed"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    yield 0.0


MOODS = ({"FAKE_BLENDER": "liar", "FAKE_HOW": "empty"}, {"FAKE_BLENDER": "liar", "FAKE_HOW": "cut"},
         {"FAKE_BLENDER": "liar", "FAKE_HOW": "none"}, {"FAKE_BLENDER": "liar", "FAKE_HOW": "scene"},
         {"FAKE_BLENDER": "liar", "FAKE_HOW": "number"}, {"FAKE_BLENDER": "crash"}, {"FAKE_BLENDER": "clings"},
         {"FAKE_BLENDER": "deaf"}, {"FAKE_SECONDS": "4"})


def mood(stage: Stage, rng: random.Random) -> Iterator[float]:
    """The stand-in of one host lies, crashes, clings, is deaf or slow for a while."""
    host = rng.choice(sorted(stage.farm.hosts))
    if not stage.mood(host).exists():
        lines = rng.choice(MOODS) | {"FAKE_FRAMES": " ".join(str(f) for f in range(1, 500) if rng.random() < 0.3)}
        aside = stage.mood(host).with_suffix(".new")
        aside.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        aside.rename(stage.mood(host))
        yield rng.uniform(3, 15)
        stage.mood(host).unlink()


# -- whole disks

def full_spool(stage: Stage, rng: random.Random) -> Iterator[float]:
    yield from _full(stage, rng, "spool")


def full_pictures(stage: Stage, rng: random.Random) -> Iterator[float]:
    yield from _full(stage, rng, "pictures")


def _full(stage: Stage, rng: random.Random, name: str) -> Iterator[float]:
    with stage.trouble("full"):
        end = time.monotonic() + rng.uniform(4, 15)
        try:
            while time.monotonic() < end:
                stage.disks[name].fill()        # again: what was removed meanwhile made room
                yield 0.5
        finally:
            stage.disks[name].free()


def read_only_spool(stage: Stage, rng: random.Random) -> Iterator[float]:
    yield from _read_only(stage, rng, "spool")


def read_only_pictures(stage: Stage, rng: random.Random) -> Iterator[float]:
    yield from _read_only(stage, rng, "pictures")


def _read_only(stage: Stage, rng: random.Random, name: str) -> Iterator[float]:
    with stage.trouble("read-only"):
        stage.disks[name].cover()
        try:
            yield rng.uniform(2, 10)
        finally:
            stage.disks[name].uncover()


# -- files

def remove_frame(stage: Stage, rng: random.Random) -> Iterator[float]:
    """Somebody removes a picture while the job is open. If it was settled in that moment, it is asked for again."""
    if sent := _open_job(stage, rng):
        there = sorted(p for p in sent.folder.iterdir() if p.is_file() and not p.is_symlink())
        if there:
            path = rng.choice(there)
            frame = int(path.stem[-4:])
            sent.removed.add(frame)
            try:
                path.unlink(missing_ok=True)
            except OSError:             # a read-only disk
                sent.removed.discard(frame)
                return
            yield 5.0
            if queue.state_of(stage.farm.spool, sent.job) == "done":
                sent.redone.append(time.time())
                stage.render("redo", sent.job, "--frames", frame)


def nonsense(stage: Stage, rng: random.Random) -> Iterator[float]:
    """Somebody edits an info file that waits, in place."""
    if sent := _open_job(stage, rng):
        names = sorted(p for p in _folder(stage, sent, "todo").rglob("*.*")
                       if p.name[0] != "." and int(p.name.partition(".")[0]) < PLANTED)
        if names:
            path = rng.choice(names)
            name = parse_chunk(path.name)
            sent.edited[beginning(name.stem)] = range(name.first, name.last + 1)
            stage.books.blame(sent.job, name.stem, "nonsense")
            with suppress(OSError):     # taken meanwhile
                fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
                os.write(fd, rng.choice((b"{nonsense", b"", b"\0" * 100, b"[]\n", b'{"format": 1}\n')))
                os.close(fd)
    yield 0.0


def hostile(stage: Stage, rng: random.Random) -> Iterator[float]:
    """Files that are no files of ours, where chunks, journals and jobs lie; later somebody removes them."""
    sent = _open_job(stage, rng)
    if sent is None or stage.troubled_until > time.monotonic():
        return
    name = f"{rng.randrange(PLANTED, 999)}.0001-0001"
    place = rng.choice([_folder(stage, sent, "todo") / name, _folder(stage, sent, "journal") / "zz.jsonl",
                        _folder(stage, sent, "failed") / name, stage.farm.spool_dir / "queue" / f"99.{_evil(rng)}",
                        stage.farm.spool_dir / "jobs" / _evil(rng)])
    stage.books.blame(sent.job, name, "hostile")
    stage.planted.add(str(place.relative_to(stage.farm.spool_dir)))
    with suppress(OSError):
        rng.choice((_link, _pipe, _big))(stage, place)
    yield rng.uniform(2, 6)
    while not all(_gone(path) for path in (place, _folder(stage, sent, "failed") / name)):
        yield 1.0                       # the disk is read-only now


def link_for_a_picture(stage: Stage, rng: random.Random) -> Iterator[float]:
    """A link under the name of a frame that is not there yet: nobody may write through it."""
    sent = _open_job(stage, rng)
    if sent is not None and stage.troubled_until < time.monotonic():
        there = {p.name for p in sent.folder.iterdir() if p.is_file()}
        if there:
            like = sorted(there)[0]
            frame = rng.choice(sent.frames)       # a frame that was removed is not looked at again, only listed
            path = sent.folder / f"{like[:-len(Path(like).suffix) - 4]}{frame:04}{Path(like).suffix}"
            if path.name not in there and frame not in sent.removed:
                stage.observer.ask("planted", path)
                with suppress(OSError):
                    path.symlink_to(stage.victim)
    yield 0.0


def _gone(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return True
    except OSError:
        return False
    return True


def _link(stage: Stage, path: Path) -> None:
    path.symlink_to(stage.victim)


def _pipe(stage: Stage, path: Path) -> None:
    os.mkfifo(path)


def _big(stage: Stage, path: Path) -> None:
    path.write_bytes(b"x" * BIG)


def _evil(rng: random.Random) -> str:
    return f"20200101-000000-evil-{rng.randrange(1000, 9999)}"


def _open_job(stage: Stage, rng: random.Random) -> Sent | None:
    known = [sent for entry in queue.entries(stage.farm.spool, ("queue",)) if (sent := stage.books.jobs.get(entry.job))]
    return rng.choice(known) if known else None


def _folder(stage: Stage, sent: Sent, name: str) -> Path:
    return stage.farm.spool_dir / "jobs" / sent.job / name


# -- load

def burst(stage: Stage, rng: random.Random) -> Iterator[float]:
    threading.Thread(target=people.burst, args=(stage, rng, BURST), daemon=True).start()
    yield 0.0
