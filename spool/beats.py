"""Heartbeats: who is alive, judged without any clock.

    beats/W!0 -> beats/W!1 -> ...      the daemon W itself, every `beat` seconds
    beats/W!n -> dead/W!n~ME           an observer that saw W!n during 6 of its own beats

Invariants
  1. A beat is one rename of the exact name, so beating and being declared dead exclude each other:
     whoever comes second finds the name gone.
  2. An observer counts its own beats, never seconds. When the server is away nobody beats, and
     nobody's count goes on.
  3. A daemon beats before it claims, and never again once its beat was taken away.

What a crash leaves behind: a beat that does not change; the others declare it dead.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from spool import atomic
from spool.errors import BadName
from spool.layout import Beat, Incarnation, Spool, parse_beat

DEAD = 6            # own beats without a change of another's until it is dead; settle.LEASE waits as long


def boot_tag() -> str:
    """Four characters that name this boot of this machine."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read(4)
    except OSError:                     # no Linux: then no former life is known, which is safe
        return os.urandom(2).hex()


def new_incarnation(host: str) -> Incarnation:
    return Incarnation(host, os.getpid(), boot_tag() + os.urandom(2).hex())


def born(spool: Spool, owner: Incarnation) -> Beat:
    """The first beat of a new life."""
    beat = Beat(owner, 0)
    atomic.touch(f"{spool.folder('beats')}/{beat}")
    return beat


def beat(spool: Spool, last: Beat) -> Beat | None:
    """The next beat; None if this life was declared dead."""
    folder, there = spool.folder("beats"), last.next()
    return there if atomic.move(f"{folder}/{last}", f"{folder}/{there}") else None


def retire(spool: Spool, owner: Incarnation) -> None:
    """No beat of this life is left: its claims, if any, are orphans at once."""
    for found in living(spool):
        if found.owner == owner:
            atomic.drop(f"{spool.folder('beats')}/{found}")


def living(spool: Spool) -> list[Beat]:
    """The beats as they are now. Names that are none are skipped."""
    return list(_beats(atomic.names(spool.folder("beats"))))


def _beats(names: Iterable[str]) -> Iterable[Beat]:
    for name in names:
        try:
            yield parse_beat(name)
        except BadName:
            continue                    # not ours: `python -m spool check` names it


@dataclass
class Observer:
    """Remembers since which of its own beats it has seen each beat unchanged."""

    me: Incarnation
    seen: dict[Beat, int] = field(default_factory=dict)

    def judge(self, found: Iterable[Beat], own: int) -> list[Beat]:
        """The beats that did not change during DEAD own beats. `own` is the own count now."""
        self.seen = {beat: self.seen.get(beat, own) for beat in found if beat.owner != self.me}
        return [beat for beat, since in self.seen.items() if own - since >= DEAD]


def declare_dead(spool: Spool, seen: Beat, by: Incarnation) -> bool:
    """True if this call ended that life; False if it has beaten since, or another was faster."""
    return atomic.move(f"{spool.folder('beats')}/{seen}", f"{spool.folder('dead')}/{seen}~{by}")


def former_lives(spool: Spool, me: Incarnation) -> list[Beat]:
    """Beats of this host and this boot whose process is gone."""
    return [b for b in living(spool) if b.owner.host == me.host and b.owner != me
            and b.owner.nonce[:4] == me.nonce[:4] and not _runs(b.owner.pid)]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
