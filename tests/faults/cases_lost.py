"""Lost replies (NFS.md, c): the server did it, its answer got lost, nfsd forgot that it did it, and the
request that is sent again meets its own success. The cases run at the same time, each on a mount of its own."""

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from renderd import staging
from spool import atomic, beats, claim, hosts, opening, queue
from spool.job import Job
from spool.layout import ClaimName, Incarnation, parse_chunk
from spool.waiting import Waiting
from tests.faults import naive
from tests.spool import played


class Lost:
    """One step of the farm, and the operation in it whose reply is lost."""

    operation: ClassVar[str]
    losing_reply_of: Callable[[str, str], AbstractContextManager[None]]
    known = ""          # a path that was looked up, and not there
    of = ""             # part of the path, where the step does that operation more than once

    def __init__(self, place: str, by_naive: bool) -> None:
        self.place, self.by_naive = place, by_naive

    def play(self) -> str:
        """What went wrong; nothing if all is well."""
        os.makedirs(self.place)
        atomic.touch(f"{self.place}/.warm")     # on v3 the first file in a folder asks for more than its name
        self.prepare()
        said: object
        with self.losing_reply_of(self.operation if self.by_naive else self.ours_at, self.of):
            try:
                said = self.naive() if self.by_naive else self.ours()
            except OSError as error:
                said = error
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
        return self.wrong(said)

    @property
    def ours_at(self) -> str:
        """Where our own step does it by another operation."""
        return self.operation

    def prepare(self) -> None: ...

    def naive(self) -> object: ...

    def ours(self) -> object: ...

    def wrong(self, said: object) -> str:
        """As far as nothing but the answer counts."""
        return "" if said in (None, True) else f"says {said!r}, and it was done"


class WithJob(Lost):
    """On a spool with an open job of three chunks, of which a daemon may have taken the first."""

    def prepare(self) -> None:
        self.spool = opening.init(f"{self.place}/farm")
        os.mkdir(f"{self.place}/out")
        self.entry, self.job = played.add(self.spool, f"{self.place}/out/####.png", frames="1-6")
        self.daemon = played.Daemon.born(self.spool)

    def paths(self, job: Job, me: Incarnation) -> tuple[str, str]:
        """The first chunk, and the claim on it."""
        [first, *_] = sorted(atomic.names(self.spool.todo(job.job)))
        name = ClaimName(parse_chunk(first), me, 0)
        return f"{self.spool.todo(job.job)}/{first}", f"{self.spool.running(job.job)}/{name}"


class Take(WithJob):
    """rename of a chunk into running/: ENOENT"""

    operation = "rename"

    def prepare(self) -> None:
        super().prepare()
        self.todo, self.running = self.paths(self.job, self.daemon.me)

    def naive(self) -> object:
        return naive.take(self.todo, self.running)

    def ours(self) -> object:
        return claim.take(self.spool, self.job, Waiting(), self.daemon.me, 0, lambda name: True,
                          lambda name, error: None) is not None

    def wrong(self, said: object) -> str:
        there = os.path.basename(self.running) in os.listdir(os.path.dirname(self.running))
        return "" if said is there else f"says taken: {said}; in running/: {there}, and nobody renders it"


class TakeKnown(Take):
    """... and the target was looked up before: on v4 a stat says ENOENT too"""

    def prepare(self) -> None:
        super().prepare()
        self.known = self.running

    def naive(self) -> object:
        return naive.take_and_look(self.todo, self.running)


class Beat(WithJob):
    """rename of the own beat: ENOENT"""

    operation = "rename"

    def naive(self) -> object:
        folder = self.spool.folder("beats")
        return naive.take(f"{folder}/{self.daemon.last}", f"{folder}/{self.daemon.last.next()}")

    def ours(self) -> object:
        return beats.beat(self.spool, self.daemon.last) is not None

    def wrong(self, said: object) -> str:
        return "" if said is True else f"{said}: takes itself for dead and ends its renders"


class DeclareDead(WithJob):
    """rename of a dead host's beat: ENOENT"""

    operation = "rename"

    def prepare(self) -> None:
        super().prepare()
        self.other = played.Daemon.born(self.spool, "ws02")

    def naive(self) -> object:
        return naive.take(f"{self.spool.folder('beats')}/{self.other.last}",
                          f"{self.spool.folder('dead')}/{self.other.last}")

    def ours(self) -> object:
        return beats.declare_dead(self.spool, self.other.last, self.daemon.me)

    def wrong(self, said: object) -> str:
        return "" if said is True else f"{said}: leaves the orphans to another, and there is none"


class Finish(WithJob):
    """unlink of the finished chunk: ENOENT"""

    operation = "unlink"

    def prepare(self) -> None:
        super().prepare()
        self.taken = self.daemon.take(self.job)
        assert self.taken

    def naive(self) -> object:
        return naive.finish(self.taken.path)

    def ours(self) -> object:
        return claim.finish(self.taken)

    def wrong(self, said: object) -> str:
        return "" if said in (None, True) else f"{said}: takes its finished frames for somebody else's"


class GiveUpTry(WithJob):
    """rename of a failed chunk back into todo/: ENOENT"""

    operation = "rename"

    def prepare(self) -> None:
        super().prepare()
        self.taken = self.daemon.take(self.job)
        assert self.taken

    def naive(self) -> object:
        chunk = self.taken.name.chunk
        os.rename(self.taken.path, f"{self.spool.todo(self.job.job)}/{chunk.tried_on('ws01')}")
        return True

    def ours(self) -> object:
        claim.fail(self.spool, self.taken)
        waiting = [str(name) for name in claim.waiting_chunks(self.spool, self.job)]
        return "000.0001-0002~1~ws01" in waiting and not claim.claims(self.spool, self.job.job)


class Publish(WithJob):
    """rename of a whole frame to its place: ENOENT"""

    operation = "replace"

    def prepare(self) -> None:
        super().prepare()
        folder = f"{self.place}/out/.renderd"
        os.mkdir(folder)
        self.source, self.target = f"{folder}/0001.png", f"{self.place}/out/0001.png"
        atomic.replace(self.source, b"frame")

    def naive(self) -> object:
        os.replace(self.source, self.target)
        return True

    def ours(self) -> object:
        said, found = staging.publish(self.source, self.target, lambda: True), os.stat(self.target)
        return said == (found.st_size, found.st_mtime_ns) or (said, found.st_size, found.st_mtime_ns)


class Status(WithJob):
    """rename of a new status over the old one: ENOENT"""

    operation = "rename"

    def prepare(self) -> None:
        super().prepare()
        hosts.write(self.spool, "ws01", "status", {"state": "idle"})

    def naive(self) -> object:
        return naive.replace(f"{self.spool.folder('hosts')}/ws01/status.json", b"{}")

    def ours(self) -> object:
        return hosts.write(self.spool, "ws01", "status", {"state": "rendering"})


class Submit(WithJob):
    """rename of a whole new job to its name: ENOENT"""

    operation = "rename"

    def naive(self) -> object:
        aside = self.spool.job(".new.tmp")
        os.mkdir(aside)
        os.rename(aside, self.spool.job("20261120-101530-shot-7f3a"))
        return True

    def ours(self) -> object:
        played.add(self.spool, f"{self.place}/out/####.png")
        return True


class Hold(WithJob):
    """rename of a job's entry by a person: ENOENT"""

    operation = "rename"

    def naive(self) -> object:
        os.rename(f"{self.spool.folder('queue')}/{self.entry.name}", f"{self.spool.folder('held')}/{self.entry.name}")
        return True

    def ours(self) -> object:
        queue.hold(self.spool, self.entry)
        return True


class StagingFolder(WithJob):
    """mkdir of the claim's own folder: EEXIST"""

    operation = "mkdir"

    def prepare(self) -> None:
        super().prepare()
        staging.prepare(self.spool, self.daemon.take(self.job))     # .renderd is there, and warm
        self.taken = self.daemon.take(self.job, slot=1)
        assert self.taken
        self.of = os.path.basename(staging.folder_of(self.taken))

    def naive(self) -> object:
        os.mkdir(staging.folder_of(self.taken))
        return True

    def ours(self) -> object:
        return staging.prepare(self.spool, self.taken) == staging.folder_of(self.taken)


class FolderMode(Lost):
    """mkdir of a folder for the whole group: EEXIST"""

    operation = "mkdir"
    MODE = 0o2775

    def naive(self) -> object:
        return naive.make_folder(f"{self.place}/folder", self.MODE)

    def ours(self) -> object:
        return atomic.make_folder(f"{self.place}/folder", self.MODE)

    def wrong(self, said: object) -> str:
        mode = os.stat(f"{self.place}/folder").st_mode & 0o7777
        return "" if mode == self.MODE else f"the folder has mode {mode:04o}: the group may not write"


class LinkLock(Lost):
    """link as a lock: EEXIST. (Ours creates with O_EXCL)"""

    operation = "link"

    @property
    def ours_at(self) -> str:
        return "open"

    def prepare(self) -> None:
        atomic.touch(f"{self.place}/mine")

    def naive(self) -> object:
        return naive.lock(lambda: os.link(f"{self.place}/mine", f"{self.place}/lock"))

    def ours(self) -> object:
        return atomic.touch(f"{self.place}/lock")

    def wrong(self, said: object) -> str:
        return "" if said in (None, True) else f"{said}: waits for somebody else who does not exist"


class SymlinkLock(LinkLock):
    """symlink as a lock: EEXIST. (Ours creates with O_EXCL)"""

    operation = "symlink"

    def naive(self) -> object:
        return naive.lock(lambda: os.symlink("ws01.4312", f"{self.place}/lock"))


class ExclusiveLock(LinkLock):
    """O_CREAT, O_EXCL: its verifier tells, so this is what may be used"""

    operation = "open"

    def naive(self) -> object:
        return naive.lock(lambda: os.close(os.open(f"{self.place}/lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY)))


class RemoveTree(Lost):
    """unlink of a file in a job that is removed: ENOENT"""

    operation = "unlink"

    def prepare(self) -> None:
        os.mkdir(f"{self.place}/job")
        for name in ("a", "b"):
            atomic.touch(f"{self.place}/job/{name}")

    def naive(self) -> object:
        return shutil.rmtree(f"{self.place}/job")

    def ours(self) -> object:
        return atomic.remove_tree(f"{self.place}/job")

    def wrong(self, said: object) -> str:
        left = "job" in os.listdir(self.place)
        return f"says {said!r}{', and has left the folder' * left}" if left or said is not None else ""


class RemoveFolder(RemoveTree):
    """rmdir: ENOENT"""

    operation = "rmdir"


LOST: tuple[type[Any], ...] = (
    Take, TakeKnown, Beat, DeclareDead, Finish, GiveUpTry, Publish, Status, Submit, Hold, StagingFolder, FolderMode,
    LinkLock, SymlinkLock, ExclusiveLock, RemoveTree, RemoveFolder)
