"""What names can do here: be made once, be renamed by one, replace, fold, link."""

import os
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from spool import atomic, trusted
from spool.errors import BadFile
from spool.fitness.finding import Finding, good
from spool.fitness.mounting import is_nfs
from spool.fitness.processes import together
from spool.fitness.share import Share, scratch
from spool.fitness.troubles import trouble

RACERS = 4
NAMES = 20          # few: also a share that takes 0.1 s for a call shall be through in some seconds
REST = 4            # renames that the winner of a name rests at most, where two hosts race
REPLACED = 10       # times that one file is replaced while another process reads it
PIECE = 4096        # bytes of it


def create(share: Share) -> Iterator[Finding]:
    """Several processes make the same files; each may be made once."""
    with scratch(share, "create") as folder:
        made = together([partial(_create_all, folder)] * RACERS)
    twice = sum(count > 1 for count in Counter(name for names in made for name in names).values())
    yield (trouble("create-shared", count=twice) if twice
           else good("create", f"{NAMES} files, {RACERS} processes: each was made by one."))


def _create_all(folder: str) -> list[str]:
    return [name for name in map(str, range(NAMES)) if atomic.touch(f"{folder}/{name}")]


def rename(share: Share) -> Iterator[Finding]:
    """Several processes rename the same files, each to names of its own; each may be won once."""
    with scratch(share, "rename") as folder:
        names = make_pool(share, folder, NAMES)
        took = together([partial(win, folder, names, str(n)) for n in range(RACERS)])
        lost = not_won_once(folder, names, {str(n): won for n, (won, _) in enumerate(took)})
    slowest = max(seconds for _, seconds in took)
    share.measured["rename"] = slowest
    yield (trouble("rename-shared", count=lost, names=NAMES) if lost
           else good("rename", f"{NAMES} names, {RACERS} processes: each was won by one; "
                               f"the slowest took {slowest * 1000:.0f} ms."))


def make_pool(share: Share, folder: str, count: int) -> list[str]:
    """Empty files to race for."""
    names = [f"{n:03}" for n in range(count)]
    for name in names:
        atomic.write_unsynced(f"{folder}/race-{name}", b"")
        share.alive()
    return names


def win(folder: str, names: Iterable[str], me: str, pause: float | None = None) -> tuple[list[str], float]:
    """The names that we won, and the seconds of the slowest rename.

    With `pause` whoever wins rests a little, for that long or some renames, and whoever loses does not: so two that
    began apart meet."""
    won, spent, slowest = [], 0.0, 0.0
    for count, name in enumerate(names, 1):
        began = time.perf_counter()
        mine = atomic.hand_over(f"{folder}/race-{name}", f"{folder}/won-{name}@{me}")
        took = time.perf_counter() - began
        spent, slowest = spent + took, max(slowest, took)
        if mine:
            won.append(name)
            if pause is not None:
                time.sleep(random.uniform(0, pause + REST * spent / count))
    return won, slowest


def not_won_once(folder: str, names: Sequence[str], said: Mapping[str, Collection[str]]) -> int:
    """How many names nobody has or more than one, or somebody has not who was told so.

    Who has a name and was not told had bad luck: on NFS an answer may get lost."""
    found = {tuple(name.removeprefix("won-").split("@")) for name in atomic.names(folder) if name.startswith("won-")}
    owners = Counter(name for name, _ in found)
    wrong = {name for name in names if owners[name] != 1}
    return len(wrong | {name for owner, won in said.items() for name in won if (name, owner) not in found})


def replace(share: Share) -> Iterator[Finding]:
    """One process replaces a file, another reads it."""
    with scratch(share, "replace") as folder:
        path = f"{folder}/file"
        atomic.replace(path, bytes(PIECE))
        _, (torn, away) = together([partial(_replace_often, path), partial(_read_often, path)])
    if torn:
        yield trouble("torn", count=torn)
    elif away and not is_nfs(share.mount):      # there a reader on the same host sees it, and ours know that
        yield trouble("away", count=away)
    else:
        yield good("replace", f"A file was replaced {REPLACED} times; whoever read it saw one whole.")


def _replace_often(path: str) -> None:
    for n in range(1, REPLACED + 1):
        atomic.replace(path, bytes([n]) * PIECE)


def _read_often(path: str) -> tuple[int, int]:
    torn = away = 0
    data = b""
    while not data or data[-1] < REPLACED:
        try:
            data = trusted.read(path)
        except FileNotFoundError:
            away += 1
            continue
        except BadFile:
            torn += 1
            continue
        torn += len(set(data)) != 1 or len(data) != PIECE
    return torn, away


def folder(share: Share) -> Iterator[Finding]:
    with scratch(share, "folder") as inside:
        atomic.make_folder(f"{inside}/.job.tmp", share.spool.mode)
        atomic.touch(f"{inside}/.job.tmp/file")
        moved = atomic.move(f"{inside}/.job.tmp", f"{inside}/job")
        whole = moved and atomic.names_if_there(f"{inside}/job") == ["file"]
    yield good("folder", "A folder was renamed with what was in it.") if whole else trouble("folder-lost")


def case(share: Share) -> Iterator[Finding]:
    with scratch(share, "case") as inside:
        atomic.touch(f"{inside}/Shot")
        other = atomic.touch(f"{inside}/shot")
    yield good("case", "Shot and shot are two files.") if other else trouble("folds-case")


def link(share: Share) -> Iterator[Finding]:
    with scratch(share, "link") as inside:
        atomic.touch(f"{inside}/file")
        try:
            atomic.link_symbolically("file", f"{inside}/link")
        except OSError as error:
            yield trouble("no-links", text=error.strerror)
        else:
            led = os.path.samefile(f"{inside}/link", f"{inside}/file")
            yield good("link", "A symbolic link leads where it says.") if led else trouble(
                "no-links", text="they lead elsewhere")
