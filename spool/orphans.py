"""Claims whose incarnation has no beat: put back, by whoever sees them; given up if that happens again and again."""

from collections.abc import Iterable

from spool import beats, claim
from spool.job import Job
from spool.layout import ChunkName, ClaimName, Incarnation, Spool


def find(spool: Spool, jobs: Iterable[Job]) -> list[tuple[Job, ClaimName]]:
    """The orphans in these jobs."""
    # Claims before beats: a daemon beats before it claims, so a claim that is listed has a beat
    # in a later listing unless its owner is gone.
    found = [(job, name) for job in jobs for name in claim.claims(spool, job.job)]
    if not found:
        return []
    alive = {beat.owner for beat in beats.living(spool)}
    return [(job, name) for job, name in found if name.owner not in alive]


def put_back(spool: Spool, jobs: Iterable[Job]) -> list[tuple[ClaimName, ChunkName]]:
    """The orphans that this call put back into todo, or into failed/, and what they are called there.

    May stall for 100 s on NFS: not in the beat's thread."""
    return [(name, there) for job, name in find(spool, jobs) if (there := claim.lose(spool, job, name))]


def forgotten(held: Iterable[ClaimName], me: Incarnation, working: Iterable[str]) -> list[ClaimName]:
    """Claims of this very incarnation that it does not work on: the answer to its rename was lost."""
    at_work = set(working)
    return [name for name in held if name.owner == me and str(name) not in at_work]
