"""Why this computer renders nothing just now, and what becomes of renders that run: its people come first.

    runs --paused, outside its hours, somebody there, a Blender of theirs, short of memory--> stands still (brake.py)
      ^                                                                                          |
      +---- the reason is gone ------------------------------------------------------------------+
                                                  it lasts: the frames go back to the queue <----+

Beside these a daemon takes nothing when it was asked to finish, or is sick (health.py); what runs then goes on.

Invariants
  1. Nothing here touches the share, so renders stop at once though it be silent.
  2. The brake is on exactly while a reason stands that stops.
  3. A pause by a person ends by a person, or with the daemon: nothing of it is kept on a disk.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from renderd import logs, memory, person, schedule
from renderd.brake import BRAKE
from renderd.settings import Settings
from spool import obstacles

LOOK = 1.0              # seconds between two looks while something renders or stands still
LOOK_DEARLY = 3.0       # the same at people and Blenders, which costs some milliseconds,
LOOK_SELDOM = 10.0      # and while nothing renders
RECOVER = 300.0         # seconds without renders after some had to end for want of memory
GOES_ON = ("finishing", "sick")         # with these no chunk is taken, and what runs goes on
BY_PERSON = ("paused", *GOES_ON)        # until a person says otherwise

Note = dict[str, Any]


class Courtesy(threading.Thread):
    """For every thread; looks by itself while `working`. `give_back` ends all renders and returns their frames."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], *, working: Callable[[], bool],
                 give_back: Callable[[], object], changed: Callable[[], None]) -> None:
        super().__init__(name="courtesy", daemon=True)
        self.settings, self.environ = settings, environ
        self.working, self.give_back, self.changed = working, give_back, changed
        self._asked: dict[str, Note] = {}       # what a person, or health.py, wants
        self._seen: dict[str, Note] = {}        # what the last look found
        self._lock, self._looking, self._wake = threading.Lock(), threading.Lock(), threading.Event()
        self._looked = self._looked_dearly = self._short_until = 0.0
        self._stopped: float | None = None      # since when all stands still
        self._short = 0.0                       # seconds that it stood still for want of memory, less as it recovers
        self._at_once = False                   # what stands still goes back, also what is being taken just now
        self._ended = False

    # -- what others ask for

    def hold(self, code: str, **facts: Any) -> None:
        """`paused`, `finishing` or `sick`, until `resume`. When this returns, nothing that `paused` stops runs."""
        with self._lock:
            self._asked[code] = obstacles.note(code, **facts)
            self._apply()
        self._news()

    def resume(self) -> list[Note]:
        """What a person or this daemon held up goes on; what still stands in the way."""
        with self._lock:
            self._asked, self._at_once = {}, False
            self._apply()
        self._news()
        return self.obstacles()

    def give_back_at_once(self) -> None:
        """What stands still now, and what begins before it goes on."""
        self._at_once = True
        self.give_back()

    def takes_nothing(self) -> bool:
        """Asked by the main thread before it takes a chunk; nothing is taken on an old look."""
        if time.monotonic() - self._looked > LOOK:
            self.look()
        return bool(self._asked or self._seen)

    def obstacles(self) -> list[Note]:
        """For status.json."""
        with self._lock:
            return [*self._asked.values(), *self._seen.values()]

    def has(self, code: str) -> bool:
        return code in self._asked

    def use(self, settings: Settings) -> None:
        """These count from now on."""
        self.settings, self._looked_dearly = settings, 0.0
        self.look()

    def wake(self) -> None:
        """Something begins to render."""
        if not self._wake.is_set():
            self._wake.set()

    def stop(self) -> None:
        """The daemon has ended all its programs."""
        self._ended = True
        self._wake.set()
        BRAKE.go()

    # -- looking

    def run(self) -> None:
        while not self._ended:
            self._wake.wait(LOOK if self._busy() else None)
            self._wake.clear()
            if not self._ended:
                try:
                    self.look()
                except Exception:       # a bug; who looks no more would never let anything go on
                    logs.bug(doing="courtesy")
                time.sleep(LOOK / 10)   # however often something begins

    def look(self) -> None:
        """Now, at what must be looked at."""
        with self._looking:
            seen = self._found()
            with self._lock:
                before, self._seen = self._seen.keys(), seen
                self._looked, passed = time.monotonic(), time.monotonic() - self._looked
                self._apply()
                lasts = self._lasts(passed)
            if seen.keys() != before:
                self._news()
        if lasts:
            self.give_back()

    def _busy(self) -> bool:
        return self.working() or bool(self._asked or self._seen)

    def _found(self) -> dict[str, Note]:
        settings, found = self.settings, dict[str, Note]()
        windows, now = schedule.parse(settings.when), datetime.now()
        if not schedule.is_open(windows, now):
            known = self._seen.get("outside-hours")
            found["outside-hours"] = known if known and known["facts"]["when"] == settings.when else obstacles.note(
                "outside-hours", when=settings.when, next=schedule.next_open(windows, now))
        found |= self._people()
        recovers = time.monotonic() < self._short_until
        short = memory.shortage(settings.pressure_file, settings.memory_pressure, settings.memory_left,
                                "short-memory" in self._seen)
        if short or recovers:
            text = short or "its renders needed more than there was, and shall not begin again at once"
            found["short-memory"] = self._seen.get("short-memory") or obstacles.note("short-memory", text=text)
        return found

    def _people(self) -> dict[str, Note]:
        """What the dear looks find; what they found last if that is not old."""
        settings = self.settings
        codes = ("person-there", "other-blender")
        kept: dict[str, Note] = {code: self._seen[code] for code in codes if code in self._seen}
        if not settings.idle_minutes and settings.beside_blender:
            return {}
        if time.monotonic() - self._looked_dearly < (LOOK_DEARLY if self.working() or kept else LOOK_SELDOM):
            return kept
        self._looked_dearly, found = time.monotonic(), dict[str, Note]()
        if settings.idle_minutes:
            idle = person.idle_seconds(self.environ)
            if idle is not None and idle < 60 * settings.idle_minutes:
                found["person-there"] = obstacles.note("person-there", minutes=settings.idle_minutes)
        if not settings.beside_blender and (other := person.own_blender()):
            found["other-blender"] = obstacles.note("other-blender", pid=other.pid, who=other.who)
        return found

    # -- what follows

    def _apply(self) -> None:
        codes = {*self._asked, *self._seen}
        stops = codes - {*GOES_ON}
        if stops and self._stopped is None:
            self._stopped = time.monotonic()
            BRAKE.stop()
            logs.event("stands-still", why=",".join(sorted(stops)))
        elif not stops and self._stopped is not None:
            seconds, self._stopped = time.monotonic() - self._stopped, None
            BRAKE.go()
            logs.event("goes-on", after=round(seconds))

    def _lasts(self, passed: float) -> bool:
        """Whether renders have stood still for too long."""
        working = self.working()
        short = working and "short-memory" in self._seen
        # Pressure ends when renders stand still, and comes back when they go on: each time counts.
        self._short = max(0.0, self._short + (min(passed, 2 * LOOK) if short else -0.2 * passed))
        if not working:
            return False
        if short and self._short >= self.settings.memory_return:
            self._short, self._short_until = 0.0, time.monotonic() + RECOVER
            return True
        longest = 0.0 if self._at_once else self.settings.pause_return
        return self._stopped is not None and time.monotonic() - self._stopped >= longest

    def _news(self) -> None:
        self._wake.set()
        self.changed()
