"""What the holder of a chunk asks of the file server while other daemons are hungry: counted, in simulated time.

At the end of a job it looks after each frame whether somebody would help. A chunk is ten frames, too short to be
shared. What a daemon keeps from one chunk to the next it asks for in the first; so that one counts, and the second."""

import random
import tempfile
from collections import Counter
from collections.abc import Sequence

from renderd import finder, giving_back
from renderd.daemon import Daemon
from renderd.delivery import Delivery, Order
from spool import beats, claim, hosts, hungry, journal, opening, submit, waiting
from spool.layout import Incarnation, Spool
from tests.bench import operations
from tests.bench.counting import Count, counted
from tests.bench.simulated import Clock

FRAME = 0.2         # seconds: a chunk is over before another host could begin
CHUNKS = 3          # of the job: two are rendered, and one more waits


def measure(hungry_hosts: Sequence[int]) -> list[tuple[Counter[str], Counter[str]]]:
    """For each number of hungry hosts, calls of the first chunk that meets them, and of the next."""
    return [_measure(count) for count in hungry_hosts]


def _measure(hungry_hosts: int) -> tuple[Counter[str], Counter[str]]:
    random.seed(hungry_hosts)
    clock = Clock()
    with tempfile.TemporaryDirectory() as room, clock.rules(waiting, finder, giving_back), counted(room) as count:
        spool = opening.init(f"{room}/spool")
        submit.submit(spool, submit.plan(spool, operations.asked(0, room, CHUNKS)))
        for number in range(hungry_hosts):
            hungry.say(spool, _born(spool, f"ws{number:04}"))
        daemon, me = operations.daemon(spool, "holder"), _born(spool, "holder")
        count.clear()
        _chunk(daemon, me, clock, count)
        first = Counter(count.calls)
        _chunk(daemon, me, clock, count)
        return first, count.calls - first


def _born(spool: Spool, host: str) -> Incarnation:
    me = beats.new_incarnation(host)
    beats.born(spool, me)
    hosts.write(spool, host, "host", {"programs": ["true"]})
    return me


def _chunk(daemon: Daemon, me: Incarnation, clock: Clock, count: Count) -> None:
    """Only what is asked for the sake of the hungry counts."""
    count.on = False
    taken, bench = daemon.crew.finder.take(me, 1), daemon.crew.slots[0].bench
    assert taken
    giver, left = Delivery(bench, taken, Order()).giver, list(taken.info.frames)
    with journal.Journal(daemon.spool, taken.job.job, me.host) as lines:
        while left:
            clock.now += FRAME
            left.pop(0)
            giver.published(FRAME, FRAME)
            count.on = True
            assert giver.due() and giver.give(taken, left[:1], left[1:], clock.now, lines) == taken
            count.on = False
    claim.finish(taken)
