"""The daemon: wakes up, takes chunks for free slots, tells how it is.

    main thread   signals, inotify, poll (waking.py); takes chunks; status
    slot threads  a render each (slot.py)
    heart         beats (heart.py)
    chores        orphans, finished jobs (chores.py)
    inbox         what others ask of this host (messages.py)
    watch         touches no share, and so can say that the others wait for it (silence.py)
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from renderd import alone, host, logs, staging, systemd
from renderd.bench import Bench
from renderd.blenders import find
from renderd.chores import Chores
from renderd.errors import DaemonError
from renderd.finder import Finder
from renderd.fingerprint import Fingerprints
from renderd.giving_back import Appetite
from renderd.heart import Heart
from renderd.messages import Inbox
from renderd.render import Render
from renderd.room import Room
from renderd.settings import Settings, handed_on
from renderd.silence import Watch
from renderd.slot import Slot
from renderd.waking import Alarm, sleeper
from spool import beats, hosts, messages, queue
from spool.claim import Claim
from spool.errors import SpoolError
from spool.layout import Spool

STATUS = 30.0       # seconds between two notes of memory and swap when nothing else changes
LEAVE = 3.0         # seconds beyond stop_grace that an ending daemon waits for its slots


class Unwritable(DaemonError):
    """The share refuses what a daemon must write."""


class Daemon:
    """One life of renderd on one spool."""

    def __init__(self, spool: Spool, settings: Settings, environ: dict[str, str], watch: Watch, *,
                 once: bool = False) -> None:
        self.spool, self.settings, self.watch, self.once = spool, settings, watch, once
        self.alarm, self.ending, self.in_trouble = Alarm(), False, False
        blenders = find(settings.blender, environ)
        self.facts = self._facts(blenders)
        self.room = Room(spool, settings, self.facts["cores"], self._held_mb)
        bench = Bench(spool, settings, 0, tuple(blenders), handed_on(settings, environ), Fingerprints())
        self.slots = [Slot(n + 1, bench, self._slot_ended) for n in range(self.room.most)]
        self.inbox = Inbox(spool, settings.host)
        self.finder = Finder(spool, hosts.as_host(settings.host, self.facts))
        self.appetite = Appetite(spool)
        self.told: dict[str, Any] = {}
        self.told_at = 0.0

    def _facts(self, blenders: list[Any]) -> dict[str, Any]:
        settings = self.settings
        return host.facts(settings.host, Path(self.spool.root), blenders) | {
            "slots": settings.slots, "programs": list(settings.programs)}

    # -- a life

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; with `once` until nothing waits that this host may take."""
        changes = [self.spool.folder(state) for state in ("queue", "trash")]
        with self._signals(), sleeper(self.alarm, changes) as wait:
            self._begin()
            try:                        # whatever ends us, the frames go back
                while not self.ending:
                    self._turn()
                    wait(self._pause())
            finally:
                self._leave()

    def _begin(self) -> None:
        """Takes the name and starts all threads. Unwritable: the share refuses."""
        try:
            alone.end_former_lives(self.spool, me := beats.new_incarnation(self.settings.host))
            self._be_born(me)
            self._check_name()
            hosts.write(self.spool, self.settings.host, "host", self.facts)
            messages.open_inbox(self.spool, self.settings.host)
            self.chores.round(observe=True)         # what a former life left waits again before we look
        except OSError as error:
            raise Unwritable(f"{self.spool.root} cannot be served: {error}.",
                             "Is the share writable for this user, and not full?") from error
        staging.sweep_scratch()
        for slot in self.slots:
            slot.start()
        self.inbox.start()
        self.watch.serves(self.settings.stop_grace + 2 * LEAVE, self._stop_renders)
        logs.event("started", spool=self.spool.root, host=self.settings.host, slots=len(self.slots))
        systemd.notify(os.environ, READY=1)

    def _check_name(self) -> None:
        try:
            alone.check_name(self.spool, self.heart)
        except DaemonError:
            self.chores.stop()
            self.heart.stop()
            raise

    def _be_born(self, me: Any) -> None:
        self.heart = Heart(self.spool, me, self.alarm.ring)
        self.chores = Chores(self.spool, self.heart, self._working)
        self.heart.start()
        self.chores.start()

    def _turn(self) -> None:
        """One look at everything. A share that fails is tried again at the next."""
        self.watch.turn()
        idle = not self._working()      # asked before the look: a chunk that ends now may be back in todo
        self.in_trouble = True
        try:
            if self.heart.lost:
                self._be_born_again()
            self._stop_cancelled()
            if messages.anything_waits(self.spool, self.settings.host):
                self.inbox.knock()
            took = self._fill_slots()
            self._tell()
        except (OSError, SpoolError) as error:
            logs.event("share-trouble", text=error, doing="look")
            return
        self.in_trouble = False
        if self.once and idle and not took:
            self.ending = True

    def _fill_slots(self) -> bool:
        took = False
        for slot in self.slots:
            if slot.troubled:
                self.finder.leave_alone(slot.troubled)
                slot.troubled = ""
            if slot.claim is None and not self.ending:
                claim = self._take(slot)
                if claim is None:
                    break
                slot.bench = replace(slot.bench, threads=self.room.threads(claim.job.job))
                slot.start_on(claim)
                took = True
        return took

    def _take(self, slot: Slot) -> Claim | None:
        last = self.room.last(self._jobs())
        claim = None if last is None else self.finder.take(self.heart.owner, slot.number, last)
        hungry = claim is None and last == "" and not self.once and self.finder.could_help()
        self.appetite.is_now(hungry, self.heart.owner)
        return claim

    def _jobs(self) -> list[str]:
        """Of each slot that renders."""
        return [claim.job.job for slot in self.slots if (claim := slot.claim)]

    def _held_mb(self) -> float:
        return sum(slot.held_mb() for slot in self.slots)

    def _stop_cancelled(self) -> None:
        """Renders of jobs that were put into the trash are stopped; those on hold end their chunk."""
        busy = [(slot, slot.claim) for slot in self.slots if slot.claim]
        if not busy:
            return
        trash = {entry.job for entry in queue.entries(self.spool, ("trash",))}
        for slot, claim in busy:
            if claim and claim.job.job in trash:
                slot.stop_render("return")

    def _be_born_again(self) -> None:
        """We were declared dead: nothing that runs may publish any more."""
        logs.event("born-again", was=self.heart.owner)
        for slot in self.slots:
            slot.stop_render("lost")
        self.chores.stop()
        self._be_born(beats.new_incarnation(self.settings.host))

    def _slot_ended(self, job: str) -> None:
        self.chores.due(job)
        self.alarm.ring()

    def _working(self) -> list[str]:
        return [str(claim.name) for slot in self.slots if (claim := slot.claim)]

    # -- waiting

    def _pause(self) -> float:
        """Seconds until the next look: jittered, so that a room does not ask the server in step."""
        if self.ending or (self.once and not self._working() and not self.in_trouble):
            return 0.0
        longest = self.watch.watched / 4 if self.watch.watched else self.settings.poll * 2
        return min(longest, self.settings.poll * random.uniform(0.8, 1.2))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def asked(number: int, frame: FrameType | None) -> None:
            self.ending = self.watch.ending = True
            self.alarm.ring()

        before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        yield
        for number, handler in before.items():
            signal.signal(number, handler)

    # -- telling

    def _tell(self) -> None:
        """status.json, when it changed, or memory and swap are due."""
        doing = {"state": "stopping" if self.ending else "rendering" if self._working() else "idle",
                 "slots": [_of(slot.number, claim, slot.render) for slot in self.slots if (claim := slot.claim)]}
        doing |= self.room.told(self._jobs())
        now = time.monotonic()
        if doing == self.told and now - self.told_at < STATUS:
            return
        self.told, self.told_at = doing, now
        hosts.write(self.spool, self.settings.host, "status", doing | host.now())

    def _leave(self) -> None:
        """Unfinished frames go back at once; nothing of us is left."""
        logs.event("stopping", running=len(self._working()))
        systemd.notify(os.environ, STOPPING=1)
        self.inbox.stop()
        self._stop_renders()
        for slot in self.slots:
            slot.end()
        for slot in self.slots:
            slot.join(timeout=self.settings.stop_grace + LEAVE)
        self.chores.stop()
        self.chores.join(timeout=LEAVE)
        with suppress(OSError, SpoolError):         # the share may be why we end
            self.chores.round(observe=False)
            self.appetite.is_now(False, self.heart.owner)
            self._tell_end()
        with suppress(OSError):
            self.heart.stop()
        logs.event("stopped", host=self.settings.host)

    def _stop_renders(self) -> None:
        for slot in self.slots:
            slot.stop_render("return")

    def _tell_end(self) -> None:
        hosts.write(self.spool, self.settings.host, "status", {"state": "stopped", "slots": []} | host.now())


def _of(number: int, claim: Claim, render: Render | None) -> dict[str, Any]:
    return {"slot": number, "job": claim.job.job, "chunk": claim.name.chunk.stem,
            "frame": render.delivery.frame if render else None}


def serve(spool: Spool, settings: Settings, environ: dict[str, str], watch: Watch, *, once: bool = False) -> None:
    """Runs a daemon to its end. NameTaken, RunsAsRoot, Unwritable: it did not start."""
    alone.refuse_root(spool, settings.allow_root)
    lock = alone.lock_name(spool, settings.host)
    try:
        Daemon(spool, replace(settings, spool=None), environ, watch, once=once).run()
    finally:
        lock.release()
