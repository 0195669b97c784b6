"""People at the farm, each with the real command line: they send jobs, change their minds, and clean up."""

import json
import random
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from spool import frames as frame_lists
from spool import queue
from tests.soak.books import Sent
from tests.soak.stage import Stage

ENOUGH = 60             # chunks that wait: then nothing is sent for a moment
REAL_EVERY = 60.0       # seconds between two jobs of the real Blender
CLEAN_EVERY = 25.0
LULL_EVERY = 60.0       # seconds between two lulls, in which nothing is sent until nothing waits
LULL = 40.0             # seconds that one may last, until one long chunk is sent: then most hosts are hungry
AGE = "40s"             # of finished jobs and of trash that `render clean` takes
DRAW = ('set -e; for f in $(seq $1 $2); do p=$(printf %s "$3" | sed "s/####/$(printf %04d $f)/"); '
        'echo "frame $f" > "$p"; sleep 0.05; done')
NUMBERS = count(1)      # of jobs; next() of it is one step for threads, too


def send(stage: Stage, rng: random.Random, *, small: bool = False, real: bool = False,
         long: bool = False) -> Sent | None:
    """One `render add`. None if it was refused; then nothing of it may be in the spool."""
    if stage.ending.is_set():
        return None
    number = next(NUMBERS)
    folder = stage.farm.out / f"{number:05}"
    try:
        folder.mkdir()
    except OSError:                     # the pictures' disk is full or read-only
        return None
    stage.observer.ask("add", folder)
    words = _long(stage, folder) if long else _words(stage, rng, folder, small, real)
    done = stage.render("add", "--json", "--name", f"soak {number:05}", *words)
    if done.returncode:
        stage.books.refused.append(f"soak-{number:05}-")
        return None
    found = json.loads(done.stdout)["jobs"][0]
    sent = Sent(found["job"], folder, frame_lists.parse(found["frame_list"]), found["chunks"], real)
    stage.books.jobs[sent.job] = sent
    return sent


def _words(stage: Stage, rng: random.Random, folder: Path, small: bool, real: bool) -> list[object]:
    most = 4 if small or real else rng.choice((5, 20, 60, 120, 300))
    first = rng.choice((1, 1, 1, 101))
    last = first + rng.randrange(most)
    frames = f"{first}-{last}x2" if rng.random() < 0.1 else f"{first}-{last}"
    words: list[object] = ["--frames", frames, "--chunk", rng.choice((1, 3, 5, 10, 60)),
                           "--priority", rng.choice((20, 50, 50, 50, 80)),
                           "--order", rng.choice(("probe", "bisect", "linear"))]
    if rng.random() < 0.05:
        words.append("--hold")
    if real:
        return [*words, "--output", f"{folder}/####", stage.real]
    if rng.random() < 0.1:
        return [*words, "--output", f"{folder}/f_####.txt", "--",
                "sh", "-c", DRAW, "-", "{first}", "{last}", "{output}"]
    format = rng.choice(("PNG", "PNG", "TIFF", "OPEN_EXR"))
    return [*words, "--output", f"{folder}/####", "--format", format, stage.film]


def _long(stage: Stage, folder: Path) -> list[object]:
    return ["--frames", "1-60", "--chunk", "60", "--order", "linear", "--output", f"{folder}/####", "--format", "PNG",
            stage.film]


def burst(stage: Stage, rng: random.Random, jobs: int) -> None:
    """Many submits at the same time."""
    with ThreadPoolExecutor(4) as pool:
        for seed in [rng.random() for _ in range(jobs)]:
            pool.submit(send, stage, random.Random(seed), small=True)


def at_work(what: Callable[..., None], stage: Stage, *more: object) -> threading.Thread:
    """A person, in a thread. A mistake of ours is no reason to go on without one."""
    def run() -> None:
        try:
            what(stage, *more)
        except Exception:
            stage.books.violation(f"the soak itself: {traceback.format_exc()}")

    return threading.Thread(target=run, daemon=True)


def sender(stage: Stage, rng: random.Random) -> None:
    """Sends as long as not too much waits."""
    real_due, lull_due = 0.0, time.monotonic() + LULL_EVERY
    while not stage.ending.is_set():
        if time.monotonic() > lull_due:
            _lull(stage, rng)
            lull_due = time.monotonic() + LULL_EVERY
        elif time.monotonic() > real_due:
            real_due = time.monotonic() + REAL_EVERY
            send(stage, rng, real=True)
        elif stage.waiting < ENOUGH:
            send(stage, rng)
        stage.ending.wait(rng.uniform(0.5, 2))


def _lull(stage: Stage, rng: random.Random) -> None:
    end = time.monotonic() + LULL
    while stage.waiting and time.monotonic() < end and not stage.ending.wait(0.5):
        continue
    send(stage, rng, long=True)
    stage.ending.wait(10.0)


def person(stage: Stage, rng: random.Random) -> None:
    """Holds, releases, cancels, undoes, retries, redoes, gives other priorities."""
    while not stage.ending.is_set():
        rng.choice(DEEDS)(stage, rng)
        stage.ending.wait(rng.uniform(1, 4))


def cleaner(stage: Stage, rng: random.Random, judged: Callable[[], None]) -> None:
    """Runs `render clean`, sometimes two of them at once, sometimes while somebody brings a job back. `judged` returns
    when all that is there was proved: what becomes old enough later is still there at the next look."""
    while not stage.ending.wait(CLEAN_EVERY * rng.uniform(0.5, 1.5)):
        judged()
        with ThreadPoolExecutor(3) as pool:
            for _ in range(2 if rng.random() < 0.4 else 1):
                pool.submit(stage.render, "clean", "--older-than", AGE)
            if rng.random() < 0.4:
                pool.submit(_undo, stage, rng)


def _job_in(stage: Stage, rng: random.Random, *states: str) -> str | None:
    known = [entry.job for entry in queue.entries(stage.farm.spool, states) if entry.job in stage.books.jobs]
    return rng.choice(known) if known else None


def _hold(stage: Stage, rng: random.Random) -> None:
    if job := _job_in(stage, rng, "queue"):
        stage.render("hold", job)


def _release(stage: Stage, rng: random.Random) -> None:
    if job := _job_in(stage, rng, "held"):
        stage.render("release", job)


def _cancel(stage: Stage, rng: random.Random) -> None:
    job = _job_in(stage, rng, "queue", "held", "done") if rng.random() < 0.5 else None
    if job:
        stage.books.jobs[job].cancelled = True
        if stage.render("cancel", job).returncode:
            stage.books.jobs[job].cancelled = False


def _undo(stage: Stage, rng: random.Random) -> None:
    if (job := _job_in(stage, rng, "trash")) and stage.render("undo", job).returncode == 0:
        stage.books.jobs[job].cancelled = False


def _retry(stage: Stage, rng: random.Random) -> None:
    if job := _job_in(stage, rng, "failed"):
        stage.render("retry", job)


def _redo(stage: Stage, rng: random.Random) -> None:
    if job := _job_in(stage, rng, "done", "queue"):
        sent = stage.books.jobs[job]
        some = sorted(rng.sample(sent.frames, rng.randint(1, min(5, len(sent.frames)))))
        sent.redone.append(time.time())
        stage.render("redo", job, "--frames", frame_lists.text(some))


def _priority(stage: Stage, rng: random.Random) -> None:
    if job := _job_in(stage, rng, "queue", "held"):
        stage.render("priority", job, rng.randrange(101))


DEEDS: tuple[Callable[[Stage, random.Random], None], ...] = (
    _hold, _release, _release, _cancel, _undo, _retry, _retry, _redo, _priority)
