"""When the end of a claim is worth giving away, and in how many pieces. Two reasons:

    hungry      a host found nothing to take, and the film ends sooner if it helps
    dear        the frames take far longer than others of the job do: all that nobody began goes back at once, in
                chunks that last as long as chunks of the job use to; a dear frame that is begun last is what
                everybody waits for

Asked after each frame, and now and then while one takes long. Nobody hungry: that costs one listing."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

from renderd import logs
from spool import beats, chunk_size, hosts, hungry, limits, queue, recent, tail
from spool import claim as claims
from spool import frames as frame_lists
from spool.claim import Claim
from spool.job import Job
from spool.journal import Journal
from spool.layout import Incarnation, Spool
from spool.verdict import Host, may_take

LOOK = 5.0          # seconds between two looks while a frame takes long
UNKNOWN = 60.0      # seconds that a first frame may take before we look: most of it may be the start
START = 1.0         # seconds that another host needs until it renders, beside its poll and what ours needed to load
ENOUGH = 10         # hungry hosts that may take a job: no more are looked for, for what each says must be read
DEAR = 2.0          # times as long as was expected: before, the speed of this host or a busy moment may be why


@dataclass(frozen=True)
class Share:
    """How many frames stay of those that nobody began, and in how many pieces the others go."""

    keep: int
    pieces: int


def share(begun: int, free: int, seconds: float, start: float, guests: int) -> Share | None:
    """What ends soonest, if that saves a start. `begun` frames are ours to the end."""
    alone = (begun + free) * seconds
    choices = [(max(alone - pieces * gift * seconds, start + gift * seconds), pieces, gift)
               for pieces in range(1, min(guests, free) + 1)
               for gift in _gifts(free if begun else free - 1, pieces, alone - start, seconds)]
    end, pieces, gift = min(choices, default=(alone, 0, 0))
    return Share(free - pieces * gift, pieces) if pieces and end <= alone - start else None


def surplus(begun: int, free: int, seconds: float, usual: float, lasting: float) -> Share | None:
    """All but what is at work, if frames take DEAR times the usual; in pieces that last at most about `lasting`, for
    what a frame under way took so far is half of what it will take."""
    keep = 0 if begun else 1
    if keep >= free or seconds < DEAR * usual or free * seconds < chunk_size.LEAST:
        return None
    return Share(keep, -(-(free - keep) // max(1, int(lasting / (2 * seconds)))))


def _gifts(free: int, pieces: int, work: float, seconds: float) -> set[int]:
    """How many frames each may get: about so many that all end together."""
    even = int(work / (seconds * (pieces + 1))) if seconds else 0
    return {min(free // pieces, gift) for gift in (even, even + 1)} - {0}


@dataclass
class Neighbours:
    """Hosts that were hungry at the last look. What a host says of itself is read once in each of its lives."""

    known: dict[Incarnation, Host] = field(default_factory=dict)

    def hosts(self, spool: Spool, lives: Sequence[Incarnation], job: Job) -> list[Host]:
        """All of them, or by chance so many that enough may take the job, as far as one look finds them."""
        found = {who: self.known[who] for who in lives if who in self.known}
        unknown = [who for who in lives if who not in found]
        lacking = ENOUGH - sum(may_take(job, None, host).yes for host in found.values())
        for who in random.sample(unknown, max(0, min(lacking, len(unknown)))):
            if host := self._read(spool, who):
                found[who] = host
        self.known = found              # of all slots: the last look counts
        return list(found.values())

    def _read(self, spool: Spool, who: Incarnation) -> Host | None:
        facts = hosts.said(spool, who.host, "host")
        return hosts.as_host(who.host, facts) if facts else None


@dataclass
class Giver:
    """Looks whether somebody would help with a claim, by how long its frames take."""

    spool: Spool
    seconds: float = 0.0                # of the last frame
    start: float = START                # until another host renders
    born: float = field(default_factory=time.monotonic)
    next: float = field(default_factory=lambda: time.monotonic() + UNKNOWN)
    neighbours: Neighbours = field(default_factory=Neighbours)
    loaded: bool = False                # what it took is in `start`
    taken: tuple[int, ...] = ()         # frames of the claim as it was taken
    usual: float = 0.0                  # seconds of a frame of the job, as far as we have looked

    def begins(self, load: float) -> None:
        """From now on the program renders, which was loaded in so many seconds; elsewhere that will take as long."""
        self.start, self.next, self.loaded = self.start + load, time.monotonic() + LOOK, True

    def published(self, wall: float, rendered: float) -> None:
        """A frame is done, `wall` seconds after the one before. Before the first the program had to start."""
        self.next = time.monotonic()
        if not self.seconds and not self.loaded:
            self.start += max(0.0, self.next - self.born - rendered)
        self.seconds = wall if self.seconds else rendered

    def due(self) -> bool:
        return time.monotonic() >= self.next

    def give(self, claim: Claim, begun: Sequence[int], free: Sequence[int], since: float,
             lines: Journal) -> Claim | None:
        """The claim, shorter if a part of the `free` frames was given away; None if it was taken from us.

        Both ascending; all others of the claim are published. `since` then the first of them is rendered."""
        now = time.monotonic()
        self.next, self.taken = now + LOOK, self.taken or claim.info.frames
        if not free:
            return claim
        try:
            seconds, guests = max(self.seconds, now - since), self._guests(claim)
            found = (share(len(begun), len(free), seconds, self.start, guests)
                     or self._surplus(claim, len(begun), len(free), seconds))
            if not found or not tail.divisible(claim):
                return claim
            return self._cut(claim, [*begun, *free[:found.keep]][-1], found.pieces, lines)
        except OSError as error:        # it was only to help: what is rendered here goes on
            logs.event("share-trouble", text=error, doing="give back", job=claim.job.job)
            return claim

    def _guests(self, claim: Claim) -> int:
        """Hungry hosts that may take what we would give, and for whom nothing waits yet."""
        found = self.neighbours.hosts(self.spool, hungry.now(self.spool), claim.job)
        if not found or self._full(claim.job):
            return 0
        job, chunk = claim.job, claim.name.chunk
        me = Host(claim.name.owner.host, (job.asked_program,), (job.blender,), recipes=(job.recipe,),
                  able=True)            # who has it may take it
        willing = sum(may_take(job, chunk, host, (*found, me)).yes for host in found)
        if not willing or not self._open(job.job):
            return 0
        waiting = [name for name in claims.waiting_chunks(self.spool, job)
                   if any(may_take(job, name, host, (*found, me)).yes for host in found)]
        return max(0, willing - len(waiting))

    def _full(self, job: Job) -> bool:
        """Nobody else may have chunks of it now. An owner's other jobs are not looked at: this is only to help."""
        if not limits.limited(job, self.spool.rules):
            return False
        held, most = claims.claims(self.spool, job.job), limits.most_hosts(job, self.spool.rules)
        of_owner = self.spool.rules.per_owner and len(held) >= self.spool.rules.per_owner
        return bool(of_owner or (most and len({name.owner.host for name in held}) >= most))

    def _surplus(self, claim: Claim, begun: int, free: int, seconds: float) -> Share | None:
        """Looks into journals and at beats only while it seems to be dear. A host that is alone gives nothing away."""
        measured = self.seconds or self.loaded      # else most of it may be the start
        if not measured or not surplus(begun, free, seconds, self.usual, seconds):
            return None
        me = claim.name.owner.host
        self.usual = self._usual(claim.job.job, me)
        alone = all(beat.owner.host == me for beat in beats.living(self.spool))
        if not self.usual or alone or not self._open(claim.job.job):
            return None
        return surplus(begun, free, seconds, self.usual, max(chunk_size.LEAST, len(self.taken) * self.usual))

    def _usual(self, job: str, me: str) -> float:
        """Seconds of a frame, about; 0 if nobody knows. Of a host that had dear frames only, others tell."""
        own = recent.seconds(self.spool, job, me, besides=self.taken)
        others = [took for times in recent.by_host(self.spool, job) for took in times.values()]
        return min(median(own), DEAR * median(others)) if own and others else 0.0

    def _open(self, job: str) -> bool:
        """Neither on hold nor cancelled: somebody would take what we give."""
        return any(entry.job == job for entry in queue.entries(self.spool, ("queue",)))

    def _cut(self, claim: Claim, last: int, pieces: int, lines: Journal) -> Claim | None:
        frames = claim.info.frames
        kept, given = [f for f in frames if f <= last], [f for f in frames if f > last]
        short = tail.cut(self.spool, claim, kept, pieces)
        if short:
            stem, text = claim.name.chunk.stem, frame_lists.text(given)
            with suppress(OSError):     # a note; the cut stands without it
                lines.write("cut", chunk=stem, kept=short.name.chunk.stem, frames=text)
            logs.event("gave-back", job=claim.job.job, chunk=stem, frames=text, pieces=pieces)
        return short


@dataclass
class Appetite:
    """Whether this daemon says that it is hungry: once when that begins, and when it ends."""

    spool: Spool
    said: Incarnation | None = None

    def is_now(self, hungry_now: bool, me: Incarnation) -> None:
        if self.said and (self.said != me or not hungry_now):
            hungry.unsay(self.spool, self.said)
            self.said = None
        if hungry_now and not self.said:
            hungry.say(self.spool, me)
            self.said = me
