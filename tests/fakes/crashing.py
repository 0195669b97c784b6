"""Crash before every file operation of a scenario in turn, recover, and look.

    python -m tests.fakes.crashing SCENARIO FOLDER

Each time: a fresh spool; a child that plays the scenario and ends without a word before operation N, at
once after half of a write, or losing all that was not synced (the computer lost power); then recovery with
the real code. Ends when a child comes through. Prints how many crashes were survived, or what was not."""

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from spool import (
    admit,
    again,
    atomic,
    beats,
    check,
    claim,
    clean,
    drop_box,
    drop_files,
    hosts,
    journal,
    notices,
    opening,
    orphans,
    queue,
    submissions,
    submit,
    tail,
)
from spool import job as jobs
from spool.farm_mail import Mail
from spool.job import Job
from spool.layout import Incarnation, Spool, parse_incarnation
from spool.settle import LEASE
from tests.spool import played
from tests.spool.played import Daemon

CRASHED = 99
WS01 = parse_incarnation("ws01.1.00000001")
EVENTS = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate")
WAYS = ("before", "half", "power")


@dataclass
class Crash:
    """Counts what changes files below `root`, and ends the process before operation `at`."""

    root: str
    at: int
    way: str
    count: int = 0
    unsynced: dict[int, tuple[int, int]] = field(default_factory=dict)      # inode: our own fd, size that is safe

    def install(self) -> None:
        sys.addaudithook(self.heard)
        write, fsync, close, sync_all = os.write, os.fsync, os.close, atomic.sync_filesystem

        def counted_write(fd: int, data: Any) -> int:
            self.remember(fd)
            if self.step() and self.way == "half":
                write(fd, bytes(data)[:len(data) // 2])
            self.crash_if_due()
            return write(fd, data)

        def counted_fsync(fd: int) -> None:
            self.operation()
            fsync(fd)
            self.unsynced.pop(os.fstat(fd).st_ino, None)

        def counted_close(fd: int) -> None:
            self.operation()
            close(fd)

        def counted_sync(folder: str) -> None:
            self.operation()
            sync_all(folder)
            self.unsynced.clear()

        os.write, os.fsync, os.close = counted_write, counted_fsync, counted_close
        atomic.sync_filesystem = counted_sync

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        changes = event in EVENTS or (event == "open" and args[2] & (os.O_ACCMODE | os.O_CREAT))
        below = event in ("os.remove", "os.rmdir") and args[1] != -1      # by a descriptor, see atomic.remove_tree
        if changes and (below or str(args[0]).startswith(self.root)):
            self.operation()

    def remember(self, fd: int) -> None:
        info = os.fstat(fd)
        if info.st_ino not in self.unsynced:
            self.unsynced[info.st_ino] = (os.dup(fd), info.st_size)

    def operation(self) -> None:
        self.step()
        self.crash_if_due()

    def step(self) -> bool:
        self.count += 1
        return self.count == self.at

    def crash_if_due(self) -> None:
        if self.count == self.at:
            self.end(CRASHED)

    def end(self, code: int) -> NoReturn:
        """Without power, what was written and not synced is gone; even if the program had come to its end."""
        if self.way == "power":
            for fd, size in self.unsynced.values():
                os.ftruncate(fd, size)
        os._exit(code)


@dataclass
class Scene:
    """A fresh spool with its actors."""

    base: str
    spool: Spool
    job: Job | None = None
    daemon: Daemon | None = None

    @property
    def output(self) -> str:
        return f"{self.base}/out/####.png"

    def add(self, **asked: object) -> "Scene":
        self.daemon = Daemon.born(self.spool)
        self.job = played.add(self.spool, self.output, **asked)[1]
        return self

    @property
    def entry(self) -> Any:
        return played.where(self.spool, self.job)

    def all_rendered(self) -> "Scene":
        self.daemon.work_off(self.job)
        return self


def scene(base: str) -> Scene:
    shutil.rmtree(base, ignore_errors=True)
    os.makedirs(f"{base}/out")
    return Scene(base, opening.init(f"{base}/spool"))


def done(made: Scene) -> Scene:
    made.add().all_rendered()
    assert made.daemon.settle(made.job) == "done"
    return made


def failed(made: Scene) -> Scene:
    """Chunk 000 with a nonsense info file, chunk 001 out of tries, 002 done."""
    made.add(tries=1)
    with open(f"{made.spool.todo(made.job.job)}/000.0001-0002", "w") as file:
        file.write("{nonsense")
    claim.fail(made.spool, made.daemon.take(made.job))
    made.all_rendered()
    assert made.daemon.settle(made.job) == "failed", played.whole(made.spool)
    return made


def orphaned(made: Scene) -> Scene:
    made.add()
    other = Daemon.born(made.spool, "ws02")
    other.take(made.job)
    beats.declare_dead(made.spool, other.last, made.daemon.me)
    return made


def with_a_hole(made: Scene) -> Scene:
    """A chunk was removed by hand, the others are rendered."""
    made.add()
    os.unlink(f"{made.spool.todo(made.job.job)}/001.0003-0004")
    return made.all_rendered()


def heal(made: Scene) -> None:
    for _ in range(LEASE + 2):
        made.daemon.settle(made.job)
        made.daemon.beat()


def take_and_finish(made: Scene) -> None:
    made.daemon.render(made.daemon.take(made.job))


def take_and_fail(made: Scene) -> None:
    claim.fail(made.spool, made.daemon.take(made.job))


def take_and_release(made: Scene) -> None:
    claim.release(made.spool, made.daemon.take(made.job))


def moves(made: Scene) -> None:
    entry = queue.set_priority(made.spool, queue.hold(made.spool, made.entry), 70)
    queue.undo(made.spool, queue.cancel(made.spool, queue.release(made.spool, entry)))


def live_and_die(made: Scene) -> None:
    other = Daemon.born(made.spool, "ws02")
    other.beat()
    beats.declare_dead(made.spool, other.last, made.daemon.me)
    beats.retire(made.spool, made.daemon.me)


def littered(made: Scene) -> Scene:
    """A done job, and every kind of leftover."""
    done(made)
    dead = played.life("ws07")
    hosts.write(made.spool, "ws07", "host", {})
    for folder in (f"jobs/.{played.job_name(1)}.tmp/todo", f".doctor.{dead}", "hosts/ws07/inbox",
                   f"../out/.renderd/{made.job.job}.000.0001-0002@{dead}.1"):
        os.makedirs(f"{made.spool.root}/{folder}")
    for name in (f"hungry/{dead}", f"dead/{dead}!3~{made.daemon.me}", "hosts/.now.1.12345678", f".doctor.{dead}/probe",
                 f"../out/.renderd/{made.job.job}.000.0001-0002@{dead}.1/0001.png"):
        atomic.touch(f"{made.spool.root}/{name}")
    return made


def clean_all(made: Scene) -> None:
    """As if it ran in a year and in two."""
    for _ in range(2):
        clean.apply(made.spool, clean.plan(made.spool, 0, clean.server_now(made.spool) + 1e8))


def cleaned(made: Scene) -> None:
    """A job was there whole or not at all, so whoever brings it back loses nothing. Then clean goes on: all is gone."""
    for entry in queue.entries(made.spool):
        if os.path.exists(made.spool.job(entry.job)):
            assert not journal.missing(made.spool, jobs.read(made.spool, entry.job)), played.whole(made.spool)
    clean_all(made)
    assert queue.entries(made.spool) == [], played.whole(made.spool)
    left = [name for folder in ("jobs", "dead", "hosts", "hungry", "../out/.renderd")
            for name in atomic.names_if_there(f"{made.spool.root}/{folder}")]
    left += [name for name in os.listdir(made.spool.root) if name[0] == "."]
    assert left == [], (left, played.whole(made.spool))
    assert len(os.listdir(f"{made.base}/out")) == len(made.job.frame_list()), "pictures are never touched"
    assert not check.check(made.spool).faults


def opened(made: Scene) -> None:
    """Recovery: init once more."""
    new = opening.init(f"{made.base}/new")
    assert not check.check(new).faults
    played.add(new, made.output)
    played.recover(new)
    played.assert_all_rendered(new)


def rendered(made: Scene) -> None:
    """Recovery as daemons and people do it: what was accepted is rendered."""
    assert not played.doubled(made.spool), played.doubled(made.spool)
    if made.job:                        # before anything heals: a chunk of one rename is never nowhere
        accepted = [e.job for e in queue.entries(made.spool)]
        assert accepted.count(made.job.job) == 1, accepted
    played.recover(made.spool)
    played.assert_all_rendered(made.spool)
    assert not played.doubled(made.spool)


def rendered_not_healed(made: Scene) -> None:
    """As `rendered`; and no frame was nowhere at the crash."""
    assert not played.nowhere(made.spool, made.job), played.whole(made.spool)
    rendered(made)


def closed(made: Scene) -> Scene:
    """Members can only add jobs to this spool."""
    made.spool = opening.init(f"{made.base}/closed", by_inbox=True)
    return made


def cut(made: Scene) -> None:
    """A claim of six frames gives four away, in two pieces, and is cut once more."""
    short = tail.cut(made.spool, made.daemon.take(made.job), [1, 2], 2)
    made.daemon.render(tail.cut(made.spool, short, [1], 1))


def rendered_perhaps_twice(made: Scene) -> None:
    """Recovery: no frame was nowhere at the crash, though some may be in two chunks."""
    assert not played.nowhere(made.spool, made.job), played.whole(made.spool)
    played.recover(made.spool)
    played.assert_all_rendered(made.spool)
    assert not played.doubled(made.spool)


def send(made: Scene) -> Scene:
    submissions.put(made.spool, submit.plan(made.spool, played.a_job(made.output)))
    return made


def admit_all(made: Scene) -> None:
    for name in admit.waiting(made.spool):
        admit.admit(made.spool, name)


def sent(made: Scene) -> None:
    """Recovery: what was sent lies there whole, or not at all."""
    admit_all(made)
    assert submissions.names(made.spool) == []
    rendered(made)


def admitted(made: Scene) -> None:
    """Recovery: another daemon looks. What was sent is one job."""
    sent(made)
    assert len(queue.entries(made.spool)) == 1, played.whole(made.spool)


def drop(made: Scene) -> Scene:
    Path(submissions.folder(made.spool), "shot.blend").write_text("blend")
    return made


def make_jobs(made: Scene, owner: Incarnation = WS01) -> None:
    """As renderd/drop_box.py: goes on with what the dead began, then takes what lies there."""
    begun = [drop_box.take_over(made.spool, found, owner) for found in list(drop_box.records(made.spool))]
    taken = [drop_box.take(made.spool, name, owner) for name in drop_box.names(made.spool) if drop_files.is_drop(name)]
    for mine in filter(None, [*begun, *taken]):
        if not drop_box.where(made.spool, mine):
            drop_box.not_taken(made.spool, mine)
            continue
        job = replace(played.a_job(made.output), job=mine.job, dropped=True)
        planned = submit.plan_named(made.spool, job, priority=50, hold=False)
        admit.copy(made.spool, planned)
        admit.enter(made.spool, planned)
        drop_box.finish(made.spool, mine)


def taken_once(made: Scene) -> None:
    """Recovery: another daemon looks. One file is one job, and nothing else lies there."""
    made_of = parse_incarnation("ws02.2.00000002")
    make_jobs(made, made_of)
    make_jobs(made, made_of)
    (entry,) = queue.entries(made.spool)
    there = [name for name in drop_box.names(made.spool) if not name.endswith(".tmp")]
    assert sorted(there) == [entry.job, "README.txt"], played.whole(made.spool)
    assert Path(drop_box.home(made.spool, entry.job), "shot.blend").read_text() == "blend"
    rendered(made)


def telling(made: Scene) -> Scene:
    """In a farm that mails, with a job that is ready to be settled."""
    made.spool = replace(made.spool, mail=Mail("farm@film.example", "mia@film.example", smtp="localhost:25"))
    return made.add().all_rendered()


def to_be_told(made: Scene) -> None:
    """Recovery: whoever settles it later, or has settled it, somebody is to be told."""
    if made.entry.state == "queue":
        Daemon.born(made.spool).settle(made.job)
    assert made.entry.state == "done"
    assert [one.about for one in notices.listed(made.spool)] == [made.job.job], played.whole(made.spool)


Act = Callable[[Scene], object]
SCENARIOS: dict[str, tuple[Act, Act, Act]] = {
    "init": (lambda s: None, lambda s: opening.init(f"{s.base}/new"), opened),
    "submit": (lambda s: None, lambda s: played.add(s.spool, s.output), rendered),
    "take and finish": (Scene.add, take_and_finish, rendered_not_healed),
    "take and fail": (Scene.add, take_and_fail, rendered_not_healed),
    "take and give up": (lambda s: s.add(tries=1), take_and_fail, rendered_not_healed),
    "take and release": (Scene.add, take_and_release, rendered_not_healed),
    "redo": (done, lambda s: again.redo(s.spool, s.entry, s.job, [2, 3]), rendered),
    "retry": (failed, lambda s: again.retry(s.spool, s.entry, s.job), rendered_not_healed),
    "moves": (Scene.add, moves, rendered_not_healed),
    "settle": (lambda s: s.add().all_rendered(), lambda s: s.daemon.settle(s.job), rendered_not_healed),
    "put back": (orphaned, lambda s: orphans.put_back(s.spool, [s.job]), rendered_not_healed),
    "heal": (with_a_hole, heal, rendered),
    "host": (Scene.add, lambda s: hosts.write(s.spool, "ws01", "status", {"state": "idle"}), rendered),
    "beats": (Scene.add, live_and_die, rendered_not_healed),
    "cut": (lambda s: s.add(chunk=6), cut, rendered_perhaps_twice),
    "send": (closed, send, sent),
    "admit": (lambda s: send(closed(s)), admit_all, admitted),
    "drop": (drop, make_jobs, taken_once),
    "settle and tell": (telling, lambda s: s.daemon.settle(s.job), to_be_told),
    "clean": (littered, clean_all, cleaned),
}


def crash_at(scenario: str, base: str, at: int, way: str) -> bool:
    """Plays it once; false if the scenario came through."""
    prepare, act, recovered = SCENARIOS[scenario]
    made = scene(base)
    prepare(made)
    pid = os.fork()
    if pid == 0:
        _child(made, act, Crash(base, at, way))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, CRASHED), f"the child ended with {code}"
    recovered(made)
    return code == CRASHED


def _child(made: Scene, act: Act, crash: Crash) -> NoReturn:
    try:
        crash.install()
        act(made)
        crash.end(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def main(scenario: str, folder: str) -> int:
    survived = 0
    for way in WAYS:
        at = 1
        try:
            while crash_at(scenario, f"{folder}/farm", at, way):
                at, survived = at + 1, survived + 1
        except Exception:
            traceback.print_exc()
            print(f"crash {way} operation {at} of {scenario}: not survived")
            return 1
    print(survived)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
