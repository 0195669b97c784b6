"""The end of a claim is given away: by two steps, of which the second is one rename."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spool import atomic, beats, check, chunk, claim, job, journal, orphans, tail, view
from spool.claim import Claim
from spool.job import Job
from spool.layout import Entry, Spool
from tests.fakes.nfs import replies_lost
from tests.spool import played
from tests.spool.played import Daemon

Add = Callable[..., tuple[Entry, Job]]


def waiting(spool: Spool, made: Job) -> dict[str, list[int]]:
    """What waits, with its frames."""
    found = {}
    for name in claim.waiting_chunks(spool, made):
        path = f"{spool.job(made.job)}/{made.todo_folder(name.seq)}/{name}"
        found[str(name)] = list(chunk.decode(path, Path(path).read_bytes(), name).frames)
    return found


def taken(add: Add, daemon: Daemon, frames: str = "1-10", **asked: object) -> Claim:
    _, made = add(frames=frames, chunk=asked.pop("chunk", 10), **asked)
    found = daemon.take(made)
    assert found is not None
    return found


def test_the_end_of_a_claim_waits_for_others(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon)

    short = tail.cut(spool, mine, [1, 2, 3, 4], 2)

    assert short is not None and short.info.frames == (1, 2, 3, 4) and claim.ours(spool, short)
    assert [str(c.chunk) for c in claim.claims(spool, mine.job.job)] == ["000.0001-0004"]
    assert waiting(spool, mine.job) == {"000.0005-0007": [5, 6, 7], "000.0008-0010": [8, 9, 10]}


def test_every_frame_is_rendered_once(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon)
    other = Daemon.born(spool, "ws02")
    short = tail.cut(spool, mine, [1, 2, 3, 4], 2)
    other.work_off(mine.job)
    daemon.render(short)

    lines = [e["frame"] for e in journal.events(spool, mine.job.job) if e["event"] == "frame"]
    assert sorted(lines) == list(range(1, 11)) and daemon.settle(mine.job) == "done"
    assert not check.check(spool).problems


def test_frames_with_gaps_are_told_apart(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon, frames="1-9x2,40,41")

    short = tail.cut(spool, mine, [1, 3], 2)

    assert short.info.frames == (1, 3)
    assert waiting(spool, mine.job) == {"000.0005-0007": [5, 7], "000.0009-0041": [9, 40, 41]}


def test_there_are_no_more_pieces_than_frames(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon, frames="1-4")
    tail.cut(spool, mine, [1], 9)
    assert list(waiting(spool, mine.job).values()) == [[2], [3], [4]]


def test_a_claim_is_cut_again_and_again(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon)
    for count in (8, 5, 2):
        mine = tail.cut(spool, mine, range(1, count + 1), 1)
    assert mine.info.frames == (1, 2)
    assert list(waiting(spool, mine.job).values()) == [[3, 4, 5], [6, 7, 8], [9, 10]]


def test_a_tail_has_the_past_of_its_chunk(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon)
    claim.fail(spool, mine)
    claim.lose(spool, mine.job, (again := daemon.take(mine.job)).name)
    again = Daemon.born(spool, "ws02").take(mine.job)

    tail.cut(spool, again, [1, 2], 1)

    assert list(waiting(spool, mine.job)) == ["000.0003-0010~1~ws01,lost1"]


def test_a_tail_is_of_the_round_of_its_chunk(spool: Spool, add: Add, daemon: Daemon) -> None:
    from spool import again
    entry, made = add(frames="1-4", chunk=4)
    daemon.work_off(made)
    again.redo(spool, entry, made, [1, 2, 3])
    short = tail.cut(spool, daemon.take(made), [1], 1)
    assert short.info.round == 1 and daemon.take(made).info.round == 1


def test_a_tail_waits_in_the_segment_of_its_chunk(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, made = add(frames="1-4004", chunk=4)
    mine = daemon.take(made)
    tail.cut(spool, mine, [1], 1)
    assert atomic.names(f"{spool.todo(made.job)}/000").count("0000.0002-0004") == 1


def test_who_was_declared_dead_gives_nothing(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine, other = taken(add, daemon), Daemon.born(spool, "ws02")
    beats.declare_dead(spool, daemon.last, other.me)
    orphans.put_back(spool, [mine.job])
    assert tail.cut(spool, mine, [1], 1) is None
    assert list(waiting(spool, mine.job)) == ["000.0001-0010,lost1"]


def test_two_who_have_the_same_frames_after_a_crash_both_come_to_their_end(spool: Spool, add: Add, daemon: Daemon,
                                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = taken(add, daemon, frames="1-6"), Daemon.born(spool, "ws02")
    monkeypatch.setattr(tail, "_shortened", lambda *_: None)        # it dies before
    tail.cut(spool, mine, [1, 2, 3], 1)
    beats.declare_dead(spool, daemon.last, other.me)
    orphans.put_back(spool, [mine.job])
    both = [other.take(mine.job, slot=slot) for slot in (1, 2)]
    asked = [other.missing(each) for each in both]                  # none knows of the other's frames
    for frames, each in zip(asked, both, strict=True):
        for frame in frames:
            other.publish(each, frame)
        other.finish(each)

    assert [len(frames) for frames in asked] == [6, 3]
    assert other.settle(mine.job) == "done" and not claim.claims(spool, mine.job.job)
    assert not check.check(spool).problems


def test_who_loses_the_claim_between_the_steps_hears_so(spool: Spool, add: Add, daemon: Daemon,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    mine, real = taken(add, daemon), atomic.replace

    def lost_meanwhile(path: str, data: bytes) -> None:
        real(path, data)
        claim.lose(spool, mine.job, mine.name)

    monkeypatch.setattr(atomic, "replace", lost_meanwhile)
    assert tail.cut(spool, mine, [1, 2], 1) is None
    assert list(waiting(spool, mine.job)) == ["000.0001-0010,lost1", "000.0003-0010"]


@pytest.mark.parametrize("template", [("true", "{first}", "{output}"), ("true", "{output}"), ("true", "{{}frames}")])
def test_a_command_that_does_not_say_its_frames_is_not_cut(spool: Spool, output: str, daemon: Daemon,
                                                           template: tuple[str, ...]) -> None:
    _, made = played.add(spool, output, chunk=6, template=template)
    mine = daemon.take(made)
    assert not tail.divisible(mine) and tail.cut(spool, mine, [1], 1) is mine


@pytest.mark.parametrize("template", [("true", "{frames}"), ("true", "-s{first}", "-e{last}"), ("true", "{ranges}")])
def test_a_command_that_says_its_frames_is_cut(spool: Spool, output: str, daemon: Daemon,
                                               template: tuple[str, ...]) -> None:
    _, made = played.add(spool, output, chunk=6, template=template)
    tail.cut(spool, daemon.take(made), [1, 2], 1)
    assert list(waiting(spool, made).values()) == [[3, 4, 5, 6]]


def test_a_command_that_a_person_edited_is_not_cut(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, made = add(frames="1-4", chunk=4)
    [name] = atomic.names(spool.todo(made.job))
    path = Path(spool.todo(made.job), name)
    path.write_text(path.read_text().replace('"true"', '"false"'))
    mine = daemon.take(made)
    assert not tail.divisible(mine) and tail.cut(spool, mine, [1], 1) is mine


@pytest.mark.parametrize("keep", [[], [2], [1, 3], [1, 2, 3, 4, 5]])
def test_what_is_kept_is_the_beginning(spool: Spool, add: Add, daemon: Daemon, keep: list[int]) -> None:
    mine = taken(add, daemon, frames="1-4")
    with pytest.raises(ValueError):
        tail.cut(spool, mine, keep, 1)


def test_nothing_is_given_of_what_is_kept_whole(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon, frames="1-4")
    assert tail.cut(spool, mine, [1, 2, 3, 4], 1) is mine


def test_a_cut_is_made_though_every_answer_gets_lost(spool: Spool, add: Add, daemon: Daemon) -> None:
    mine = taken(add, daemon)
    with replies_lost():
        short = tail.cut(spool, mine, [1, 2], 2)
    assert claim.ours(spool, short) and len(waiting(spool, mine.job)) == 2
    assert not played.nowhere(spool, job.read(spool, mine.job.job))


def test_who_looks_at_a_job_sees_the_pieces_and_why_they_were_tried_before(spool: Spool, add: Add,
                                                                          daemon: Daemon) -> None:
    entry, _ = add(frames="1-6", chunk=6)
    mine = taken_again(spool, entry, daemon)
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        lines.write("failed", chunk="000.0001-0006", reason="exit-code", text="It ended.")
    daemon.finish(tail.cut(spool, mine, [1, 2], 2))
    rows = view.detail(spool, entry).chunks
    assert [(row.name, row.state, row.frames, row.reason) for row in rows] == [
        ("000.0001-0002", "done", "", ""), ("000.0003-0004", "waiting", "3-4", "It ended."),
        ("000.0005-0006", "waiting", "5-6", "It ended.")]


def taken_again(spool: Spool, entry: Entry, daemon: Daemon) -> Claim:
    """A claim that failed once."""
    made = job.read(spool, entry.job)
    claim.fail(spool, daemon.take(made))
    return daemon.take(made)
