"""Frame lists."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import frames
from spool.errors import BadFrames, TooMuch


@given(st.sets(st.integers(0, 2000), min_size=1))
def test_a_list_is_read_back_as_it_was(numbers: set[int]) -> None:
    assert frames.parse(frames.text(numbers)) == sorted(numbers)


@given(st.sets(st.integers(0, 500), min_size=1), st.integers(1, 20))
def test_chunks_hold_every_frame_once_in_order(numbers: set[int], size: int) -> None:
    pieces = frames.chunks(sorted(numbers), size)
    assert [f for piece in pieces for f in piece] == sorted(numbers)
    assert all(len(piece) == size for piece in pieces[:-1])


@given(st.integers(0, 300), st.sampled_from(frames.ORDERS))
def test_every_order_has_every_chunk_once(count: int, order: str) -> None:
    assert sorted(frames.ordered(range(count), order)) == list(range(count))


def test_probe_begins_with_the_ends_and_the_middle() -> None:
    assert frames.ordered(range(10), "probe")[:4] == [0, 9, 5, 1]


def test_the_probes_of_many_pieces_lie_all_over_them() -> None:
    found = frames.ordered(range(100), "probe")
    assert found[:5] == [0, 99, 50, 25, 75] and found[17:] == [at for at in range(100) if at not in found[:17]]
    assert max(right - left for left, right in pairwise(sorted(found[:17]))) <= 7


@pytest.mark.parametrize(("text", "cure"), [
    ("5-1", "1-5"), ("1:10", "1-10"), ("1-10:2", "1-10x2"), ("1-9x0", "every"), ("-5", "start at 0"),
    ("", "Examples"), ("1,,2", "Examples"), ("a", "Examples"), ("0x2", "1-100x2"), ("9" * 5000, "Examples")])
def test_a_list_that_cannot_be_meant_is_refused_with_a_cure(text: str, cure: str) -> None:
    with pytest.raises(BadFrames) as told:
        frames.parse(text)
    assert cure in str(told.value.hint)


@pytest.mark.parametrize("text", ["1-10000000", "0-1048574"])
def test_more_frames_than_can_be_are_refused(text: str) -> None:
    with pytest.raises(TooMuch):
        frames.parse(text)
