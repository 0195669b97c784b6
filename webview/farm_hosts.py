"""The hosts of the farm, looked at again and again: beats by listing; what a host says of itself when it has beaten.

The page writes nothing, so it cannot ask the server for its time. A beat is as old as its file is older than the newest
one, and at least as old as this process has seen it unchanged; a share that is away makes nobody older than two beats.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spool import atomic, beats, host_facts, hosts
from spool.hosts import HostView
from spool.layout import Beat, Incarnation, Spool

SELDOM = 12         # beats after which also what changes seldom is read again
FILES = ("host", "status", "doctor")


@dataclass
class _Pulse:
    """One life of a daemon, as its beats were seen."""

    beat: Beat
    written: float              # ctime of the beat's file, by the server's clock
    unchanged: float = 0.0      # seconds during which this process looked and saw the same


@dataclass(frozen=True)
class _Said:
    """What a host said when it was asked last."""

    beat: Beat | None
    read: int                   # how often
    files: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Host:
    """A host for the pages. `silent_since` is by the server's clock; None while it is heard of."""

    view: HostView
    facts: dict[str, Any]
    silent_since: float | None


@dataclass
class Hosts:
    """Remembers beats and words. For one thread."""

    _pulses: dict[Incarnation, _Pulse] = field(default_factory=dict)
    _said: dict[str, _Said] = field(default_factory=dict)
    _looked: float | None = None

    def look(self, spool: Spool) -> list[Host]:
        """Every host that ever registered, by name."""
        self._feel(spool)
        newest = max((p.written for p in self._pulses.values()), default=0.0)
        last = dict[str, _Pulse]()
        for pulse in sorted(self._pulses.values(), key=lambda p: p.written):
            last[pulse.beat.owner.host] = pulse
        names = sorted({*atomic.names(spool.folder("hosts")), *last})
        self._said = {name: self._heard(spool, name, last.get(name)) for name in names}
        return [_host(spool, name, self._said[name].files, last.get(name), newest) for name in names]

    def _feel(self, spool: Spool) -> None:
        """The beats as they are now."""
        now = time.monotonic()
        passed = 0.0 if self._looked is None else min(now - self._looked, 2 * spool.beat)
        self._looked = now
        found = {beat.owner: beat for beat in beats.living(spool)}
        self._pulses = {owner: self._pulse(spool, beat, passed) for owner, beat in found.items()}

    def _pulse(self, spool: Spool, beat: Beat, passed: float) -> _Pulse:
        before = self._pulses.get(beat.owner)
        if before and before.beat == beat:
            return replace(before, unchanged=before.unchanged + passed)
        try:
            written = os.lstat(f"{spool.folder('beats')}/{beat}").st_ctime
        except FileNotFoundError:       # it beat between listing and stat
            written = before.written if before else time.time()
        return _Pulse(beat, written)

    def _heard(self, spool: Spool, name: str, pulse: _Pulse | None) -> _Said:
        """Asked anew once it has beaten, or has gone: then its last word may be that it stopped."""
        before, beat = self._said.get(name), pulse.beat if pulse else None
        if before and before.beat == beat:
            return before
        born = not before or not before.beat or not beat or before.beat.owner != beat.owner
        read = 0 if not before or born else before.read + 1
        again = FILES if not before or read % SELDOM == 0 else ("status",)
        files = dict(before.files) if before else {}
        return _Said(beat, read, files | {kind: hosts.said(spool, name, kind) for kind in again})


def _host(spool: Spool, name: str, files: Mapping[str, Mapping[str, Any]], pulse: _Pulse | None,
          newest: float) -> Host:
    age = round(max(pulse.unchanged, newest - pulse.written), 1) if pulse else None
    view = HostView(name, files["host"], files["status"], pulse is not None, age, str(files["doctor"].get("state", "")),
                    str(pulse.beat) if pulse else "")
    facts = host_facts.facts(spool, view)
    silent = pulse is not None and facts["state"] == "silent"
    return Host(view, facts, pulse.written if pulse and silent else None)


def at_work(found: Iterable[Host]) -> set[str]:
    """The jobs that hosts say they are rendering."""
    return {str(slot["job"]) for host in found for slot in host.facts["frames_now"]}
