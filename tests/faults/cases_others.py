"""What else another client does (NFS.md, e, f, g): it takes a claim away, moves folders, keeps files open, has
another clock, and writes to the same file."""

import os
import time
from typing import Any, ClassVar

from renderd import staging
from renderd.finder import Finder
from spool import atomic, beats, check, claim, clean, hosts, journal, orphans, queue, tail
from spool.errors import LostClaim
from spool.journal import Journal
from spool.layout import Beat
from spool.verdict import Host
from spool.waiting import Waiting
from tests.faults import naive
from tests.faults.cases_turns import PATIENCE, Turns

PIECES = ("000.0003-0004", "000.0005-0006")


class LostByTouch(Turns):
    """utime() of a claim that another client has moved on: it succeeds"""

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)
        assert self.still()

    def still(self) -> bool:
        return bool(self.either(lambda: naive.beat_by_touch(self.taken.path),
                                lambda: self.published() or self.daemon.beat()))

    def published(self) -> bool:
        aside = f"{self.place}/out/.aside"
        atomic.replace(aside, b"frame")
        try:
            staging.publish(aside, f"{self.place}/out/0001.png", lambda: claim.ours(self.spool, self.taken))
        except LostClaim:
            return False
        return True

    def change(self) -> None:
        self.live("ws01")
        [dead] = [beat for beat in beats.living(self.spool) if beat.owner.host == "ws02"]
        assert beats.declare_dead(self.spool, dead, self.daemon.me)
        assert orphans.put_back(self.spool, [self.job])

    def judge(self) -> str:
        return "goes on, and publishes what another renders" if self.still() else ""


class LostByLook(LostByTouch):
    """exists() of a claim that another client has moved on: it is still there"""

    def still(self) -> bool:
        return bool(self.either(lambda: naive.is_there(self.taken.path),
                                lambda: claim.ours(self.spool, self.taken)))


class FolderRenamed(Turns):
    """rename() into a folder that another client has renamed: it succeeds, and lands there"""

    def begin(self) -> None:
        self.live()
        self.known, self.waiting = self.job, Waiting()
        [name, *_] = claim.waiting_chunks(self.spool, self.known)
        self.todo = f"{self.spool.todo(self.known.job)}/{name}"
        self.running = f"{self.spool.running(self.known.job)}/{name}@ws02"
        assert not os.listdir(self.spool.running(self.known.job))

    def change(self) -> None:
        name = self.job.job
        self.either(lambda: naive.archive(self.spool.job(name), f"{self.spool.root}/trash/{name}"),
                    lambda: queue.cancel(self.spool, queue.find(self.spool, name)))

    def judge(self) -> str:
        if self.by_naive:
            if not naive.take(self.todo, self.running):
                return ""
            os.listdir(self.spool.folder("jobs"))
            return "" if naive.is_there(self.running) else "says taken; the claim lies in a job that was put away"
        taken = self.daemon.take(self.known, self.waiting)
        return "" if taken and claim.ours(self.spool, taken) else "the claim is nowhere"


class OpenName(Turns):
    """a chunk that was removed while it was open: .nfsXXXX in the folder"""

    steps = ("client1 make", "client1 change", "client2 judge")

    def change(self) -> None:
        folder = self.spool.todo(self.job.job)
        for name in atomic.names(folder):
            self.held = [*getattr(self, "held", []), os.open(f"{folder}/{name}", os.O_RDONLY)]
            os.unlink(f"{folder}/{name}")

    def judge(self) -> str:
        self.live()
        found = self.either(lambda: naive.count(self.spool.todo(self.job.job)),
                            lambda: self.daemon.take(self.job) or claim.anything_waits(self.spool, self.job))
        return f"sees {found} waiting chunks: the job is never done" if found else ""


class OpenLog(Turns):
    """a job that is removed while somebody reads its log: .nfsXXXX, ENOTEMPTY"""

    steps = ("client1 make", "client1 judge")

    def judge(self) -> str:
        job, entry = self.job, queue.find(self.spool, self.job.job)
        log = f"{self.spool.job(job.job)}/log/000.log"
        atomic.touch(log)
        queue.cancel(self.spool, entry)
        trashed = self.spool.folder(f"trash/{entry.name}~queue")
        with open(log):
            self.either(lambda: naive.remove_job(self.spool.job(job.job), trashed), self.clean)
        if os.path.exists(trashed):     # the next time, by whoever finds it in the trash
            self.either(lambda: naive.remove_job(self.spool.job(job.job), trashed), self.clean)
        left = atomic.names(self.spool.folder("jobs"))      # a .tmp is known by its name, and removed later
        return f"a job without an entry is left for good: {left}" if left else ""

    def clean(self) -> None:
        clean.apply(self.spool, clean.plan(self.spool, 0))


class FileReplaced(Turns):
    """a file that is kept open while another client replaces it: ESTALE, or the old content"""

    def make(self) -> None:
        super().make()
        hosts.write(self.spool, "ws01", "status", {"state": "idle"})

    def begin(self) -> None:
        path = f"{self.spool.folder('hosts')}/ws01/status.json"
        self.file = open(path, "rb")        # noqa: SIM115  (this is what is naive)
        assert b"idle" in self.state()

    def state(self) -> bytes:
        return bytes(self.either(lambda: naive.read_again(self.file),       # type: ignore[call-overload]
                                 lambda: repr(hosts.views(self.spool)[0].status).encode()))

    def change(self) -> None:
        hosts.write(self.spool, "ws01", "status", {"state": "rendering"})

    def judge(self) -> str:
        try:
            return self.seen(lambda: b"rendering" in self.state())
        except OSError as error:
            return f"{error}"


class StagingVanished(Turns):
    """mkdir() in a folder that was made at the start, and that another client has removed"""

    def begin(self) -> None:
        self.live()
        self.taken = self.daemon.take(self.job)
        staging.prepare(self.spool, self.taken)
        os.rmdir(staging.folder_of(self.taken))

    def change(self) -> None:
        os.rmdir(f"{self.place}/out/.renderd")

    def judge(self) -> str:
        try:
            return "" if self.either(self.by_hand, lambda: staging.prepare(self.spool, self.taken)) else "nothing"
        except (OSError, staging.CannotPublish) as error:
            return f"cannot render: {error}"

    def by_hand(self) -> str:
        os.mkdir(staging.folder_of(self.taken))
        return "made"


class WrongClock(Turns):
    """time() against a file's time, on a computer whose clock is an hour ahead"""

    steps = ("client1 make", "client1 begin", "client2 begin", "clock client2 3600", "client1 beat & client2 judge",
             "clock client2 -3600")

    def begin(self) -> None:
        self.live("ws01" if not beats.living(self.spool) else "ws02")

    @property
    def other(self) -> Beat:
        [other] = [beat for beat in beats.living(self.spool) if beat.owner.host == "ws01"]
        return other

    def beat(self) -> None:
        for _ in range(12):
            assert self.daemon.beat(), "declared dead"
            time.sleep(0.5)

    def judge(self) -> str:
        if self.by_naive:
            path = f"{self.spool.folder('beats')}/{self.other}"
            return f"declares dead who beat {PATIENCE:g} s ago at most" if naive.is_dead(path) else ""
        for _ in range(9):
            self.daemon.beat()
            if self.daemon.observe():
                return "declared dead who beats"
            time.sleep(0.5)
        [ws01] = [view for view in hosts.views(self.spool) if view.name == "ws01"]
        return "" if ws01.seen_s is not None and ws01.seen_s < 60 else f"shows a beat of {ws01.seen_s} s ago"


class Inotify(Turns):
    """inotify for what another client does: nothing is heard"""

    steps = ("client1 make", "client2 begin", "client1 change & client2 judge")
    JOB: ClassVar[str] = "20261120-101530-shot-7f3a"

    def begin(self) -> None:
        self.finder = Finder(self.spool, Host("ws02", programs=("true",)))
        self.live()

    def change(self) -> None:
        limit = time.monotonic() + 10
        while not os.path.exists(self.mark) and time.monotonic() < limit:
            os.listdir(self.place)
            time.sleep(0.1)
        queue.set_priority(self.spool, queue.find(self.spool, self.job.job), 60)

    @property
    def mark(self) -> str:
        return f"{self.place}/watching"

    def judge(self) -> str:
        if self.by_naive:
            name = f"60.{self.job.job}"
            heard = naive.hears_of(self.spool.folder("queue"), name, 2 * PATIENCE, lambda: atomic.touch(self.mark))
            return "" if heard else f"{2 * PATIENCE:g} s later nothing was heard"
        atomic.touch(self.mark)
        return self.seen(lambda: self.finder.take(self.daemon.me, 0))


class SharedLog(Turns):
    """appends of two clients to one file: they write over each other"""

    steps = ("client1 make", "client1 append & client2 append", "client2 judge")
    LINES = 150

    def append(self) -> None:
        host = os.uname().nodename
        if self.by_naive:
            for number in range(self.LINES):
                naive.note(f"{self.place}/journal", f"{host} {number}")
            return
        for number in range(self.LINES):
            with Journal(self.spool, self.job.job, host) as lines:
                lines.write("frame", frame=number)

    def judge(self) -> str:
        if self.by_naive:
            with open(f"{self.place}/journal", errors="replace") as file:
                found = len({line for line in file.read().splitlines() if line.startswith("client")})
        else:
            found = len(list(journal.events(self.spool, self.job.job)))
        return "" if found == 2 * self.LINES else f"{found} of {2 * self.LINES} lines are there"


class TailTaken(Turns):
    """open() of the end of a claim, before and after its owner gives it away to this client"""

    steps = ("client1 make", "client1 begin", "client2 look", "client1 change & client2 look_on", "client2 judge")
    chunk = 6

    def begin(self) -> None:
        self.live("ws01")
        self.taken = self.daemon.take(self.job)

    def look(self) -> bool:
        """Is all that the owner gives away there and rendered by us?"""
        if self.by_naive:
            return all(naive.opens(f"{self.spool.todo(self.job.job)}/{name}") for name in PIECES)
        self.live()
        self.daemon.work_off(self.job)
        return {3, 4, 5, 6} <= set(journal.done_frames(journal.events(self.spool, self.job.job)))

    def look_on(self) -> None:
        self.said = self.seen(self.look)

    def change(self) -> None:
        if self.by_naive:
            for name in PIECES:
                naive.replace(f"{self.spool.todo(self.job.job)}/{name}", b"{}")
            return
        short = tail.cut(self.spool, self.taken, [1, 2], 2)
        assert short
        self.daemon.render(short)

    def judge(self) -> str:
        if self.by_naive or self.said:
            return self.said
        job = self.job
        twice = len([e for e in journal.events(self.spool, job.job) if e["event"] == "frame"]) - 6
        settled, faults = self.daemon.settle(job), check.check(self.spool).faults
        return "" if (settled, faults, twice) == ("done", [], 0) else f"the job is {settled}, {twice} twice; {faults}"


class CutOff(Turns):
    """exists() of a claim before it is shortened, that another client has put back meanwhile: it is still there"""

    steps = ("client1 make", "client1 begin", "client2 finish", "client1 shorten", "client2 judge")
    chunk = 6

    def begin(self) -> None:
        """Half of the way: the end waits for others."""
        self.live("ws01")
        self.taken = self.daemon.take(self.job)
        assert self.taken and naive.is_there(self.taken.path)
        tail._wait(self.spool, self.taken, [3, 4, 5, 6])

    def finish(self) -> None:
        self.live()
        [dead] = [beat for beat in beats.living(self.spool) if beat.owner.host == "ws01"]
        assert beats.declare_dead(self.spool, dead, self.daemon.me)
        assert orphans.put_back(self.spool, [self.job])
        self.daemon.work_off(self.job)

    def shorten(self) -> None:
        assert not self.either(self.by_hand, lambda: tail._shortened(self.spool, self.taken, 2))

    def by_hand(self) -> None:
        if naive.is_there(self.taken.path):
            naive.replace(self.taken.path.replace("0001-0006", "0001-0002"), self.taken.data)

    def judge(self) -> str:
        if left := claim.claims(self.spool, self.job.job):
            return f"{left[0]} stands, though its owner was declared dead and all is rendered"
        settled, faults = self.daemon.settle(self.job), check.check(self.spool).faults
        return "" if (settled, faults) == ("done", []) else f"the job is {settled}; {faults}"


OTHERS: tuple[type[Any], ...] = (
    LostByTouch, LostByLook, FolderRenamed, OpenName, OpenLog, FileReplaced, StagingVanished, WrongClock, Inotify,
    SharedLog, TailTaken, CutOff)
