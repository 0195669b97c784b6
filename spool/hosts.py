"""What each host says of itself: host.json once at its start, status.json when something changed."""

import json
import os
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from spool import atomic, beats, obstacles, trusted
from spool.errors import SpoolError
from spool.layout import Beat, Spool
from spool.verdict import Host


class HostView(NamedTuple):
    """A host as others see it."""

    name: str
    facts: Mapping[str, Any]            # host.json, empty if it cannot be read
    status: Mapping[str, Any]           # status.json, the same
    alive: bool                         # has a beat: it was not declared dead
    seen_s: float | None                # seconds since its last beat, by the file server's clock
    share: str = ""                     # what `render doctor` found there last: ok, warning or wrong
    beat: str = ""                      # its last one, as it stands in beats/


def write(spool: Spool, host: str, kind: str, facts: Mapping[str, Any]) -> None:
    """hosts/HOST/KIND.json says this now."""
    folder = f"{spool.folder('hosts')}/{host}"
    try:
        trusted.check_folder(folder, of=spool)
    except FileNotFoundError:           # perhaps from memory: making it tells
        atomic.make_folder(folder, spool.mode)
        trusted.check_folder(folder, of=spool)
    atomic.replace(f"{folder}/{kind}.json", (json.dumps(facts, indent=1) + "\n").encode())


def views(spool: Spool) -> list[HostView]:
    """Every host that ever registered, by name."""
    last = _last_beats(spool)
    names = sorted({*atomic.names(spool.folder("hosts")), *last})
    return [_view(spool, name, *last.get(name, (None, ""))) for name in names]


def _view(spool: Spool, name: str, age: float | None, beat: str) -> HostView:
    return HostView(name, said(spool, name, "host"), said(spool, name, "status"), bool(beat), age,
                    str(said(spool, name, "doctor").get("state", "")), beat)


def living(spool: Spool) -> list[Host]:
    """The hosts that have a beat, and take chunks, as `may_take` wants them."""
    alive = {beat.owner.host for beat in beats.living(spool)}
    return [as_host(name, facts) for name in sorted(alive)
            if (facts := said(spool, name, "host")) and not obstacles.noted(said(spool, name, "status"), name)]


def as_host(name: str, facts: Mapping[str, Any]) -> Host:
    """The part of host.json that `may_take` asks for."""
    versions = [_version(b.get("version")) for b in _list(facts, "blenders") if isinstance(b, dict)]
    paths = _paths(facts)
    return Host(name, tuple(programs(facts)), tuple(v for v in versions if v),
                groups=_words(facts, "groups"), tags=_words(facts, "tags"), cores=_number(facts, "cores"),
                recipes=tuple(str(one.get("name")) for one in recipes(facts) if not one.get("refused")),
                memory_mb=_number(facts, "memory_mb"), gpus=_words(facts, "gpus"),
                paths=tuple(path for path, said in paths.items() if said.get("there") is True),
                missing=tuple((path, str(said.get("folder"))) for path, said in paths.items()
                              if said.get("there") is not True))


def programs(facts: Mapping[str, Any]) -> list[str]:
    """What may run there."""
    return list(map(str, _list(facts, "programs")))


def _paths(facts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = facts.get("paths")
    return {name: said for name, said in found.items() if isinstance(said, dict)} if isinstance(found, dict) else {}


def _words(facts: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(map(str, _list(facts, name)))


def _number(facts: Mapping[str, Any], name: str) -> int:
    found = facts.get(name)
    return found if type(found) is int else 0


def recipes(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that lie there: name, about, stages, and why it is refused if it is."""
    return [one for one in _list(facts, "recipes") if isinstance(one, dict)]


def _list(facts: Mapping[str, Any], name: str) -> list[Any]:
    found = facts.get(name)
    return found if isinstance(found, list) else []


def _version(text: object) -> tuple[int, int] | None:
    found = re.match(r"(\d{1,4})(?:\.(\d{1,4}))?", text, re.ASCII) if isinstance(text, str) else None
    return (int(found[1]), int(found[2] or 0)) if found else None


def nobody_beats(spool: Spool, seconds: float) -> bool:
    """No daemon has beaten for so long. Cheap while somebody does."""
    now = server_time(spool)
    return all(_age(spool, beat, now) > seconds for beat in beats.living(spool))


def _last_beats(spool: Spool) -> dict[str, tuple[float, str]]:
    """Host to seconds since its last beat, and the beat."""
    now, found = server_time(spool), dict[str, tuple[float, str]]()
    for beat in beats.living(spool):
        mine = round(_age(spool, beat, now), 1), str(beat)
        found[beat.owner.host] = min(mine, found.get(beat.owner.host, mine))
    return found


def _age(spool: Spool, beat: Beat, now: float) -> float:
    """Seconds since its file was last renamed: its ctime, set by the server, as is our probe's."""
    try:
        return max(0.0, now - os.lstat(f"{spool.folder('beats')}/{beat}").st_ctime)
    except FileNotFoundError:           # it beat between listing and stat
        return 0.0


def server_time(spool: Spool) -> float:
    """Seconds as the file server counts them; this machine's clock where we may not write."""
    try:
        return asked_time(spool)
    except OSError:                     # read-only, or full
        return time.time()


def asked_time(spool: Spool) -> float:
    """Seconds as the file server counts them: the ctime of a new file."""
    # Process ids are the same on many hosts, and a file that was left by one would tell an old time.
    probe = f"{spool.folder('hosts')}/.now.{os.getpid()}.{os.urandom(4).hex()}"
    atomic.touch(probe)
    try:
        return os.stat(probe).st_ctime
    finally:
        atomic.drop(probe)


def said(spool: Spool, host: str, kind: str) -> dict[str, Any]:
    """What hosts/HOST/KIND.json says; nothing if it was never written, or cannot be trusted."""
    folder = f"{spool.folder('hosts')}/{host}"
    atomic.ask_anew(folder)             # a host that has just started may have been looked for before
    try:
        trusted.check_folder(folder, of=spool)
        return trusted.read_json(f"{folder}/{kind}.json", of=spool)
    except (OSError, SpoolError):       # never written, or broken: the host is shown without
        return {}
