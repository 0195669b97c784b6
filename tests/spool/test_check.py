"""`python -m spool check` sees each broken promise, and none that is kept."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import again, beats, check, check_job, claim, queue
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PAUSE", 0.0)


def faults(spool: Spool) -> list[str]:
    return [f"{p.path} {p.what}" for p in check.check(spool).faults]


def notes(spool: Spool) -> list[str]:
    return [f"{p.path} {p.what}" for p in check.check(spool).problems if not p.fault]


def test_a_spool_in_every_healthy_state_has_no_problems(spool: Spool, tmp_path: Path, daemon: Daemon) -> None:
    jobs = []
    for number in range(5):
        (tmp_path / f"out{number}").mkdir()
        jobs.append(played.add(spool, f"{tmp_path}/out{number}/####.png", tries=1)[1])
    queue.hold(spool, played.where(spool, jobs[1]))
    claim.fail(spool, daemon.take(jobs[2]))
    for job in jobs[2:4]:
        daemon.work_off(job)
        daemon.settle(job)
    queue.cancel(spool, played.where(spool, jobs[4]))
    daemon.take(jobs[0])
    report = check.check(spool)
    assert report.problems == ()
    assert report.summary().startswith("5 jobs, 10 chunks, 24 frames (10 done), 1 daemons alive")


def test_ten_thousand_chunks_are_proved(spool: Spool, add: Add) -> None:
    add(frames="1-3000", chunk=1)
    report = check.check(spool)
    assert (report.problems, report.counts["chunks"]) == ((), 3000)


def test_a_claim_of_the_dead_is_a_note(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add()
    daemon.take(job)
    beats.retire(spool, daemon.me)
    assert not faults(spool)
    assert "orphan" in notes(spool)[0]


def test_a_cut_last_line_is_a_note(spool: Spool, add: Add) -> None:
    _, job = add()
    Path(spool.job(job.job), "journal", "ws01.jsonl").write_text('{"event":"taken"}\n{"event":"fra')
    assert not faults(spool)
    assert "line 2 was cut" in notes(spool)[0]


def test_a_job_that_nobody_touched_and_that_has_no_entry_is_a_note(spool: Spool, add: Add) -> None:
    entry, _ = add()
    os.unlink(spool.folder(entry.path))
    assert not faults(spool)
    assert "has no entry" in notes(spool)[0]


def test_a_redo_that_was_cut_short_is_a_note(spool: Spool, add: Add, daemon: Daemon) -> None:
    entry, job = add()
    daemon.work_off(job)
    again.redo(spool, entry, job, [2])
    for name in claim.waiting_chunks(spool, job):
        os.unlink(f"{spool.todo(job.job)}/{name}")
    assert not faults(spool)
    assert "frames 2 are in no chunk" in notes(spool)[0]


def test_two_daemons_of_one_name_are_a_note(spool: Spool, daemon: Daemon) -> None:
    Daemon.born(spool, "ws01")
    assert notes(spool) == ["beats 2 daemons call themselves ws01"]


def test_temporary_files_are_no_problem(spool: Spool, add: Add) -> None:
    _, job = add()
    for folder in (spool.root, spool.todo(job.job), spool.folder("queue"), spool.folder("jobs")):
        Path(folder, ".x.12345678.tmp").touch()
    assert check.check(spool).problems == ()


def _todo(spool: Spool, job: Job) -> Path:
    return Path(spool.todo(job.job), "000.0001-0002")


def _done(spool: Spool, job: Job) -> None:
    daemon = Daemon.born(spool)
    daemon.work_off(job)
    assert daemon.settle(job) == "done"


BREAKS: dict[str, tuple[Callable[[Spool, Job], object], str]] = {
    "a chunk that vanished": (lambda s, j: _todo(s, j).unlink(), "frames 1-2 are in no chunk"),
    "a chunk in two folders": (lambda s, j: shutil.copy(_todo(s, j), s.failed(j.job)), "is also at"),
    "a link": (lambda s, j: Path(s.job(j.job), "log", "x").symlink_to("/etc"), "is a link"),
    "a link to a folder": (lambda s, j: Path(s.job(j.job), "todo", "001").symlink_to("/"), "is a link"),
    "a pipe": (lambda s, j: os.mkfifo(f"{s.root}/hosts/pipe"), "is a link, device or pipe"),
    "a hard link": (lambda s, j: os.link(_todo(s, j), f"{s.root}/../x"), "second name"),
    "a file all may write": (lambda s, j: _todo(s, j).chmod(0o666), "written by everybody"),
    "a folder all may write": (lambda s, j: os.chmod(s.todo(j.job), 0o777), "written by everybody"),
    "a foreign name in todo": (lambda s, j: Path(s.todo(j.job), "README").touch(), "does not belong here"),
    "a foreign name in queue": (lambda s, j: Path(s.root, "queue", "x\ny").touch(), "does not belong here"),
    "a beat that is none": (lambda s, j: Path(s.root, "beats", "ws01!1").touch(), "does not belong here"),
    "a claim that is none": (lambda s, j: Path(s.running(j.job), "000.0001-0002@ws01").touch(), "does not belong here"),
    "a file for a job": (lambda s, j: Path(s.root, "jobs", "20261120-101530-x-7f3a").touch(), "does not belong here"),
    "nonsense in todo": (lambda s, j: _todo(s, j).write_text("{"), "not JSON"),
    "an info file of another chunk": (lambda s, j: shutil.copy(f"{s.todo(j.job)}/001.0003-0004",
                                                               f"{s.todo(j.job)}/007.0003-0004"),
                                      "is the info file of 001"),
    "no job.json": (lambda s, j: os.unlink(f"{s.job(j.job)}/job.json"), "has no job.json"),
    "a broken job.json": (lambda s, j: Path(s.job(j.job), "job.json").write_text("[]"), "no JSON object"),
    "no job folder": (lambda s, j: shutil.rmtree(s.job(j.job)), "has no job folder"),
    "two entries": (lambda s, j: Path(s.root, "held", f"50.{j.job}").touch(), "has 2 entries"),
    "no entry of a job in use": (lambda s, j: (Daemon.born(s).take(j), os.unlink(f"{s.root}/queue/50.{j.job}")),
                                 "has no entry"),
    "no folder of a job": (lambda s, j: os.rmdir(f"{s.job(j.job)}/journal"), "lacks its folder journal/"),
    "a broken journal": (lambda s, j: Path(s.job(j.job), "journal", "a.jsonl").write_text("x\n"),
                         "no line of a journal"),
    "a broken redo": (lambda s, j: Path(s.job(j.job), "redo", "001-ab12.json").write_text("{}"), "makes no sense"),
    "a file for a folder": (lambda s, j: (os.rmdir(s.running(j.job)), Path(s.running(j.job)).touch()), "not a folder"),
    "a journal all may write": (lambda s, j: (Path(s.job(j.job), "journal", "a.jsonl").touch(),
                                              os.chmod(f"{s.job(j.job)}/journal/a.jsonl", 0o666)), "by everybody"),
    "a done job without a file": (lambda s, j: (_done(s, j), os.unlink(j.file_of(3))), "the files of frames 3 are not"),
    "a done job with a chunk": (lambda s, j: (shutil.copy(_todo(s, j), f"{s.root}/x"), _done(s, j),
                                              os.rename(f"{s.root}/x", f"{s.failed(j.job)}/000.0001-0002")),
                                "is done, but"),
    "a done job without a line": (lambda s, j: (_done(s, j), os.truncate(f"{s.job(j.job)}/journal/ws01.jsonl", 0)),
                                  "frames 1-6 are in no chunk"),
    "a failed job with waiting chunks": (lambda s, j: queue.move(s, played.where(s, j), "failed"),
                                         "is failed, but"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_promise_is_a_fault(spool: Spool, add: Add, what: str) -> None:
    _, job = add()
    break_it, said = BREAKS[what]
    break_it(spool, job)
    assert any(said in fault for fault in faults(spool)), check.check(spool).problems


def test_frames_in_two_chunks_are_a_note(spool: Spool, add: Add) -> None:
    """As a crash leaves them between the two steps of tail.cut."""
    _, job = add()
    shutil.copy(_todo(spool, job), f"{spool.todo(job.job)}/000.0002-0002")
    report = check.check(spool)
    assert [p.what for p in report.problems] == ["has frames that are in todo/000.0002-0002 too"]
    assert not report.faults


def test_a_tail_that_came_too_late_is_a_note(spool: Spool, add: Add) -> None:
    """As a host leaves it that slept in the middle of tail.cut, while others rendered all."""
    _, job = add()
    shutil.copy(_todo(spool, job), f"{spool.root}/../x")
    _done(spool, job)
    os.rename(f"{spool.root}/../x", _todo(spool, job))
    report = check.check(spool)
    assert ["is done, but" in p.what for p in report.problems] == [True]
    assert not report.faults


def test_a_listing_race_is_no_fault(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that is taken between the listings of todo and running is seen twice, or not at all."""
    add()
    real, first = check_job._chunk_files, [True]

    def raced(*args: object) -> object:
        found = real(*args)             # type: ignore[arg-type]
        if first.pop() if first else False:
            del found["todo/000.0001-0002"]
        return found

    monkeypatch.setattr(check_job, "_chunk_files", raced)
    assert faults(spool) == []


def test_a_check_of_a_farm_at_work_finds_no_fault(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PAUSE", 0.02)
    _, job = add(frames="1-300", chunk=1)
    worker = subprocess.Popen([sys.executable, "-m", "tests.spool.taking", spool.root, job.job, "ws01"],
                              cwd=Path(__file__).resolve().parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert worker.stdin is not None and worker.stdout is not None
        worker.stdout.readline()
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
        while worker.poll() is None:
            assert faults(spool) == []
    finally:
        worker.kill()
        worker.communicate()


# The program

def program(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "spool", *args], capture_output=True, text=True, timeout=60,
                          check=False)


def test_the_program_tells_what_was_proved_and_exits_0(spool: Spool, add: Add) -> None:
    add()
    ran = program("check", spool.root)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("1 jobs, 3 chunks, 6 frames (0 done)") and "0 faults" in ran.stdout


def test_the_program_exits_1_with_faults_and_names_the_cure(spool: Spool, add: Add) -> None:
    _, job = add()
    os.symlink("/etc", os.fsencode(spool.todo(job.job)) + b"/\xff")
    ran = program("check", spool.root)
    assert ran.returncode == 1
    assert "fault  jobs/" in ran.stdout and "remove it" in ran.stdout
    assert json.loads(program("check", spool.root, "--json").stdout)["problems"][0]["fault"] is True


def test_no_spool_is_said_without_a_traceback(tmp_path: Path) -> None:
    ran = program("check", str(tmp_path / "no"))
    assert ran.returncode == 1
    assert ran.stderr.startswith("spool: No spool at")


def test_wrong_usage_exits_2() -> None:
    assert program("chekc").returncode == 2
