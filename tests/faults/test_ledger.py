"""The judge of the campaign, judged: each broken promise is seen, and lawful work is not called broken."""

import json
from pathlib import Path

import pytest

from tests.fakes.blender import png
from tests.faults import faults, table
from tests.faults.ledger import Ledger, doubled_lines
from tests.faults.watch import verify

JOB = "20261121-060000-r1j1-abcd"
OLD, NEW, THIRD = "alpha.7.0a0a0a0a", "beta.9.0b0b0b0b", "gamma.5.0c0c0c0c"
TODO, RUNNING = f"farm/jobs/{JOB}/todo", f"farm/jobs/{JOB}/running"


class Story:
    """A ledger that is told what happens, a second apart."""

    def __init__(self) -> None:
        self.ledger, self.now = Ledger(), 100.0
        self.tell(["=", "farm/queue", [f"50.{JOB}"]], ["=", TODO, ["000.0001-0002", "001.0003-0004"]])

    def tell(self, *lines: list[object]) -> "Story":
        for line in lines:
            self.now += 1
            self.ledger.hear(self.now, line)
        return self

    def take(self, chunk: str, owner: str) -> "Story":
        return self.tell(["-", TODO, chunk, 1], ["+", RUNNING, f"{chunk}@{owner}.1", 1])

    def put_back(self, chunk: str, owner: str) -> "Story":
        return self.tell(["-", RUNNING, f"{chunk}@{owner}.1", 2], ["+", TODO, chunk, 2])

    def publish(self, frame: str, chunk: str, owner: str) -> "Story":
        return self.tell(["-", f"film/r1j1/.renderd/{JOB}.{chunk}@{owner}.1", frame, 3], ["+", "film/r1j1", frame, 3],
                         ["frame", "film/r1j1", frame, "ok"])

    def finish(self, chunk: str, owner: str) -> "Story":
        return self.tell(["-", RUNNING, f"{chunk}@{owner}.1", 0])

    def broken(self) -> list[str]:
        return [one.kind for one in self.ledger.violations]


def test_lawful_work_breaks_nothing() -> None:
    story = Story().take("000.0001-0002", OLD).publish("0001.png", "000.0001-0002", OLD)
    story.put_back("000.0001-0002", OLD).take("000.0001-0002", NEW)
    story.publish("0001.png", "000.0001-0002", NEW).publish("0002.png", "000.0001-0002", NEW)
    story.finish("000.0001-0002", NEW)
    assert story.broken() == []
    assert story.ledger.again() == {0: 1}
    assert story.ledger.unknown == 0


def test_a_claim_that_was_cut_publishes_lawfully_and_so_does_its_tail() -> None:
    story = Story().take("000.0001-0002", OLD).tell(
        ["+", TODO, "000.0002-0002", 0], ["-", RUNNING, f"000.0001-0002@{OLD}.1", 4],
        ["+", RUNNING, f"000.0001-0001@{OLD}.1", 4])
    story.publish("0001.png", "000.0001-0002", OLD).take("000.0002-0002", NEW)
    story.publish("0002.png", "000.0002-0002", NEW)
    assert story.broken() == [] and story.ledger.unknown == 0
    story.finish("000.0001-0001", OLD).publish("0001.png", "000.0001-0002", OLD)
    assert story.broken() == ["doubled"]


def torn(shortened: bool) -> Story:
    """A claim of four frames whose owner puts the last two into todo; then it dies, or goes on with the first two."""
    story = Story().tell(["=", TODO, ["002.0005-0008"]]).take("002.0005-0008", OLD)
    story.tell(["+", TODO, "002.0007-0008", 0])
    if shortened:
        story.tell(["-", RUNNING, f"002.0005-0008@{OLD}.1", 4], ["+", RUNNING, f"002.0005-0006@{OLD}.1", 4])
    return story


def test_a_frame_that_a_torn_cut_left_in_two_chunks_may_be_told_of_twice() -> None:
    story = torn(shortened=False).put_back("002.0005-0008", OLD)
    story.take("002.0007-0008", NEW).take("002.0005-0008", THIRD)
    story.publish("0008.png", "002.0007-0008", NEW).finish("002.0007-0008", NEW)
    story.publish("0008.png", "002.0005-0008", THIRD)
    story.ledger.told_twice("r1j1", 8, "two lines")
    assert (story.broken(), story.ledger.torn, story.ledger.cuts) == ([], 1, 0)


def test_who_takes_its_chunk_after_the_frame_was_told_of_must_not_render_it() -> None:
    story = torn(shortened=False).put_back("002.0005-0008", OLD)
    story.take("002.0007-0008", NEW).publish("0008.png", "002.0007-0008", NEW).finish("002.0007-0008", NEW)
    story.take("002.0005-0008", THIRD).publish("0008.png", "002.0005-0008", THIRD)
    story.ledger.told_twice("r1j1", 8, "two lines")
    assert story.broken() == ["doubled"]


def test_two_who_have_a_frame_that_nobody_gave_away_double_it() -> None:
    story = Story().take("000.0001-0002", OLD).take("000.0001-0002", NEW)
    story.publish("0001.png", "000.0001-0002", OLD).publish("0001.png", "000.0001-0002", NEW)
    story.ledger.told_twice("r1j1", 1, "two lines")
    assert story.broken() == ["doubled"]


def test_who_publishes_what_it_gave_away_doubles_it() -> None:
    story = torn(shortened=True)
    assert story.publish("0006.png", "002.0005-0008", OLD).broken() == []
    assert story.publish("0007.png", "002.0005-0008", OLD).broken() == ["doubled"]
    assert story.ledger.cuts == 1


def test_a_claim_that_was_tried_before_publishes_lawfully() -> None:
    story = Story().take("000.0001-0002~1~beta", OLD).publish("0001.png", "000.0001-0002", OLD)
    assert story.broken() == []


def test_a_frame_published_by_a_claim_that_was_lost_is_doubled() -> None:
    story = Story().take("000.0001-0002", OLD).put_back("000.0001-0002", OLD).take("000.0001-0002", NEW)
    assert story.publish("0001.png", "000.0001-0002", OLD).broken() == ["doubled"]


def test_what_went_while_nobody_watched_is_known_to_be_gone() -> None:
    story = Story().take("000.0001-0002", OLD).tell(["=", RUNNING, []], ["=", TODO, ["001.0003-0004"]])
    assert story.ledger.running == {}
    assert story.ledger.waiting() == 1


@pytest.mark.parametrize("line", [["frame", "film/r1j1", "0001.png", "is cut or empty"],
                                  ["touched", "film/r1j1", "0001.png"]])
def test_a_picture_that_is_not_whole_is_partial(line: list[object]) -> None:
    assert Story().tell(line).broken() == ["partial"]


def test_a_claim_that_stays_and_a_host_that_takes_nothing_are_held_up() -> None:
    story = Story().take("000.0001-0002", OLD)
    now = story.now
    held_up = story.ledger.held_up(now, ["alpha", "beta"], [])
    assert len(held_up) == 3
    story.finish("000.0001-0002", OLD).take("001.0003-0004", NEW)
    assert story.ledger.held_up(now, ["alpha", "beta"], []) == []       # nothing waits, so alpha may idle
    assert story.ledger.went_on(now, ["alpha", "beta"], list(story.ledger.ended)) == story.now


def test_a_job_without_chunks_that_is_not_settled_is_held_up() -> None:
    story = Story()
    for chunk in ("000.0001-0002", "001.0003-0004"):
        story.take(chunk, NEW).finish(chunk, NEW)
    idle = story.ledger.idle_jobs()
    assert story.ledger.held_up(story.now, [], idle) == [f"{JOB} is not settled"]
    story.tell(["-", "farm/queue", f"50.{JOB}", 4], ["+", "farm/done", f"50.{JOB}", 4])
    assert story.ledger.held_up(story.now, [], idle) == []


def test_the_time_until_another_host_has_the_chunks() -> None:
    story = Story().take("000.0001-0002", OLD)
    claims, off = story.ledger.claims_of("alpha"), story.now
    assert story.put_back("000.0001-0002", OLD).ledger.taken_over(claims, off) is None
    assert story.take("000.0001-0002", NEW).ledger.taken_over(claims, off) == 4


def test_two_lines_for_one_frame_of_one_round_are_doubled() -> None:
    def line(frame: int, round: int, host: str) -> dict[str, object]:
        return {"event": "frame", "frame": frame, "round": round, "host": host, "chunk": "0",
                "t": "2026-11-21T06:00:00Z"}

    assert doubled_lines([line(1, 0, "alpha"), line(1, 1, "beta"), line(2, 0, "beta")]) == []
    [(frame, round, who)] = doubled_lines([line(1, 0, "alpha"), line(1, 0, "beta")])
    assert (frame, round, len(who)) == (1, 0, 2)


@pytest.mark.parametrize(("dead", "broken"), [(True, []), (False, ["doubled"])])
def test_a_second_line_is_lawful_only_if_the_first_writer_was_declared_dead(dead: bool, broken: list[str]) -> None:
    story = Story().take("000.0001-0002", OLD).publish("0001.png", "000.0001-0002", OLD)
    if dead:
        story.tell(["+", "farm/dead", f"{OLD}!7~{NEW}", 5])
    story.put_back("000.0001-0002", OLD).take("000.0001-0002", NEW).publish("0001.png", "000.0001-0002", NEW)
    story.ledger.told_twice("r1j1", 1, "two lines")
    assert story.broken() == broken


def test_a_folder_of_pictures_is_verified_to_the_last_byte(tmp_path: Path) -> None:
    for frame in (1, 2, 3, 9):
        (tmp_path / f"{frame:04}.png").write_bytes(png(frame, "Shot"))
    (tmp_path / "0002.png").write_bytes(png(2, "Shot")[:-9])
    (tmp_path / "0003.png").write_bytes(png(1, "Shot"))
    found = [text.partition("/")[2] for text in verify(tmp_path, 1, 4)]
    assert found == ["0004.png is missing", "0009.png does not belong there", "0002.png is cut or empty",
                     "0003.png is another picture"]


def test_the_same_seed_gives_the_same_plan_with_every_kind() -> None:
    plan = faults.plan(7, 100)
    assert plan == faults.plan(7, 100) != faults.plan(8, 100)
    assert {fault.kind for burst in plan for fault in burst} == set(faults.KINDS)
    assert [fault.number for burst in plan for fault in burst] == list(range(1, 101))


def test_campaigns_are_added_up(tmp_path: Path) -> None:
    end = {"record": "end", "nfs": "3", "seed": 1, "faults": 2, "seconds": 60, "frames": 10, "chunks": 5,
           "published": 11, "unknown": 0, "checks": 2, "deaths": 1, "wrong_deaths": [], "late_lines": 0, "patience": 60,
           "retried": 0, "cuts": 3, "torn": 1, "again": {"2": 1}}
    for run in ("3-1-a", "4.2-1-b"):
        records = [{"record": "fault", "number": 1, "kind": "clock", "resumed": 3.0, "takeover": None},
                   {"record": "fault", "number": 2, "kind": "sleep", "resumed": None, "takeover": 41.0},
                   {"record": "violation", "number": 2, "what": "stuck", "text": "it hangs"},
                   {"record": "violation", "number": 0, "what": "partial", "text": "half"}, end]
        (tmp_path / run).write_text("".join(json.dumps(r | {"run": run}) + "\n" for r in records))
    lines = table.table(table.read(sorted(tmp_path.iterdir()))).splitlines()
    rows = {line[:20].strip(): line.split() for line in lines[1:5]}
    assert rows["sleep"][1:8] == ["2", "0", "0", "0", "2", "0", "2"]
    assert rows["all"][1:8] == ["4", "0", "0", "2", "2", "0", "2"]
    assert "41 / 41 s (2)" in lines[4]
