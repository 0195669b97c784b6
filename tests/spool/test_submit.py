"""A job is in the spool whole, or not at all."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from errno import ENOSPC
from pathlib import Path
from types import SimpleNamespace

import pytest

from spool import atomic, check, journal, opening, owners, queue, submit
from spool import job as jobs
from spool.errors import BadFrames, NotWritten, SpoolError
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played

Add = Callable[..., tuple[Entry, Job]]


def test_what_was_asked_is_read_back(spool: Spool, output: str) -> None:
    planned = submit.plan(spool, played.a_job(output, frames="1-5", scene="a 'b' \n c", width=640, fps=24.0))
    submit.submit(spool, planned)
    found = jobs.read(spool, planned.job.job)
    assert jobs.to_json(found) == jobs.to_json(planned.job)
    assert found.owner == owners.user_name(os.getuid())


def test_a_plan_writes_nothing(spool: Spool, output: str) -> None:
    before = played.whole(spool)
    submit.plan(spool, played.a_job(output))
    assert played.whole(spool) == before


def test_nobody_sees_a_job_before_it_is_whole(spool: Spool, output: str) -> None:
    seen = []
    planned = submit.plan(spool, played.a_job(output))
    submit.submit(spool, planned, lambda count: seen.append((atomic.names(spool.folder("jobs")), queue.entries(spool))))
    assert seen and all(found == ([], []) for found in seen)


def test_two_jobs_of_one_second_never_get_one_name(spool: Spool, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four characters repeat: 300 jobs of one script in one second met it every other time."""
    drawn = iter([b"\0\0", b"of the folder aside", b"\0\0", b"\0\1"])
    monkeypatch.setattr("os.urandom", lambda size: next(drawn))
    monkeypatch.setattr("spool.submit.datetime", SimpleNamespace(now=lambda zone: datetime(2026, 11, 20, tzinfo=zone)))
    submit.submit(spool, submit.plan(spool, played.a_job(output)))
    assert submit.plan(spool, played.a_job(output)).job.job.endswith("-0001")


def test_every_frame_is_in_one_chunk(spool: Spool, add: Add) -> None:
    _, job = add(frames="1-9x2,100", chunk=2)
    assert played.nowhere(spool, job) == [] and journal.missing(spool, job) == [1, 3, 5, 7, 9, 100]
    assert not check.check(spool).problems


@pytest.mark.parametrize(("asked", "error"), [({"frames": "5-1"}, BadFrames), ({"chunk": 0}, BadFrames)])
def test_what_cannot_be_meant_is_refused_and_writes_nothing(spool: Spool, output: str, asked: dict[str, object],
                                                            error: type[SpoolError]) -> None:
    before = played.whole(spool)
    with pytest.raises(error):
        submit.plan(spool, played.a_job(output, **asked))       # type: ignore[arg-type]
    assert played.whole(spool) == before


@pytest.mark.parametrize("made", [False, True])
def test_an_error_at_the_entry_leaves_all_or_nothing(spool: Spool, output: str, made: bool,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    """The news of an earlier trouble may come with any answer, also of what happened."""
    touch = atomic.touch

    def refused(path: str) -> None:
        if made:
            touch(path)
        raise OSError(ENOSPC, os.strerror(ENOSPC), path)

    monkeypatch.setattr(atomic, "touch", refused)
    before, planned = played.whole(spool), submit.plan(spool, played.a_job(output))
    if made:
        submit.submit(spool, planned)
        assert not check.check(spool).problems and len(queue.entries(spool)) == 1
    else:
        with pytest.raises(NotWritten):
            submit.submit(spool, planned)
        assert played.whole(spool) == before


@pytest.mark.parametrize("priority", [-1, 101])
def test_a_priority_beyond_the_scale_is_refused(spool: Spool, output: str, priority: int) -> None:
    with pytest.raises(SpoolError):
        submit.plan(spool, played.a_job(output), priority=priority)


@pytest.mark.parametrize(("key", "value"), [
    ("blender", '["x"]'), ("blender", "3"), ("chunk", "0"), ("chunk", "true"), ("output", '"a\\u0000b"'),
    ("output", '"here"'),
    ("scene", "5"), ("fps", '"fast"'), ("frames", '"5-1"'), ("template", "[]"), ("template", '["a", 5]'),
    ("format", "2"), ("job", '"20261120-101530-other-7f3a"'), ("recipe", "null")])
def test_a_job_that_was_edited_into_nonsense_is_told(spool: Spool, add: Add, key: str, value: str) -> None:
    import json
    _, job = add()
    path = Path(spool.job(job.job), "job.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: json.loads(value)}))
    with pytest.raises(SpoolError, match=r"job\.json"):
        jobs.read(spool, job.job)


# Full disk

FULL = """
import resource, signal, sys
from spool import opening, submit
from spool.errors import NotWritten
from tests.spool import played
spool = opening.open_spool(sys.argv[1])
planned = submit.plan(spool, played.a_job(sys.argv[2], frames="1-2000", chunk=1000, tries=3,
                                          scene="x" * 9000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    submit.submit(spool, planned)
except NotWritten as error:
    print(error.message, error.hint)
    sys.exit(74)
"""


@pytest.mark.parametrize("limit", [0, 100, 5000])
def test_a_job_that_does_not_fit_on_the_disk_is_not_accepted(spool: Spool, output: str, limit: int) -> None:
    ran = subprocess.run([sys.executable, "-c", FULL, spool.root, output, str(limit)], capture_output=True, text=True,
                         cwd=Path(__file__).resolve().parents[2], timeout=60, check=False)
    assert ran.returncode == 74, ran.stderr
    assert spool.root in ran.stdout and "disk full" in ran.stdout
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("queue")) == []


FULL_JOURNAL = """
import os, resource, signal, sys
from spool import opening
from spool.journal import Journal
spool = opening.open_spool(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal(spool, sys.argv[2], "ws01") as lines:
    lines.write("frame", frame=1, round=0)
    size = os.stat(f"{spool.job(sys.argv[2])}/journal/ws01.jsonl").st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
    for frame in (2, 3):
        try:
            lines.write("frame", frame=frame, round=0)
        except OSError:
            print("told")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    lines.write("frame", frame=4, round=0)
"""


def test_a_line_that_did_not_fit_is_told_and_spoils_no_other(spool: Spool, add: Add) -> None:
    _, job = add()
    ran = subprocess.run([sys.executable, "-c", FULL_JOURNAL, spool.root, job.job], capture_output=True, text=True,
                         timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (0, "told\ntold\n"), ran.stderr
    assert sorted(journal.done_frames(journal.events(spool, job.job))) == [1, 4]


@pytest.fixture(name="small_disk")
def fixture_small_disk(tmp_path: Path) -> object:
    """A filesystem of 256 kB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    made = subprocess.run(mount, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("this user may not mount: a full disk is tested with the file size limit alone")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_refuses_a_job_and_takes_the_next_smaller_one(small_disk: Path, output: str) -> None:
    spool = opening.init(str(small_disk / "farm"))
    with pytest.raises(NotWritten, match="No space left"):
        played.add(spool, output, frames="1-500", chunk=1)
    assert os.listdir(spool.folder("jobs")) == os.listdir(spool.folder("queue")) == []
    played.add(spool, output, frames="1-4")
    assert not check.check(spool).faults
