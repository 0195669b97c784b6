"""Whether people are told how their jobs ended: notices that wait though they were tried, and ways that no host has."""

from collections.abc import Iterator

from spool import hosts, notices
from spool.fitness.finding import Finding, good
from spool.fitness.share import Share
from spool.fitness.troubles import trouble


def check(share: Share) -> Iterator[Finding]:
    if not share.spool.channels:
        return
    late = sorted((one for one in notices.listed(share.spool) if one.tries), key=lambda one: -one.tries)
    if late:
        text = notices.read(share.spool, late[0]).get("trouble", "")
        yield trouble("untold", count=len(late), about=late[0].about, tries=late[0].tries, text=text)
    alive = [one for one in hosts.views(share.spool) if one.alive]
    deaf = [way for way in share.spool.channels if alive and not any(_tells(one, way) for one in alive)]
    for way in deaf:
        yield trouble("no-teller", way=way)
    if not late and not deaf:
        yield good("notices", "Nobody waits to be told.")


def _tells(one: hosts.HostView, way: str) -> bool:
    """Of a daemon of an older version nobody knows."""
    said = one.facts.get("tells")
    return not isinstance(said, list) or way in said
