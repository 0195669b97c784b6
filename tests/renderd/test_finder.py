"""A claimer of `--chunk auto` keeps what lasts as long as the job wants, and the rest waits."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renderd import finder as finders
from renderd.finder import Finder
from spool import beats, chunk_size, claim, frames, journal, opening, queue, submit
from spool import waiting as listings
from spool.claim import Claim
from spool.job import Job
from spool.layout import Incarnation, Spool
from spool.verdict import Host
from tests.bench.counting import counted
from tests.bench.simulated import Clock

Add = Callable[..., Job]


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="me")
def fixture_me(spool: Spool) -> Incarnation:
    beats.born(spool, me := beats.new_incarnation("ws01"))
    return me


@pytest.fixture(name="finder")
def fixture_finder(spool: Spool) -> Finder:
    return Finder(spool, Host("ws01", ("sh",)))


@pytest.fixture(name="add")
def fixture_add(spool: Spool, tmp_path: Path) -> Add:
    def add(**more: Any) -> Job:
        job = Job(job="", name="x", created="", recipe="command", template=("sh", "-c", "true", "{frames}"), chunks=0,
                  frames="1-250", chunk=chunk_size.BOUND, order="linear", tries=3, output=f"{tmp_path}/out/####.png",
                  chunk_seconds=300.0)
        planned = submit.plan(spool, replace(job, **more))
        submit.submit(spool, planned)
        return planned.job
    return add


def took(spool: Spool, taken: Claim | None, seconds: float) -> str:
    """The claim's frames are done, each in so many seconds; gives them."""
    assert taken
    with journal.Journal(spool, taken.job.job, "ws01") as lines:
        for frame in taken.info.frames:
            lines.write("frame", chunk=taken.name.chunk.stem, frame=frame, round=0, seconds=seconds)
    claim.finish(taken)
    return frames.text(taken.info.frames)


def waiting(spool: Spool, job: Job) -> list[str]:
    return [str(name) for name in claim.waiting_chunks(spool, job)]


def test_the_rest_of_a_chunk_waits_before_all_others(spool: Spool, me: Incarnation, finder: Finder, add: Add) -> None:
    job = add()
    taken = finder.take(me, 1)
    assert taken and taken.info.frames == (1, 2) and claim.ours(spool, taken)
    assert waiting(spool, job) == ["000.0003-0100", "001.0101-0200", "002.0201-0250"]


def test_chunks_grow_up_to_the_time_that_the_job_wants(spool: Spool, me: Incarnation, add: Add) -> None:
    add(frames="1-100")
    found = [took(spool, Finder(spool, Host("ws01", ("sh",))).take(me, 1), 20.0) for _ in range(6)]
    assert found == ["1-2", "3-6", "7-18", "19-33", "34-48", "49-63"]


def test_where_others_are_at_work_the_last_frames_are_shared_out(spool: Spool, me: Incarnation, add: Add) -> None:
    job, other = add(frames="1-300"), beats.new_incarnation("ws02")
    beats.born(spool, other)
    took(spool, Finder(spool, Host("ws01", ("sh",))).take(me, 1), 0.5)
    for _ in range(2):
        Finder(spool, Host("ws02", ("sh",))).take(other, 1)
    with journal.Journal(spool, job.job, "ws01") as lines:
        for _ in range(50):
            lines.write("frame", chunk="000.0001-0002", frame=1, round=0, seconds=1.0)
    left = sum(name.last - name.first + 1 for name in claim.waiting_chunks(spool, job))
    found = Finder(spool, Host("ws01", ("sh",))).take(me, 1)
    assert found and len(found.info.frames) == left // (3 * chunk_size.PARTS) < 100


@pytest.mark.parametrize(("seconds", "chunks"), [(0.1, 11), (4.0, 11)])
def test_a_host_that_is_alone_takes_no_crumbs(spool: Spool, me: Incarnation, add: Add, seconds: float,
                                              chunks: int) -> None:
    add(order="probe")
    found = []
    while taken := Finder(spool, Host("ws01", ("sh",))).take(me, 1):
        found.append(took(spool, taken, seconds))
    assert len(found) == chunks, found


@pytest.mark.parametrize("order", frames.ORDERS)
@pytest.mark.parametrize("asked", ["1-250", "1-499x2", "3,9,10,40-90x5,700"])
def test_every_frame_is_taken_once_in_every_order_and_with_steps(spool: Spool, me: Incarnation, add: Add, asked: str,
                                                                 order: str) -> None:
    job, found = add(frames=asked, order=order), list[int]()
    while taken := Finder(spool, Host("ws01", ("sh",))).take(me, 1):
        found += frames.parse(took(spool, taken, 4.0))
    assert sorted(found) == job.frame_list()
    assert journal.missing(spool, job) == []


def test_a_job_with_a_number_is_not_cut(spool: Spool, me: Incarnation, finder: Finder, add: Add) -> None:
    add(chunk_seconds=None)
    assert (taken := finder.take(me, 1)) and len(taken.info.frames) == 100


def test_a_command_that_a_person_edited_is_taken_whole(spool: Spool, me: Incarnation, finder: Finder,
                                                       add: Add) -> None:
    job = add()
    path = f"{spool.todo(job.job)}/000.0001-0100"
    info = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps(info | {"command": [*info["command"], "mine"]}))
    assert (taken := finder.take(me, 1)) and len(taken.info.frames) == 100


def test_an_info_file_that_makes_no_sense_is_taken_as_it_is(spool: Spool, me: Incarnation, finder: Finder,
                                                            add: Add) -> None:
    job = add()
    Path(f"{spool.todo(job.job)}/000.0001-0100").write_text("{}")
    assert (taken := finder.take(me, 1)) and str(taken.name.chunk) == "000.0001-0100"


def test_a_chunk_that_failed_keeps_its_past_in_both_parts(spool: Spool, me: Incarnation, finder: Finder,
                                                          add: Add) -> None:
    job = add(frames="1-50")
    todo = spool.todo(job.job)
    os.rename(f"{todo}/000.0001-0050", f"{todo}/000.0001-0050~1~ws09,lost2")
    assert (taken := finder.take(me, 1)) and str(taken.name.chunk) == "000.0001-0002~1~ws09,lost2"
    assert waiting(spool, job) == ["000.0003-0050~1~ws09,lost2"]


def test_of_no_job_behind_the_last_one_is_taken(spool: Spool, me: Incarnation, finder: Finder, add: Add) -> None:
    shot, film = add(), add(name="film")
    first, second = sorted([shot.job, film.job])
    while taken := finder.take(me, 1, last=first):
        assert taken.job.job == first
        took(spool, taken, 0.01)
    taken = finder.take(me, 1, last=second)
    assert taken and taken.job.job == second


def test_hosts_change_jobs_once_when_two_of_one_priority_wait(spool: Spool, add: Add) -> None:
    """With each change a living Blender is ended, and another is started."""
    jobs = [add(name=name, frames="1-100", chunk=10, chunk_seconds=None).job for name in ("shot", "film")]
    found: dict[str, list[str]] = {"ws01": [], "ws02": []}
    finders = {host: Finder(spool, Host(host, ("sh",))) for host in found}
    lives = {host: beats.new_incarnation(host) for host in found}
    for me in lives.values():
        beats.born(spool, me)
    for _ in range(10):
        held = [(host, finder.take(lives[host], 1)) for host, finder in finders.items()]
        for host, taken in held:        # both render at the same time
            assert taken
            found[host].append(taken.job.job)
            claim.finish(taken)
    assert all(asked == [job for job in sorted(jobs) for _ in range(5)] for asked in found.values())


def test_nothing_is_taken_while_the_job_that_has_the_room_is_on_hold(spool: Spool, me: Incarnation, finder: Finder,
                                                                     add: Add) -> None:
    """Its renders go on, with threads and memory for themselves."""
    held, other = add(frames="1-9"), add(frames="1-9")
    assert queue.move(spool, queue.find(spool, held.job), "held")
    assert finder.take(me, 1, last=held.job) is None
    taken = finder.take(me, 1)
    assert taken and taken.job.job == other.job


@pytest.fixture(name="clock")
def fixture_clock() -> Iterator[Clock]:
    clock = Clock()
    with clock.rules(finders, listings):
        yield clock


def of_job(taken: Claim | None) -> str | None:
    return taken.job.job if taken else None


@pytest.mark.usefixtures("clock")
def test_queue_is_not_listed_for_each_chunk(spool: Spool, me: Incarnation, finder: Finder, add: Add) -> None:
    add(chunk=1, chunk_seconds=None)
    with counted(spool.folder("queue")) as count:
        assert all(finder.take(me, 1) for _ in range(20))
    assert count.calls["listdir"] == 1


def test_what_is_urgent_is_seen_a_second_later(spool: Spool, me: Incarnation, finder: Finder, add: Add,
                                               clock: Clock) -> None:
    first = add(chunk=1, chunk_seconds=None)
    assert of_job(finder.take(me, 1)) == first.job
    urgent = add(chunk=1, chunk_seconds=None)
    queue.set_priority(spool, queue.find(spool, urgent.job), 90)
    clock.now += finders.KEEP_SECONDS / 2
    assert of_job(finder.take(me, 1)) == first.job
    clock.now += finders.KEEP_SECONDS
    assert of_job(finder.take(me, 1)) == urgent.job


@pytest.mark.usefixtures("clock")
def test_who_has_nothing_left_sees_at_once_what_is_new(spool: Spool, me: Incarnation, finder: Finder,
                                                       add: Add) -> None:
    assert finder.take(me, 1) is None
    for _ in range(3):
        new = add(frames="1", chunk_seconds=None)
        assert of_job(finder.take(me, 1)) == new.job
    assert finder.take(me, 1) is None


def test_of_a_job_on_hold_nothing_is_taken_a_second_later(spool: Spool, me: Incarnation, finder: Finder, add: Add,
                                                          clock: Clock) -> None:
    job = add(chunk=1, chunk_seconds=None)
    assert of_job(finder.take(me, 1)) == job.job
    queue.hold(spool, queue.find(spool, job.job))
    clock.now += 2 * finders.KEEP_SECONDS
    assert finder.take(me, 1) is None
