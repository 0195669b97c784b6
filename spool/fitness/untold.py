"""Whether people are told how their jobs ended: notices that wait though they were tried."""

from collections.abc import Iterator

from spool import notices
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
    else:
        yield good("notices", "Nobody waits to be told.")
