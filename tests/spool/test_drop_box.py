"""The drop-box: one takes it, nothing of a person is overwritten, and whose job it is the file says."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from spool import admit, drop_answers, drop_box, drop_files, submissions, submit
from spool import job as jobs
from spool.drop_files import Odd
from spool.layout import Incarnation, Spool
from tests.spool import played

ME, OTHER = Incarnation("ws01", 1, "00000001"), Incarnation("ws02", 2, "00000002")
JOB, BIN = "20261120-101530-shot-7f3a", 2
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(name="box")
def fixture_box(spool: Spool) -> Path:
    return Path(submissions.folder(spool))


@pytest.mark.parametrize("name", ["shot.blend", "shot", "🎬 a b.blend", "film.mp4", "a.blend.d", "2.blend"])
def test_what_may_have_been_dropped(name: str) -> None:
    assert drop_files.is_drop(name)


@pytest.mark.parametrize("name", ["README.txt", ".x.blend", "..x", "a.blend1", "a.blend32", "a.blend@", "x.txt",
                                  "x.json", "x~", "a.blend.part", JOB, f"{JOB}.json", f"{JOB}.json.txt", ".taking~a~b",
                                  "Thumbs.db"])
def test_what_was_not(name: str) -> None:
    assert not drop_files.is_drop(name)


def test_one_takes_a_file_and_a_folder_whole(spool: Spool, box: Path) -> None:
    (box / "a b.blend").write_text("a")
    (box / "dir").mkdir()
    (box / "dir" / "x.blend").write_text("x")
    for name in ("a b.blend", "dir"):
        mine = drop_box.take(spool, name, ME)
        assert mine and drop_box.take(spool, name, OTHER) is None
        assert [one.name for one in drop_box.records(spool)] == [name]
        assert os.path.basename(drop_files.blend_of(drop_box.where(spool, mine), name)).endswith(".blend")
        drop_box.finish(spool, mine)
    assert [name for name in drop_box.names(spool) if name[0] == "."] == []


def test_who_puts_back_overwrites_nothing(spool: Spool, box: Path) -> None:
    (box / "a.blend").write_text("old")
    mine = drop_box.take(spool, "a.blend", ME)
    assert mine
    (box / "a.blend").write_text("new")
    assert drop_box.put_back(spool, mine) == "a (2).blend"
    assert ((box / "a.blend").read_text(), (box / "a (2).blend").read_text()) == ("new", "old")
    assert sorted(drop_box.names(spool)) == ["README.txt", "a (2).blend", "a.blend"]


def test_the_longest_name_has_room_for_a_number(spool: Spool, box: Path) -> None:
    name = "ä" * 124 + "x.blend"
    (box / name).write_text("old")
    mine = drop_box.take(spool, name, ME)
    assert mine
    (box / name).write_text("new")
    assert drop_box.put_back(spool, mine).endswith(" (2).blend")


def test_a_record_that_nobody_of_ours_wrote_is_none(spool: Spool, box: Path) -> None:
    for name in (".taking~", ".taking~x", f".taking~{JOB}", f".taking~{JOB}~x", f".taking~{JOB}~{ME}"):
        (box / name).write_text("[]")
    assert list(drop_box.records(spool)) == []


def test_of_a_folder_the_blends_of_a_mac_do_not_count(box: Path) -> None:
    (box / "shot" / "lib").mkdir(parents=True)
    for name in ("a.blend", "._a.blend", "lib/b.blend", "lib/._b.blend"):
        (box / "shot" / name).write_text("x")
    assert drop_files.blends_of(f"{box}/shot", "shot") == [f"{box}/shot/a.blend", f"{box}/shot/lib/b.blend"]
    assert drop_files.blends_of(f"{box}/shot/a.blend", "a.blend") == [f"{box}/shot/a.blend"]


def test_an_answer_leaves_a_persons_text_alone_and_goes_with_its_file(spool: Spool, box: Path) -> None:
    (box / "a.mb").write_text("x")
    (box / "a.mb.txt").write_text("mine")
    drop_answers.answer(spool, "a.mb", "no blend", "s1")
    assert (drop_answers.answered(spool, "a.mb"), (box / "a.mb.txt").read_text()) == ("s1", "mine")
    (box / "a.mb").unlink()
    drop_answers.sweep(spool, drop_box.names(spool))
    assert sorted(drop_box.names(spool)) == ["README.txt", "a.mb.txt"]


@pytest.mark.parametrize(("make", "code"), [
    (lambda p: p.symlink_to("/etc/passwd"), "link"), (lambda p: os.mkfifo(p), "device"),
    (lambda p: (p.mkdir(), (p / "t").symlink_to("/etc/passwd")), "link"),
    (lambda p: (p.write_text("x"), os.link(p, f"{p}2")), "second-name")])
def test_links_and_devices_are_refused(spool: Spool, box: Path, make, code: str) -> None:  # type: ignore[no-untyped-def]
    make(box / "a.blend")
    with pytest.raises(Odd) as error:
        drop_files.look(spool, f"{submissions.folder(spool)}/" + "a.blend")
    assert error.value.code == code


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "."])
def test_a_record_that_names_another_place_is_none(spool: Spool, box: Path, name: str) -> None:
    (box / f".taking~{JOB}~{ME}").write_text(json.dumps({"name": name, "folder": False}))
    assert list(drop_box.records(spool)) == []


def dropped(spool: Spool, output: str, blend: Path) -> str:
    """The owner of a job that says that this was dropped."""
    job = replace(played.a_job(output), job=JOB, blend=str(blend), dropped=True)
    admit.copy(spool, submit.plan_named(spool, job, priority=50, hold=False))
    return jobs.read(spool, JOB).owner


@root_only
def test_the_owner_is_the_uid_of_the_file_and_of_no_other(spool: Spool, output: str, box: Path) -> None:
    (box / JOB).mkdir()
    (box / JOB / "a.blend").write_text("x")
    os.chown(box / JOB / "a.blend", BIN, -1)
    assert dropped(spool, output, box / JOB / "a.blend") == "bin"
    (box / JOB / "a.blend").unlink()
    assert jobs.read(spool, JOB).owner == "root"


@root_only
@pytest.mark.parametrize("rest", ["link/a.blend", "../x.blend", "link"])
def test_a_link_on_the_way_makes_nobody_the_owner(spool: Spool, output: str, box: Path, rest: str) -> None:
    other = box.parent.parent / "home"
    other.mkdir()
    for path in (other / "a.blend", box / "x.blend"):
        path.write_text("x")
        os.chown(path, BIN, -1)
    (box / JOB).mkdir()
    (box / JOB / "link").symlink_to(other)
    assert dropped(spool, output, box / JOB / rest) == "root"
