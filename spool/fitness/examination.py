"""All checks in their order. Each may hang with the share: who runs them must be able to give them up."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from spool.errors import SpoolError
from spool.fitness import lease, locks, mounting, names, pair, rights, room, share, times, untold
from spool.fitness.finding import OK, Finding, untested
from spool.fitness.share import Share
from spool.fitness.troubles import trouble
from spool.layout import Incarnation
from spool.opening import open_spool

Check = Callable[[Share], Iterator[Finding]]

LOOKING: dict[str, Check] = {"space": room.space, "notices": untold.check, "mount": mounting.check, "write": room.write}
WRITING: dict[str, Check] = {
    "create": names.create, "rename": names.rename, "replace": names.replace, "folder": names.folder,
    "case": names.case, "link": names.link, "lock": locks.check, "clock": times.clock, "times": times.fineness,
    "group": rights.group, "umask": rights.umask, "owner": rights.owner}


def findings(path: str | None, me: Incarnation, other: str | None,
             doing: Callable[[str], None]) -> Iterator[Finding]:
    """What is found, line by line. `doing` is told what is tested, again and again while all goes on."""
    doing("spool")
    try:
        spool = open_spool(path)
    except SpoolError as error:
        yield trouble("not-open", text=error.message, cure=error.hint or "")
        return
    tested = share.on(spool, me)
    for line, check in LOOKING.items():
        for found in _checked(tested, line, check, doing):
            yield found
            if found.code == "read-only" or (line == "write" and found.state != OK):
                yield untested("write", f"So nothing was tested of: {', '.join(WRITING)}.")
                return
    for line, check in WRITING.items():
        yield from _checked(tested, line, check, doing)
    if other:
        tested.alive = lambda: doing(f"with {other}")
        yield from _checked(tested, f"with {other}", lambda found: pair.checks(found, me, other), doing)
    yield from lease.check(tested)


def _checked(tested: Share, line: str, check: Check, doing: Callable[[str], None]) -> Iterator[Finding]:
    """The findings of one check; an error that it did not foresee is one as well."""
    doing(line)
    try:
        yield from check(tested)
    except OSError as error:
        yield room.refused(tested, line, error)
    except SpoolError as error:
        yield replace(trouble("failed", text=error.message), line=line)
