"""The slots of a daemon: free ones get chunks as long as there is room, and renders that must end are stopped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from renderd.bench import Bench
from renderd.blenders import Blender
from renderd.energy import Energy
from renderd.finder import Finder
from renderd.fingerprint import Fingerprints
from renderd.giving_back import Appetite
from renderd.render import Render
from renderd.room import Room
from renderd.settings import Settings, handed_on
from renderd.slot import Ended, Slot
from spool import hosts, queue
from spool.claim import Claim
from spool.layout import Incarnation, Spool


class Crew:
    """For the main thread, which alone starts and stops renders; `ended` and `freed` are called by a slot's thread."""

    def __init__(self, spool: Spool, settings: Settings, environ: Mapping[str, str], blenders: Sequence[Blender],
                 facts: Mapping[str, Any], ended: Ended, freed: Callable[[], None], *,
                 gets_hungry: bool, takes_nothing: Callable[[], bool] = lambda: False,
                 begins: Callable[[], None] = lambda: None) -> None:
        self.spool, self.gets_hungry, self.ending = spool, gets_hungry, False
        self.takes_nothing, self.begins = takes_nothing, begins         # of courtesy.py
        self.room = Room(spool, settings, facts["cores"], self.held_mb)
        bench = Bench(spool, settings, 0, tuple(blenders), handed_on(settings, environ), Fingerprints(),
                      energy=Energy(settings.powercap) if self.room.most == 1 else None)
        self.slots = [Slot(n + 1, bench, ended, freed) for n in range(self.room.most)]
        self.finder = Finder(spool, hosts.as_host(settings.host, facts))
        self.appetite = Appetite(spool)

    def start(self) -> None:
        for slot in self.slots:
            slot.start()

    def fill(self, owner: Incarnation) -> bool:
        """Whether a slot got a chunk."""
        took = hungry = False
        held_up = self.takes_nothing()
        if held_up:
            self.room.watched = None    # cores that are idle now tell nothing
        for slot in self.slots:
            if slot.troubled:
                self.finder.leave_alone(slot.troubled)
                slot.troubled = None
            if slot.claim is None and not (self.ending or held_up):
                last = self.room.last(self.jobs())
                claim = None if last is None else self.finder.take(owner, slot.number, last)
                if claim is None:
                    hungry = last == "" and self.gets_hungry and self.finder.could_help()
                    break
                slot.bench = replace(slot.bench, threads=self.room.threads(claim.job.job))
                slot.start_on(claim)
                self.begins()
                took = True
        self.appetite.is_now(hungry, owner)
        return took

    def jobs(self) -> list[str]:
        """Of each slot that renders."""
        return [claim.job.job for slot in self.slots if (claim := slot.claim)]

    def working(self) -> list[str]:
        """The names of its claims."""
        return [str(claim.name) for slot in self.slots if (claim := slot.claim)]

    def held_mb(self) -> float:
        return sum(slot.held_mb() for slot in self.slots)

    def at_work(self) -> list[dict[str, Any]]:
        """What each slot does that does something. Asks no share."""
        return [_of(slot.number, claim, slot.render) for slot in self.slots if (claim := slot.claim)]

    def doing(self) -> dict[str, Any]:
        """For status.json."""
        return {"slots": self.at_work(),
                "obstacles": self.finder.obstacles(), **self.room.told(self.jobs())}

    def use(self, settings: Settings, environ: Mapping[str, str], facts: Mapping[str, Any]) -> None:
        """Renders that begin from now on go by these."""
        self.room.settings = settings
        self.finder.host = hosts.as_host(settings.host, facts)
        for slot in self.slots:
            slot.bench = replace(slot.bench, settings=settings, environ=handed_on(settings, environ))

    def go_by(self, spool: Spool) -> None:
        """Its rules and named paths changed: for what is taken from now on."""
        self.spool = spool
        self.finder.go_by(spool)
        for slot in self.slots:
            slot.bench = replace(slot.bench, spool=spool)

    def stop_cancelled(self) -> None:
        """Renders of jobs that were put into the trash are stopped; those on hold end their chunk."""
        busy = [(slot, slot.claim) for slot in self.slots if slot.claim]
        if not busy:
            return
        trash = {entry.job for entry in queue.entries(self.spool, ("trash",))}
        for slot, claim in busy:
            if claim and claim.job.job in trash:
                slot.stop_render("return")
                self.finder.look_anew()         # or what is stopped now would be taken again

    def stop(self, how: str = "return") -> None:
        """All renders; `how` as in delivery.Order."""
        for slot in self.slots:
            slot.stop_render(how)

    def end(self, seconds: float) -> None:
        """No slot renders any more; each may take so long."""
        self.stop()
        for slot in self.slots:
            slot.end()
        for slot in self.slots:
            slot.join(timeout=seconds)

    def leave(self, owner: Incarnation) -> None:
        """Nothing is said in the spool any more."""
        self.appetite.is_now(False, owner)


def _of(number: int, claim: Claim, render: Render | None) -> dict[str, Any]:
    return {"slot": number, "job": claim.job.job, "chunk": claim.name.chunk.stem,
            "frame": render.delivery.frame if render else None}
