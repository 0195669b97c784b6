"""When a host may render: `18:00-08:00, sat, sun`. Pure.

Parts between commas, of which one must hold: days (`sat`, `mon-fri`), times (`18:00-08:00`), or times of days
(`mon-fri 18:00-08:00`: what is after midnight belongs to the day on which it began). Counted is what a clock on the
wall of that computer shows: an hour that summer time skips is not there, one that it repeats counts both times.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(DAYS)
_PART = re.compile(rf"(?:(?P<first>{_DAY})[a-z]*(?: ?- ?(?P<last>{_DAY})[a-z]*)?)?"
                   r"(?: ?(?P<start>\d?\d:\d\d) ?- ?(?P<end>\d?\d:\d\d))?")
_NAMES = {name for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
          for name in (day, day[:3])}
ALL_DAY = 24 * 60


class Window(NamedTuple):
    """On these days of the week, from a minute of the day up to another; beyond midnight if that is not later."""

    days: frozenset[int]
    start: int
    end: int

    def has(self, day: int, minute: int) -> bool:
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


def parse(text: str) -> tuple[Window, ...]:
    """ValueError if it cannot be meant. Nothing: no window, which `is_open` takes for always."""
    return tuple(_window(part.strip()) for part in text.lower().split(",")) if text.strip() else ()


def _window(part: str) -> Window:
    found = _PART.fullmatch(part)
    if not part or not found or not set(re.findall("[a-z]+", part)) <= _NAMES:
        raise ValueError(part)
    start, end = (_minute(found[name]) for name in ("start", "end"))
    if found["start"] and (start in (end, ALL_DAY)):
        raise ValueError(part)
    return Window(_days(found["first"], found["last"]), start or 0, ALL_DAY if end is None else end)


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    start, count = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
    return frozenset((start + ahead) % 7 for ahead in range(count + 1))


def _minute(text: str | None) -> int | None:
    if text is None:
        return None
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > ALL_DAY:
        raise ValueError(text)
    return hours * 60 + minutes


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """`now` is local, without a time zone."""
    return not windows or any(w.has(now.weekday(), now.hour * 60 + now.minute) for w in windows)


def next_open(windows: Sequence[Window], now: datetime) -> str:
    """When it opens next: 18:00 today, sat 00:00."""
    for minutes in range(1, 8 * ALL_DAY):
        then = now + timedelta(minutes=minutes)
        if is_open(windows, then):
            return f"at {then:%H:%M} today" if then.date() == now.date() else f"on {DAYS[then.weekday()]} {then:%H:%M}"
    return "never"
