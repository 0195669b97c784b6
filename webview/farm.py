"""The farm as the pages show it: looked at by a thread of its own, at most once a second, and only while somebody asks.

    a page --look()--> the last snapshot, at once --(if it is old)--> wakes the thread, and waits a moment for a new one

Snapshots are numbered, and the number grows only when a page would show something else: an unchanged page needs
nothing but the number. No page ever touches the share, so one that does not answer stalls the thread alone; `trouble`
says so. Nothing is written, nothing is locked.
"""

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from spool import answering, host_facts, opening, queue, rules
from spool.answering import Wait
from spool.errors import SpoolError
from spool.layout import Entry, Spool
from spool.queue import WORDS
from webview import farm_hosts, farm_sentence, farm_why
from webview.farm_hosts import Host, Hosts
from webview.farm_job import Followers, JobPage
from webview.farm_jobs import Jobs, Row
from webview.farm_why import Around

PAUSE = 1.0         # seconds between two looks
SHARE = 4           # a look is followed by a pause of so many times its work: a fifth of a core at most
WORK = 0.5          # seconds of reading jobs in one look
PATIENCE = 0.5      # seconds that a page waits for a newer snapshot
OLD = 2.0           # seconds after which a snapshot is old, and a look takes long
IDLE = 10.0         # seconds without a page until the thread sleeps; Prometheus asks every 15 or so
MOST_DONE = 20      # done jobs on the page; the others are counted
MOST_OPEN = 300     # others
MOST_JOBS = 5_000   # that are kept; of more the newest
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """Why the farm cannot be seen. `word` is the WORD of `farm.trouble.WORD` in the texts; `since` in Unix time."""

    word: str
    text: str = ""
    cure: str = ""
    since: float = 0.0


@dataclass(frozen=True)
class Snapshot:
    """The farm at one moment. Only plain data; whoever has it may keep it."""

    number: int = 0
    seen: float = 0.0                   # time.monotonic() of the look; 0: there was none yet
    jobs: list[dict[str, Any]] = field(default_factory=list)
    more: Mapping[str, int] = field(default_factory=dict)       # jobs that are not in the list, by state
    hosts: list[dict[str, Any]] = field(default_factory=list)
    sentence: Mapping[str, Any] = field(default_factory=dict)
    unread: int = 0                     # jobs that were not looked at yet
    # Not told by the number:
    found: tuple[Host, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)     # jobs by state, all of them
    frames: Mapping[str, int] = field(default_factory=dict)     # of jobs that are not done
    by_blend: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    def shown(self) -> tuple[object, ...]:
        """What the pages show of it."""
        return self.jobs, self.more, self.hosts, self.sentence, self.unread, self.by_blend

    def jobs_of_blend(self, path: str) -> list[dict[str, Any]]:
        """The jobs that were sent of this .blend, the newest first."""
        return self.by_blend.get(path, [])


class Farm:
    """One for the whole page."""

    def __init__(self, spool: Spool | str, waits: Callable[[Mapping[int, Wait]], dict[int, Wait]] = answering.look,
                 ) -> None:
        self.path = spool.root if isinstance(spool, Spool) else spool
        self.trouble: Trouble | None = None
        self._waits = waits
        self._spool: Spool | None = None
        self._hosts, self._jobs, self._followers = Hosts(), Jobs(), Followers()
        self._snapshot = Snapshot()
        self._entries: dict[str, Entry] = {}
        self._around = Around()
        self._news = threading.Condition()
        self._asked = 0.0
        self._hurry = False             # a page waits for a job that was not looked at yet
        self._begun = 0.0               # when the look that is going on began, by time.time(); 0: none is
        self._thread: threading.Thread | None = None

    # -- for pages

    def first(self, seconds: float) -> Trouble | None:
        """What keeps the farm from being seen, after the first look or so many seconds."""
        self.look()
        with self._news:
            self._news.wait_for(lambda: self._snapshot.seen or self.trouble, seconds)
        return self.trouble

    def look(self) -> Snapshot:
        """The farm as it was at the last look. Waits a moment only if nobody has looked for a while."""
        resting = time.monotonic() - self._asked >= IDLE
        self._wake(lambda: bool(self._snapshot.seen) and not (resting and time.monotonic() - self._snapshot.seen > OLD))
        return self._snapshot

    def job(self, job: str, chunk: str = "") -> JobPage | None:
        """All about one job; None if there is none of that name. It is looked at as long as somebody asks."""
        if job not in self._entries:
            self.look()
        entry = self._entries.get(job)
        if entry is None:
            return None
        follower = self._followers.want(job, chunk)
        if follower.page is None:
            self._hurry = True
        self._wake(lambda: follower.page is not None)
        return follower.page or JobPage(0, entry)

    def number_of(self, job: str, chunk: str = "") -> int:
        """Grows when the page of that job changes; 0 while it is not known."""
        page = self.job(job, chunk)
        return page.number if page else 0

    def picture_of(self, job: str, frame: int) -> str | None:
        """The path of a frame that a journal says is done. Reads the share: not for pages."""
        spool, entry = self._spool, self._entries.get(job)
        return self._followers.picture_of(spool, entry, frame) if spool and entry else None

    def silent(self) -> Trouble | None:
        """Why nothing is known, or what is known is old. Asks the kernel, never the share."""
        begun, thread = self._begun, self._thread
        if begun and thread and time.time() - begun > answering.SILENT and thread.native_id in self._waits({}):
            return Trouble("silent", self.path, since=round(begun))
        return self.trouble

    def _wake(self, enough: Callable[[], bool]) -> None:
        """Has the thread look; waits a moment if what is known is not enough."""
        with self._news:
            self._asked = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="farm", daemon=True)
                self._thread.start()
            self._news.notify_all()
            stalled = self._begun and time.time() - self._begun > OLD
            if not enough() and not stalled:
                self._news.wait_for(enough, PATIENCE)

    # -- the thread

    def _watch(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: time.monotonic() - self._asked < IDLE)
            began, worked = time.monotonic(), time.thread_time()
            self._try(self._look)
            end = time.monotonic() + max(PAUSE, time.monotonic() - began, (time.thread_time() - worked) * SHARE)
            while self._hurried(end - time.monotonic()):
                self._try(self._look_closely)

    def _hurried(self, seconds: float) -> bool:
        """Whether somebody wants to see a job before so many seconds are over."""
        with self._news:
            hurry = self._news.wait_for(lambda: self._hurry, max(0.0, seconds))
            self._hurry = False
            return hurry

    def _try(self, work: Callable[[], None]) -> None:
        """What goes wrong is told on the page, and does not end the thread."""
        self._begun = time.time()
        try:
            work()
        except SpoolError as error:
            self._lost(error.message, error.hint or "")
        except OSError as error:
            self._lost(f"{self.path}: {error.strerror or error}.", "Is the share mounted?")
        except Exception as error:
            _log.exception("farm-unreadable spool=%s", self.path)
            self._lost(f"{type(error).__name__}: {error}", "")
        finally:
            self._begun = 0.0
            with self._news:
                self._news.notify_all()

    def _lost(self, text: str, cure: str) -> None:
        self._spool = None                      # opened anew: it may have been mounted meanwhile
        since = self.trouble.since if self.trouble else round(time.time())
        self.trouble = Trouble("unreadable", text, cure, since)

    def _look(self) -> None:
        spool = self._spool = self._spool or self._opened()
        found = self._hosts.look(spool)
        entries = _newest(queue.entries(spool))
        self._entries = {entry.job: entry for entry in entries}
        kept = [entry for entry in entries if entry.state != "trash"]
        unread = self._jobs.look(spool, kept, farm_hosts.at_work(found), WORK)
        opened = [entry for entry in entries if entry.state == "queue"]
        self._around = Around([host.view for host in found], opened, self._jobs.rows)
        self._publish(_snapshot(found, entries, self._jobs.rows, unread))
        self._look_closely()
        self.trouble = None

    def _opened(self) -> Spool:
        """With the named paths of this computer, which `render web` hands on."""
        spool = opening.open_spool(self.path)
        own = rules.of_environment(os.environ.get("RENDERD_PATHS", ""))
        return replace(spool, rules=rules.with_paths(spool.rules, own))

    def _look_closely(self) -> None:
        if self._spool:
            self._followers.look(self._spool, self._entries, self._around)

    def _publish(self, new: Snapshot) -> None:
        old = self._snapshot
        grown = old.number + (not old.seen or old.shown() != new.shown())
        with self._news:
            self._snapshot = replace(new, number=grown, seen=time.monotonic())
            self._news.notify_all()


def _newest(entries: list[Entry]) -> list[Entry]:
    """In their order; where there are too many, the newest."""
    if len(entries) <= MOST_JOBS:
        return entries
    kept = set(sorted((entry.job for entry in entries), reverse=True)[:MOST_JOBS])
    return [entry for entry in entries if entry.job in kept]


def _snapshot(found: list[Host], entries: list[Entry], rows: Mapping[str, Row], unread: int) -> Snapshot:
    listed = _listed(entries)
    jobs = [rows[entry.job].facts for entry in listed]
    counts = Counter(WORDS[entry.state] for entry in entries)
    shown = Counter(WORDS[entry.state] for entry in listed)
    frames = Counter[str]()
    by_blend = dict[str, list[dict[str, Any]]]()
    for job in sorted(rows, reverse=True):
        facts = rows[job].facts
        if facts["state"] != "done":
            frames.update({word: facts[word] for word in ("done", "failed", "running", "waiting")})
        if facts["blend"]:
            by_blend.setdefault(facts["blend"], []).append(facts)
    hosts = [_steady(host) for host in found]
    more = {state: n - shown[state] for state, n in counts.items() if n > shown[state] and state != "cancelled"}
    return Snapshot(jobs=jobs, more=more, hosts=hosts, sentence=farm_sentence.of(jobs, hosts), unread=unread,
                    found=tuple(found), counts=counts, frames=frames, by_blend=by_blend)


def _listed(entries: list[Entry]) -> list[Entry]:
    """Those of the page: open ones in render order, then held and failed ones, then the newest that are done."""
    others = [e for state in ("queue", "held", "failed") for e in entries if e.state == state]
    finished = sorted((e for e in entries if e.state == "done"), key=lambda e: e.job, reverse=True)
    return others[:MOST_OPEN] + finished[:MOST_DONE]


def _steady(host: Host) -> dict[str, Any]:
    """Without what is another at each look."""
    since = None if host.silent_since is None else round(host.silent_since)
    return {key: value for key, value in host.facts.items() if key != "seen_s"} | {
        "silent_since": since, "obstacles": farm_why.told(host_facts.standing(host.view))}
