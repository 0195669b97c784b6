"""All that a job's programs said, in one file: nothing that lies in the folder leads it elsewhere."""

import os
from pathlib import Path

import pytest

from renderd import job_log
from spool import opening
from spool.layout import Spool

JOB = "20261120-101530-shot-7f3a"


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="folder")
def fixture_folder(spool: Spool) -> Path:
    (folder := Path(spool.job(JOB)) / "log").mkdir(parents=True)
    for age, name in enumerate(("b@one.log", "a@two.log")):
        (folder / name).write_text(f"said by {name}\n")
        os.utime(folder / name, (age, age))
    return folder


def test_the_logs_stand_behind_each_other_as_they_ended(spool: Spool, folder: Path) -> None:
    job_log.write(spool, JOB)
    assert (folder / "all.log").read_text() == (
        "==> b@one.log <==\nsaid by b@one.log\n==> a@two.log <==\nsaid by a@two.log\n")
    job_log.write(spool, JOB)
    assert (folder / "all.log").read_text().count("==>") == 2, "it is none of them"


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_in_its_place_is_replaced_and_not_followed(spool: Spool, folder: Path, tmp_path: Path,
                                                         link: object) -> None:
    (private := tmp_path / "private").write_text("mine")
    for name in ("all.log", f".all.log.{os.getpid()}.tmp"):
        link(private, folder / name)    # type: ignore[operator]
    job_log.write(spool, JOB)
    assert private.read_text() == "mine"
    assert "said by a@two.log" in (folder / "all.log").read_text()
    assert sorted(os.listdir(folder)) == ["a@two.log", "all.log", "b@one.log"]


def test_what_is_too_long_is_said_to_be_cut(spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_log, "MOST", 30)
    job_log.write(spool, JOB)
    assert "(the rest is not kept here)" in (folder / "all.log").read_text()


def test_a_full_disk_leaves_the_logs_and_no_half_file(spool: Spool, folder: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job_log, "_copy", full)
    job_log.write(spool, JOB)
    assert sorted(os.listdir(folder)) == ["a@two.log", "b@one.log"]
