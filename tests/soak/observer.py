"""A process of its own that watches every folder of pictures: only whole, right frames appear, all by rename."""

import multiprocessing
import signal
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.soak import frames
from tests.system.watcher import Watcher


def _judge(path: Path) -> str:
    try:
        return frames.wrong(path)
    except FileNotFoundError:           # removed already: whoever did that is looked for elsewhere
        return ""


def observe(pipe: Connection) -> None:
    """Until it is told to end. Answers each order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watcher, planted = Watcher(_judge), set[str]()
    while True:
        watcher.read(20)
        while pipe.poll():
            order, argument = pipe.recv()
            if order == "end":
                return
            pipe.send(_obey(watcher, planted, order, argument))


def _obey(watcher: Watcher, planted: set[str], order: str, argument: str) -> Any:
    if order == "add":
        watcher.add(Path(argument))
    elif order == "drop":
        watcher.drop(Path(argument))
    elif order == "planted":
        planted.add(f"{argument} was written in place")
    else:
        watcher.read(0)
        faults, gone = [f for f in watcher.faults if f not in planted], watcher.gone
        watcher.faults, watcher.gone = [], []
        return watcher.seen, faults, [str(path) for path in gone]
    return None


@dataclass
class Observer:
    """Our end of the pipe to that process."""

    pipe: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=observe, args=(theirs,), daemon=True)
        self.process.start()

    def ask(self, order: str, argument: object = "") -> Any:
        with self.lock:
            self.pipe.send((order, str(argument)))
            return self.pipe.recv()

    def report(self) -> tuple[int, list[str], list[str]]:
        """How many frames appeared so far; what was wrong and which were removed since the last report."""
        seen, faults, gone = self.ask("report")
        return seen, faults, gone

    def end(self) -> None:
        self.pipe.send(("end", ""))
        self.process.join()
