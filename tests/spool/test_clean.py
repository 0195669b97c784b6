"""What old jobs and crashes left behind."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spool import atomic, beats, check, clean, hosts, messages, opening, queue
from spool import job as jobs
from spool.clean import Step
from spool.errors import NotWritten, WrongState
from spool.job import Job
from spool.layout import Entry, Spool
from spool.leftovers import DAY
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]
Later = Callable[..., list[Step]]


@pytest.fixture(name="later")
def fixture_later(spool: Spool) -> Callable[..., list[Step]]:
    """The plan when the server's clock has gone on by so many seconds: nobody can set a ctime back."""
    return lambda seconds, age=0.0: clean.plan(spool, age, clean.server_now(spool) + seconds)


def done(add: Add, daemon: Daemon) -> tuple[Entry, Job]:
    _, job = add()
    daemon.work_off(job)
    assert daemon.settle(job) == "done"
    return played.where(daemon.spool, job), job


def test_a_finished_job_goes_to_trash_and_then_away(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = done(add, daemon)
    assert clean.plan(spool, 0) == [Step(entry.path, "to trash", "done")]
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert played.where(spool, job).origin == "done"
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("trash")) == []
    assert os.path.exists(job.file_of(1)), "frames are the film, never removed"
    assert not check.check(spool).problems


@pytest.mark.parametrize(("age", "steps"), [(9 * DAY, 0), (11 * DAY, 1)])
def test_only_what_is_older_than_asked_for(spool: Spool, add: Add, daemon: Daemon, later: Later, age: float,
                                           steps: int) -> None:
    done(add, daemon)
    assert len(later(age, 10 * DAY)) == steps


def test_what_went_to_trash_just_now_is_not_removed(spool: Spool, add: Add, daemon: Daemon,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    """Its age counts from the move: there is as long for an undo as was asked for."""
    entry, job = done(add, daemon)
    there = os.stat(spool.folder(entry.path)).st_ctime_ns
    while os.stat(spool.folder("beats")).st_ctime_ns - there < 50_000_000:
        daemon.beat()
    clean.apply(spool, clean.plan(spool, 0.05))
    assert played.where(spool, job).state == "trash"
    assert clean.plan(spool, 10) == []


def test_open_and_held_jobs_stay(spool: Spool, add: Add, later: Later) -> None:
    add()
    queue.hold(spool, add()[0])
    assert later(1000 * DAY) == []


def test_a_job_that_was_brought_back_after_the_plan_stays(spool: Spool, add: Add) -> None:
    entry, job = add()
    queue.cancel(spool, entry)
    steps = clean.plan(spool, 0)
    queue.undo(spool, queue.find(spool, job.job))
    assert clean.apply(spool, steps) == 0
    assert not check.check(spool).problems


def test_a_job_without_entry_is_only_named_by_check(spool: Spool, add: Add, later: Later) -> None:
    entry, job = add()
    os.unlink(spool.folder(entry.path))
    assert later(1000 * DAY) == []
    assert os.path.isdir(spool.job(job.job))


@pytest.mark.parametrize(("age", "steps"), [(DAY / 2, 0), (2 * DAY, 3)])
def test_what_a_crash_left_goes_after_a_day(spool: Spool, add: Add, daemon: Daemon, later: Later,
                                            age: float, steps: int) -> None:
    _, job = add()
    Path(spool.root, "jobs", ".20261120-101530-shot-7f3a.tmp", "todo").mkdir(parents=True)
    Path(spool.todo(job.job), ".000.0001-0002.12ab34cd.tmp").touch()
    other = Daemon.born(spool, "ws02")
    beats.declare_dead(spool, other.last, daemon.me)
    assert clean.apply(spool, later(age)) == steps
    assert not check.check(spool).problems


def test_what_is_not_known_stays(spool: Spool, add: Add, later: Later) -> None:
    _, job = add()
    known = ["jobs/.backup", "jobs/.x.tmp", "dead/README", "dead/ws01.1.00000000!5", "hosts/.nfs0001", "trash/README",
             "done/README", "README", f"jobs/{job.job}/todo/.swp", f"jobs/{job.job}/.redo.lock"]
    for name in known:
        Path(spool.root, name).touch()
    assert later(1000 * DAY) == []


def test_a_removal_that_was_cut_short_goes_on(spool: Spool, add: Add) -> None:
    entry, job = add()
    queue.cancel(spool, entry)
    os.unlink(f"{spool.job(job.job)}/job.json")
    os.rmdir(spool.running(job.job))
    assert clean.apply(spool, clean.plan(spool, 0)) == 1
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("trash")) == []


# Ages

@pytest.mark.parametrize("wrong", [3600.0, -3600.0, 10 * 365 * DAY, -10 * 365 * DAY])
@pytest.mark.parametrize("full", [False, True])
def test_a_wrong_clock_of_this_computer_empties_no_trash(spool: Spool, add: Add, daemon: Daemon,
                                                         monkeypatch: pytest.MonkeyPatch, wrong: float,
                                                         full: bool) -> None:
    _, job = done(add, daemon)
    queue.cancel(spool, played.where(spool, job))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + wrong)
    daemon.beat()
    if full:
        monkeypatch.setattr(atomic, "touch", no_room)
    assert clean.plan(spool, 1800) == []
    assert [step.what for step in clean.plan(spool, 0)] == ["remove job"]


def no_room(path: str) -> bool:
    raise OSError(28, "No space left on device", path)


def test_on_a_full_share_without_daemons_nobody_knows_how_old_things_are(spool: Spool, add: Add,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    queue.cancel(spool, add()[0])
    monkeypatch.setattr(atomic, "touch", no_room)
    with pytest.raises(NotWritten, match="does not tell its time: No space left"):
        clean.plan(spool, 0)


def test_a_job_that_was_thrown_away_once_more_gets_its_whole_time_again(spool: Spool, add: Add) -> None:
    entry, job = add()
    queue.cancel(spool, entry)
    steps = clean.plan(spool, 0)
    queue.cancel(spool, queue.undo(spool, played.where(spool, job)))
    assert [step.what for step in steps] == ["remove job"]
    assert clean.apply(spool, steps) == 0
    assert jobs.read(spool, job.job)


def test_undo_brings_back_what_clean_put_into_the_trash(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = done(add, daemon)
    before = played.whole(spool)
    clean.apply(spool, clean.plan(spool, 0))
    assert queue.undo(spool, played.where(spool, job)) == entry
    assert played.whole(spool) == before


# Others at the same time

def meanwhile(monkeypatch: pytest.MonkeyPatch, at: int, act: Callable[[], object]) -> Callable[[], bool]:
    """`act` happens before the change number `at` that clean makes; tells whether it came to that."""
    count, happened = 0, False

    def wrapped(change: Callable[..., object]) -> Callable[..., object]:
        def changing(*args: object) -> object:
            nonlocal count, happened
            count += 1
            if count == at and not happened:
                happened = True
                act()
            return change(*args)
        return changing
    for name in ("move", "hand_over", "drop", "drop_folder", "remove_tree"):
        monkeypatch.setattr(atomic, name, wrapped(getattr(atomic, name)))
    return lambda: happened


def litter(spool: Spool, add: Add, daemon: Daemon) -> tuple[Entry, Job]:
    """A job in the trash whose computer died, another that is done, and leftovers."""
    job = done(add, daemon)[1]
    dead = played.life("ws07")
    Path(os.path.dirname(job.output), ".renderd", f"{job.job}.000.0001-0002@{dead}.1").mkdir(parents=True)
    Path(spool.root, "jobs", f".{played.job_name(1)}.tmp", "todo").mkdir(parents=True)
    Path(spool.root, "dead", f"{dead}!3~{daemon.me}").touch()
    hosts.write(spool, "ws07", "host", {})
    return queue.cancel(spool, played.where(spool, job)), job


CHANGES = 10        # that clean makes to what `litter` leaves


@pytest.mark.parametrize("at", range(1, CHANGES + 2))
def test_two_cleans_at_once_do_no_harm(spool: Spool, add: Add, daemon: Daemon, later: Later,
                                       monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Another host's clean runs from start to end in the middle of ours."""
    litter(spool, add, daemon)
    other = 0

    def clean_too() -> None:
        nonlocal other
        other = clean.apply(spool, later(1000 * DAY))
    errors: list[OSError | None] = []
    steps = later(1000 * DAY)
    happened = meanwhile(monkeypatch, at, clean_too)
    ours = clean.apply(spool, steps, lambda step, error: errors.append(error))
    assert not any(errors)
    assert ours + other >= len(steps)
    assert happened() == (at <= CHANGES)
    for folder in ("jobs", "trash", "dead", "hosts"):
        assert os.listdir(spool.folder(folder)) == []
    assert not check.check(spool).problems


@pytest.mark.parametrize("at", range(1, 7))
def test_a_job_that_is_brought_back_in_the_middle_is_whole_or_gone(spool: Spool, add: Add, daemon: Daemon,
                                                                   monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    entry, job = litter(spool, add, daemon)
    files = {path: text for path, text in played.whole(spool).items() if path.startswith("jobs/2")}

    def undo() -> None:
        with suppress(WrongState):
            queue.undo(spool, entry)
    steps = [step for step in clean.plan(spool, 0) if step.what == "remove job"]
    happened = meanwhile(monkeypatch, at, undo)
    clean.apply(spool, steps)
    after = {path: text for path, text in played.whole(spool).items() if path.startswith("jobs/2")}
    back = queue.state_of(spool, job.job)
    assert (back, after) in (("done", files), (None, {})), "half a job"
    assert back is None or happened()


CLEAN = """
import os, sys, time
from spool import clean, opening
spool = opening.open_spool(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(sum(clean.apply(spool, clean.plan(spool, 0)) for _ in range(3)))
"""


def test_cleans_of_two_processes_share_the_work(spool: Spool, add: Add) -> None:
    entries = [add(frames="1")[0] for _ in range(40)]
    for entry in entries[:20]:
        queue.cancel(spool, entry)
    for entry in entries[20:]:
        queue.move(spool, entry, "done")
    both = [subprocess.Popen([sys.executable, "-c", CLEAN, spool.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for one in both:
        assert one.stdout and one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60) for one in both]
    assert [err for _, err in said] == ["", ""]
    assert sum(int(out) for out, _ in said) == 20 + 40, "each move and each removal is counted once"
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("trash")) == []


def test_a_job_that_is_still_being_let_go_stays(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    claim = daemon.take(job)
    queue.cancel(spool, entry)
    assert clean.apply(spool, clean.plan(spool, 0)) == 0
    assert claim and os.path.exists(claim.path)
    beats.retire(spool, daemon.me)
    assert clean.apply(spool, clean.plan(spool, 0)) == 1


def test_what_cannot_be_removed_keeps_nothing_else(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = sorted((add()[0] for _ in range(3)), key=lambda e: e.order)
    for entry in entries:
        queue.cancel(spool, entry)
    move = atomic.move

    def refused(source: str, target: str) -> bool:
        if entries[1].job in source:
            raise PermissionError(13, "Permission denied", source)
        return move(source, target)
    monkeypatch.setattr(atomic, "move", refused)
    told: list[str] = []
    assert clean.apply(spool, clean.plan(spool, 0), lambda step, error: told.append(str(error))) == 2
    assert [text for text in told if "denied" in text] and len(told) == 3


# Leftovers

def test_what_daemons_that_died_had_rendered_goes_with_the_job_and_pictures_stay(spool: Spool, add: Add,
                                                                                 daemon: Daemon) -> None:
    _, job = litter(spool, add, daemon)
    out = Path(os.path.dirname(job.output))
    foreign = [out / ".renderd" / name for name in ("README", f"{job.job}.notes", f"{played.job_name(2)}.x")]
    mine = out / ".renderd" / f"{job.job}.000.0001-0002@{daemon.me}.1"
    for path in (*foreign, mine):
        path.mkdir()
    clean.apply(spool, clean.plan(spool, 0))
    assert sorted((out / ".renderd").iterdir()) == sorted([*foreign, mine])
    assert len(list(out.glob("*.png"))) == 6


@pytest.mark.parametrize(("age", "steps"), [(89 * DAY, 0), (91 * DAY, 1)])
def test_what_a_replaced_computer_said_goes_after_three_months(spool: Spool, later: Later, age: float,
                                                               steps: int) -> None:
    for kind in ("host", "status", "doctor"):
        hosts.write(spool, "ws07", kind, {})
    messages.open_inbox(spool, "ws07")
    assert clean.apply(spool, later(age)) == steps
    assert os.listdir(spool.folder("hosts")) == ["ws07"][:1 - steps]


@pytest.mark.parametrize("why", ["alive", "back", "foreign file", "foreign folder", "foreign message"])
def test_a_computer_that_lives_or_has_a_foreign_file_stays(spool: Spool, later: Later, why: str) -> None:
    hosts.write(spool, "ws07", "host", {})
    messages.open_inbox(spool, "ws07")
    folder = Path(spool.root, "hosts", "ws07")
    if why == "alive":
        Daemon.born(spool, "ws07")
    elif why.startswith("foreign"):
        (folder / {"foreign file": "notes.txt", "foreign folder": "x/y", "foreign message": "inbox/hello"}[why]
         ).mkdir(parents=True)
    steps = later(1000 * DAY)
    if why == "back":
        Daemon.born(spool, "ws07")
    before = played.whole(spool)
    assert clean.apply(spool, steps) == 0
    assert played.whole(spool) == before


@pytest.mark.parametrize(("age", "steps"), [(DAY / 2, 0), (2 * DAY, 2)])
def test_old_messages_and_what_a_doctor_left_go_after_a_day(spool: Spool, later: Later, age: float,
                                                            steps: int) -> None:
    messages.open_inbox(spool, "ws07")
    messages.send(spool, "ws07", "pause")
    Path(spool.doctor(played.life("ws07")), "deep").mkdir(parents=True)
    assert clean.apply(spool, later(age)) == steps
    assert len(os.listdir(spool.inbox("ws07"))) + len(list(Path(spool.root).glob(".doctor.*"))) == 2 - steps


@pytest.mark.parametrize(("age", "steps"), [(6 * DAY, 0), (8 * DAY, 2)])
def test_what_was_sent_back_goes_after_a_week_and_what_waits_stays(tmp_path: Path, later: Later, age: float,
                                                                   steps: int) -> None:
    spool = opening.init(f"{tmp_path}/second", by_inbox=True)
    for number in (1, 2):
        Path(spool.root, "inbox", f"{played.job_name(number)}.json").touch()
    Path(spool.root, "inbox", f"{played.job_name(1)}.json.txt").write_text("It has no frames.")
    assert clean.apply(spool, clean.plan(spool, 0, clean.server_now(spool) + age)) == steps
    assert f"{played.job_name(2)}.json" in os.listdir(spool.folder("inbox"))


# What nobody knows

ODD = ("README", "x.tmp", ".backup", ".x.tmp", ".nfs000012", "001", "50.job", "20261120-101530-shot-7f3a.bak",
       ".doctor.x", ".20261120-101530-shot-7f3a", "ws01!5", "new\nline", "\udcff", "000.0001", ".now", "Thumbs.db", "~")
PLACES = (".", "jobs", "queue", "held", "done", "failed", "trash", "dead", "beats", "hosts", "hosts/ws07",
          "hosts/ws07/inbox", "JOB", "JOB/todo", "JOB/running", "JOB/log", "JOB/journal", "JOB/redo", "OUT",
          "OUT/.renderd")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD), st.booleans()), min_size=1, max_size=8,
                    unique_by=lambda o: o[:2]), seed=st.binary(min_size=1, max_size=8))
def test_unknown_files_anywhere_stay_byte_for_byte(odd: list[tuple[str, str, bool]], seed: bytes) -> None:
    """Beside open, held and finished jobs of any age; inside of jobs that go they go with them."""
    with tempfile.TemporaryDirectory(dir=played.MEMORY) as base:
        Path(base, "out").mkdir()
        spool = opening.init(f"{base}/farm")
        daemon = Daemon.born(spool)
        kept = [played.add(spool, f"{base}/out/####.png", hold=hold)[1] for hold in (False, True)]
        litter(spool, lambda: played.add(spool, f"{base}/out/####.png"), daemon)
        messages.open_inbox(spool, "ws07")
        for where, name, folder in odd:
            place = where.replace("JOB", f"jobs/{kept[0].job}").replace("OUT", "../out")
            path = Path(spool.root, place, name)
            if folder:
                path.mkdir(parents=True, exist_ok=True)
                path = path / "inside"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(seed)
        before = tree(base)
        steps = clean.plan(spool, 0, clean.server_now(spool) + 1000 * DAY)
        clean.apply(spool, steps)
        after = tree(base)
        gone = before.keys() - after.keys()
        assert all(after[path] == text for path, text in before.items() if path not in gone)
        assert not [path for path in gone if any(kind in path for kind in (kept[0].job, kept[1].job, ".png"))]
        assert not [path for path in gone if os.path.basename(path) in (*ODD, "inside")]


def tree(base: str) -> dict[str, bytes]:
    return {os.path.join(folder, name): Path(folder, name).read_bytes()
            for folder, _, names in os.walk(base) for name in names}


def test_what_is_left_alone_is_named(spool: Spool, add: Add) -> None:
    entry, job = add()
    os.unlink(spool.folder(entry.path))
    Path(spool.root, "README").touch()
    Path(spool.root, "jobs", ".backup").mkdir()
    Path(spool.root, "jobs", f".{played.job_name(1)}.tmp").mkdir()
    add()
    assert clean.left_alone(spool) == ["README", "jobs/.backup", f"jobs/{job.job}"]


def test_a_plan_tells_what_it_frees(spool: Spool, add: Add) -> None:
    entry, job = add()
    Path(spool.job(job.job), "log", "x.log").write_bytes(b"x" * 1_000_000)
    queue.cancel(spool, entry)
    step, = clean.plan(spool, 0)
    assert 1_000_000 < clean.size(spool, step) < 1_200_000


def test_a_plan_changes_nothing(spool: Spool, add: Add, daemon: Daemon) -> None:
    done(add, daemon)
    before = played.whole(spool)
    clean.plan(spool, 0)
    assert played.whole(spool) == before


def test_removing_a_job_follows_no_link(spool: Spool, add: Add, output: str) -> None:
    entry, job = add()
    Path(job.file_of(1)).touch()
    Path(spool.job(job.job), "log", "film").symlink_to(os.path.dirname(output))
    queue.cancel(spool, entry)
    clean.apply(spool, clean.plan(spool, 0))
    assert os.path.exists(job.file_of(1))
