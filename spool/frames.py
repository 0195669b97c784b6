"""Frame lists: read, write, cut into chunks, put in order."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from spool.errors import BadFrames, TooMuch

MOST_FRAMES = 1_000_000
MOST_CHUNKS = 100_000
HIGHEST = 1_048_574             # Blender's own limit (MAXFRAME)
MOST_PROBES = 17                # places that are rendered before all others: ends, halves, ... sixteenths
APART = 5                       # pieces for each of them at least: a short film is still seen to grow

T = TypeVar("T")

_PART = re.compile(r"(\d{1,12})(?:-(\d{1,12})(?:x(\d{1,12}))?)?")


def parse(text: str) -> list[int]:
    """The frames that `1-100x2,120` means, ascending, each once. Frame numbers start at 0."""
    found: set[int] = set()
    named = 0                       # also those that are named again: that takes its time as well
    for part in text.replace(" ", "").split(","):
        frames = _range(part, text)
        named += len(frames)
        if named > MOST_FRAMES:
            raise TooMuch(f"{_short(text)} means more than {MOST_FRAMES:,} frames.", "Send it in several jobs.")
        found.update(frames)
    return sorted(found)


def _short(text: str) -> str:
    return repr(text if len(text) < 60 else f"{text[:60]}...")


def _range(part: str, text: str) -> range:
    match = _PART.fullmatch(part)
    if not match:
        raise BadFrames(f"Cannot read {_short(part or text)} as frames.", _hint(part))
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first:
        raise BadFrames(f"{part!r} runs backwards.", f"Write {last}-{first}.")
    if step == 0:
        raise BadFrames(f"{part!r} steps by 0 and would never end.", "x2 means every second frame.")
    if last > HIGHEST:
        raise TooMuch(f"Frame {last} in {_short(text)} is beyond {HIGHEST}, Blender's last.",
                      "Is there a digit too many?")
    return range(first, last + 1, step)


def _hint(part: str) -> str:
    if ":" in part:
        fixed = part.replace(":", "x" if "-" in part else "-", 1).replace(":", "x", 1)
        return (f"':' is a range in one program and a step in another, so it is not taken here. "
                f"Write {fixed} for a range, 1-100x2 for every second frame.")
    if re.fullmatch(r"\d+x\d+", part):
        return "x2 needs a range before it: 1-100x2 is every second frame of 1 to 100."
    if part.startswith("-") or "--" in part:
        return "Frame numbers start at 0: Blender's command line cannot name a negative frame."
    return "Examples: 1-100   1-100x2   1-10,15,20-30   7"


def text(frames: Iterable[int]) -> str:
    """The shortest list that `parse` reads back: 1-99x2,120."""
    return ",".join(_one(*run) for run in runs(frames))


def _one(first: int, last: int, step: int) -> str:
    if first == last:
        return str(first)
    return f"{first}-{last}" + (f"x{step}" if step > 1 else "")


def runs(frames: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """(first, last, step) of each stretch with one step. Two lone frames far apart are two stretches."""
    rest, at = sorted(frames), 0
    while at < len(rest):
        count = _stretch(rest, at)
        step = rest[at + 1] - rest[at] if count > 1 else 1
        yield rest[at], rest[at + count - 1], step
        at += count


def _stretch(rest: Sequence[int], at: int) -> int:
    """How many frames from `at` on have one step."""
    if at + 1 == len(rest):
        return 1
    step, end = rest[at + 1] - rest[at], at + 2
    while end < len(rest) and rest[end] - rest[end - 1] == step:
        end += 1
    return end - at if end - at > 2 or step == 1 else 1


def chunks(frames: Sequence[int], size: int) -> list[list[int]]:
    """The frames in pieces of `size`, in their order."""
    if size < 1:
        raise BadFrames(f"A chunk of {size} frames cannot be.", "Use --chunk 1 or more.")
    count = -(-len(frames) // size)
    if count > MOST_CHUNKS:
        raise TooMuch(f"{len(frames):,} frames in chunks of {size} are {count:,} files in the spool; "
                      f"{MOST_CHUNKS:,} are the most.",
                      f"Use --chunk {-(-len(frames) // MOST_CHUNKS)} or larger.")
    return [list(frames[at:at + size]) for at in range(0, len(frames), size)]


def ordered(pieces: Sequence[T], order: str) -> list[T]:
    """The pieces as they are to be rendered: `probe` (first, last, middle, of many some more between, then on),
    `bisect` (ever finer), `linear`."""
    count = len(pieces)
    places = range(count) if order == "linear" else _halving(count)
    early = places if order == "bisect" else islice(places, probes(count, order))
    return [pieces[at] for at in dict.fromkeys([*early, *range(count)])]


def probes(count: int, order: str, apart: int = APART) -> int:
    """How many of so many pieces are rendered before all others, to show early what is wrong, and what is dear."""
    most = {"probe": max(3, min(MOST_PROBES, count // apart)), "bisect": MOST_PROBES, "linear": 0}
    return min(count, most[order])


def _halving(count: int) -> Iterator[int]:
    """Both ends, halves, quarters, and so on; the ends twice."""
    stretches = deque([(0, count)])
    yield from (0, count - 1)[:count]
    while stretches:
        first, end = stretches.popleft()
        middle = (first + end) // 2
        if first < end:
            yield middle
            stretches += [(first, middle), (middle + 1, end)]


ORDERS = ("probe", "bisect", "linear")
