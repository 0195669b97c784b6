"""Runs on the NFS server, beside its disk: tells every change that any client makes, in the order in which it was made.

    python3 -m tests.faults.watch follow ROOT                     a line of JSON per change, until it is ended
    python3 -m tests.faults.watch verify FOLDER FIRST LAST        what is not as it must be in a folder of pictures

Lines of `follow`: ["=", folder, names] what was there when we began to look; ["+", folder, name, cookie] came;
["-", folder, name, cookie] went; ["frame", folder, name, verdict]; ["touched", folder, name] was written in place."""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from inotify_simple import Event, INotify, flags

from tests.fakes.blender import png

SCENE = "Shot"
FOLLOWED = re.compile(r"farm/(queue|held|done|failed|trash|dead|jobs(/[^./]+(/(running|failed|todo(/\d+)?))?)?)"
                      r"|film(/[^./]+(/\.renderd(/[^/]+)?)?)?")
PICTURES = re.compile(r"film/[^./]+")
FRAME = re.compile(r"\d{4,}\.png")         # `render add` makes and removes a file of another name, to see if it may
STAGING = re.compile(r"film/[^/]+/\.renderd/.+")
MOVES = flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO
GONE = flags.DELETE | flags.MOVED_FROM


def verdict(path: Path) -> str:
    """`ok` if the picture is, to the last byte, the frame that it is called."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return "is not there"
    try:
        wanted = png(int(path.stem), SCENE)
    except ValueError:
        return "has no frame's name"
    if data == wanted:
        return "ok"
    return "is cut or empty" if wanted.startswith(data) else "is another picture"


def verify(folder: Path, first: int, last: int) -> list[str]:
    """What is missing, wrong or too much in a folder of pictures."""
    wanted = {f"{frame:04}.png" for frame in range(first, last + 1)}
    there = {path.name for path in folder.iterdir()}
    return [f"{folder.name}/{name} is missing" for name in sorted(wanted - there)] + \
           [f"{folder.name}/{name} does not belong there" for name in sorted(there - wanted)] + \
           [f"{folder.name}/{name} {said}" for name in sorted(there & wanted)
            if (said := verdict(folder / name)) != "ok"]


class Follower:
    """Watches every folder of the share that the spool's promises are about."""

    def __init__(self, root: Path) -> None:
        self.root, self.notify = root, INotify()
        self.folders: dict[int, str] = {}

    def run(self) -> None:
        for top in ("film", "farm"):
            for folder in self._below(top):
                self.follow(folder)
        self.tell("=", "", [])
        while True:
            for event in self.notify.read():
                self.hear(event)

    def _below(self, top: str) -> Iterator[str]:
        for path, _, _ in os.walk(self.root / top):
            name = str(Path(path).relative_to(self.root))
            if FOLLOWED.fullmatch(name):
                yield name

    def follow(self, folder: str) -> None:
        """Begins to watch, then tells what is there: what comes between is told twice, and never missed."""
        mask = flags.MOVED_FROM if STAGING.fullmatch(folder) else \
            MOVES | flags.MODIFY if PICTURES.fullmatch(folder) else MOVES
        try:
            self.folders[self.notify.add_watch(self.root / folder, mask | flags.ONLYDIR)] = folder
            names = sorted(os.listdir(self.root / folder))
        except (FileNotFoundError, NotADirectoryError):     # a claim's folder that is gone already
            return
        self.tell("=", folder, [name for name in names if name[0] != "."])
        for name in names:
            if PICTURES.fullmatch(folder) and FRAME.fullmatch(name):
                self.tell("frame", folder, name, verdict(self.root / folder / name))
            inner = f"{folder}/{name}"
            if FOLLOWED.fullmatch(inner) and inner not in self.folders.values():
                self.follow(inner)

    def hear(self, event: Event) -> None:
        if event.mask & flags.Q_OVERFLOW:
            self.tell("overflow")
            return
        if event.mask & flags.IGNORED:
            self.folders.pop(event.wd, None)
            return
        folder = self.folders.get(event.wd)
        if folder is None:
            return
        inner = f"{folder}/{event.name}"
        if event.mask & flags.ISDIR:
            if event.mask & (flags.CREATE | flags.MOVED_TO) and FOLLOWED.fullmatch(inner):
                self.follow(inner)
            return
        if event.name[0] == ".":
            return
        if PICTURES.fullmatch(folder) and event.mask & (flags.CREATE | flags.MODIFY) and FRAME.fullmatch(event.name):
            self.tell("touched", folder, event.name)
        self.tell("-" if event.mask & GONE else "+", folder, event.name, event.cookie)
        if PICTURES.fullmatch(folder) and event.mask & flags.MOVED_TO and FRAME.fullmatch(event.name):
            self.tell("frame", folder, event.name, verdict(self.root / inner))

    @staticmethod
    def tell(*words: object) -> None:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "follow":
        Follower(Path(sys.argv[2])).run()
    else:
        print(json.dumps(verify(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
