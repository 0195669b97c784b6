"""What each host says of itself: host.json once at its start, status.json when something changed."""

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spool import atomic, beats, trusted
from spool.errors import SpoolError
from spool.layout import Spool
from spool.verdict import Host


@dataclass(frozen=True)
class HostView:
    """A host as others see it."""

    name: str
    facts: Mapping[str, Any]            # host.json, empty if it cannot be read
    status: Mapping[str, Any]           # status.json, the same
    alive: bool                         # has a beat: it was not declared dead
    seen_s: float | None                # seconds since its last beat, by the file server's clock


def write(spool: Spool, host: str, kind: str, facts: Mapping[str, Any]) -> None:
    """hosts/HOST/KIND.json says this now."""
    folder = f"{spool.folder('hosts')}/{host}"
    atomic.make_folder(folder, spool.mode)
    atomic.replace(f"{folder}/{kind}.json", (json.dumps(facts, indent=1) + "\n").encode())


def views(spool: Spool) -> list[HostView]:
    """Every host that ever registered, by name."""
    last = _last_beats(spool)
    return [HostView(name, _read(spool, name, "host"), _read(spool, name, "status"), name in last, last.get(name))
            for name in sorted({*atomic.names(spool.folder("hosts")), *last})]


def living(spool: Spool) -> list[Host]:
    """The hosts that have a beat, as `may_take` wants them."""
    alive = {beat.owner.host for beat in beats.living(spool)}
    return [as_host(name, facts) for name in sorted(alive) if (facts := _read(spool, name, "host"))]


def as_host(name: str, facts: Mapping[str, Any]) -> Host:
    """The part of host.json that `may_take` asks for."""
    versions = [_version(b.get("version")) for b in _list(facts, "blenders") if isinstance(b, dict)]
    return Host(name, tuple(map(str, _list(facts, "programs"))), tuple(v for v in versions if v))


def _list(facts: Mapping[str, Any], name: str) -> list[Any]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _version(text: object) -> tuple[int, int] | None:
    found = re.match(r"(\d{1,4})(?:\.(\d{1,4}))?", text, re.ASCII) if isinstance(text, str) else None
    return (int(found[1]), int(found[2] or 0)) if found else None


def _last_beats(spool: Spool) -> dict[str, float]:
    """Host to seconds since its beat file was last renamed: its ctime, set by the server, as is our probe's."""
    folder, now = spool.folder("beats"), server_time(spool)
    found: dict[str, float] = {}
    for beat in beats.living(spool):
        try:
            age = max(0.0, now - os.stat(f"{folder}/{beat}").st_ctime)
        except FileNotFoundError:       # it beat between listing and stat
            age = 0.0
        found[beat.owner.host] = round(min(age, found.get(beat.owner.host, age)), 1)
    return found


def server_time(spool: Spool) -> float:
    """Seconds as the file server counts them; this machine's clock where we may not write."""
    # Process ids are the same on many hosts, and a file that was left by one would tell an old time.
    probe = f"{spool.folder('hosts')}/.now.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        atomic.touch(probe)
        try:
            return os.stat(probe).st_ctime
        finally:
            atomic.drop(probe)
    except OSError:                     # read-only, or full
        return time.time()


def _read(spool: Spool, host: str, kind: str) -> dict[str, Any]:
    try:
        return trusted.read_json(f"{spool.folder('hosts')}/{host}/{kind}.json")
    except (OSError, SpoolError):       # never written, or broken: the host is shown without
        return {}
