"""Command daemons, and hear what they say to it: at the door of one on this computer, else by a message.

    hosts/HOST/inbox/NAME --the daemon does it--> hosts/HOST/status.json: {"answers": {NAME: {"ok": true, "text": ...}}}

A message that nobody answers is taken back: what is asked in the evening must not be done next morning."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from spool import beats, door, hosts, messages
from spool.errors import NoHost
from spool.layout import Spool

KINDS = ("status", "pause", "resume", "finish", "return", "quit", "reload")
LOOK = 0.2          # seconds between two looks for answers
LATE = 3.0          # seconds more for one that has read its message when the time is up


class Asked(NamedTuple):
    """What became of a command to one host."""

    host: str
    answered: bool
    ok: bool
    text: str


def ask(spool: Spool, names: Iterable[str], kind: str, seconds: float, environ: Mapping[str, str]) -> Iterator[Asked]:
    """From each host, as they answer; at last from those that do not. No host is waited for before all are asked."""
    alive, sent = {beat.owner.host for beat in beats.living(spool)}, dict[str, str]()
    for host in names:
        if reply := _at_the_door(spool, host, kind, environ):
            yield Asked(host, True, reply.ok, reply.text)
        elif host not in alive:
            yield Asked(host, False, False, "No renderd of that name runs.")
        else:
            try:
                sent[host] = messages.send(spool, host, kind)
            except NoHost as error:
                yield Asked(host, False, False, error.message)
            except OSError as error:
                text = f"{error.filename}: {error.strerror}; this user cannot send it messages."
                yield Asked(host, False, False, text)
    yield from _answers(spool, sent, seconds)


def _at_the_door(spool: Spool, host: str, kind: str, environ: Mapping[str, str]) -> door.Reply | None:
    wanted = door.name(spool, host)
    replies = (door.ask(path, kind) for path in door.doors(environ, host) if os.path.basename(path) == wanted)
    return next((reply for reply in replies if reply), None)


def _answers(spool: Spool, sent: dict[str, str], seconds: float) -> Iterator[Asked]:
    """Of messages, by host. Whatever ends this, nobody does later what was not answered."""
    end, late = time.monotonic() + seconds, 0.0
    try:
        while sent and not (late and time.monotonic() > late):
            yield from _heard(spool, sent)
            if not late and time.monotonic() > end:
                late = time.monotonic() + LATE
                yield from _taken_back(spool, sent, seconds)
            if sent:
                time.sleep(LOOK)
    finally:
        for host, name in sent.items():
            messages.take_back(spool, host, name)
    for host in sent:
        yield Asked(host, False, False, "It has read the message, and said nothing; look at it: render hosts")


def _heard(spool: Spool, sent: dict[str, str]) -> Iterator[Asked]:
    for host in [*sent]:
        if found := _answer(spool, host, sent[host]):
            del sent[host]
            yield found


def _taken_back(spool: Spool, sent: dict[str, str], seconds: float) -> Iterator[Asked]:
    for host in [*sent]:
        if messages.take_back(spool, host, sent[host]):
            del sent[host]
            yield Asked(host, False, False, f"It said nothing in {seconds:g} s; the message was taken back.")


def _answer(spool: Spool, host: str, name: str) -> Asked | None:
    said = hosts.said(spool, host, "status").get("answers")
    found = said.get(name) if isinstance(said, dict) else None
    return Asked(host, True, found.get("ok") is True, str(found.get("text", ""))) if isinstance(found, dict) else None
