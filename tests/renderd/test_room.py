"""Room for one more render: fixed, or by what the frames of the job used here."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from renderd import room, settings
from renderd.room import Room
from spool import opening
from spool.journal import Journal
from spool.layout import JOB_FOLDERS, Spool

SHOT, FILM = "20261120-101530-shot-0001", "20261120-101530-film-0002"
Made = Callable[..., Room]


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="made")
def fixture_made(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """`made(slots="auto")`: of ws01, a computer with 8 cores and memory for every frame of the tests."""
    monkeypatch.setattr(room, "KEEP", -1.0)

    def made(slots: str = "auto", threads: int = 0) -> Room:
        chosen = settings.load({}, {"host": "ws01", "slots": slots, "threads": threads}, etc_dir=tmp_path)
        return Room(spool, chosen, 8, lambda: 0.0)
    return made


def rendered(spool: Spool, job: str, cores: float, host: str = "ws01", count: int = 8) -> None:
    for name in JOB_FOLDERS:
        os.makedirs(f"{spool.job(job)}/{name}", exist_ok=True)
    with Journal(spool, job, host) as lines:
        for frame in range(count):
            lines.write("frame", chunk="000.0001-0009", frame=frame, cpu=cores, wall=1.0, peak_mb=0.1)


def test_a_number_of_slots_takes_of_any_job_and_divides_the_cores(made: Made) -> None:
    fixed = made("3")
    assert (fixed.most, fixed.last([SHOT, FILM]), fixed.threads(SHOT), fixed.told([SHOT])) == (3, "", 2, {})


def test_auto_begins_with_any_job_and_all_cores(made: Made) -> None:
    auto = made()
    assert (auto.most, auto.last([]), auto.threads(SHOT)) == (8, "", 8)


def test_a_job_that_nobody_knows_has_the_computer_alone(made: Made) -> None:
    assert made().last([SHOT]) is None


def test_more_slots_take_of_the_job_whose_frames_use_one_core(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert [auto.last([SHOT] * busy) for busy in (1, 7, 8)] == [SHOT, SHOT, None]
    assert auto.threads(SHOT) == 1


def test_it_falls_back_when_frames_turn_parallel(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert auto.last([SHOT]) == SHOT
    rendered(spool, SHOT, 4.0)
    assert (auto.last([SHOT]), auto.threads(SHOT)) == (None, 8)


def test_nothing_begins_while_two_jobs_share_the_computer(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0), rendered(spool, FILM, 1.0)
    assert made().last([SHOT, FILM]) is None


def test_what_another_computer_says_of_its_cores_does_not_count(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0, host="other")
    assert made().last([SHOT]) is None


def test_threads_that_a_person_chose_stay(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0)
    assert made(threads=3).threads(SHOT) == 3


def test_the_status_tells_how_many_and_why(spool: Spool, made: Made) -> None:
    rendered(spool, SHOT, 1.0)
    assert made().told([]) == {}
    assert made().told([SHOT]) == {"fit": {"job": SHOT, "slots": 8, "why": "its frames use 1.0 of 8 cores each"}}


def test_the_journal_is_not_read_again_at_once(spool: Spool, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEEP", 1000.0)
    auto = made()
    assert auto.last([SHOT]) is None
    rendered(spool, SHOT, 1.0)
    assert auto.last([SHOT]) is None
