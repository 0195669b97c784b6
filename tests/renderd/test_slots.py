"""`slots: auto`: how many slots a job gets, and why."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderd.slots import Fit, Machine, fit

EIGHT = Machine(cores=8, memory_mb=32_000, free_mb=24_000)


def frames(*cores: float, peak_mb: float = 953.67, wall: float = 10.0) -> list[Mapping[str, Any]]:
    """Lines of frames that used so many cores each, and 1,000 MB."""
    return [{"event": "frame", "cpu": c * wall, "wall": wall, "peak_mb": peak_mb} for c in cores]


def test_as_long_as_nothing_is_known_one_slot_has_all_cores() -> None:
    assert fit([], EIGHT) == Fit(1, "too few of its frames have told how many cores they use there")
    assert fit(frames(1.0), EIGHT).slots == 1


def test_frames_that_use_one_core_get_a_slot_for_each_core() -> None:
    assert fit(frames(1.0, 1.1), EIGHT) == Fit(8, "its frames use 1.1 of 8 cores each")


@pytest.mark.parametrize(("cores", "slots"), [(1.49, 8), (1.5, 1), (7.6, 1)])
def test_frames_that_use_more_cores_have_them_all(cores: float, slots: int) -> None:
    assert fit(frames(cores, cores), EIGHT).slots == slots


def test_no_more_slots_than_memory_allows() -> None:
    found = fit(frames(1.0, 1.0, peak_mb=2861.02), Machine(8, 32_000, 12_300))
    assert found == Fit(3, "its frames use 1.0 of 8 cores each, and there is memory for 3 of 3,000 MB")


def test_the_largest_of_the_newest_frames_counts_for_memory() -> None:
    assert fit(frames(1.0) + frames(1.0, peak_mb=9537), Machine(8, 32_000, 24_000)).slots == 2


def test_what_our_own_renders_hold_counts_as_free() -> None:
    """Else each render that runs would take its memory twice, and slots would come and go."""
    alone, three_run = Machine(8, 8000, 4100), Machine(8, 8000, 1100, held_mb=3000)
    assert fit(frames(1.0, 1.0), alone).slots == fit(frames(1.0, 1.0), three_run).slots == 3


def test_when_memory_gets_short_one_slot_is_left() -> None:
    assert fit(frames(1.0, 1.0), Machine(8, 32_000, 200)).slots == 1


def test_a_tenth_of_the_memory_is_left_to_others() -> None:
    assert fit(frames(1.0, 1.0), Machine(64, 64_000, 26_500)).slots == 20
    assert fit(frames(1.0, 1.0), Machine(8, 4000, 3100)).slots == 2


def test_frames_that_turn_parallel_fall_back_to_one_slot_and_come_again() -> None:
    assert fit(frames(*[1.0] * 8, *[1.9] * 4), EIGHT).slots == 8
    assert fit(frames(*[1.0] * 8, *[1.9] * 5), EIGHT).slots == 1
    assert fit(frames(*[1.9] * 8, *[1.0] * 8), EIGHT).slots == 8


def test_one_core_is_one_slot() -> None:
    assert fit(frames(0.9, 0.9), Machine(1, 32_000, 24_000)) == Fit(1, "it has one core")


@pytest.mark.parametrize("line", [{}, {"cpu": 1.0}, {"cpu": "1", "wall": 1.0, "peak_mb": 5},
                                  {"cpu": 1, "wall": 0, "peak_mb": 5}, {"cpu": 1.0, "wall": 1.0},
                                  {"cpu": 1.0, "wall": 1.0, "peak_mb": 0}])
def test_lines_that_do_not_tell_are_passed_over(line: dict[str, Any]) -> None:
    """As older daemons wrote them, or as somebody edited them."""
    assert fit([*frames(1.0, 1.0), line, line], EIGHT).slots == 8


AMOUNT = st.one_of(st.sampled_from([None, "1", True, 10 ** 400]), st.floats())
LINES = st.lists(st.fixed_dictionaries({}, optional={"cpu": AMOUNT, "wall": AMOUNT, "peak_mb": AMOUNT}), max_size=12)


@given(LINES, st.integers(1, 256), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_whatever_the_journal_says_there_is_a_slot_and_no_more_than_cores(
        lines: list[dict[str, Any]], cores: int, total: float, free: float, held: float) -> None:
    assert 1 <= fit(lines, Machine(cores, total, free, held)).slots <= cores
