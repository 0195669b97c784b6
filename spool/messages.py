"""Messages to a host's daemon: hosts/HOST/inbox/NAME, one small JSON file each.

The daemon makes its inbox, so a missing one means that nobody there takes messages. A message is removed before
it is acted on, so it is acted on at most once; what makes no sense is removed as well, and told.

Whoever may write the spool may send any message: what a daemon does for one must be harmless, or it must be sent by
somebody who may command that host (renderd/commands.py). Answers to commands stand in status.json.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spool import atomic, owners, trusted
from spool.errors import NoHost, SpoolError
from spool.layout import Spool

LIMIT = 4096        # bytes of a message
AT_ONCE = 20        # messages that are read at one look

_NAME = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{8}\.json", re.ASCII)


@dataclass(frozen=True)
class Message:
    """What somebody wants of this host. `uid` is the owner of its file, not what it says."""

    name: str
    kind: str
    body: Mapping[str, Any]
    uid: int


@dataclass(frozen=True)
class Refused:
    """A file in the inbox that is no message. `removed` is False if it could not be removed."""

    name: str
    why: str
    removed: bool


def open_inbox(spool: Spool, host: str) -> None:
    """From now on this host takes messages."""
    atomic.make_folder(f"{spool.folder('hosts')}/{host}", spool.mode)
    atomic.make_folder(spool.inbox(host), spool.mode)


def send(spool: Spool, host: str, kind: str, **body: Any) -> str:
    """The name of the message, in the order of the sender's clock. NoHost: nobody there takes messages."""
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{os.urandom(4).hex()}.json"
    try:
        atomic.replace(f"{spool.inbox(host)}/{name}", json.dumps({"kind": kind} | body).encode())
    except FileNotFoundError:
        raise NoHost(f"{host} takes no messages: {spool.inbox(host)} is missing.",
                     "Is renderd there as new as this one? See: render hosts") from None
    return name


def take_back(spool: Spool, host: str, name: str) -> bool:
    """True if the message was not read yet, and never will be."""
    return atomic.drop(f"{spool.inbox(host)}/{name}")


def waiting(spool: Spool, host: str) -> list[str]:
    """Their names, and whatever else lies there."""
    return atomic.names_if_there(spool.inbox(host))


def anything_waits(spool: Spool, host: str) -> bool:
    return bool(waiting(spool, host))


def receive(spool: Spool, host: str) -> Iterator[Message | Refused]:
    """The messages that wait, in the order of their names, and then what else lies there. Each is gone when it is
    given, if it can be removed."""
    names = sorted(atomic.names_if_there(spool.inbox(host)), key=lambda name: (not is_message(name), name))
    for name in names[:AT_ONCE]:
        path = f"{spool.inbox(host)}/{name}"
        try:
            found: Message | Refused = _read(spool, path, name)
        except FileNotFoundError:       # taken back
            continue
        except SpoolError as error:
            found = Refused(name, error.message, removed=False)
        try:
            if not atomic.drop(path):
                continue                # taken back just now, or another daemon of our name has it
        except OSError:                 # a folder, or not ours to remove
            yield found if isinstance(found, Refused) else Refused(name, "It cannot be removed.", removed=False)
            continue
        yield found if isinstance(found, Message) else Refused(name, found.why, removed=True)


def _read(spool: Spool, path: str, name: str) -> Message | Refused:
    if not is_message(name):
        return Refused(name, "Its name is not that of a message.", removed=False)
    data, uid = trusted.read_owned(path, LIMIT)
    owners.refuse_foreign(spool, path, uid)
    body = trusted.decode(path, data)
    kind = body.get("kind")
    return (Message(name, kind, body, uid) if isinstance(kind, str)
            else Refused(name, "It does not say what kind it is.", removed=False))


def is_message(name: str) -> bool:
    """By its name."""
    return bool(_NAME.fullmatch(name))
