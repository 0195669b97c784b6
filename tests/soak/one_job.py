"""Is a job that ended as it must be? Found in its own files, without the project's readers.

done: every frame has a line in a journal of the wanted round, its file is that frame, every chunk has its `done`.
failed: every frame is so, or lies in a chunk in failed/. Each failure is one that a fault explains."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spool import frames as frame_lists
from tests.soak import frames
from tests.soak.books import PLANTED, Books, Sent


def wrong(books: Books, root: Path, one: Sent, state: str) -> Iterator[str]:
    """What is not as a job that is done or failed must be."""
    events = list(_events(root / "journal"))
    failed = [name for name in names_below(root / "failed") if int(name.partition(".")[0]) < PLANTED]
    given_up = {f for name in failed for f in _range(name) if state == "failed"}
    for frame, round in _rounds(root, one).items():
        written = any(e["event"] == "frame" and e.get("frame") == frame and e.get("round", 0) >= round for e in events)
        if not written and frame not in given_up:
            yield f"no journal accounts for frame {frame}"
        if written and (text := _file(one, frame)):
            yield text
    for event in events:
        if event["event"] in ("failed", "refused") and not books.explained(one.job, event):
            yield f"nothing that was done to it explains {event}"
    ended = {int(str(e["chunk"]).partition(".")[0]) for e in events
             if e["event"] in ("done", "failed", "refused") and e.get("chunk")}
    if lost := sorted(set(range(one.chunks)) - ended):
        yield f"no journal says how the chunks {lost} ended"
    if state == "failed" and not failed:
        yield "there is no chunk in failed/"


def _file(one: Sent, frame: int) -> str:
    found = [p for p in one.folder.iterdir() if p.stem.endswith(f"{frame:04}") and p.name[0] != "."]
    if not found:
        return "" if frame in one.removed else f"the file of frame {frame} is not there"
    return frames.wrong(found[0])


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    """Read without the project's own reader; a line that is none is passed over here too."""
    for path in folder.glob("*.jsonl"):
        if path.is_symlink() or not path.is_file() or path.stem == "zz":
            continue
        for line in path.read_bytes().split(b"\n"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            yield event | {"host": path.stem}


def _rounds(root: Path, one: Sent) -> dict[int, int]:
    rounds = dict.fromkeys(one.frames, 0)
    for path in (root / "redo").glob("*.json"):
        note = json.loads(path.read_bytes())
        for frame in frame_lists.parse(note["frames"]):
            rounds[frame] = max(rounds[frame], note["round"])
    return rounds


def _range(name: str) -> range:
    first, last = re.findall(r"\d+", name)[1:3]
    return range(int(first), int(last) + 1)


def names_below(folder: Path) -> list[str]:
    found = []
    for _, _, names in os.walk(folder):
        found += [name for name in names if name[0] != "."]
    return found
