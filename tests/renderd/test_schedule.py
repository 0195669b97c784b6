"""When a host may render: what is understood, what is open when, and what is refused."""

from datetime import datetime

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
