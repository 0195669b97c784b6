"""The threads of a daemon: none may die in silence, and no look may crash it."""

import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renderd import alone, chores, logs, room, sources, staging
from renderd.chores import Chores
from renderd.daemon import Daemon
from renderd.fingerprint import Fingerprints
from renderd.heart import Heart
from renderd.render import Render
from renderd.silence import Watch
from renderd.slot import Slot
from spool import beats, claim, hosts, hungry, journal, opening, queue, settle, submit, tail
from spool.claim import Claim
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Incarnation, Spool
from spool.waiting import Waiting


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    logs.set_up("debug")
    return replace(opening.init(str(tmp_path / "spool")), beat=0.05)


@pytest.fixture(name="made")
def fixture_made(spool: Spool, tmp_path: Path) -> Daemon:
    """A daemon that was born, without its slots' threads."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "RENDERD_PROGRAMS": "touch"}
    chosen = sources.load(environ, {"host": "alpha", "blender": ("/nowhere",)}, etc_dir=tmp_path / "none")
    made = Daemon(spool, chosen, environ, Watch(environ))
    made._be_born(beats.new_incarnation("alpha"))
    made.chores.start()
    return made


@pytest.fixture(autouse=True)
def fixture_no_life_goes_on() -> Iterator[None]:
    """Of those that a test was born with, too: they would draw from the random numbers of later tests."""
    yield
    for thread in threading.enumerate():
        if isinstance(thread, Chores | Heart):
            thread.stop()
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(name="add")
def fixture_add(spool: Spool, tmp_path: Path) -> Callable[..., Job]:
    def add(**more: Any) -> Job:
        job = Job(job="", name="x", created="", recipe="command", template=("touch", "{output}"), frames="1-2", chunk=2,
                  order="linear", chunks=0, tries=3, output=f"{tmp_path}/out/####.png")
        planned = submit.plan(spool, replace(job, **more))
        submit.submit(spool, planned)
        return planned.job
    return add


def _take(spool: Spool, job: Job, host: str = "alpha") -> Claim:
    me = beats.new_incarnation(host)
    beats.born(spool, me)
    taken = claim.take(spool, job, Waiting(), me, 1, lambda name: True, lambda name, error: None)
    assert taken
    return taken


def test_once_goes_on_when_a_chunk_comes_back_between_its_look_and_its_end(
        made: Daemon, spool: Spool, add: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    made.once = True
    made.crew.slots[0]._taken = _take(spool, add())

    def failed_just_now(*told: object) -> None:
        if held := made.crew.slots[0].claim:
            claim.fail(spool, held)
            made.crew.slots[0]._taken = None

    monkeypatch.setattr(hosts, "write", failed_just_now)
    made._turn()
    assert not made.ending
    made._turn()
    assert made.crew.slots[0].claim and made.crew.slots[0].claim.name.chunk.tries == 1


def test_a_slot_that_ends_while_the_status_is_told_crashes_nobody(made: Daemon, spool: Spool,
                                                                  add: Callable[..., Job]) -> None:
    class Ends(Slot):
        asked = 0

        @property  # type: ignore[override]
        def claim(self) -> Claim | None:
            self.asked += 1
            return taken if self.asked % 2 else None

        @claim.setter
        def claim(self, value: Claim | None) -> None: ...

    taken = _take(spool, add())
    made.crew.slots[0] = Ends(1, made.crew.slots[0].bench, lambda job: None, lambda: None)
    made._tell()
    made.crew.slots[0].asked = 1
    made.status.told = {}
    made._tell()


def test_a_daemon_that_cannot_be_born_again_tries_again(made: Daemon, spool: Spool) -> None:
    made.heart.lost = True
    os.rename(spool.folder("beats"), f"{spool.root}/away")
    made._turn()
    os.rename(f"{spool.root}/away", spool.folder("beats"))
    made._turn()
    assert not made.heart.lost


def test_a_daemon_that_breaks_leaves_no_beat_and_no_claim(made: Daemon, spool: Spool, add: Callable[..., Job],
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    made.heart.stop()
    add()
    took = made.crew.finder.take
    monkeypatch.setattr(made.crew.finder, "take", lambda *about: took(*about) or 1 / 0)
    monkeypatch.setattr(made.crew, "working", list)
    with pytest.raises(ZeroDivisionError):
        made.run()
    assert beats.living(spool) == []
    assert os.listdir(spool.folder("done")) or claim.claims(spool, queue.entries(spool)[0].job) == []


def test_a_bug_in_a_render_costs_a_try_and_no_slot(made: Daemon, spool: Spool, add: Callable[..., Job],
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Render, "_render", lambda *about: 1 / 0)
    slot, first = made.crew.slots[0], add()
    slot.start()
    slot.start_on(_take(spool, first))
    _until(lambda: slot.claim is None)
    assert [name.tries for name in claim.waiting_chunks(spool, first)] == [1]
    monkeypatch.undo()
    slot.start_on(_take(spool, add()))
    _until(lambda: slot.claim is None)
    slot.end()
    assert slot.is_alive() or not slot.claim


def test_a_bug_outside_of_a_render_costs_no_slot_either(made: Daemon, spool: Spool, add: Callable[..., Job],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Render, "run", lambda self: 1 / 0)
    slot = made.crew.slots[0]
    slot.start()
    slot.start_on(_take(spool, add()))
    _until(lambda: slot.claim is None)
    assert slot.is_alive()
    slot.end()


def test_a_heart_that_breaks_counts_as_lost(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    heart = Heart(spool, beats.new_incarnation("alpha"), lambda: None)
    monkeypatch.setattr(beats, "beat", lambda *about: 1 / 0)
    heart.start()
    heart.join(10)
    assert heart.lost and not heart.is_alive()


def test_a_bug_with_one_job_keeps_no_other_from_being_settled(made: Daemon, spool: Spool, add: Callable[..., Job],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good, seen = add(), add(), []

    def look(spool: Spool, entry: object, job: Job, own: int) -> object:
        seen.append(job.job)
        raise ZeroDivisionError

    desk = chores.Desk(beats.Observer(made.heart.owner))
    monkeypatch.setattr(desk.settler, "settle", look)
    chores.round_of_chores(spool, made.heart, desk, [])
    assert sorted(seen) == sorted([bad.job, good.job])


def test_a_folder_of_a_claim_is_made_while_others_remove_theirs(spool: Spool, add: Callable[..., Job],
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    """Another claim ends between our making of .renderd and of the folder in it."""
    mine, mkdir, made = _take(spool, add()), os.mkdir, []

    def raced(path: str, *mode: int) -> None:
        made.append(path)
        mkdir(path, *mode)
        if path.endswith(".renderd") and len(made) < 5:
            os.rmdir(path)

    monkeypatch.setattr(os, "mkdir", raced)
    assert os.path.isdir(staging.prepare(spool, mine))


def test_who_takes_a_piece_removes_what_the_dead_left_of_the_whole_chunk(spool: Spool, add: Callable[..., Job]) -> None:
    job = add(template=("touch", "{frames}"), frames="1-4", chunk=4)
    mine = _take(spool, job)
    folder = Path(staging.prepare(spool, mine))
    tail.cut(spool, mine, [1, 2], 1)
    other = _take(spool, job, "beta")
    assert other.info.frames == (3, 4) and staging.prepare(spool, other) and folder.exists(), "its owner lives"
    beats.retire(spool, mine.name.owner)
    staging.prepare(spool, other)
    assert not folder.exists()


def test_others_may_render_beside_us_into_a_shared_folder(spool: Spool, add: Callable[..., Job],
                                                          tmp_path: Path) -> None:
    (tmp_path / "out").chmod(0o2775)
    before = os.umask(0o077)
    try:
        folder = Path(staging.prepare(spool, _take(spool, add())))
    finally:
        os.umask(before)
    # Also the claim's own: if this host dies, another user's daemon tidies up.
    assert {path.stat().st_mode & 0o7777 for path in (folder, folder.parent)} == {0o2775}


def test_a_fingerprint_is_told_though_all_were_forgotten_meanwhile(tmp_path: Path) -> None:
    class Forgets(dict[Any, str]):
        def __setitem__(self, key: Any, value: str) -> None: ...

    (tmp_path / "x").write_bytes(b"x")
    assert len(Fingerprints(Forgets()).of(str(tmp_path / "x"))) == 64


def test_the_chores_of_a_long_job_look_into_one_folder_of_it(made: Daemon, spool: Spool, add: Callable[..., Job],
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    job, listed, has_name = add(frames="1-5000", chunk=1), [], chores.claims.atomic.has_name

    def counted(folder: str, fits: Callable[[str], bool]) -> bool:
        if threading.current_thread() is threading.main_thread():       # not what the daemon's own chores look at
            listed.append(folder)
        return has_name(folder, fits)

    monkeypatch.setattr(chores.claims.atomic, "has_name", counted)
    chores.round_of_chores(spool, made.heart, chores.Desk(beats.Observer(made.heart.owner)), [])
    assert sum(f"{job.job}/todo/" in folder for folder in listed) == 1


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_chunk_goes_back_though_somebody_removed_the_empty_folder_that_it_came_from(
        spool: Spool, add: Callable[..., Job]) -> None:
    job = add(frames="1-1001", chunk=1)
    taken = _take(spool, job)
    shutil.rmtree(f"{spool.todo(job.job)}/000")
    assert claim.release(spool, taken)
    assert claim.waiting_chunks(spool, job)[0] == taken.name.chunk
    assert not claim.release(spool, taken)


def test_a_spool_that_fails_while_publishing_is_no_fault_of_the_output(tmp_path: Path) -> None:
    def fails() -> bool:
        raise OSError(5, "Input/output error")

    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(OSError, match="Input/output"):
        staging.publish(str(tmp_path / "a"), str(tmp_path / "b"), fails)


def test_journals_are_not_read_at_every_beat_because_the_pictures_are_not_seen_here(
        spool: Spool, add: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of 100,000 frames has 50 MB of journals: 1.5 s of work at every beat of every host."""
    job, settler, read, missing = add(), settle.Settler(), [], journal.missing
    taken = _take(spool, job)
    with journal.Journal(spool, job.job, "alpha") as lines:
        for frame in (1, 2):
            lines.write("frame", chunk="000.0001-0002", frame=frame, round=0)
    claim.finish(taken)
    out = Path(job.output).parent
    out.rmdir()
    monkeypatch.setattr(journal, "missing", lambda *about: read.append(1) or missing(*about))  # type: ignore[func-returns-value]
    entry = queue.entries(spool)[0]
    assert {settler.settle(spool, entry, job, own).state for own in range(settle.LEASE)} == {"busy"}
    assert len(read) == 1
    out.mkdir()
    for frame in (1, 2):
        Path(job.file_of(frame)).touch()
    assert settler.settle(spool, entry, job, settle.LEASE).state == "done"


def test_a_long_poll_is_no_standstill_for_the_watchdog(made: Daemon) -> None:
    made.settings = replace(made.settings, poll=1000.0)
    assert made._pause() >= 800
    made.watch = Watch({"WATCHDOG_USEC": "60000000"})
    assert made._pause() <= 15


# -- hungry

def test_a_former_life_of_this_computer_is_not_hungry_any_more(made: Daemon) -> None:
    crashed = Incarnation(made.heart.owner.host, 4_190_001, f"{made.heart.owner.nonce[:4]}0000")
    beats.born(made.spool, crashed)
    hungry.say(made.spool, crashed)
    assert alone.end_former_lives(made.spool, made.heart.owner) == [crashed]
    assert os.listdir(made.spool.folder("hungry")) == []


def test_who_finds_nothing_in_an_open_job_says_so_until_it_has_something(made: Daemon, add: Callable[..., Job]) -> None:
    made.crew.fill(made.heart.owner)
    assert hungry.now(made.spool) == [], "no job is open"
    job = add(frames="1-2", chunk=2)
    other = _take(made.spool, job, "beta")
    made.crew.fill(made.heart.owner)
    assert hungry.now(made.spool) == [made.heart.owner]
    claim.release(made.spool, other)
    made.crew.finder.listings.clear()
    assert made.crew.fill(made.heart.owner) and hungry.now(made.spool) == []


def test_a_share_that_fails_beside_a_claim_does_not_cost_it(made: Daemon, add: Callable[..., Job],
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    other = _take(made.spool, add(), "beta")
    made.crew.fill(made.heart.owner)
    claim.release(made.spool, other)
    made.crew.finder.listings.clear()
    with monkeypatch.context() as broken, pytest.raises(OSError, match="share"):
        broken.setattr(hungry, "unsay", _fail)
        made.crew.fill(made.heart.owner)
    assert len(made.crew.working()) == 1
    made.crew.fill(made.heart.owner)
    assert hungry.now(made.spool) == []


def _fail(*_: object) -> None:
    raise OSError("the share fails")


@pytest.mark.parametrize("why", ["forbidden", "once"])
def test_who_could_not_help_is_not_hungry(made: Daemon, add: Callable[..., Job], why: str) -> None:
    job = add(template=("rm", "{output}") if why == "forbidden" else ("touch", "{output}"))
    _take(made.spool, job, "beta")
    made.crew.gets_hungry = why != "once"
    made.crew.fill(made.heart.owner)
    assert hungry.now(made.spool) == []


def test_who_is_born_again_is_hungry_under_its_new_name(made: Daemon, add: Callable[..., Job]) -> None:
    _take(made.spool, add(), "beta")
    made.crew.fill(made.heart.owner)
    made._be_born_again()
    made.crew.fill(made.heart.owner)
    assert os.listdir(made.spool.folder("hungry")) == [str(made.heart.owner)]


def test_the_dead_are_no_longer_hungry(made: Daemon) -> None:
    gone = beats.new_incarnation("beta")
    beats.born(made.spool, gone)
    hungry.say(made.spool, gone)
    _until(lambda: not os.listdir(made.spool.folder("hungry")))


def test_with_slots_auto_other_slots_take_of_the_job_once_its_frames_leave_cores_idle(
        spool: Spool, tmp_path: Path, add: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "RENDERD_PROGRAMS": "touch", "RENDERD_SLOTS": "auto"}
    chosen = sources.load(environ, {"host": "alpha", "blender": ("/nowhere",)}, etc_dir=tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)))
    monkeypatch.setattr(room, "WATCH", 0.0)
    made, idle = Daemon(spool, chosen, environ, Watch(environ)), itertools.count(0, 1000)
    made.crew.room.idle = lambda: next(idle)
    made._be_born(beats.new_incarnation("alpha"))
    made.chores.start()
    job = add(frames="1-9", chunk=1)
    assert made.crew.fill(made.heart.owner) and not made.crew.fill(made.heart.owner)
    assert [slot.bench.threads for slot in made.crew.slots if slot.claim] == [4]
    with journal.Journal(spool, job.job, "alpha") as lines:
        for frame in (8, 9):
            lines.write("frame", chunk="008.0009-0009", frame=frame, cpu=1.0, wall=1.0, peak_mb=1.0)
    made.crew.room.kept.clear()
    assert made.crew.fill(made.heart.owner)
    assert [slot.bench.threads for slot in made.crew.slots if slot.claim] == [4, 1, 1, 1]
    made._tell()
    assert hosts.said(spool, "alpha", "status")["fit"]["slots"] == 4


def test_what_was_cancelled_a_moment_ago_is_stopped_and_not_taken_again(made: Daemon, add: Callable[..., Job]) -> None:
    job, slot = add(frames="1-9", chunk=1), made.crew.slots[0]
    assert made.crew.fill(made.heart.owner) and slot.claim
    queue.cancel(made.spool, queue.find(made.spool, job.job))
    made.crew.stop_cancelled()
    assert slot.order.stop == "return"
    claim.release(made.spool, slot.claim)
    slot._taken = None
    assert not made.crew.fill(made.heart.owner)


def test_facts_that_could_not_be_written_are_written_at_the_next_turn(made: Daemon, tmp_path: Path) -> None:
    """Named paths that are new here count for this daemon at once, though nobody can read of them yet."""
    made._tell_facts()
    (tmp_path / "film").mkdir()
    (tmp_path / "film/shot").touch()
    folder = Path(made.spool.folder("hosts"), "alpha")
    folder.rename(folder.with_name("away"))
    folder.touch()                      # in the way
    rules = replace(made.spool.rules, paths={"film": f"{tmp_path}/film"}, groups={"night": ("alpha",)})
    with pytest.raises((OSError, SpoolError)):
        made._go_by(rules)
    folder.unlink()
    folder.with_name("away").rename(folder)

    def told() -> bool:
        made._turn()
        said = hosts.said(made.spool, "alpha", "host")
        return said["groups"] == ["night"] and said["paths"] == {"film": {"folder": f"{tmp_path}/film", "there": True}}
    _until(told)
    made.places.stop()
