"""The thread that makes jobs of what people save in the inbox (spool/drop_box.py).

A file is taken when it has not changed for some own beats and has its end; a .blend that has none may still be on its
way, and gets more time. What is in a file is read by a program of its own, render_cli/dropped.py."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from assetfs.blend import check_complete
from assetfs.errors import AssetError, BlendCutShort
from renderd import drop_words, errand, logs
from renderd.heart import Heart
from renderd.lookout import Lookout
from renderd.settings import Settings, handed_on
from spool import admit, beats, drop_answers, drop_box, drop_files, submissions, submit
from spool import job as jobs
from spool.drop_box import Taken
from spool.drop_files import Odd
from spool.errors import SpoolError
from spool.layout import Spool

STILL = 2           # own beats without a change until it is taken: a copy that goes on changes each second
PATIENT = 24        # the same, of a .blend without an end: its copy may stand still for a while
SECONDS = 600.0     # for reading a file; it is hashed as a whole
TRIES = 3           # reads of a file in which its reader dies
USUAL = 50


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
    nobodys: set[Taken] = field(default_factory=set)        # begun by somebody who had no beat at the last look
    died: Counter[str] = field(default_factory=Counter)     # readers, by job


class DropBox(Lookout):
    """Looks until all that lies there is a job or has its answer."""

    def __init__(self, spool: Spool, settings: Settings, environ: Mapping[str, str]) -> None:
        super().__init__(spool, "drop-box")
        self.environ, self._memory = handed_on(settings, environ), Memory()

    def forget(self) -> None:
        self._memory = Memory()

    def round(self, heart: Heart) -> bool:
        """One look. Whether something is still to be watched."""
        begun = [self._alone(mine.name, lambda mine=mine: self._make(heart, mine))      # type: ignore[misc]
                 for mine in self._begun(heart)]
        found = drop_box.names(self.spool)
        drop_answers.sweep(self.spool, found)
        drops = sorted(name for name in found if drop_files.is_drop(name))
        self._memory.seen = {name: seen for name, seen in self._memory.seen.items() if name in drops}
        watched = [self._alone(name, lambda name=name: self._watch(heart, name))        # type: ignore[misc]
                   for name in drops]
        return any([*begun, *watched])

    def _alone(self, name: str, do: Callable[[], bool]) -> bool:
        """What is wrong with one keeps no other from being taken. Whether to watch on."""
        try:
            return do()
        except FileNotFoundError:           # gone: taken by another daemon, or by its owner
            return False
        except (OSError, SpoolError) as error:
            if self._memory.said.get(name) != str(error):
                logs.event("share-trouble", text=error, doing=self.name, file=name)
            self._memory.said[name] = str(error)
        except Exception:
            logs.bug(doing=self.name, file=name)
        return True

    def _watch(self, heart: Heart, name: str) -> bool:
        state, odd = self._state(f"{submissions.folder(self.spool)}/{name}")
        answered = drop_answers.answered(self.spool, name)
        if odd or answered == state:
            if odd and answered != state:
                self._answer(name, odd, state)
            return False
        if answered:
            drop_answers.drop(self.spool, name)
        seen = self._memory.seen.get(name)
        if seen is None or seen.state != state:
            seen = self._memory.seen[name] = Watched(state, heart.count)
        waited = heart.count - seen.since
        if waited >= STILL and waited >= self._pause(name):
            return self._take(heart, name, state)
        return True

    def _state(self, path: str) -> tuple[str, Odd | None]:
        """And why it cannot be a job, if one sees that from outside."""
        try:
            return drop_files.look(self.spool, path), None
        except Odd as odd:
            return f"odd-{odd.code}", odd

    def _pause(self, name: str) -> int:
        """Own beats for which it must not change. What is wrong with it is left to `_make` to say."""
        path = f"{submissions.folder(self.spool)}/{name}"
        try:
            ends = {check_complete(blend) for blend in drop_files.blends_of(path, name)}
        except BlendCutShort:
            return PATIENT
        except (AssetError, Odd):           # what is no .blend will hardly become one; in a folder it may still come
            return PATIENT // 4 if os.path.isdir(path) else STILL
        return STILL if ends == {"complete"} else PATIENT // 4         # gzip: nobody can tell without unpacking it

    # -- from a file to a job

    def _take(self, heart: Heart, name: str, state: str) -> bool:
        try:
            mine = drop_box.take(self.spool, name, heart.owner)
        except PermissionError as error:
            self._answer(name, Odd("no-move", text=error.strerror), state)
            return False
        return self._make(heart, mine) if mine else False

    def _begun(self, heart: Heart) -> Iterator[Taken]:
        """By the dead, and ours now; or by us, when the share failed."""
        begun = list(drop_box.records(self.spool))
        alive = {beat.owner for beat in beats.living(self.spool)} if begun else set()       # after the records
        before, self._memory.nobodys = self._memory.nobodys, {one for one in begun if one.owner not in alive}
        for found in begun:
            if found.owner == heart.owner:
                yield found
            # Seen twice: a listing may miss a beat that is just renamed.
            elif found.owner not in alive and found in before \
                    and (mine := drop_box.take_over(self.spool, found, heart.owner)):
                yield mine

    def _make(self, heart: Heart, mine: Taken) -> bool:
        """A job, or put back. May be called again for the same one. Whether to watch on."""
        path = drop_box.where(self.spool, mine)
        if not path:
            drop_box.not_taken(self.spool, mine)
            return False
        if not admit.is_entered(self.spool, mine.job):
            state, odd = self._state(path)              # it may have changed until it was taken
            try:
                planned = self._planned(mine, path, odd)
            except Odd as why:
                name = drop_box.put_back(self.spool, mine)
                self._answer(name, why, state)
                return True
            if heart.lost:
                return True                 # others go on with it
            admit.copy(self.spool, planned)
            admit.enter(self.spool, planned)
        drop_box.finish(self.spool, mine)
        job = jobs.read(self.spool, mine.job)
        logs.event("dropped", job=mine.job, owner=job.owner, file=mine.name)
        return False

    def _planned(self, mine: Taken, path: str, odd: Odd | None) -> submit.Submitted:
        """What the file says; or what somebody made of it who died before it had its entry."""
        try:
            with suppress(FileNotFoundError):
                made = jobs.read(self.spool, mine.job)
                usual = self.spool.drop_box.get("priority", "")
                return submit.plan_named(self.spool, made, priority=int(usual) if usual.isdecimal() else USUAL,
                                         hold=False)
            if odd:
                raise odd
            said = self._read(mine, drop_files.blend_of(path, mine.name))
            job = replace(jobs.decode(path, said["job"], mine.job), dropped=True)
            return submit.plan_named(self.spool, job, priority=said["priority"], hold=False)
        except Odd:
            raise
        except (SpoolError, KeyError) as error:
            raise Odd("other", text=str(error)) from None

    def _read(self, mine: Taken, blend: str) -> dict[str, Any]:
        asked = {"job": mine.job, "name": mine.name, "blend": blend, "root": self.spool.root,
                 "home": drop_box.home(self.spool, mine.job), "paths": dict(self.spool.rules.paths)}
        done = errand.run([sys.executable, "-m", "render_cli.dropped"], json.dumps(asked).encode(), SECONDS,
                          self.environ)
        try:
            said = dict(json.loads(done.output))
        except (ValueError, TypeError):
            self._memory.died[mine.job] += 1
            if self._memory.died[mine.job] >= TRIES:
                raise Odd("unread", text=done.text.split("\n")[-1][-300:]) from None
            raise OSError(f"{blend} could not be read, it is tried again: {done.text[-300:]}") from None
        if "refused" in said:
            raise Odd(str(said["refused"]), **said["words"])
        return said

    def _answer(self, name: str, odd: Odd, state: str) -> None:
        text = drop_words.answer(self.spool.language, name, odd.code, odd.words)
        drop_answers.answer(self.spool, name, text, state)
        logs.event("not-taken", file=name, text=odd.code)
