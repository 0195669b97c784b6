"""Thumbnails of frames and assets: what a page knows of them, and two threads that look for them and make them.

    a page asks --> wanted --> looker: is there a picture? is its thumbnail in the cache? --> maker: make it
                      |
                      +--> the answer from memory, at once: ready, refused, or not yet

No page touches a share for a picture, so a share that does not answer stalls the two threads alone. `number` grows
when something that a page shows has changed."""

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from webview.pictures.cache import Cache, name_of
from webview.pictures.maker import Refused
from webview.pictures.process import Maker
from webview.pictures.sources import Source

EDGES = (160, 480)
AGAIN = 10.0            # seconds after which a picture is looked at again, if somebody asks
MOST_KNOWN = 50_000     # pictures that are remembered
MOST_WANTED = 1_000     # that wait; beyond, the oldest wish is forgotten: its page will ask again
IDLE = 60.0             # seconds without work after which the process that makes them is ended

Find = Callable[[], Source | None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """`name` is that of the thumbnail, "" if there is none (yet); `trouble` the WORD of `picture.WORD` in the texts."""

    name: str = ""
    trouble: str = ""
    looked: float = 0.0         # time.monotonic()


@dataclass(frozen=True)
class Wish:
    key: tuple[Hashable, int]
    find: Find


class Wishes:
    """The newest first: it is what somebody looks at now. Each once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[Hashable, int], Wish] = OrderedDict()
        self._news = threading.Condition()

    def put(self, wish: Wish) -> None:
        with self._news:
            self._waiting[wish.key] = wish
            self._waiting.move_to_end(wish.key)
            if len(self._waiting) > MOST_WANTED:
                self._waiting.popitem(last=False)
            self._news.notify()

    def get(self, timeout: float) -> Wish | None:
        with self._news:
            if not self._waiting:
                self._news.wait(timeout)
            return self._waiting.popitem()[1] if self._waiting else None


class Thumbs:
    """One for the whole page. Its threads begin with the first wish; they are daemons and need no end."""

    def __init__(self, folder: Path | None, maker: Maker | None = None) -> None:
        self.cache = Cache(folder) if folder else None
        self.number = 0
        self._known: OrderedDict[tuple[Hashable, int], Known] = OrderedDict()
        self._refused: OrderedDict[str, str] = OrderedDict()
        self._maker = maker or Maker()
        self._to_look, self._to_make = Wishes(), Wishes()
        self._lock = threading.Lock()
        self._running = False

    # -- for pages: from memory

    def of_frame(self, job: str, frame: int, token: str = "", size: int = EDGES[0]) -> str:
        """The address of a frame's thumbnail. It changes when the thumbnail is made, and with the token."""
        known = self.known(("job", job, frame), size)
        return f"/thumb/job/{quote(job)}/{frame}?size={size}&v={known.name[:8]}{token}"

    def of_asset(self, project: str, path: str, size: int = EDGES[0], frame: int | None = None) -> str:
        """The same of an asset's picture, or of one of its frames."""
        known = self.known(("asset", project, path, frame), size)
        which = "" if frame is None else f"frame={frame}&"
        return f"/thumb/asset/{quote(project)}/{quote(path)}?{which}size={size}&v={known.name[:8]}"

    def asset_trouble(self, project: str, path: str, frame: int | None = None, size: int = EDGES[0]) -> str:
        """Why there is no picture, as a key of the language files; "" if there is one, or nobody looked yet."""
        trouble = self.known(("asset", project, path, frame), size).trouble
        return f"picture.{trouble}" if trouble else ""

    def known(self, what: Hashable, size: int) -> Known:
        with self._lock:
            return self._known.get((what, size), Known())

    def ask(self, what: Hashable, size: int, find: Find) -> Known:
        """What is known, at once. What is not, or not for a while, will be looked at."""
        known = self.known(what, size)
        if time.monotonic() - known.looked > AGAIN or not known.looked:
            self._start()
            self._to_look.put(Wish((what, size), find))
        return known

    def read(self, known: Known) -> bytes | None:
        """The thumbnail; None if there is none. One that was removed as the oldest is made again."""
        data = self.cache.read(known.name) if self.cache and known.name else None
        if known.name and data is None:
            with self._lock:
                for key in [key for key, other in self._known.items() if other.name == known.name]:
                    del self._known[key]
        return data

    # -- the threads

    def _start(self) -> None:
        with self._lock:
            if self._running:
                return
            self._running = True
        for name, work in (("picture-looker", self._look_forever), ("picture-maker", self._make_forever)):
            threading.Thread(target=work, name=name, daemon=True).start()

    def _look_forever(self) -> None:
        while True:
            if wish := self._to_look.get(IDLE):
                self._safely(wish, self._look)

    def _make_forever(self) -> None:
        while True:
            if wish := self._to_make.get(IDLE):
                self._safely(wish, self._make)
            else:
                self._maker.end()

    def _safely(self, wish: Wish, work: Callable[[Wish], None]) -> None:
        """One picture never ends the thread that the others need."""
        try:
            work(wish)
        except OSError as error:                # the share is away, the cache is full
            _log.warning("no-picture what=%s text=%s", wish.key[0], error)
            self._note(wish, Known(trouble="unreadable"))
        except Exception:
            _log.exception("no-picture what=%s", wish.key[0])
            self._note(wish, Known(trouble="broken"))

    def _look(self, wish: Wish) -> None:
        """Only what is quick."""
        with _opened(wish) as found:
            if not found or not self.cache:
                self._note(wish, Known(trouble="no-cache" if found else "none"))
            elif found.name in self._refused:
                self._note(wish, Known(trouble=self._refused[found.name]))
            elif self.cache.read(found.name):
                self._note(wish, Known(found.name))
            else:
                self._to_make.put(replace(wish, find=lambda: found.source))

    def _make(self, wish: Wish) -> None:
        with _opened(wish) as found:
            if not found or not self.cache:
                self._note(wish, Known(trouble="none"))
                return
            try:
                data = self._maker.make(found.fd, found.source.kind, wish.key[1])
            except Refused as refused:
                self._refuse(wish, found.name, str(refused))
                return
        self.cache.put(found.name, data)
        self._note(wish, Known(found.name))

    def _refuse(self, wish: Wish, name: str, why: str) -> None:
        """Remembered: a file that ends its maker would do so every ten seconds."""
        self._refused[name] = why
        while len(self._refused) > MOST_KNOWN:
            with suppress(KeyError):
                self._refused.popitem(last=False)
        self._note(wish, Known(trouble=why))

    def _note(self, wish: Wish, found: Known) -> None:
        with self._lock:
            before = self._known.pop(wish.key, Known())
            self._known[wish.key] = replace(found, looked=time.monotonic())
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            self.number += (before.name, before.trouble) != (found.name, found.trouble)


@dataclass(frozen=True)
class Opened:
    """A picture to be read; `name` is that of its thumbnail."""

    source: Source
    fd: int
    name: str


@contextmanager
def _opened(wish: Wish) -> Iterator[Opened | None]:
    """What the wish finds, or None."""
    source = wish.find()
    fd = source.open() if source else None
    if source is None or fd is None:
        yield None
        return
    with os.fdopen(fd, "rb"):
        info = os.fstat(fd)
        yield Opened(source, fd, name_of(source.path, info.st_mtime_ns, info.st_size, wish.key[1]))
