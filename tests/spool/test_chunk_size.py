"""`--chunk auto`: what is sent, and how much of it a claimer keeps."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import chunk_size, submit
from spool import frames as frame_lists
from spool.errors import TooMuch
from spool.job import Job
from spool.layout import Spool
from tests.spool import played

ORDERS = st.sampled_from(frame_lists.ORDERS)


def auto(frames: str = "1-250", order: str = "probe", chunk: int = 100, seconds: float = 300.0) -> Job:
    return played.a_job("/out/####.png", frames, chunk, order=order, chunk_seconds=seconds)


def said(job: Job) -> list[str]:
    return [frame_lists.text(piece) for piece in chunk_size.pieces(job, job.frame_list())]


def test_some_frames_are_sent_alone_and_chunks_of_the_bound_between_them() -> None:
    assert said(auto()) == ["1", "250", "126", "63", "189", "2-62", "64-125", "127-188", "190-249"]


@pytest.mark.parametrize(("frames", "alone"), [("1-100", 3), ("1-249", 4), ("1-850", 17), ("1-9999", 17)])
def test_in_a_long_film_more_frames_are_sent_alone(frames: str, alone: int) -> None:
    found = said(auto(frames=frames))
    assert ["-" in piece for piece in found] == [False] * alone + [True] * (len(found) - alone)


def test_linear_sends_no_frame_alone() -> None:
    assert said(auto(order="linear")) == ["1-100", "101-200", "201-250"]


def test_bisect_sees_the_whole_film_coarsely_first() -> None:
    found = said(auto(order="bisect"))
    assert found[:5] == ["1", "250", "126", "63", "189"] and all("-" not in piece for piece in found[:17])
    assert all("-" in piece for piece in found[17:])


@pytest.mark.parametrize(("frames", "wanted"), [("7", ["7"]), ("1-3", ["1", "3", "2"]), ("1-4", ["1", "4", "3", "2"])])
def test_short_jobs_are_single_frames(frames: str, wanted: list[str]) -> None:
    assert said(auto(frames)) == wanted


@given(st.sets(st.integers(0, 400), min_size=1), ORDERS, st.integers(1, 40))
def test_each_frame_is_in_one_chunk_and_no_chunk_reaches_over_another(frames: set[int], order: str, bound: int) -> None:
    job = auto(frame_lists.text(frames), order, bound)
    found = chunk_size.pieces(job, sorted(frames))
    assert sorted(f for piece in found for f in piece) == sorted(frames)
    assert max(map(len, found)) <= bound
    ranges = sorted((piece[0], piece[-1]) for piece in found)
    assert all(left[1] < right[0] for left, right in pairwise(ranges))


def test_what_somebody_sends_through_the_inbox_may_not_become_a_million_files(spool: Spool) -> None:
    with pytest.raises(TooMuch):
        submit.plan(spool, auto("1-1000000", chunk=1))


# -- what a claimer keeps

def test_a_chunk_lasts_about_as_long_as_the_job_wants() -> None:
    assert chunk_size.keep([10.0] * 50, auto()) == 30


def test_one_frame_is_kept_though_it_lasts_longer() -> None:
    assert chunk_size.keep([4000.0] * 50, auto()) == 1


def test_never_more_than_the_bound_is_kept() -> None:
    assert chunk_size.keep([0.0] * 80, auto()) == 100


def test_two_frames_are_kept_as_long_as_no_frame_has_told_its_time() -> None:
    assert chunk_size.keep([], auto()) == 2
    assert chunk_size.keep([], auto(chunk=1)) == 1


def test_chunks_grow_with_what_is_known() -> None:
    assert [chunk_size.keep([0.1] * known, auto()) for known in (1, 2, 6, 50)] == [2, 4, 12, 100]


def test_the_newest_frames_count_as_a_film_has_heavy_stretches() -> None:
    assert chunk_size.keep([1.0] * 40 + [100.0] * 10, auto()) == 3


def test_one_frame_that_took_an_hour_says_nothing_of_the_others() -> None:
    assert chunk_size.keep([10.0] * 30 + [3600.0], auto()) == 30


def test_nobody_takes_so_much_of_the_rest_that_others_wait_for_it() -> None:
    kept = [chunk_size.keep([4.0] * 80, auto(), waiting, at_work=20) for waiting in (100_000, 2_000, 1_000, 200, 40)]
    assert kept == [75, 50, 25, 5, 2]


def test_the_last_chunks_are_no_crumbs() -> None:
    assert chunk_size.keep([0.1] * 80, auto(), waiting=100, at_work=20) == 100, "10 s of work"
    assert chunk_size.keep([4.0] * 80, auto(), waiting=75, at_work=1) == 75, "nobody else is there"


@given(st.lists(st.floats(0, 1e12), max_size=60), st.floats(1, 86_400), st.integers(1, 100),
       st.integers(1, 1000), st.integers(0, 100))
def test_whatever_journals_say_one_frame_is_kept_at_least(times: list[float], wanted: float, bound: int, waiting: int,
                                                          at_work: int) -> None:
    assert 1 <= chunk_size.keep(times, auto(chunk=bound, seconds=wanted), waiting, at_work) <= bound
