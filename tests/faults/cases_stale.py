"""Names that another client made or removed (NFS.md, a and g): stat, exists and open answer from memory."""

import os
from dataclasses import replace
from typing import Any

from renderd import frames, readiness, staging
from renderd.bench import Bench
from renderd.diagnose import Finding
from renderd.fingerprint import Fingerprints
from renderd.settings import Settings
from spool import atomic, claim, hosts, opening, queue, submit
from spool.journal import Journal
from tests.fakes import blender
from tests.faults import naive
from tests.faults.cases_turns import Turns
from tests.spool import played

LOOKED_BEFORE = ("client1 make", "client2 begin", "client2 look", "client1 change", "client2 judge")


class Entry(Turns):
    """exists() of a job's entry that was looked for before it was there"""

    steps = ("client1 make", "client2 look", "client1 change", "client2 judge")

    @property
    def path(self) -> str:
        return f"{self.spool.folder('queue')}/50.20261120-101530-shot-7f3a"

    def look(self) -> bool:
        return bool(self.either(lambda: naive.is_there(self.path),
                                lambda: queue.state_of(self.spool, "20261120-101530-shot-7f3a")))

    def change(self) -> None:
        atomic.touch(self.path)

    def judge(self) -> str:
        return self.seen(self.look)


class HostFacts(Turns):
    """open() of a file that was opened before it was there"""

    steps = ("client1 make", "client2 look", "client1 change", "client2 judge")

    def make(self) -> None:
        super().make()
        self.live("ws01")
        atomic.make_folder(f"{self.spool.folder('hosts')}/ws01", 0o755)

    def look(self) -> bool:
        return bool(self.either(lambda: naive.opens(f"{self.spool.folder('hosts')}/ws01/host.json"),
                                lambda: hosts.living(self.spool)))

    def change(self) -> None:
        hosts.write(self.spool, "ws01", "host", {"programs": ["blender"]})

    def judge(self) -> str:
        return self.seen(self.look)


class KeptFolder(Entry):
    """listdir() of a folder that is kept open"""

    def look(self) -> bool:
        return bool(self.either(lambda: os.path.basename(self.path) in os.listdir(self.kept()),
                                lambda: queue.state_of(self.spool, "20261120-101530-shot-7f3a")))

    def kept(self) -> int:
        if not hasattr(self, "fd"):
            self.fd = os.open(self.spool.folder("queue"), os.O_RDONLY | os.O_DIRECTORY)
        return self.fd


class BlendPutBack(Turns):
    """a missing .blend that is put where it belongs, before `render retry`"""

    steps = LOOKED_BEFORE

    def make(self) -> None:
        os.makedirs(f"{self.place}/out")
        opening.init(f"{self.place}/farm")
        blend = f"{self.place}/film.blend"
        asked = replace(played.a_job(f"{self.place}/out/####.png"), recipe="blender", blend=blend,
                        template=("blender", "-b", blend))
        submit.submit(self.spool, submit.plan(self.spool, asked))

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)
        self.bench = Bench(self.spool, Settings(), 1, (), {}, Fingerprints())

    def look(self) -> bool:
        return bool(self.either(lambda: naive.opens(f"{self.place}/film.blend"), self.ready))

    def ready(self) -> bool:
        found = readiness.check(self.bench, self.taken)
        return not (isinstance(found, Finding) and found.code == "file-missing")

    def change(self) -> None:
        atomic.replace(f"{self.place}/film.blend", b"BLENDER-v304")

    def judge(self) -> str:
        return self.seen(self.look)


class OutputMade(Turns):
    """a missing folder for the pictures that is made, before `render retry`"""

    steps = LOOKED_BEFORE

    def make(self) -> None:
        super().make()
        os.rmdir(f"{self.place}/out")

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)

    def look(self) -> bool:
        return bool(self.either(lambda: naive.is_there(f"{self.place}/out"), self.prepared))

    def prepared(self) -> bool:
        frames.missing(self.spool, self.taken)      # as a daemon does before it
        try:
            return bool(staging.prepare(self.spool, self.taken))
        except staging.CannotPublish:
            return False

    def change(self) -> None:
        os.mkdir(f"{self.place}/out")

    def judge(self) -> str:
        return self.seen(self.look)


class FramesThere(Turns):
    """exists() of frames that another host has published since"""

    steps = LOOKED_BEFORE

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)

    def look(self) -> bool:
        return bool(self.either(lambda: all(map(naive.is_there, map(self.job.file_of, (1, 2)))),
                                lambda: not frames.missing(self.spool, self.taken)))

    def change(self) -> None:
        with Journal(self.spool, self.job.job, "ws01") as lines:
            for frame in (1, 2):
                atomic.replace(self.job.file_of(frame), blender.png(frame, "Scene"))
                lines.write("frame", chunk="000.0001-0002", frame=frame, round=0)

    def judge(self) -> str:
        return self.seen(self.look)


class PutBack(Turns):
    """rename() to a name under which this client remembers the same file: it succeeds, and does nothing"""

    steps = ("client1 make", "client1 remember", "client2 begin", "client1 judge")
    frames = "1-2"

    def remember(self) -> None:
        self.todo = f"{self.spool.todo(self.job.job)}/000.0001-0002"
        assert naive.opens(self.todo)

    def begin(self) -> None:
        self.live()
        assert self.daemon.take(self.job)

    def judge(self) -> str:
        [name] = claim.claims(self.spool, self.job.job)
        running = f"{self.spool.running(self.job.job)}/{name}"
        said = self.either(lambda: naive.take(running, self.todo),
                           lambda: claim.put_back(self.spool, self.job, name))
        there = os.path.basename(self.todo) in os.listdir(os.path.dirname(self.todo))
        return "" if said is there is True else f"says put back: {said}; in todo/: {there}"


class Requeued(Turns):
    """rename() of a name that another client put back: ENOENT until the folder is listed"""

    frames = "1-2"

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)
        self.todo = f"{self.spool.todo(self.job.job)}/{self.taken.name.chunk}"

    def change(self) -> None:
        [name] = claim.claims(self.spool, self.job.job)
        assert claim.put_back(self.spool, self.job, name)

    def judge(self) -> str:
        got = self.either(lambda: naive.take(self.todo, f"{self.spool.running(self.job.job)}/again"),
                          lambda: self.daemon.take(self.job, slot=1))
        return "" if got else "says that somebody else has it; it waits in todo/"


class TakenByOther(Turns):
    """exists() of a waiting chunk that another client has taken since"""

    def begin(self) -> None:
        self.live()
        self.todo = [f"{self.spool.todo(self.job.job)}/{name}"
                     for name in claim.waiting_chunks(self.spool, self.job)]
        assert all(map(naive.is_there, self.todo))

    def change(self) -> None:
        self.live("ws01")
        for slot in range(3):
            assert self.daemon.take(self.job, slot=slot)

    def judge(self) -> str:
        got = self.either(lambda: any(map(naive.is_there, self.todo)),
                          lambda: self.daemon.take(self.job) or claim.anything_waits(self.spool, self.job))
        return "begins to render a chunk that another has" if got else ""


STALE: tuple[type[Any], ...] = (
    Entry, HostFacts, KeptFolder, BlendPutBack, OutputMade, FramesThere, PutBack, Requeued, TakenByOther)
