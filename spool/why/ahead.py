"""The jobs that come before another one: what is read of each, and how many are looked at."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from spool import queue, view
from spool.errors import SpoolError
from spool.layout import Entry, Spool
from spool.view import JobView
from spool.why.job import Ahead

NEAR = 50           # jobs that are looked at


def of(spool: Spool, entry: Entry) -> list[Ahead]:
    """Open jobs in the order in which daemons look, those before `entry` alone."""
    before = [one for one in queue.entries(spool, ("queue",)) if one.order < entry.order][:NEAR]
    return [Ahead(one.entry, one.job, one.waiting) for one in _readable(spool, before)]


def _readable(spool: Spool, entries: Iterable[Entry]) -> Iterator[JobView]:
    for entry in entries:
        with suppress(SpoolError, OSError):     # broken or just gone: no computer is held up by it
            yield view.summary(spool, entry)
