"""What a driven Blender tells, and what follows."""

import os
import time
from types import SimpleNamespace
from typing import Any

from renderd.giving_back import LOOK, Giver
from renderd.supervision import Supervision


def test_once_blender_is_loaded_the_giver_knows_that_it_renders() -> None:
    giver, orders = Giver(spool=None), list[int]()      # type: ignore[arg-type]
    process: Any = SimpleNamespace(pid=os.getpid(), order=lambda frame, output: orders.append(frame))
    program: Any = SimpleNamespace(process=process, loaded=False, busy=False)
    claim = SimpleNamespace(info=SimpleNamespace(output=""))
    delivery: Any = SimpleNamespace(giver=giver, waiting=[3, 4], frame=3, meter=None, claim=claim, folder="")
    watched = Supervision(program, delivery, log=SimpleNamespace(write=lambda line: None))      # type: ignore[arg-type]

    watched._obey({"event": "loaded"})

    assert giver.loaded and giver.next <= time.monotonic() + LOOK and orders == [3]
