"""Ask a daemon of this computer: a socket beside nothing of the share, so it answers though the share be silent.

    FOLDER/HOST-KEY.sock    one line of JSON there, one line back; KEY stands for the spool

Imports next to nothing: `renderd pause` shall be done before anybody can look up."""

import json
import os
import socket
import stat
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from spool.layout import Spool

ENDING = ".sock"
LIMIT = 64 * 1024       # bytes of an answer
PATIENCE = 5.0          # seconds


class Reply(NamedTuple):
    """What a daemon said to a command."""

    host: str
    ok: bool
    text: str


def folders(environ: Mapping[str, str]) -> list[str]:
    """Where doors may be: of a daemon that this user runs, and of the system's."""
    own = [f"{environ['XDG_RUNTIME_DIR']}/renderd"] if environ.get("XDG_RUNTIME_DIR") else []
    tmp = environ.get("TMPDIR") or "/tmp"
    return [*own, "/run/renderd/renderd", f"{tmp}/renderd-{os.getuid()}"]


def doors(environ: Mapping[str, str], host: str = "") -> Iterator[str]:
    """The paths of all, or of those of one host. A folder that others may write, or made where all may, has none."""
    *named, shared = folders(environ)
    for folder in (*named, shared):
        try:
            info = os.lstat(folder)
            names = os.listdir(folder)
        except OSError:
            continue
        if not stat.S_ISDIR(info.st_mode) or info.st_mode & (stat.S_IWOTH | stat.S_IWGRP):
            continue
        if folder == shared and info.st_uid != os.getuid():
            continue
        yield from (f"{folder}/{name}" for name in sorted(names)
                    if name.endswith(ENDING) and (not host or name.rpartition("-")[0] == host))


def name(spool: Spool, host: str) -> str:
    """Of the door of that daemon."""
    return f"{host}-{key(spool)}{ENDING}"


def key(spool: Spool) -> str:
    """Stands for the spool in names of files on this computer."""
    import hashlib  # only here: `renderd pause` asks every door there is

    return hashlib.sha256(spool.root.encode()).hexdigest()[:12]


def ask(path: str, kind: str) -> Reply | None:
    """What the daemon there says; None if there is none any more."""
    line = json.dumps({"kind": kind}).encode() + b"\n"
    try:
        with connect(path) as found:
            found.sendall(line)
            return _reply(found)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def connect(path: str) -> socket.socket:
    """However long the path is: the name of a socket must be short, so its folder is named by a number."""
    made, folder = socket.socket(socket.AF_UNIX), os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        made.settimeout(PATIENCE)
        made.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    except BaseException:
        made.close()
        raise
    finally:
        os.close(folder)
    return made


def _reply(found: socket.socket) -> Reply:
    data = b""
    while not data.endswith(b"\n") and len(data) < LIMIT:
        more = found.recv(4096)
        if not more:
            break
        data += more
    said: dict[str, Any] = json.loads(data)
    return Reply(str(said["host"]), said["ok"] is True, str(said["text"]))
