"""A thread that looks: after a knock, on after a failure, and anew in a new life."""

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from renderd.lookout import Lookout
from spool import opening
from spool.layout import Spool


class Scripted(Lookout):
    """Does what the script says, one line a look, and notes it."""

    def __init__(self, spool: Spool, script: list[Any]) -> None:
        super().__init__(spool, "scripted")
        self.script, self.looks, self.done = script, list[str](), threading.Event()

    def forget(self) -> None:
        self.looks.append("forget")

    def round(self, heart: Any) -> bool:
        self.looks.append(heart.owner)
        said = self.script.pop(0)
        if isinstance(said, SimpleNamespace):
            self.heart = said           # type: ignore[assignment]
        elif isinstance(said, Exception):
            raise said
        if not self.script:
            self.done.set()
        return bool(said)


def life(owner: str) -> Any:
    return SimpleNamespace(owner=owner, lost=False)


def test_a_look_that_fails_is_made_again_and_a_new_life_forgets(tmp_path: Path) -> None:
    spool = replace(opening.init(str(tmp_path / "farm")), beat=0.01)
    one = Scripted(spool, [TimeoutError("the share is away"), ValueError("a bug"), life("second"), True, False])
    one.heart = life("first")
    one.start()
    one.knock()
    assert one.done.wait(60)
    one.stop()
    assert one.looks == ["forget", "first", "first", "first", "forget", "second", "second"]
