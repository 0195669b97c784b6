"""Jobs that come through the inbox: once, whole, with their true owner; the rest comes back with an answer."""

import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spool import admit, atomic, check, claim, opening, owners, queue, submissions, submit
from spool import job as jobs
from spool.errors import BadFile, NoSpool, NotWritten, UnsafeFile
from spool.layout import Spool
from spool.owners import UnknownOwner
from spool.rules import Rules
from tests.spool import played
from tests.spool.played import BIN, STRANGER

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "farm"), by_inbox=True)


def send(spool: Spool, output: str, *, priority: int = 50, hold: bool = False, **asked: Any) -> Path:
    """The file of a job in the inbox."""
    planned = submit.plan(spool, played.a_job(output, **asked), priority=priority, hold=hold)
    submissions.put(spool, planned)
    return Path(submissions.folder(spool), f"{planned.job.job}.json")


def admitted(spool: Spool) -> list[str]:
    """What one look of a daemon says of each."""
    found = [admit.admit(spool, name) for name in admit.waiting(spool)]
    return [one.text or one.job for one in found if one]


def lies(spool: Spool) -> list[str]:
    return sorted(submissions.names(spool))


def test_a_job_is_admitted_as_it_was_sent(spool: Spool, output: str) -> None:
    path = send(spool, output, frames="1-5", chunk=2, priority=70, hold=True)
    assert [(one.job, one.answer) for one in submissions.listed(spool)] == [(path.stem, "")]
    assert admitted(spool) == [path.stem]
    entry = queue.find(spool, path.stem)
    job = jobs.read(spool, path.stem)
    assert (entry.state, entry.priority, job.frames, job.owner) == ("held", 70, "1-5", owners.user_name(os.geteuid()))
    assert [str(name) for name in claim.waiting_chunks(spool, job)] == ["000.0001-0002", "001.0003-0004",
                                                                        "002.0005-0005"]
    assert lies(spool) == admitted(spool) == []
    assert not check.check(spool).problems
    queue.release(spool, entry)
    played.recover(spool)
    played.assert_all_rendered(spool)


def test_wishes_names_and_keys_of_a_newer_version_are_admitted_as_they_were_sent(spool: Spool, output: str) -> None:
    folder = os.path.dirname(output)
    spool = replace(spool, rules=Rules(paths={"films": folder}))
    path = send(spool, "films::####.png", groups=("night",), needs=("gpu", "quantum=2"), paths=("films",), max_hosts=2,
                project="onion")
    newer = {"wish": {"of": ["tomorrow"]}, "written": 7, "others": 8}
    path.write_text(json.dumps(json.loads(path.read_text()) | newer))
    assert admitted(spool) == [path.stem]
    raw = json.loads(Path(spool.job(path.stem), "job.json").read_text())
    assert (raw["output"], raw["needs"], raw["wish"]) == ("films::####.png", ["gpu", "quantum=2"], {"of": ["tomorrow"]})
    assert raw.keys() & {"written", "others", "hold", "priority", "owner"} == set()
    job = jobs.read(spool, path.stem)
    assert (job.groups, job.max_hosts, job.project, job.output) == (("night",), 2, "onion", f"{folder}/####.png")


@as_root
def test_the_owner_is_the_uid_of_the_file_and_not_what_it_says(spool: Spool, output: str) -> None:
    path = send(spool, output)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"submitter": 0, "owner": "root", "submission": "x"}))
    os.chown(path, BIN, -1)
    assert admitted(spool) == [path.stem]
    assert jobs.read(spool, path.stem).owner == "bin"


@as_root
def test_what_a_job_says_of_its_owner_counts_only_where_daemons_wrote_it(tmp_path: Path) -> None:
    spool = opening.init(str(tmp_path / "shared"))
    _, job = played.add(spool, f"{tmp_path}/####.png", submitter=BIN)
    assert jobs.read(spool, job.job).owner == "root"


def _with(**values: object) -> Callable[[Path], object]:
    return lambda p: p.write_text(json.dumps(json.loads(p.read_text()) | values))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda p: p.write_text(""), "is not JSON"),
    "nonsense": (lambda p: p.write_text("[1]"), "holds no JSON object"),
    "of another name": (_with(job="20260101-000000-shot-aaaa"), "speaks of job"),
    "without frames": (_with(frames=""), "frames"),
    "too many chunks": (_with(frames="1-999999", chunk=1), "chunks"),
    "priority": (_with(priority=101), "Priority 101"),
    "priority as text": (_with(priority="high"), "priority 'high' is no number"),
    "order": (_with(order="random"), "order is none"),
    "template": (_with(template="rm -rf /"), "template is no list"),
    "large": (lambda p: p.write_text(p.read_text() + " " * 2_000_000), "bytes"),
    "0666": (lambda p: p.chmod(0o666), "Everybody may write"),
    "link": (lambda p: p.symlink_to(p.rename(p.parents[2] / "aside")), "is a link"),
    "hard link": (lambda p: os.link(p, p.parents[2] / "aside"), "a hard link"),
    "pipe": (lambda p: (p.unlink(), os.mkfifo(p)), "not a plain file"),
    "folder": (lambda p: (p.unlink(), p.mkdir()), "not a plain file"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_comes_back_with_an_answer_and_stops_no_other(spool: Spool, output: str, what: str) -> None:
    break_it, said = BROKEN[what]
    broken, good = send(spool, output), send(spool, output)
    break_it(broken)
    assert any(said in text for text in admitted(spool)), submissions.listed(spool)
    assert [e.job for e in queue.entries(spool)] == [good.stem]
    assert lies(spool) == [broken.name, f"{broken.name}.txt"]
    answer = Path(f"{broken}.txt").read_text()
    assert said in answer and f"Remove {broken.name}" in answer
    assert admitted(spool) == [], "it is answered once"
    assert [one.answer for one in submissions.listed(spool)] == [answer.strip()]


@pytest.mark.parametrize("name", ["shot.json", "20260101-000000-shot-aaaa\n.json", "20260101-000000-..-aaaa.json",
                                  f"20260101-000000-{'a' * 100}-aaaa.json"])
def test_a_name_that_no_job_has_comes_back(spool: Spool, output: str, name: str) -> None:
    path = send(spool, output)
    path.rename(path.with_name(name))
    assert len(admitted(spool)) == 1
    assert lies(spool) == sorted([name, f"{name}.txt"])


def test_an_answer_goes_with_what_it_answers(spool: Spool, output: str) -> None:
    path = send(spool, output)
    path.write_text("")
    admitted(spool)
    path.unlink()
    admitted(spool)
    assert lies(spool) == []


@as_root
def test_an_answer_of_somebody_else_is_none(spool: Spool, output: str) -> None:
    path = send(spool, output)
    Path(f"{path}.txt").write_text("no")
    os.chown(f"{path}.txt", BIN, -1)
    assert [one.answer for one in submissions.listed(spool)] == [""]
    assert admitted(spool) == [path.stem]
    admitted(spool)
    assert lies(spool) == []


@as_root
def test_a_submission_of_nobody_known_waits_until_he_is(spool: Spool, output: str) -> None:
    path = send(spool, output)
    os.chown(path, STRANGER, -1)
    with pytest.raises(UnknownOwner, match=str(path)):
        admitted(spool)
    os.chown(path, BIN, -1)
    assert admitted(spool) == [path.stem]


def test_other_files_in_the_inbox_are_left_alone(spool: Spool) -> None:
    for name in ("shot.blend", "read me.txt", ".hidden.json"):
        Path(submissions.folder(spool), name).touch()
    assert admitted(spool) == []
    assert sorted(os.listdir(submissions.folder(spool))) == [".hidden.json", "README.txt", "read me.txt",
                                                              "shot.blend"]
    assert not check.check(spool).problems


def test_of_very_many_some_are_taken_at_a_look(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "names", lambda spool: [f"{number}.json" for number in range(200)])
    looks = [tuple(admit.waiting(spool)) for _ in range(5)]
    assert {len(look) for look in looks} == {admit.AT_ONCE} and len(set(looks)) > 1


# -- swapped between check and use


def test_what_is_admitted_is_what_was_checked(spool: Spool, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner changes the file as soon as it was read."""
    path, real = send(spool, output), admit._read

    def read_then_changed(where: str) -> tuple[bytes, int]:
        found = real(where)
        path.write_text(path.read_text().replace('"true"', '"evil"'))
        return found
    monkeypatch.setattr(admit, "_read", read_then_changed)
    admitted(spool)
    job = jobs.read(spool, path.stem)
    assert job.program == "true"
    assert "evil" not in Path(spool.todo(job.job), "000.0001-0002").read_text()


def test_a_file_that_is_written_while_we_read_is_looked_at_again(spool: Spool, output: str,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    path = send(spool, output)
    with monkeypatch.context() as patched:
        patched.setattr(admit.trusted, "read_owned", _changed)
        assert admitted(spool) == [] and lies(spool) == [path.name]
    assert admitted(spool) == [path.stem]


def _changed(path: str, limit: int) -> tuple[bytes, int]:
    raise BadFile(f"{path} changed while it was read.")


# -- several daemons


def test_a_daemon_that_comes_late_makes_no_second_job(spool: Spool, output: str,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    """While it builds its copy another one admits the job, and it is rendered and put to done."""
    path, real, others = send(spool, output, frames="1-2"), submit.build, []

    def build_late(*args: Any, **more: Any) -> None:
        real(*args, **more)
        if not others:
            others.append(path.stem)
            assert admitted(spool) == [path.stem]
            played.recover(spool)
    monkeypatch.setattr(admit.submit, "build", build_late)
    assert admitted(spool) == []
    assert [(e.state, e.job) for e in queue.entries(spool)] == [("done", path.stem)]
    assert os.listdir(spool.folder("jobs")) == [path.stem]
    played.assert_all_rendered(spool)


def test_two_submissions_of_one_name_make_one_job(spool: Spool, output: str) -> None:
    """A member waits for the name of another's job and puts a file of that name."""
    path = send(spool, output)
    honest = path.read_text()
    admitted(spool)
    path.write_text(honest.replace('"true"', '"evil"'))
    assert "is there already" in admitted(spool)[0]
    assert jobs.read(spool, path.stem).program == "true"
    assert len(queue.entries(spool)) == 1


def test_many_daemons_that_race_admit_each_job_once(spool: Spool, output: str) -> None:
    paths = [send(spool, output, frames="1-2") for _ in range(12)]
    start, said = multiprocessing.Barrier(4), multiprocessing.Queue()

    def daemon() -> None:
        start.wait()
        for _ in range(3):
            said.put(admitted(spool))
    racing = [multiprocessing.Process(target=daemon) for _ in range(4)]
    for process in racing:
        process.start()
    told = [name for _ in range(12) for name in said.get(timeout=60)]
    for process in racing:
        process.join()
    assert sorted(told) == sorted(path.stem for path in paths)
    assert sorted(e.job for e in queue.entries(spool)) == sorted(path.stem for path in paths)
    assert sorted(os.listdir(spool.folder("jobs"))) == sorted(path.stem for path in paths)
    assert lies(spool) == [] and not check.check(spool).problems


def test_a_cache_behind_the_listing_loses_no_entry(spool: Spool, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """NFS: a rename may say "not there" of what is listed; then the submission must stay."""
    path = send(spool, output)
    with monkeypatch.context() as patched:
        real = atomic.hand_over
        patched.setattr(atomic, "hand_over", lambda a, b: False if a.endswith(".entry") else real(a, b))
        with pytest.raises(NotWritten):
            admitted(spool)
    assert queue.entries(spool) == [] and lies(spool) == [path.name]
    assert admitted(spool) == [path.stem]
    assert [e.job for e in queue.entries(spool)] == [path.stem]


def test_a_full_disk_sends_nothing_back(spool: Spool, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = send(spool, output)

    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as patched:
        patched.setattr(admit.submit, "build", full)
        with pytest.raises(NotWritten, match="No space"):
            admitted(spool)
    assert lies(spool) == [path.name]
    assert admitted(spool) == [path.stem]


# -- the place


def test_such_a_spool_is_closed_but_for_its_inbox(spool: Spool) -> None:
    modes = {name: oct(os.stat(spool.folder(name)).st_mode & 0o7777) for name in ("queue", "jobs", "hosts", "inbox")}
    assert modes == {"queue": "0o2755", "jobs": "0o2755", "hosts": "0o2755", "inbox": "0o3770"}
    assert opening.init(spool.root) == spool


@pytest.mark.parametrize(("name", "mode", "said"), [("queue", 0o2775, "its group may write in .*/queue"),
                                                    (".", 0o2775, "its group may write in"),
                                                    ("inbox", 0o2770, "everybody may remove what others put"),
                                                    ("inbox", 0o3777, "Everybody may write")])
def test_such_a_spool_is_refused_when_it_was_opened(spool: Spool, name: str, mode: int, said: str) -> None:
    os.chmod(spool.folder(name), mode)
    with pytest.raises(UnsafeFile, match=said):
        opening.open_spool(spool.root)


def test_a_spool_is_not_turned_into_another_kind(tmp_path: Path) -> None:
    opening.init(str(tmp_path / "farm"))
    with pytest.raises(NoSpool, match="not of that kind"):
        opening.init(str(tmp_path / "farm"), by_inbox=True)
    with pytest.raises(NoSpool, match="There is no group"):
        opening.init(str(tmp_path / "other"), group="nobodys-group")


@pytest.mark.parametrize("value", ["yes", "1", "[true]", "True"])
def test_a_mode_that_is_neither_on_nor_off_is_told(spool: Spool, value: str) -> None:
    Path(spool.root, "farm.yaml").write_text(f"format: 1\ninbox: {value}\n")
    with pytest.raises(BadFile, match="inbox is neither true nor false"):
        opening.open_spool(spool.root)
