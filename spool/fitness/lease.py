"""Is the share quick enough for the heartbeats?

A beat is seen one beat, one rename and one delay of names after the one before. An observer waits DEAD of its own
beats, so up to twice a beat of delay leaves half of its patience unused."""

import math
from collections.abc import Iterator

from spool.beats import DEAD
from spool.fitness.finding import Finding, good
from spool.fitness.share import Share
from spool.fitness.troubles import trouble

ROOM = DEAD / 2 - 1         # beats of delay that are no trouble


def check(share: Share) -> Iterator[Finding]:
    late, beat = sum(share.measured.values()), share.spool.beat
    if late > ROOM * beat:
        yield trouble("too-lazy", seconds=f"{late:.1f}", beat=f"{beat:g}", wanted=math.ceil(late / ROOM),
                      path=share.spool.root)
    else:
        yield good("lease", f"A heartbeat is seen {late:.1f} s late at most; beat: {beat:g} allows {ROOM * beat:g} s.")
