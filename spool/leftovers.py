"""What crashes and computers that are gone left in the spool. Only what is known by its name is found."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from spool import atomic, beats, messages, notices, submissions
from spool.errors import BadName
from spool.layout import DOCTOR, HUNGRY, Incarnation, Spool, parse_dead, parse_incarnation, parse_job
from spool.submissions import ANSWER, ENDING

DAY = 86400.0
WEEK = 7 * DAY
HOST_GONE = 90 * DAY            # a computer may be off during the holidays

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp|\.now\..+")        # as atomic.py and hosts.py name them
_OF_A_HOST = ("host.json", "status.json", "doctor.json", "inbox")


class Leftover(NamedTuple):
    """A path below the spool, the age from which on nobody needs it, and why it is there."""

    path: str
    after: float
    why: str


def find(spool: Spool) -> Iterator[Leftover]:
    """Everything, of any age."""
    alive = {beat.owner for beat in beats.living(spool)}
    yield from (Leftover(f"jobs/{name}", DAY, "a submit or a removal was cut short")
                for name in _hidden(spool, "jobs") if is_unborn(name))
    yield from (Leftover(f"dead/{name}", DAY, "was declared dead") for name in _plain(spool, "dead")
                if (owner := _owner_of_dead(name)) and owner not in alive)
    yield from (Leftover(f"{HUNGRY}/{name}", DAY, "found nothing to do, and is gone") for name in _plain(spool, HUNGRY)
                if _is_life(name) and parse_incarnation(name) not in alive)
    yield from (Leftover(os.path.normpath(f"{folder}/{name}"), DAY, "a write was cut short")
                for folder in (".", *_written_folders(spool))
                for name in _hidden(spool, folder) if _TEMPORARY.fullmatch(name))
    yield from (Leftover(name, DAY, "render doctor was cut short") for name in _hidden(spool, ".")
                if name.startswith(DOCTOR) and _is_life(name.removeprefix(DOCTOR)))
    yield from (Leftover(f"hosts/{host}/inbox/{name}", DAY, f"a message that {host} did not read")
                for host in _plain(spool, "hosts") for name in _plain(spool, f"hosts/{host}/inbox")
                if messages.is_message(name))
    yield from (Leftover(f"inbox/{one.job}{ending}", WEEK, "was sent back") for one in submissions.listed(spool)
                if one.answer for ending in (ENDING, ENDING + ANSWER))
    yield from (Leftover(f"{notices.FOLDER}/{one}", WEEK, "nobody could be told") for one in notices.listed(spool))
    names_alive = {owner.host for owner in alive}
    yield from (Leftover(f"hosts/{host}", HOST_GONE, "no renderd of this name was seen any more")
                for host in _plain(spool, "hosts") if host not in names_alive and _only_ours(spool, host))


def hidden(spool: Spool) -> Iterator[str]:
    """Every name with a dot where files are written aside: what of it `find` does not know is nobody's."""
    return (os.path.normpath(f"{folder}/{name}") for folder in (".", "jobs", *_written_folders(spool))
            for name in _hidden(spool, folder))


def is_folder(path: str) -> bool:
    """Whether this leftover is a folder that goes with all that is in it."""
    where, name = os.path.split(path)
    return (where == "jobs" and is_unborn(name)) or (not where and name.startswith(DOCTOR))


def is_host(path: str) -> bool:
    return os.path.dirname(path) == "hosts" and not os.path.basename(path).startswith(".")


def remove_host(spool: Spool, path: str) -> bool:
    """False if the host is back, or something foreign came into its folder meanwhile: then that stays."""
    host = os.path.basename(path)
    if host in {beat.owner.host for beat in beats.living(spool)} or not _only_ours(spool, host):
        return False
    for name in _plain(spool, path):
        if name != "inbox":
            atomic.drop(spool.folder(f"{path}/{name}"))
    return all([atomic.drop_folder(spool.inbox(host)), atomic.drop_folder(spool.folder(path))])


def is_unborn(name: str) -> bool:
    """As submit.py and clean.py name a job's folder that has no name yet, or no more."""
    try:
        parse_job(name.removeprefix(".").removesuffix(".tmp"))
    except BadName:
        return False
    return name.startswith(".") and name.endswith(".tmp")


def _only_ours(spool: Spool, host: str) -> bool:
    return {*_listed(spool, f"hosts/{host}")} <= {*_OF_A_HOST} and not _listed(spool, f"hosts/{host}/inbox")


def _owner_of_dead(name: str) -> Incarnation | None:
    """Whose beat it was, if it is one."""
    try:
        return parse_dead(name)[0].owner
    except BadName:
        return None                     # not ours


def _is_life(name: str) -> bool:
    try:
        parse_incarnation(name)
    except BadName:
        return False
    return True


def _written_folders(spool: Spool) -> Iterator[str]:
    """Where files are written aside first."""
    yield from ("hosts", "inbox", notices.FOLDER)
    for host in _plain(spool, "hosts"):
        yield f"hosts/{host}"
        yield f"hosts/{host}/inbox"
    for job in _plain(spool, "jobs"):
        for name in ("todo", "failed", "redo"):
            yield f"jobs/{job}/{name}"
        for segment in _plain(spool, f"jobs/{job}/todo"):
            if segment.isdecimal():
                yield f"jobs/{job}/todo/{segment}"


def _hidden(spool: Spool, folder: str) -> list[str]:
    return [name for name in _listed(spool, folder) if name[0] == "."]


def _plain(spool: Spool, folder: str) -> list[str]:
    return [name for name in _listed(spool, folder) if name[0] != "."]


def _listed(spool: Spool, folder: str) -> list[str]:
    try:
        return sorted(atomic.every_name(f"{spool.root}/{folder}"))
    except (FileNotFoundError, NotADirectoryError):     # removed meanwhile, or foreign: check.py tells
        return []
