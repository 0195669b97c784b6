"""Names: what is written can be read back, what is not ours is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool.errors import BadName
from spool.host_names import host_name
from spool.layout import (
    Beat,
    ChunkName,
    ClaimName,
    Entry,
    Incarnation,
    parse_beat,
    parse_chunk,
    parse_claim,
    parse_entry,
    parse_incarnation,
    parse_job,
    slug,
)

JOB = "20261120-101530-shot010-7f3a"

hosts = st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True)
frames = st.tuples(st.integers(0, 99_999), st.integers(0, 99_999)).map(sorted)
chunks = st.builds(lambda seq, ends, tries, avoid, lost: ChunkName(f"{seq:03}", *ends, tries,
                                                                   tuple(avoid) if tries else (), lost=lost),
                   st.integers(0, 100_000), frames, st.integers(0, 5), st.lists(hosts, max_size=4, unique=True),
                   st.integers(0, 5))
lives = st.builds(Incarnation, hosts, st.integers(1, 4_000_000), st.from_regex(r"[0-9a-f]{8}", fullmatch=True))


@given(chunks)
def test_a_chunk_name_is_read_back(name: ChunkName) -> None:
    assert parse_chunk(str(name)) == name


@given(chunks, lives, st.integers(0, 99))
def test_a_claim_is_read_back(chunk: ChunkName, owner: Incarnation, slot: int) -> None:
    assert parse_claim(str(ClaimName(chunk, owner, slot))) == ClaimName(chunk, owner, slot)


@given(lives, st.integers(0, 10**9))
def test_a_beat_is_read_back(owner: Incarnation, count: int) -> None:
    assert parse_beat(str(Beat(owner, count))) == Beat(owner, count)


@given(st.integers(0, 100), st.sampled_from(["queue", "held", "done", "failed"]))
def test_an_entry_is_read_back(priority: int, origin: str) -> None:
    for entry in (Entry(origin, priority, JOB), Entry("trash", priority, JOB, origin)):
        assert parse_entry(entry.state, entry.name) == entry


@given(st.text(max_size=40))
def test_any_text_is_refused_or_written_back_as_it_was(text: str) -> None:
    for parse in (parse_chunk, parse_claim, parse_beat, parse_incarnation, parse_job):
        with suppress(BadName):
            assert str(parse(text)) == text


@pytest.mark.parametrize("bad", ["", "..", ".", "a", "000.0002-0001", "000.0001-0010\n", "000.0001-0010/..",
                                 "000.0001-0010~1~../x", "000.0001-0010~0", "000.0001-0010~02", "000.0001-0010~1+ws07",
                                 "000.0001-0010~1~ws07~ws08", "000.0001-0010~1~",
                                 "000.0001-0010,lost0", "000.0001-0010,lost02", "000.0001-0010,lost1~1~ws07",
                                 "00.0001-0010", "000.00001-0010", "٠٠٠.0001-0010"])
def test_what_is_no_chunk_is_refused(bad: str) -> None:
    with pytest.raises(BadName):
        parse_chunk(bad)


@pytest.mark.parametrize("bad", ["50." + JOB + "\n", "50.../..", "101." + JOB, "50." + JOB + "~queue", "x." + JOB])
def test_what_is_no_entry_is_refused(bad: str) -> None:
    with pytest.raises(BadName):
        parse_entry("queue", bad)


def test_a_beat_with_leading_zeros_is_refused_because_nobody_could_rename_it() -> None:
    with pytest.raises(BadName):
        parse_beat("ws07.4312.9f2c41aa!007")


def test_tries_without_a_host_are_a_name() -> None:
    assert str(parse_chunk("003.0001-0010~2")) == "003.0001-0010~2"


def test_a_priority_that_a_person_wrote_with_one_digit_keeps_its_name() -> None:
    assert parse_entry("queue", f"5.{JOB}").path == f"queue/5.{JOB}"


def test_higher_priority_comes_first_then_the_older_job() -> None:
    low, old, new = Entry("queue", 5, JOB), Entry("queue", 50, JOB), Entry("queue", 50, "2027" + JOB[4:])
    assert sorted([new, low, old], key=lambda e: e.order) == [old, new, low]


def test_the_name_of_a_claim_with_many_failures_fits_into_a_file_name() -> None:
    name = ChunkName("100000", 1_000_000, 1_000_009, lost=99)
    for number in range(6):
        name = name.tried_on(host_name(f"{number}" + "very-long-host-name" * 4))
    owner = Incarnation(host_name("very-long-host-name" * 4), 4_000_000, "9f2c41aa")
    assert len(str(ClaimName(name, owner, 12))) < 255


@pytest.mark.parametrize(("text", "name"), [
    ("WS07.school.example", "ws07"), ("a_b", "a-b"), ("..", "host"), ("-", "host")])
def test_a_host_name_becomes_plain(text: str, name: str) -> None:
    assert host_name(text) == name


@pytest.mark.parametrize(("text", "name"), [("Szene 1: Anfang", "Szene-1-Anfang"), ("../..", "job"), ("x\ny", "x-y")])
def test_a_slug_is_plain(text: str, name: str) -> None:
    assert slug(text) == name
