"""The rules of farm.yaml, read again now and then: who may have what is changed without starting daemons anew.

    chores   reads the file every EVERY beats
    daemon   goes by what changed: groups, limits, share, named paths (daemon.py, `_go_by`)

A chunk that is at work goes on with the folders that it began with. All else of farm.yaml stays as it was at the
start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from renderd import logs
from spool import farm_settings
from spool.errors import SpoolError
from spool.layout import Spool
from spool.rules import Rules, with_paths

EVERY = 12          # beats: a minute at 5 s


@dataclass
class Reread:
    """`fresh` until somebody took it. `own` are the named paths of this computer, which stay."""

    spool: Spool
    own: Mapping[str, str] = field(default_factory=dict)
    known: Rules = field(init=False)
    fresh: Rules | None = None
    beats: int = 0
    said: str = ""                      # what was wrong with the file, told once

    def __post_init__(self) -> None:
        self.known = with_paths(self.spool.rules, self.own)

    def beat(self) -> None:
        """For the thread that may wait for the share. OSError: the share fails."""
        self.beats += 1
        if self.beats % EVERY:
            return
        try:
            found = with_paths(farm_settings.read(self.spool)["rules"], self.own)
        except SpoolError as error:     # in an editor just now, or wrong: then what was right goes on
            if self.said != error.message:
                logs.event("rules-refused", text=error.message)
            self.said = error.message
            return
        self.said = ""
        if found != self.known:
            self.known = self.fresh = found

    def soon(self) -> None:
        """At the next beat: somebody says that something is new."""
        self.beats = EVERY - 1

    def taken(self) -> Rules | None:
        """What changed since it was asked for last."""
        fresh, self.fresh = self.fresh, None
        return fresh
