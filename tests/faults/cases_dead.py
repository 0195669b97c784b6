"""What a client that lost power leaves behind (NFS.md, d and j). All cases are begun on client2, which then
loses power; on client1 each must go on soon. The lab's lease is 45 s; a server's own is 90, and the wait 102."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from renderd import frames, staging
from spool import beats, claim, hosts, journal, orphans
from spool.claim import Claim
from spool.errors import LostClaim
from spool.journal import Journal
from tests.fakes import blender
from tests.faults import naive
from tests.faults.cases_turns import Turns

SOON = 20.0         # seconds; whoever waits for the lease waits longer
BEAT = 0.25         # seconds between beats; so that six of them are soon, too


class Dead(Turns):
    """begin() is client2's, and its last; judge() is client1's."""

    steps: ClassVar[tuple[str, ...]] = ("client1 make", "client2 begin")

    def timed(self, act: Callable[[], object]) -> str:
        begun = time.monotonic()
        act()
        took = time.monotonic() - begun
        return f"waits {took:.0f} s for the dead" if took > SOON else ""


class ClaimRead(Dead):
    """a dead host has read its claim (v4: delegation)"""

    def begin(self) -> None:
        self.live()
        todo, name = self.spool.todo(self.job.job), "000.0001-0002"
        running = f"{self.spool.running(self.job.job)}/{name}@{self.daemon.me}.0"
        assert self.either(lambda: naive.take_then_read(f"{todo}/{name}", running),
                           lambda: self.daemon.take(self.job))
        beats.retire(self.spool, self.daemon.me)

    def judge(self) -> str:
        done: list[object] = []
        found = claim.claims(self.spool, self.job.job)
        waited = self.timed(lambda: done.extend(orphans.put_back(self.spool, [self.job])))
        return waited if done else f"nothing was put back of {found}"


class StatusRead(Dead):
    """a dead host has read our status (v4: delegation)"""

    def make(self) -> None:
        super().make()
        hosts.write(self.spool, "ws01", "status", {"state": "idle"})

    def begin(self) -> None:
        path = f"{self.spool.folder('hosts')}/ws01/status.json"
        assert self.either(lambda: naive.opens(path), lambda: hosts.views(self.spool)[0].status)

    def judge(self) -> str:
        return self.timed(lambda: hosts.write(self.spool, "ws01", "status", {"state": "rendering"}))


class JournalRead(Dead):
    """a dead host has read our journal (v4: delegation)"""

    def make(self) -> None:
        super().make()
        self.note()

    def note(self) -> None:
        with Journal(self.spool, self.job.job, "ws01") as lines:
            lines.write("frame", sync=True, frame=1)

    def begin(self) -> None:
        path = f"{self.spool.job(self.job.job)}/journal/ws01.jsonl"
        assert self.either(lambda: naive.opens(path), lambda: journal.events(self.spool, self.job.job))

    def judge(self) -> str:
        return self.timed(self.note)


class StagedRead(Dead):
    """a dead host was about to publish its frame, looked at and synced (v4: delegation)"""

    def begin(self) -> None:
        self.live()
        taken = self.daemon.take(self.job)
        assert taken
        path = f"{staging.prepare(self.spool, taken)}/0001.png"
        with open(path, "wb") as file:
            file.write(blender.png(1, "Scene"))
        assert self.either(lambda: naive.opens(path), lambda: self.almost_publish(path, taken))
        beats.retire(self.spool, self.daemon.me)

    def almost_publish(self, path: str, taken: Claim) -> object:
        """All but the rename."""
        found = frames.examine(path, 1, taken.job)
        with suppress(LostClaim):
            staging.publish(path, taken.job.file_of(1), lambda: False)
        return found

    def judge(self) -> str:
        self.live("ws01")
        assert orphans.put_back(self.spool, [self.job])
        taken = self.daemon.take(self.job)
        return self.timed(lambda: staging.prepare(self.spool, taken))


class Held(Dead):
    """a dead host holds a lock (v3: for good)"""

    def begin(self) -> None:
        self.live()
        self.held = self.either(lambda: naive.lock_file(f"{self.place}/chunk.lock", 5),
                                lambda: self.daemon.take(self.job))
        assert self.held

    def judge(self) -> str:
        return self.timed(lambda: self.either(self.wait_for_lock, self.wait_for_beats))

    def wait_for_lock(self) -> None:
        naive.lock_file(f"{self.place}/chunk.lock", 60)

    def wait_for_beats(self) -> None:
        self.live("ws01")
        while not orphans.put_back(self.spool, [self.job]):
            time.sleep(BEAT)
            assert self.daemon.beat()
            self.daemon.observe()


DEAD: tuple[type[Any], ...] = (ClaimRead, StatusRead, JournalRead, StagedRead, Held)
