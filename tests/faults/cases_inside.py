"""Inside a guest: plays the steps of cases that the host asks for, each in a thread of its own.

    python3 -m tests.faults.cases_inside

The host writes /run/cases/1, /run/cases/2, ... each {"case", "place", "naive", "step"}. The answers are lines:
    {"ask": 1, "at": "door"}                      the step stands before the operation whose reply shall be lost,
    {"ask": 1, "at": "threshold"}                 and again, once the host wrote /run/cases/warm
    {"ask": 1, "said": ...}                       what the step returned; the operation waits for /run/cases/go"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.cases_dead import DEAD
from tests.faults.cases_lost import LOST
from tests.faults.cases_others import OTHERS
from tests.faults.cases_stale import STALE

ASKS = "/run/cases"
LOOK = 0.02         # seconds between two looks for an ask; on the guest's own disk
STOPS = ("rename", "replace", "unlink", "rmdir", "mkdir", "link", "symlink", "open")

_here = threading.local()


def main() -> None:
    os.makedirs(ASKS, exist_ok=True)
    for name in STOPS:
        setattr(os, name, _stopping(name, getattr(os, name)))
    cases: dict[str, Any] = {}
    print(json.dumps({"ready": True}), flush=True)
    number = 1
    while True:
        ask = _asked(f"{ASKS}/{number}")
        place = ask["place"]
        if place not in cases:
            cases[place] = {c.__name__: c for c in (*LOST, *STALE, *OTHERS, *DEAD)}[ask["case"]](place, ask["naive"])
        threading.Thread(target=_play, args=(number, cases[place], ask["step"]), daemon=True).start()
        number += 1


def _asked(path: str) -> dict[str, Any]:
    while True:
        try:
            with open(path) as file:
                return json.load(file)      # type: ignore[no-any-return]
        except (FileNotFoundError, ValueError):     # not yet, or not yet whole
            time.sleep(LOOK)


def _play(number: int, case: Any, step: str) -> None:
    _here.number, _here.case, _here.before = number, case, None
    case.losing_reply_of = _losing_reply_of
    try:
        said = getattr(case, step)()
    except Exception:
        traceback.print_exc(file=sys.stderr)
        said = f"ended by {traceback.format_exc().splitlines()[-1]}"
    _say(ask=number, said=said)


@contextmanager
def _losing_reply_of(operation: str, of: str) -> Iterator[None]:
    """The next call of this operation by this thread waits until the server's replies are dropped."""
    _here.before = (operation, of)
    yield
    assert not _here.before, f"{operation} was never called"


def _stopping(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """The real operation; if it is the one that shall lose its reply, after a wait and with warm caches."""
    def operation(*args: Any, **more: Any) -> Any:
        operation, of = getattr(_here, "before", None) or ("", "")
        exclusive = name != "open" or (len(args) > 1 and args[1] & os.O_EXCL)
        if name == operation and exclusive and of in str(args[-1]):
            _here.before = None
            _wait_at_the_door([a for a in args if isinstance(a, str) and a[0] == "/"])
        return real(*args, **more)

    return operation


def _wait_at_the_door(paths: list[str]) -> None:
    """Until the host says go. Before that the caches are warmed: the operation itself shall be the first request."""
    _say(ask=_here.number, at="door")
    _wait_for("warm")
    for path in paths:
        os.access(os.path.dirname(path), os.R_OK | os.W_OK | os.X_OK)
        os.path.lexists(f"{os.path.dirname(path)}/.never")
    os.path.lexists(_here.case.known)
    if len(paths) > 1:
        os.utime(paths[0])              # gives a delegation back, which would be a request of its own
        os.access(paths[0], os.R_OK | os.W_OK)
    _say(ask=_here.number, at="threshold")
    _wait_for("go")


def _wait_for(word: str) -> None:
    while not os.path.exists(f"{ASKS}/{word}"):
        time.sleep(LOOK)


def _say(**what: Any) -> None:
    print(json.dumps(what) + "\n", end="", flush=True)


if __name__ == "__main__":
    main()
