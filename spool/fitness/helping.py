"""The other host's part in `render doctor --with`: a daemon does one step for each message.

    {"kind": "doctor", "step": "race", "by": "ws03.4312.9f2c41aa"}   ->   .doctor.ws03.4312.9f2c41aa/reply-NAME

Harmless whoever asks: it makes, renames and locks only files with the names below, in that folder, for some seconds.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from spool import atomic, beats, trusted
from spool.errors import BadFile
from spool.fitness import locks, mounting, share, times
from spool.fitness.names import win
from spool.fitness.share import Share
from spool.layout import Spool, parse_incarnation
from spool.messages import Message

HELPER = "helper"       # who won a name, in the race of two hosts
MET = "met"             # the other host is at the names of the race as well
LONGEST = 0.05          # seconds of pause after a name was won
QUIET = 10.0            # seconds without a new name after which nobody asks any more
PAUSE = 0.02            # seconds between two looks

_NEW = re.compile(r"new-(\d\d)", re.ASCII)
_RACE = re.compile(r"race-(\d{3})", re.ASCII)


def reply_name(message: str) -> str:
    return f"reply-{message}"


def help_doctor(spool: Spool, message: Message) -> None:
    """One step, and its reply. BadName, BadFile, UnsafeFile: it makes no sense. FileNotFoundError: the doctor left."""
    found = share.on(spool, parse_incarnation(str(message.body.get("by"))))
    trusted.check_folder(found.folder, of=spool)
    step = STEPS.get(str(message.body.get("step")))
    if step is None:
        raise BadFile(f"{message.name} asks for no step of a doctor.")
    reply = json.dumps(step(found, message.body)).encode()
    atomic.replace(found.path(reply_name(message.name)), reply)


def _facts(found: Share, body: Mapping[str, Any]) -> dict[str, Any]:
    findings = [*mounting.check(found), *times.clock(found)]
    return {"boot": beats.boot_tag(), "findings": [one.as_json() for one in findings]}


def _see(found: Share, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answers each new name with one of ours, as soon as a listing has it."""
    answered: set[str] = set()
    last = time.monotonic()
    while "99" not in answered and time.monotonic() - last < QUIET:
        for name in atomic.names(found.folder):
            match = _NEW.fullmatch(name)
            if match and match[1] not in answered:
                atomic.touch(found.path(f"seen-{match[1]}"))
                answered.add(match[1])
                last = time.monotonic()
        time.sleep(PAUSE)
    return {"seen": len(answered)}


def _race(found: Share, body: Mapping[str, Any]) -> dict[str, Any]:
    """Wins one name to say that we are there, and the others as soon as the other host is."""
    names = sorted(match[1] for name in atomic.names(found.folder) if (match := _RACE.fullmatch(name)))
    first, _ = win(found.folder, names[:1], HELPER)
    end = time.monotonic() + QUIET
    while MET not in atomic.names(found.folder) and time.monotonic() < end:
        time.sleep(PAUSE)
    won, _ = win(found.folder, names[1:], HELPER, pause_of(body))
    return {"won": first + won}


def pause_of(body: Mapping[str, Any]) -> float:
    pause = body.get("pause")
    return min(float(pause), LONGEST) if isinstance(pause, int | float) and pause >= 0 else 0.0


def _lock(found: Share, body: Mapping[str, Any]) -> dict[str, Any]:
    """Which locks we got; each is given back at once."""
    return {kind: locks.is_free(found, kind) for kind in locks.KINDS}


STEPS: dict[str, Callable[[Share, Mapping[str, Any]], dict[str, Any]]] = {
    "facts": _facts, "see": _see, "race": _race, "lock": _lock}
