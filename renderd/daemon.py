"""The daemon: one life on a spool, from its first beat to its last.

    main thread   signals, inotify, poll (waking.py); fills the slots (crew.py); status.json (status.py)
    slot threads  a render each (slot.py)
    heart         beats (heart.py)
    chores        orphans, finished jobs (chores.py)
    inbox         what others ask of this host (messages.py, commands.py)
    drop-box      makes jobs of what is saved in the inbox (drop_box.py)
    herald        tells people how jobs ended (herald.py)
    places        named paths: are they there? (places.py; only where there are some)
    watch         touches no share, and so can say that the others wait for it (silence.py)
    courtesy      no share either: stops renders for the people at this computer (courtesy.py)
    door, signals what is asked on this computer (door.py)
"""

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from renderd import alone, host, leftovers, logs, recipes, reloading, systemd
from renderd.blenders import find
from renderd.chores import Chores
from renderd.commands import Commands
from renderd.courtesy import GOES_ON, Courtesy
from renderd.crew import Crew
from renderd.door import Door, Signals, ended_by_signals
from renderd.drop_box import DropBox
from renderd.errors import DaemonError
from renderd.handing_back import Outcome
from renderd.health import Health
from renderd.heart import Heart
from renderd.herald import Herald
from renderd.messages import KINDS, Inbox
from renderd.places import Places
from renderd.rereading import Reread
from renderd.settings import Settings, with_folders
from renderd.silence import Watch
from renderd.status import Status
from renderd.waking import Alarm, sleeper
from spool import beats, hosts, messages
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Incarnation, Spool, short
from spool.rules import Rules

ONCE = 0.05         # seconds between two looks of a daemon that only waits until its chores are done
LEAVE = 3.0         # seconds beyond stop_grace that an ending daemon waits for its slots


class Unwritable(DaemonError):
    """The share refuses what a daemon must write."""


class Daemon:
    """One life of renderd on one spool."""

    def __init__(self, spool: Spool, settings: Settings, environ: dict[str, str], watch: Watch, *,
                 once: bool = False, load: Callable[[], Settings] | None = None) -> None:
        self.written = settings         # named paths in it are names still
        self.reread = Reread(spool, settings.paths)
        self.spool = spool = replace(spool, rules=self.reread.known)
        self.settings = settings = with_folders(settings, spool.rules.paths)
        self.watch, self.once, self.environ, self.load = watch, once, environ, load or (lambda: self.written)
        self.alarm, self.ending, self.in_trouble = Alarm(), False, False
        self.new_settings: Settings | None = None       # to be used from the next turn on
        blenders = find(settings.blender, environ)
        self.places = Places(spool.rules.paths, self.alarm.ring)
        self.facts = host.facts(settings.host, Path(spool.root), blenders) | reloading.told(settings) | {
            "groups": self._groups(spool.rules), "paths": {}, "recipes": self._recipes()}
        self.courtesy = Courtesy(settings, environ, working=lambda: bool(self.crew.working()),
                                 give_back=lambda: self.crew.stop(), changed=self.alarm.ring)
        self.health = Health(spool, settings.host,
                             lambda jobs, text: self.courtesy.hold("sick", jobs=[*map(short, jobs)], text=text))
        self.crew = Crew(spool, settings, environ, blenders, self.facts, self._chunk_ended, self.alarm.ring,
                         gets_hungry=not once, takes_nothing=self.courtesy.takes_nothing,
                         begins=self.courtesy.wake)
        self.commands = Commands(spool, self)
        self.inbox = Inbox(spool, settings.host, {**KINDS, **self.commands.kinds()})
        self.door = Door(spool, settings.host, environ, self.commands.here)
        self.herald, self.drop_box = Herald(spool, settings, environ), DropBox(spool, settings, environ)
        self.facts["tells"] = list(self.herald.way.channels)
        self.status = Status(spool, settings.host)

    def _recipes(self) -> list[dict[str, Any]]:
        """Those that are here; of those that do not run it is said why not."""
        found = recipes.every(self.settings.recipes)
        for one in found:
            if one.refused:
                logs.event("recipe-refused", recipe=one.name, text=one.refused)
        return [one.told() for one in found]

    # -- a life

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; with `once` until nothing waits that this host may take."""
        changes = [self.spool.folder(state) for state in ("queue", "held", "trash")]
        with ended_by_signals(self.quit, lambda: self.watch.ending), sleeper(self.alarm, changes) as wait:
            self._begin()
            try:                        # whatever ends us, the frames go back
                while not self.ending:
                    self._turn()
                    if wait(self._pause()):
                        self.crew.finder.look_anew()
            finally:
                self._leave()

    def _begin(self) -> None:
        """Takes the name and starts all threads. Unwritable: the share refuses."""
        try:
            alone.end_former_lives(self.spool, me := beats.new_incarnation(self.settings.host))
            self._be_born(me)
            self._check_name()
            self.places.start()
            self._tell_facts()
            messages.open_inbox(self.spool, self.settings.host)
            self.commands.old = frozenset(messages.waiting(self.spool, self.settings.host))
            self.chores.round(observe=True)         # what a former life left waits again before we look
            self.chores.start()
        except OSError as error:
            raise Unwritable(f"{self.spool.root} cannot be served: {error}.",
                             "Is the share writable for this user, and not full?") from error
        leftovers.sweep_dead()
        self.crew.start()
        self.inbox.start()
        if self.herald.way.channels:
            self.herald.start()
        self.drop_box.start()
        self.courtesy.start()
        self.door.open()
        Signals(self.commands.here).start()
        self.watch.serves(self.settings.stop_grace + 2 * LEAVE, self.crew.stop)
        logs.event("started", spool=self.spool.root, host=self.settings.host, slots=len(self.crew.slots))
        systemd.notify(os.environ, READY=1)

    def _go_by(self, rules: Rules | None) -> None:
        """What farm.yaml or the named paths became is so from now on."""
        if rules:
            self.facts["groups"] = self._groups(rules)
            logs.event("rules", groups=",".join(self.facts["groups"]))
            self._use_rules(rules)
        self._tell_facts()

    def _use_rules(self, rules: Rules) -> None:
        moved = rules.paths != self.spool.rules.paths
        self.spool = self.herald.spool = self.drop_box.spool = replace(self.spool, rules=rules)
        self.chores.go_by(self.spool)
        self.crew.go_by(self.spool)
        if moved:
            self.places.stop()          # and a new thread: that one may wait for the server that is no more
            self.places = Places(rules.paths, self.alarm.ring)
            self.places.start(wait=0)
            self._use_settings(self.written)

    def _groups(self, rules: Rules) -> list[str]:
        return sorted({*self.settings.groups, *rules.groups_of(self.settings.host)})

    def _tell_facts(self) -> None:
        """host.json, and what we go by ourselves, say which named paths are there now."""
        self.facts["paths"] = self.places.told()
        self.crew.finder.is_now(hosts.as_host(self.settings.host, self.facts))
        try:
            hosts.write(self.spool, self.settings.host, "host", self.facts)
        except (OSError, SpoolError):
            self.places.changed = True  # to be told at the next turn
            raise

    def _check_name(self) -> None:
        try:
            alone.check_name(self.spool, self.heart)
        except DaemonError:
            self.heart.stop()
            raise

    def _be_born(self, me: Incarnation) -> None:
        self.heart = Heart(self.spool, me, self.alarm.ring)
        self.herald.heart = self.drop_box.heart = self.heart
        self.chores = Chores(self.spool, self.heart, self.crew.working, self.herald.knock, self.reread.beat,
                             self.drop_box.knock)
        self.heart.start()

    def _turn(self) -> None:
        """One look at everything. A share that fails is tried again at the next."""
        self.watch.turn()
        # Asked before the look: a chunk that ends now may be back in todo.
        idle = not self.crew.working() and self.chores.quiet()
        self.in_trouble = True
        try:
            if self.heart.lost:
                self._be_born_again()
            self._use_new_settings()
            self.crew.stop_cancelled()
            if (new := self.reread.taken()) or self.places.changed:
                self._go_by(new)
            if messages.anything_waits(self.spool, self.settings.host):
                self.inbox.knock()
            took = self.crew.fill(self.heart.owner)
            self._tell()
        except (OSError, SpoolError) as error:
            logs.event("share-trouble", text=error, doing="look")
            return
        self.in_trouble = False
        if idle and not took and (self.once or self.courtesy.has("finishing")):
            self.ending = True

    def _be_born_again(self) -> None:
        """We were declared dead: nothing that runs may publish any more."""
        logs.event("born-again", was=self.heart.owner)
        self.crew.stop("lost")
        self.chores.stop()
        self._be_born(beats.new_incarnation(self.settings.host))
        self.chores.start()

    def _chunk_ended(self, job: Job, outcome: Outcome | None) -> str:
        left = self.health.ended(job, outcome)
        self.chores.due(job.job)
        return left

    def _tell(self) -> None:
        doing = self.crew.doing()
        self.status.tell({"state": self._state(), **doing, "obstacles": self.courtesy.obstacles() + doing["obstacles"],
                          "answers": self.commands.answers()}, str(self.heart.last))

    def _state(self) -> str:
        codes = {str(one["code"]) for one in self.courtesy.obstacles()}
        if self.ending:
            return "stopping"
        return ("paused" if codes - {*GOES_ON} else "sick" if "sick" in codes else "finishing" if codes
                else "rendering" if self.crew.working() else "idle")

    # -- for commands (commands.py), from any thread; nothing here waits for the share

    def doing(self) -> dict[str, Any]:
        """What it does now."""
        return {"state": self._state(), "slots": self.crew.at_work(), "obstacles": self.courtesy.obstacles()}

    def quit(self) -> None:
        """As a signal that ends programs."""
        self.ending = self.crew.ending = self.watch.ending = True
        self.alarm.ring()

    def reload(self) -> str:
        """What of the settings is new. SettingsError: all that is wrong with them, and they stay as they are."""
        found = reloading.merge(self.written, self.load())
        self.new_settings = found.settings
        self.alarm.ring()
        return found.text

    def _use_new_settings(self) -> None:
        new, self.new_settings = self.new_settings, None
        if new is None:
            return
        self._use_settings(new)
        self.facts |= {"recipes": self._recipes(), "groups": self._groups(self.reread.known)}
        self.reread.soon()
        self.courtesy.use(self.settings)
        self._tell_facts()

    def _use_settings(self, written: Settings) -> None:
        """With the folders of now in the place of named paths."""
        self.written, new = written, with_folders(written, self.spool.rules.paths)
        self.settings = new
        logs.set_up(new.log_level)
        self.facts |= reloading.told(new)
        self.crew.use(new, self.environ, self.facts)

    def _pause(self) -> float:
        """Seconds until the next look: jittered, so that a room does not ask the server in step."""
        if self.ending or (self.once and not self.crew.working() and not self.in_trouble):
            return 0.0 if self.ending or self.chores.quiet() else ONCE
        longest = self.watch.watched / 4 if self.watch.watched else self.settings.poll * 2
        return min(longest, self.settings.poll * random.uniform(0.8, 1.2))

    def _leave(self) -> None:
        """Unfinished frames go back at once; nothing of us is left."""
        logs.event("stopping", running=len(self.crew.working()))
        systemd.notify(os.environ, STOPPING=1)
        self.inbox.stop()
        self.herald.stop()
        self.drop_box.stop()
        self.door.close()
        self.crew.end(self.settings.stop_grace + LEAVE)
        self.courtesy.stop()
        self.chores.stop()
        self.chores.join(timeout=LEAVE)
        with suppress(OSError, SpoolError):         # the share may be why we end
            if not self.chores.is_alive():
                self.chores.round(observe=False)
            self.crew.leave(self.heart.owner)
            self.status.tell_end(self.commands.answers())
        with suppress(OSError):
            self.heart.stop()
        logs.event("stopped", host=self.settings.host)
