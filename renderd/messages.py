"""The daemon's inbox: what others ask of this host, done in a thread of its own.

A message may take some seconds, and the next one waits for it; beats, claims and renders do not. The main thread sees
that one has come: one waking more every two seconds would be a fifth of what an idle daemon costs."""

import threading
from collections.abc import Callable, Mapping

from renderd import logs
from spool import messages
from spool.errors import SpoolError
from spool.layout import Spool
from spool.messages import Message, Refused


def _help_doctor(spool: Spool, message: Message) -> None:
    from spool.fitness.helping import help_doctor  # only here: most daemons are never asked

    help_doctor(spool, message)


Kinds = Mapping[str, Callable[[Spool, Message], None]]
KINDS: Kinds = {"doctor": _help_doctor}


class Inbox(threading.Thread):
    """Does what messages ask, whenever somebody knocks."""

    def __init__(self, spool: Spool, host: str, kinds: Kinds = KINDS) -> None:
        super().__init__(name="inbox", daemon=True)
        self.spool, self.host, self.kinds = spool, host, kinds
        self._stuck: set[str] = set()       # told once: they cannot be removed
        self._knocked = threading.Event()
        self._ended = False

    def knock(self) -> None:
        """Something waits."""
        self._knocked.set()

    def stop(self) -> None:
        self._ended = True
        self._knocked.set()

    def run(self) -> None:
        while self._knocked.wait() and not self._ended:
            self._knocked.clear()
            self.look()

    def look(self) -> None:
        """Does what waits now."""
        try:
            for found in messages.receive(self.spool, self.host):
                self._take(found)
        except (OSError, SpoolError) as error:      # the share fails; the next look tries again
            logs.event("share-trouble", text=error, doing="inbox")

    def _take(self, found: Message | Refused) -> None:
        if isinstance(found, Refused):
            self._refuse(found.name, found.why, found.removed)
        elif found.kind not in self.kinds:
            self._refuse(found.name, f"This host knows no message {found.kind!r}.", removed=True)
        else:
            logs.event("message", kind=found.kind, uid=found.uid)
            self._do(found)

    def _do(self, message: Message) -> None:
        try:
            self.kinds[message.kind](self.spool, message)
        except FileNotFoundError:           # whoever asked has left
            return
        except SpoolError as error:
            self._refuse(message.name, error.message, removed=True)
        except OSError as error:
            logs.event("share-trouble", text=error, doing="message")
        except Exception:                   # a bug; the next message may be a good one
            logs.bug(doing="message")

    def _refuse(self, name: str, why: str, removed: bool) -> None:
        if name not in self._stuck:
            logs.event("message-refused", file=name, text=why)
        if not removed:
            self._stuck.add(name)
