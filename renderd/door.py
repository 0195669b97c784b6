"""The daemon's own socket (spool/door.py): what is asked on this computer is done at once, whatever the share does.

Who asks is what the kernel says. Signals do the same for who may send them: SIGUSR1 pauses, SIGUSR2 resumes."""

import json
import os
import signal
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from renderd import logs
from spool import door
from spool.layout import Spool

ASKS = {signal.SIGUSR1: "pause", signal.SIGUSR2: "resume"}
PATIENCE = 2.0          # seconds that somebody may take to say what he wants
LONGEST = 4096          # bytes of that

Do = Callable[[str, int], tuple[bool, str]]     # a kind and the uid of who asks; whether it was done, and a sentence


def take_signals() -> None:
    """No thread is interrupted by them; `Signals` takes them. Before any other thread is started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKS)


@contextmanager
def ended_by_signals(end: Callable[[], None], ending: Callable[[], bool]) -> Iterator[None]:
    """Meanwhile SIGTERM, SIGINT and SIGHUP call `end`, in the main thread."""
    def asked(number: int, frame: FrameType | None) -> None:
        end()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():      # who asks twice does not kill us in our last moment
        signal.signal(number, signal.SIG_IGN if ending() else handler)


class Signals(threading.Thread):
    """Waits for signals: the main thread may wait for a share, and would not hear them."""

    def __init__(self, do: Do) -> None:
        super().__init__(name="signals", daemon=True)
        self.do = do

    def run(self) -> None:
        while True:
            found = signal.sigwaitinfo(ASKS)
            try:
                self.do(ASKS[signal.Signals(found.si_signo)], found.si_uid)
            except Exception:           # a bug; the next signal may be obeyed
                logs.bug(doing="signal")


class Door(threading.Thread):
    """Answers whoever knocks, one after the other."""

    def __init__(self, spool: Spool, host: str, environ: Mapping[str, str], do: Do) -> None:
        super().__init__(name="door", daemon=True)
        self.host, self.do = host, do
        self.folder, self.name = _folder(environ), door.name(spool, host)
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Only for who has the lock of the name (alone.py): a socket that is there is of a life that ended."""
        try:
            self.folder.mkdir(mode=0o755, exist_ok=True)
            self.folder.joinpath(self.name).unlink(missing_ok=True)
            made, folder = socket.socket(socket.AF_UNIX), os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
            try:
                made.bind(f"/proc/self/fd/{folder}/{self.name}")
            finally:
                os.close(folder)
            os.chmod(self.folder / self.name, 0o666)        # who may do what is decided by who asks
            made.listen(8)
        except OSError as error:        # messages and signals still work
            logs.event("no-door", path=self.folder / self.name, text=error)
            return
        self._socket = made
        self.start()

    def close(self) -> None:
        if self._socket:
            with suppress(OSError):
                (self.folder / self.name).unlink(missing_ok=True)

    def run(self) -> None:
        while self._socket:
            try:
                asked, _ = self._socket.accept()
                with asked:
                    asked.settimeout(PATIENCE)
                    self._answer(asked)
            except OSError:             # who asks has left
                continue
            except Exception:           # a bug; the next one may be answered
                logs.bug(doing="door")

    def _answer(self, asked: socket.socket) -> None:
        _, uid, _ = struct.unpack("3i", asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        try:
            said = json.loads(asked.recv(LONGEST))
            kind = str(said["kind"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        ok, text = self.do(kind, uid)
        asked.sendall(json.dumps({"host": self.host, "ok": ok, "text": text}).encode() + b"\n")


def _folder(environ: Mapping[str, str]) -> Path:
    """The lock of the name lies there as well, where the system gives no folder for such things."""
    given = environ.get("XDG_RUNTIME_DIR")
    if given and os.access(given, os.W_OK):
        return Path(given, "renderd")
    return Path(tempfile.gettempdir(), f"renderd-{os.getuid()}")
