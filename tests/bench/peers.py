"""Other queues of files at the same work: take and finish one item of the size of an info file.

    .venv-peers/bin/python -m tests.bench.peers NAME FOLDER WAITING CLAIMERS...      microseconds an item, as JSON

What each promises less than a chunk of ours:

dirq            lock (a hard link), get, remove. The lock names no owner and is broken by age, so a render that
                lasts longer than the age is done twice, and one that died waits until then. No order but time.
huey            FileStorage.dequeue. One lock for everybody, and the item is gone from the disk before the work begins:
                what a crash interrupts is lost. Its own documentation advises against it in production.
Maildir         get_bytes, remove. Nothing is claimed at all: two may work on one item, and the first to remove it wins.
persist-queue   Queue.get, task_done. One process; a second one does not see what the first took. A crash repeats what
                was not done, nobody else can take it over.

They are filled by plain writes in their own format, but for persist-queue, and as suits them: dirq with 10,000 items
a folder. Each claimer takes its share or works for some seconds, whatever comes first. A first listing is part of it,
as it is of ours."""

import json
import mailbox
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.bench.claimers import timed

DATA = bytes(250)
LEAST_EACH = 60         # items of a claimer
MOST = 2000             # items of all claimers, where that is more
SECONDS = 5.0
SHORT = 20              # stores with few items, so that enough is taken
DIRQ_FOLDER = 10_000


class Peer(NamedTuple):
    fill: Callable[[str, int], None]
    items: Callable[[str], Iterator[int]]       # 1: took and finished one; 0: somebody was faster
    most: int = 32                              # processes at once


def _write(path: str) -> None:
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    os.write(fd, DATA)
    os.close(fd)


def _fill_dirq(folder: str, count: int) -> None:
    now = int(time.time())
    for number in range(count):
        second, rest = divmod(number, DIRQ_FOLDER)
        if rest == 0:
            os.mkdir(f"{folder}/{now + second:08x}")
        _write(f"{folder}/{now + second:08x}/{now + second:08x}{rest:05x}0")


def _dirq(folder: str) -> Iterator[int]:
    from dirq.QueueSimple import QueueSimple

    queue = QueueSimple(folder, granularity=1)
    while name := queue.first():
        while name:
            if locked := queue.lock(name):
                queue.get(name)
                queue.remove(name)
            yield int(locked)
            name = queue.next()


def _fill_huey(folder: str, count: int) -> None:
    os.mkdir(f"{folder}/queue")
    now = int(time.time() * 1000)
    for number in range(count):
        _write(f"{folder}/queue/{0xffff:04x}-{now + number:012x}")


def _huey(folder: str) -> Iterator[int]:
    from huey.storage import FileStorage

    storage = FileStorage("bench", folder)
    while storage.dequeue():
        yield 1


def _fill_maildir(folder: str, count: int) -> None:
    for name in ("tmp", "new", "cur"):
        os.mkdir(f"{folder}/{name}")
    now = int(time.time())
    for number in range(count):
        _write(f"{folder}/new/{now}.M{number}P1Q1.host")


def _maildir(folder: str) -> Iterator[int]:
    box = mailbox.Maildir(folder)
    while keys := list(box.keys()):
        random.shuffle(keys)                            # else all claimers would want the same ones
        for key in keys:
            try:
                box.get_bytes(key)
                box.remove(key)
                yield 1
            except (KeyError, FileNotFoundError):       # somebody was faster
                yield 0


def _fill_persist_queue(folder: str, count: int) -> None:
    from persistqueue import Queue

    queue = Queue(folder, tempdir=folder)
    save, queue._saveinfo = queue._saveinfo, lambda: None
    for _ in range(count):
        queue.put(DATA)
    save()


def _persist_queue(folder: str) -> Iterator[int]:
    from persistqueue import Queue

    queue = Queue(folder, tempdir=folder)
    while queue.qsize():
        queue.get()
        queue.task_done()
        yield 1


PEERS = {"dirq": Peer(_fill_dirq, _dirq), "huey": Peer(_fill_huey, _huey),
         "Maildir": Peer(_fill_maildir, _maildir, most=8),          # each holds a million names, and looks at them all
         "persist-queue": Peer(_fill_persist_queue, _persist_queue, most=1)}


def measure(name: str, folder: str, waiting: int, claimers: list[int]) -> dict[int, float | None]:
    """Microseconds an item by the number of claimers; None where it cannot be."""
    peer, found = PEERS[name], dict[int, float | None]()
    each = [max(LEAST_EACH, MOST // count) for count in claimers]
    stores = [] if waiting < MOST else [_store(peer, f"{folder}/{name}", waiting + MOST)]
    for count, share in zip(claimers, each, strict=True):
        if count > peer.most:
            found[count] = None
            continue
        here = stores or [_store(peer, f"{folder}/{name}-{count}-{number}", 2 * waiting) for number in range(SHORT)]
        found[count] = round(1e6 * _time(peer, here, count, max(1, share // len(here))), 1)
    return found


def _store(peer: Peer, folder: str, count: int) -> str:
    os.makedirs(folder)
    peer.fill(folder, count)
    return folder


def _time(peer: Peer, stores: list[str], claimers: int, share: int) -> float:
    ends = time.monotonic() + SECONDS
    return timed([lambda: sum(_take(peer, store, share, ends) for store in stores)] * claimers)


def _take(peer: Peer, store: str, share: int, ends: float) -> int:
    done = 0
    for took in peer.items(store):
        done += took
        if done >= share or time.monotonic() > ends:
            break
    return done


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), [int(count) for count in sys.argv[4:]])))
