"""When a host may render: what is understood, what is open when, and what is refused."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderd import schedule

NIGHTS = schedule.parse("18:00-08:00, sat, sun")
MONDAY = 23         # of November 2026


def at(day: int, clock: str) -> datetime:
    return datetime(2026, 11, day, *map(int, clock.split(":")))


@pytest.mark.parametrize(("day", "clock", "is_open"), [
    (23, "07:59", True), (23, "08:00", False), (23, "17:59", False), (23, "18:00", True), (24, "00:00", True),
    (28, "12:00", True), (29, "23:59", True), (30, "08:00", False)])
def test_nights_and_the_weekend(day: int, clock: str, is_open: bool) -> None:
    assert schedule.is_open(NIGHTS, at(day, clock)) is is_open


@pytest.mark.parametrize(("day", "clock", "is_open"), [
    (27, "19:59", False), (27, "20:00", True), (28, "06:59", True), (28, "07:00", False), (28, "20:00", False),
    (27, "06:00", False)])
def test_what_begins_on_a_day_goes_on_after_its_midnight(day: int, clock: str, is_open: bool) -> None:
    assert schedule.is_open(schedule.parse("Friday 20:00 - 7:00"), at(day, clock)) is is_open


def test_days_may_run_over_the_end_of_a_week() -> None:
    windows = schedule.parse("sat-mon")
    assert [schedule.is_open(windows, at(day, "12:00")) for day in range(MONDAY, MONDAY + 7)] == [
        True, False, False, False, False, True, True]


def test_nothing_means_always() -> None:
    assert schedule.is_open(schedule.parse("  "), at(MONDAY, "12:00"))


@pytest.mark.parametrize("text", ["8-18", "18:00", "25:00-08:00", "08:60-09:00", "08:00-08:00", "24:00-08:00", "sam",
                                  "sat,,sun", "monkey", "sat 8:00", "1080"])
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        schedule.parse(text)


def test_when_it_opens_next() -> None:
    assert schedule.next_open(NIGHTS, at(MONDAY, "09:30")) == "at 18:00 today"
    assert schedule.next_open(schedule.parse("sat 10:00-11:00"), at(MONDAY, "09:30")) == "on sat 10:00"


@given(st.text("montuesa 0123456789:-,", max_size=20))
def test_whatever_is_written_is_understood_or_refused(text: str) -> None:
    try:
        windows = schedule.parse(text)
    except ValueError:
        return
    assert schedule.next_open(windows, at(MONDAY, "12:00")) != "never"


# -- where summer time begins and ends: what a clock on the wall of a computer in Berlin shows

@pytest.fixture(name="berlin")
def fixture_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")     # written out: no list of zones is needed
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shows(utc: str) -> datetime:
    """What `datetime.now()` gives there at that time."""
    return datetime.fromtimestamp(datetime.fromisoformat(f"{utc}+00:00").timestamp())


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("utc", "clock", "is_open"), [
    ("2027-03-28 00:59", "01:59", False),
    ("2027-03-28 01:00", "03:00", False),           # 02:00 to 03:00 is not there
    ("2027-10-31 00:29", "02:29", False), ("2027-10-31 00:30", "02:30", True),
    ("2027-10-31 01:00", "02:00", False),           # for the second time
    ("2027-10-31 01:30", "02:30", True), ("2027-10-31 02:00", "03:00", False)])
def test_an_hour_that_is_skipped_is_not_there_and_one_that_comes_twice_counts_twice(utc: str, clock: str,
                                                                                     is_open: bool) -> None:
    assert f"{shows(utc):%H:%M}" == clock
    assert schedule.is_open(schedule.parse("2:30-3:00"), shows(utc)) is is_open


@pytest.mark.usefixtures("berlin")
def test_a_night_in_which_clocks_change_is_open_from_its_first_to_its_last_minute() -> None:
    windows = schedule.parse("sat 22:00-06:00")
    for first, hours in ("2027-03-27 21:00", 7), ("2027-10-30 20:00", 9):
        begin = datetime.fromisoformat(f"{first}+00:00")
        minutes = [schedule.is_open(windows, shows(f"{begin + timedelta(minutes=at):%Y-%m-%d %H:%M}"))
                   for at in range(-60, 60 * hours + 60)]
        assert minutes == [False] * 60 + [True] * 60 * hours + [False] * 60


@pytest.mark.usefixtures("berlin")
def test_a_window_in_the_hour_that_is_skipped_comes_a_week_later() -> None:
    windows = schedule.parse("sun 2:00-3:00")
    night = [shows(f"2027-03-28 {hour:02}:{minute:02}") for hour in range(24) for minute in (0, 30)]
    assert not any(schedule.is_open(windows, at) for at in night)
    assert schedule.is_open(windows, shows("2027-04-04 00:30"))


@pytest.mark.parametrize(("now", "opens"), [
    ("2026-11-22 23:59", "on mon 00:00"), ("2026-11-22 00:00", "at 22:00 today"), ("2026-12-31 23:30", "on fri 00:00")])
def test_what_opens_at_midnight_belongs_to_the_day_that_begins(now: str, opens: str) -> None:
    windows = schedule.parse("mon 0:00-1:00, fri 0:00-1:00, sun 22:00-23:00")
    assert schedule.next_open(windows, datetime.fromisoformat(now)) == opens


@pytest.mark.parametrize(("day", "clock", "is_open"), [
    (23, "23:59", True), (24, "00:00", False), (23, "00:00", True), (22, "23:59", False)])
def test_a_day_ends_at_midnight(day: int, clock: str, is_open: bool) -> None:
    assert schedule.is_open(schedule.parse("mon"), at(day, clock)) is is_open
    assert schedule.is_open(schedule.parse("mon 0:00-24:00"), at(day, clock)) is is_open
