"""What a driven Blender tells, and what follows. Anything inside it may write into the pipe of events."""

import os
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from renderd.diagnose import Finding
from renderd.giving_back import LOOK, Giver
from renderd.living import Program
from renderd.meter import Meter
from renderd.supervision import Supervision


@dataclass
class Watched:
    """A driven Blender of which only the orders are noted that it gets, and what it delivers."""

    orders: list[int] = field(default_factory=list)
    delivered: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        process: Any = SimpleNamespace(pid=os.getpid(), order=lambda frame, output: self.orders.append(frame))
        heard: Any = SimpleNamespace(changes=0, findings=lambda code, scene: [])
        job = SimpleNamespace(scene="", allow_missing=False)
        claim = SimpleNamespace(info=SimpleNamespace(output=""), job=job)
        self.giver = Giver(spool=None)                      # type: ignore[arg-type]
        delivery: Any = SimpleNamespace(giver=self.giver, waiting=[1, 4, 5], frame=1, meter=Meter(), claim=claim,
                                        folder="", written=lambda frame, used: self.delivered.append(frame))
        self.program = Program(process, heard, "", ("job", 0, "", ()))
        self.supervision = Supervision(self.program, delivery, log=SimpleNamespace(write=str.encode))  # type: ignore

    def tell(self, *events: dict[str, Any]) -> list[Finding]:
        for event in events:
            self.supervision._obey(event)
        return self.supervision.wrong


def test_once_blender_is_loaded_the_giver_knows_that_it_renders() -> None:
    made = Watched()
    made.tell({"event": "loaded"})
    assert made.giver.loaded and made.giver.next <= time.monotonic() + LOOK and made.orders == [1]


def test_another_host_is_thought_to_load_as_long_also_when_ours_was_kept() -> None:
    made = Watched()
    start, made.program.load = made.giver.start, 120.0
    made.supervision._order_next()
    assert made.giver.start == start + 120


def test_each_frame_is_ordered_once_whoever_writes_into_the_pipe() -> None:
    made = Watched()
    made.tell({"event": "loaded"}, {"event": "loaded"}, {"event": "written", "frame": 4}, {"event": "written"},
              {"event": "written", "frame": "1"}, {"event": "written", "frame": [1]}, {"event": 7}, {})
    assert (made.orders, made.delivered) == ([1], [])
    made.tell({"event": "written", "frame": True}, {"event": "written", "frame": 1})
    assert made.orders == [1, 4] and [type(frame) for frame in made.delivered] == [int]


@pytest.mark.parametrize("event", ["error", "unfit"])
def test_what_goes_wrong_after_the_start_is_told_in_words_that_can_be_written(event: str) -> None:
    made = Watched()
    (wrong,) = made.tell({"event": "loaded"}, {"event": event, "frame": 1, "reason": "no \ud800 memory"})
    assert wrong == Finding("render-error", {"frame": 1, "text": "no ? memory"}) and not made.program.unfit


def test_a_blender_that_is_unfit_at_its_start_says_why() -> None:
    made = Watched()
    assert (made.tell({"event": "unfit", "reason": "too old"}), made.program.unfit) == ([], "too old")
