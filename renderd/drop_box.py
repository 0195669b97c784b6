"""The thread that makes jobs of what people save in the inbox (spool/drop_box.py).

A file is taken when it has not changed for some own beats and has its end; a .blend that has none may still be on its
way, and gets more time. What is in a file is read by a program of its own, render_cli/dropped.py."""

import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from assetfs.blend import check_complete
from assetfs.errors import AssetError, BlendCutShort
from renderd import drop_words, errand, logs
from renderd.heart import Heart
from renderd.settings import Settings, handed_on
from spool import admit, beats, drop_box, submit
from spool import job as jobs
from spool.drop_box import Odd, Taken
from spool.errors import BadFile, SpoolError
from spool.layout import Spool

STILL = 2           # own beats without a change until it is taken: a copy that goes on changes each second
PATIENT = 24        # the same, of a .blend without an end: its copy may stand still for a while
SECONDS = 600.0     # for reading a file; it is hashed as a whole


@dataclass
class Watched:
    """What lies in the inbox: its state, and the own beat since which it has it."""

    state: str
    since: int


@dataclass
class Memory:
    """Of the looks of this host."""

    seen: dict[str, Watched] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)      # trouble, told once


class DropBox(threading.Thread):
    """Looks at each beat, from a knock on until all that lies there is a job or has its answer."""

    def __init__(self, spool: Spool, settings: Settings, environ: Mapping[str, str]) -> None:
        super().__init__(name="drop-box", daemon=True)
        self.spool, self.environ = spool, handed_on(settings, environ)
        self.heart: Heart | None = None
        self._memory, self._knocked, self._ended = Memory(), threading.Event(), threading.Event()

    def knock(self) -> None:
        """Something lies there."""
        self._knocked.set()

    def stop(self) -> None:
        self._ended.set()
        self._knocked.set()

    def run(self) -> None:
        while self._knocked.wait() and not self._ended.is_set():
            try:
                if self.heart and not self.heart.lost and not self.round(self.heart):
                    self._knocked.clear()
            except (OSError, SpoolError) as error:      # the share fails; the next look tries again
                logs.event("share-trouble", text=error, doing="drop-box")
            except Exception:                           # a bug; without this thread nobody would look again
                logs.bug(doing="drop-box")
            self._ended.wait(self.spool.beat)

    def round(self, heart: Heart) -> bool:
        """One look. Whether something is still to be watched."""
        self._go_on(heart)
        found = drop_box.names(self.spool)
        drop_box.sweep(self.spool, found)
        drops = [name for name in found if drop_box.is_drop(name)]
        self._memory.seen = {name: seen for name, seen in self._memory.seen.items() if name in drops}
        to_watch = [self._alone(heart, name) for name in sorted(drops)]
        return any(to_watch)

    def _alone(self, heart: Heart, name: str) -> bool:
        """What is wrong with one keeps no other from being taken. Whether to watch on."""
        try:
            return self._watch(heart, name)
        except FileNotFoundError:           # gone: taken by another daemon, or by its owner
            return False
        except (OSError, SpoolError) as error:
            if self._memory.said.get(name) != str(error):
                logs.event("share-trouble", text=error, doing="drop-box", file=name)
            self._memory.said[name] = str(error)
            return True

    def _watch(self, heart: Heart, name: str) -> bool:
        try:
            state = drop_box.state(self.spool, name)
        except Odd as odd:
            state = f"odd-{odd.code}"
            if drop_box.answered(self.spool, name) != state:
                self._answer(name, odd, state)
            return False
        if answered := drop_box.answered(self.spool, name):
            if answered == state:
                return False
            drop_box.drop_answer(self.spool, name)
        seen = self._memory.seen.get(name)
        if seen is None or seen.state != state:
            seen = self._memory.seen[name] = Watched(state, heart.count)
        if heart.count - seen.since >= self._pause(name):
            self._take(heart, name)
            return False
        return True

    def _pause(self, name: str) -> int:
        """Own beats for which it must not change. What is wrong with it is left to `_make` to say."""
        path = f"{drop_box.folder(self.spool)}/{name}"
        try:
            whole = check_complete(drop_box.blend_of(path, name)) == "complete"
        except BlendCutShort:
            return PATIENT
        except (AssetError, Odd):           # what is no .blend will hardly become one; in a folder it may still come
            return PATIENT // 4 if os.path.isdir(path) else STILL
        return STILL if whole else PATIENT // 4         # gzip: nobody can tell without unpacking it

    # -- from a file to a job

    def _take(self, heart: Heart, name: str) -> None:
        try:
            mine = drop_box.take(self.spool, name, heart.owner)
        except PermissionError as error:
            self._answer(name, Odd("no-move", text=error.strerror), drop_box.state(self.spool, name))
            return
        if mine:
            self._make(mine)

    def _go_on(self, heart: Heart) -> None:
        """With what was begun: by the dead, or by us when the share failed."""
        begun = list(drop_box.records(self.spool))
        alive = {beat.owner for beat in beats.living(self.spool)} if begun else set()
        for found in begun:
            mine = found if found.owner == heart.owner else \
                None if found.owner in alive else drop_box.take_over(self.spool, found, heart.owner)
            if mine:
                self._make(mine)

    def _make(self, mine: Taken) -> None:
        """A job, or put back. May be called again for the same one."""
        path = drop_box.where(self.spool, mine)
        if not path:
            drop_box.not_taken(self.spool, mine)
            return
        try:
            drop_box.look(self.spool, path)         # it may have changed until it was taken
            planned = self._planned(mine, path)
            if self.heart is None or self.heart.lost:
                return                      # others go on with it
            admit.copy(self.spool, planned)
            admit.enter(self.spool, planned)
        except Odd as odd:
            name = drop_box.put_back(self.spool, mine)
            self._answer(name, odd, drop_box.state(self.spool, name))
            return
        drop_box.finish(self.spool, mine)
        job = jobs.read(self.spool, mine.job)
        logs.event("dropped", job=mine.job, owner=job.owner, file=mine.name)

    def _planned(self, mine: Taken, path: str) -> submit.Submitted:
        """What the file says; or what was entered already, by somebody who died then."""
        said = self._read(mine, drop_box.blend_of(path, mine.name))
        try:
            job = replace(jobs.decode(path, said["job"] | {"job": mine.job, "chunks": 1}, mine.job), dropped=True,
                          created=submit.now())
            with suppress(FileNotFoundError):
                job = jobs.read(self.spool, mine.job)
            return submit.plan_named(self.spool, job, priority=said["priority"], hold=False)
        except (SpoolError, KeyError) as error:
            raise Odd("other", text=str(error)) from None

    def _read(self, mine: Taken, blend: str) -> dict[str, Any]:
        asked = {"blend": blend, "home": drop_box.home(self.spool, mine.job), "root": self.spool.root,
                 "tries": self.spool.tries, "chunk_seconds": self.spool.chunk_seconds,
                 "options": dict(self.spool.drop_box)}
        done = errand.run([sys.executable, "-m", "render_cli.dropped"], json.dumps(asked).encode(), SECONDS,
                          self.environ)
        try:
            said = json.loads(done.output)
            if "refused" in said:
                raise Odd(str(said["refused"]), **said["words"])
            return dict(said)
        except (ValueError, TypeError):
            raise BadFile(f"{blend} could not be read: {done.text[-300:]}", "It is tried again.") from None

    def _answer(self, name: str, odd: Odd, state: str) -> None:
        text = drop_words.answer(self.spool.language, name, odd.code, odd.words)
        drop_box.answer(self.spool, name, text, state)
        logs.event("not-taken", file=name, text=odd.code)
