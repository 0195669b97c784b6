"""What becomes of a claim when its render has ended: the journal first, then the one rename."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from renderd import logs
from spool import claim as claims
from spool import frames as frame_lists
from spool.claim import Claim
from spool.errors import SpoolError
from spool.job import Job
from spool.journal import Journal
from spool.layout import ChunkName, Spool
from spool.reasons import explain


@dataclass(frozen=True)
class Outcome:
    """How a claim ended: finished, returned, failed, lost or refused; `waits`: nothing was begun. For `failed` why."""

    kind: str
    reason: str = ""
    text: str = ""
    no_room: Mapping[str, Any] | None = None    # why no other chunk of the job shall be taken here: facts of NoRoom


def hand_back(spool: Spool, claim: Claim, outcome: Outcome, missing: Iterable[int], lines: Journal) -> Outcome:
    """The chunk is gone, in failed/, or in todo for somebody else. `missing` frames were not published.

    The outcome as it was then: a claim that was lost meanwhile did not fail."""
    stem = claim.name.chunk.stem
    about: dict[str, Any] = {"chunk": stem, "try": claim.name.chunk.tries + 1}
    facts: dict[str, Any] = {"job": claim.job.job, "chunk": stem}
    if outcome.kind == "failed" and not claims.ours(spool, claim):
        outcome = Outcome("lost")       # its new owner swept our folder away: no fault of the frames
    if outcome.kind == "finished":
        lines.write("done", sync=True, frames=frame_lists.text(claim.info.frames), **about)
        claims.finish(claim)
        logs.event("finished", **facts)
    elif outcome.kind == "failed":
        lines.write("failed", sync=True, reason=outcome.reason, text=outcome.text,
                    frames=frame_lists.text(missing), **about)
        name = claims.fail(spool, claim)
        logs.event("failed", **facts, reason=outcome.reason, text=outcome.text, next=name)
    elif outcome.kind == "returned":
        lines.write("returned", sync=True, reason=outcome.reason, **about)
        claims.release(spool, claim)
        logs.event("returned", **facts, reason=outcome.reason)
    elif outcome.kind == "waits":       # for days perhaps: the journal does not grow by it
        claims.release(spool, claim)
        logs.event("no-room", **facts, **(outcome.no_room or {}))
    else:
        lines.write("lost", **about)
        logs.event("claim-lost", **facts)
    return outcome


def note_refused(lines: Journal, job: Job, name: ChunkName, error: SpoolError) -> None:
    """The journal and the log say why an info file was set aside."""
    text = explain("info-broken", path=error.message.rstrip("."))
    lines.write("refused", sync=True, chunk=name.stem, reason="info-broken", text=text)
    logs.event("refused", job=job.job, chunk=name, text=error.message)


def note_lost(spool: Spool, job: Job, name: ChunkName, host: str, by: str) -> None:
    """The journal of the host `by` and the log say why a chunk was given up of which no daemon came back."""
    text = explain("host-lost", count=name.lost, host=host)
    with Journal(spool, job.job, by) as lines:
        lines.write("failed", sync=True, chunk=name.stem, reason="host-lost", text=text)
    logs.event("failed", job=job.job, chunk=name, reason="host-lost", text=text)
