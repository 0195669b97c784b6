"""What people ask of this daemon, by a message, at its door or by a signal: done, and answered.

    pause    all renders stand still at once             resume   they go on; a host that was sick takes chunks again
    finish   takes nothing more, ends with its chunks    return   renders end, their frames go back; then as pause
    quit     ends now; frames go back                    reload   reads its settings again
    status   says what it does

Who may: root, the daemon's own user, the owner of the spool, and the `operators` of its settings. On this very
computer anybody else may pause and resume as well: whoever sits there comes first, and nothing is lost by it.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Protocol

from renderd import logs
from renderd.courtesy import Courtesy
from renderd.errors import SettingsError
from renderd.settings import Settings
from renderd.waking import Alarm
from spool import obstacles
from spool.layout import Spool
from spool.messages import Message
from spool.owners import user_name

EVERYBODY = ("status",)
HERE = ("status", "pause", "resume")    # for anybody, on the computer itself
ANSWERED = 120.0                        # seconds that an answer stands in status.json,
MOST_ANSWERS = 50                       # and how many at most

Answer = tuple[bool, str]


class Served(Protocol):
    """What commands need of the daemon."""

    courtesy: Courtesy
    settings: Settings
    alarm: Alarm

    def doing(self) -> Mapping[str, Any]: ...
    def quit(self) -> None: ...
    def reload(self) -> str: ...


class Commands:
    """For every thread."""

    def __init__(self, spool: Spool, served: Served) -> None:
        self.spool, self.served = spool, served
        self.old: frozenset[str] = frozenset()          # messages that came before this life: their senders gave up
        self._answers: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        self._lock = Lock()
        self._kinds: Mapping[str, Callable[[str], str]] = {
            "status": self._status, "pause": self._pause, "resume": self._resume, "finish": self._finish,
            "return": self._return, "quit": self._quit, "reload": self._reload}

    def kinds(self) -> dict[str, Callable[[Spool, Message], None]]:
        """For the inbox."""
        return dict.fromkeys(self._kinds, self._by_message)

    def here(self, kind: str, uid: int) -> Answer:
        """Asked on this computer."""
        return self._do(kind, uid, kind in HERE)

    def answers(self) -> dict[str, dict[str, Any]]:
        """To messages, by their names; for status.json."""
        with self._lock:
            now = time.monotonic()
            while self._answers and (len(self._answers) > MOST_ANSWERS
                                     or now - next(iter(self._answers.values()))[0] > ANSWERED):
                self._answers.popitem(last=False)
            return {name: answer for name, (_, answer) in self._answers.items()}

    def _by_message(self, spool: Spool, message: Message) -> None:
        if message.name in self.old:
            logs.event("message-refused", file=message.name, text="It came before this daemon was started.")
            return
        self._answer(message, *self._do(message.kind, message.uid, message.kind in EVERYBODY))

    def _answer(self, message: Message, ok: bool, text: str) -> None:
        with self._lock:
            self._answers[message.name] = time.monotonic(), {"ok": ok, "text": text}
        self.served.alarm.ring()

    def _do(self, kind: str, uid: int, anybody: bool) -> Answer:
        who = user_name(uid)
        if kind not in self._kinds:
            return False, f"There is no command {kind!r}."
        if not anybody and not self._may(uid, who):
            logs.event("command-refused", kind=kind, who=who)
            return False, (f"{who} may not command this host: add the name to `operators:` "
                           "in /etc/renderd/renderd.yaml there.")
        try:
            text = self._kinds[kind](who)
        except SettingsError as error:
            return False, f"The settings stay as they are: {error.message} {error.hint or ''}".strip()
        if kind != "status":
            logs.event("commanded", kind=kind, who=who)
        return True, text

    def _may(self, uid: int, who: str) -> bool:
        return uid in (0, os.geteuid(), self.spool.owner) or who in self.served.settings.operators

    # -- each of them: done when it returns, but for what needs the end of a chunk

    def _status(self, who: str) -> str:
        doing = self.served.doing()
        work = [f"{slot['job']} frame {slot['frame']}" for slot in doing["slots"]]
        stands = [one.text for one in obstacles.noted(doing, self.served.settings.host)]
        return " ".join([f"{doing['state']}{': ' if work else ''}{', '.join(work)}.", *stands])

    def _pause(self, who: str) -> str:
        self.served.courtesy.hold("paused", who=who, since=f"{datetime.now():%Y-%m-%d %H:%M}")
        return f"Paused. {self._standing()}"

    def _standing(self) -> str:
        count, seconds = len(self.served.doing()["slots"]), self.served.settings.pause_return
        if not count:
            return "Nothing was being rendered."
        renders = "1 render stands" if count == 1 else f"{count} renders stand"
        return f"{renders} still; after {seconds:g} s the frames go back to the queue."

    def _resume(self, who: str) -> str:
        left = self.served.courtesy.resume()
        host = self.served.settings.host
        return " ".join(["Resumed.", *(obstacles.sentence(o["code"], o["facts"] | {"host": host}) for o in left)])

    def _finish(self, who: str) -> str:
        count = len(self.served.doing()["slots"])
        self.served.courtesy.hold("finishing", who=who)
        chunks = "its chunk is" if count == 1 else f"its {count} chunks are"
        return f"It ends when {chunks} done." if count else "It ends."

    def _return(self, who: str) -> str:
        self._pause(who)
        count = len(self.served.doing()["slots"])
        self.served.courtesy.give_back_at_once()
        return (f"Paused; the frames of {count} chunk{'' if count == 1 else 's'} go back to the queue." if count
                else "Paused; nothing was being rendered.")

    def _quit(self, who: str) -> str:
        self.served.quit()
        return "It ends; frames that are not done go back to the queue."

    def _reload(self, who: str) -> str:
        return self.served.reload()
