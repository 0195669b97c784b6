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
a folder. Measured is as ours is: each claimer has worked some items off before the clock starts, and the median of the
rounds counts. To the peers' favour: the first listing of a long store is not counted, for whoever works on for long
lists it once; and nothing is put back between the rounds, so at least as many wait as are told. What costs a listing
an item would take for ever: a claimer stops after a second, no round begins after five, and where one round takes
ten, more claimers are not tried."""

import json
import mailbox
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.bench.claimers import timed

DATA = bytes(250)
LEAST_EACH = 20         # items of a claimer in a round
MOST = 400              # items of all claimers in a round, where that is more
ROUNDS = 5
SECONDS = 1.0           # that a claimer takes items in a round
ALL_SECONDS = 5.0       # after which no round begins
LONG = 10.0             # seconds of a round, its start included, after which no more claimers are tried
WARM = 20               # items by each claimer before each round
TOGETHER = 1000         # items of a round where few wait, from so many short stores
DIRQ_FOLDER = 10_000


class Peer(NamedTuple):
    fill: Callable[[str, int], None]
    items: Callable[[str], Iterator[int]]       # 1: took and finished one; 0: somebody was faster
    most: int = 32                              # processes at once
    keeps_listing: bool = True                  # from one item to the next


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


PEERS = {"dirq": Peer(_fill_dirq, _dirq), "huey": Peer(_fill_huey, _huey, keeps_listing=False),
         "Maildir": Peer(_fill_maildir, _maildir, most=8),          # each holds a million names, and looks at them all
         "persist-queue": Peer(_fill_persist_queue, _persist_queue, most=1)}


def measure(name: str, folder: str, waiting: int, claimers: list[int]) -> dict[int, float | None]:
    """Microseconds an item by the number of claimers; None where it cannot be, or takes minutes."""
    peer, able = PEERS[name], [count for count in claimers if count <= PEERS[name].most]
    short = -(-TOGETHER // waiting) if waiting < TOGETHER else 0
    taken = 0 if short else sum(ROUNDS * count * (_each(count) + 1) for count in able)
    warm = _store(peer, f"{folder}/warm", 2 * ROUNDS * WARM * sum(able))
    long = [] if short else [_store(peer, f"{folder}/long", waiting + taken)]
    found = dict[int, float | None](dict.fromkeys(claimers))
    for count in able:
        rounds, began = list[float](), time.monotonic()
        for number in range(ROUNDS):
            if rounds and time.monotonic() - began > ALL_SECONDS:
                break
            here = long or [_store(peer, f"{folder}/{count}-{number}-{one}", 2 * waiting) for one in range(short)]
            share = max(1, waiting // count) if short else _each(count)
            rounds.append(_time(peer, warm, here, count, share))
        found[count] = round(1e6 * statistics.median(rounds), 1)
        if (time.monotonic() - began) / len(rounds) > LONG:
            break
    return found


def _each(claimers: int) -> int:
    return max(LEAST_EACH, MOST // claimers)


def _store(peer: Peer, folder: str, count: int) -> str:
    os.makedirs(folder)
    peer.fill(folder, count)
    return folder


def _time(peer: Peer, warm: str, stores: list[str], claimers: int, share: int) -> float:
    at_work = list[Iterator[int]]()     # of one claimer: each is a process of its own

    def before() -> None:
        _take(peer.items(warm), WARM)   # its imports too
        at_work.extend(peer.items(store) for store in stores)
        if peer.keeps_listing and len(stores) == 1:
            next(at_work[0], 0)

    return timed([lambda: sum(_take(items, share) for items in at_work)] * claimers, before)


def _take(items: Iterator[int], share: int) -> int:
    done, ends = 0, time.monotonic() + SECONDS
    for took in items:
        done += took
        if done >= share or time.monotonic() > ends:
            break
    return done


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), [int(count) for count in sys.argv[4:]])))
