"""Room for one more render: fixed, or by what the frames of the job used here and what is idle."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from renderd import room, sources
from renderd.room import Room
from spool import opening
from spool.journal import Journal
from spool.layout import JOB_FOLDERS, Spool

SHOT, FILM = "20261120-101530-shot-0001", "20261120-101530-film-0002"
ALL = "its frames use 1.0 of 8 cores each"


@dataclass
class Clock:
    """Of the computer, and how long its cores were idle together."""

    now: float = 1000.0
    idle: float = 500.0

    def monotonic(self) -> float:
        return self.now

    def goes_on(self, seconds: float, idle_cores: float) -> None:
        self.now, self.idle = self.now + seconds, self.idle + seconds * idle_cores


Made = Callable[..., Room]


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="clock")
def fixture_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(room, "time", clock := Clock())
    return clock


@pytest.fixture(name="made")
def fixture_made(spool: Spool, tmp_path: Path, clock: Clock) -> Made:
    """`made("auto")`: of ws01, a computer with 8 cores and memory for every frame of the tests."""
    def made(slots: str = "auto", threads: int = 0) -> Room:
        chosen = sources.load({}, {"host": "ws01", "slots": slots, "threads": threads}, etc_dir=tmp_path)
        return Room(spool, chosen, 8, lambda: 0.0, lambda: clock.idle)
    return made


def rendered(spool: Spool, job: str, cores: float, host: str = "ws01", count: int = 8) -> None:
    for name in JOB_FOLDERS:
        os.makedirs(f"{spool.job(job)}/{name}", exist_ok=True)
    with Journal(spool, job, host) as lines:
        for frame in range(count):
            lines.write("frame", chunk="000.0001-0009", frame=frame, cpu=cores, wall=1.0, peak_mb=0.1)


def after(clock: Clock, auto: Room, busy: list[str], idle_cores: float, seconds: float = 6.0) -> str | None:
    """What it says when so many cores were idle for a while."""
    auto.last(busy)
    clock.goes_on(seconds, idle_cores)
    return auto.last(busy)


def test_a_number_of_slots_takes_of_any_job_and_divides_the_cores(made: Made) -> None:
    fixed = made("3")
    assert (fixed.most, fixed.last([SHOT, FILM]), fixed.threads(SHOT), fixed.told([SHOT])) == (3, "", 2, {})


def test_auto_begins_with_any_job_and_all_cores(made: Made) -> None:
    auto = made()
    assert (auto.most, auto.last([]), auto.threads(SHOT)) == (8, "", 8)


def test_a_job_that_nobody_knows_has_the_computer_alone(made: Made, clock: Clock) -> None:
    assert after(clock, made(), [SHOT], 7.0) is None


def test_more_slots_take_of_the_job_whose_frames_leave_cores_idle(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 7.0) == SHOT
    assert auto.threads(SHOT) == 1
    assert [auto.last([SHOT] * busy) for busy in (2, 7, 8)] == [SHOT, SHOT, None]


def test_as_many_slots_more_as_cores_were_idle(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 2.6) == SHOT
    assert [auto.last([SHOT] * busy) for busy in (2, 3, 4)] == [SHOT, SHOT, None]
    assert auto.threads(SHOT) == 2
    assert after(clock, auto, [SHOT] * 4, 0.2) is None
    assert after(clock, auto, [SHOT] * 4, 1.0) == SHOT


def test_on_a_computer_that_others_use_frames_seem_to_use_one_core(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 0.4) is None
    assert auto.threads(SHOT) == 8
    assert auto.told([SHOT])["fit"] == {"job": SHOT, "slots": 1, "why": f"{ALL}, and no other core was idle"}


def test_a_moment_is_too_short_to_call_a_core_idle(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 7.0, seconds=room.WATCH / 2) is None
    assert after(clock, auto, [SHOT, SHOT], 7.0, seconds=room.WATCH / 2) is None
    assert after(clock, auto, [SHOT], 7.0, seconds=room.WATCH / 2) is None


def test_slots_that_were_there_come_back_at_once_after_a_chunk(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    after(clock, auto, [SHOT], 7.0)
    after(clock, auto, [SHOT] * 8, 0.0)
    assert auto.last([SHOT] * 7) == SHOT


def test_slots_that_stood_empty_do_not_come_back_when_others_took_their_cores(spool: Spool, made: Made,
                                                                              clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    after(clock, auto, [SHOT], 7.0)
    assert after(clock, auto, [SHOT] * 3, 0.0) is None
    assert after(clock, auto, [SHOT] * 3, 5.0) == SHOT


def test_it_falls_back_when_frames_turn_parallel(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 7.0) == SHOT
    rendered(spool, SHOT, 4.0)
    assert after(clock, auto, [SHOT], 7.0) is None
    assert auto.threads(SHOT) == 8


def test_the_next_job_begins_with_one_slot_again(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0), rendered(spool, FILM, 1.0)
    auto = made()
    assert after(clock, auto, [SHOT], 7.0) == SHOT
    assert auto.last([FILM]) is None and auto.threads(FILM) == 8


def test_nothing_begins_while_two_jobs_share_the_computer(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0), rendered(spool, FILM, 1.0)
    assert after(clock, made(), [SHOT, FILM], 7.0) is None


def test_what_another_computer_says_of_its_cores_does_not_count(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0, host="other")
    assert after(clock, made(), [SHOT], 7.0) is None


def test_threads_that_a_person_chose_stay(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made(threads=3)
    assert after(clock, auto, [SHOT], 7.0) == SHOT and auto.threads(SHOT) == 3


def test_the_status_tells_how_many_and_why(spool: Spool, made: Made, clock: Clock) -> None:
    rendered(spool, SHOT, 1.0)
    auto = made()
    assert auto.told([]) == {}
    after(clock, auto, [SHOT], 7.0)
    assert auto.told([SHOT]) == {"fit": {"job": SHOT, "slots": 8, "why": ALL}}


def test_the_journal_is_not_read_again_at_once(spool: Spool, made: Made, clock: Clock) -> None:
    auto = made()
    assert auto.fit(SHOT).slots == 1
    rendered(spool, SHOT, 1.0)
    assert auto.fit(SHOT).slots == 1
    clock.goes_on(room.KEEP + 1, 0.0)
    assert auto.fit(SHOT).slots == 8


def test_idle_seconds_are_those_of_all_cores_together() -> None:
    def each() -> float:
        return sum(core.idle for core in psutil.cpu_times(percpu=True))

    rounded = 0.02 * len(psutil.cpu_times(percpu=True))
    before, told, later = each(), room.idle_seconds(), each()
    assert before - rounded <= told <= later + rounded
