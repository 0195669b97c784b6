"""Stages that are no part of a render: those of the whole job (a chunk of their own), and those that tell of failures.

    end-*     once, when every frame is there; they run again after a crash, so they must not mind that
    error-*   after a chunk failed, and when the job has: what they do is never why something fails
"""

from typing import Any

from renderd import stages
from renderd.bench import Bench
from renderd.chunk_log import ChunkLog
from renderd.delivery import Order
from renderd.errors import ChunkFails, Stopped
from renderd.handing_back import Outcome
from renderd.stage_facts import of_frames
from spool import claim as claims
from spool import journal, reasons, view
from spool.claim import Claim
from spool.journal import Journal


def log_name(claim: Claim) -> str:
    """In the log folder of its job."""
    stage, name = claim.name.chunk.stage, str(claim.name)
    return f"{stage + name[len(claim.name.chunk.stem):] if stage else name}.log"


def run(bench: Bench, claim: Claim, order: Order, log: ChunkLog, lines: Journal) -> None:
    """The stages that this chunk is for. The journal knows afterwards that they ran. ChunkFails, Stopped.

    If it knows so before, nothing runs: whoever had the chunk died, or lost it, behind that line."""
    round = claim.info.round
    ended, warned, _ = journal.stages_done(bench.spool, claim.job.job)
    if round <= (ended if claim.info.stage == "end" else warned):
        log.write(f"renderd: the {claim.info.stage}-* stages have run already")
    elif claim.info.stage == "end":
        with stages.opened(bench, claim, order, log) as staged:
            if staged:
                job = claim.job
                staged.run("end", pictures=[job.file_of(f) for f in job.frame_list()] if job.output else [])
        lines.write("ended", sync=True, round=round)
    else:
        _tell(bench, claim, order, log, **_of_job(bench, claim))
        lines.write("warned", sync=True, round=round)


def tell_error(bench: Bench, claim: Claim, order: Order, log: ChunkLog, outcome: Outcome) -> None:
    """A chunk failed here, and was handed back: nothing that goes wrong now may count against it."""
    final = claim.name.chunk.tries + 1 >= claim.job.tries
    try:
        _tell(bench, claim, order, log, error="chunk", reason=outcome.reason, reason_text=outcome.text,
              final="yes" if final else "")
    except Stopped:                     # it is told once more when the job has failed
        return
    except OSError as error:            # no room for temporary files, too many processes
        log.write(f"renderd: the error-* stages did not run: {error}")


def _tell(bench: Bench, claim: Claim, order: Order, log: ChunkLog, **more: Any) -> None:
    try:
        with stages.opened(bench, claim, order, log) as staged:
            if staged:
                staged.run("error", **more)
    except ChunkFails as error:
        log.write(f"renderd: {reasons.explain(error.code, **error.facts)}")


def _of_job(bench: Bench, claim: Claim) -> dict[str, Any]:
    """Which frames were given up, and why the first of them was."""
    job, spool = claim.job, bench.spool
    failed, heard = claims.failed_chunks(spool, job.job), view.Heard()
    for event in journal.events(spool, job.job):
        heard.hear(event)
    code, text = next((heard.reasons[name.stem] for name in failed if name.stem in heard.reasons), ("", ""))
    frames = sorted(view.within(job.frame_list(), (name for name in failed if not name.stage)))
    return {"error": "job", "reason": code, "reason_text": text, "final": "yes",
            **(of_frames(frames) if frames else {"count": 0, "frames": "", "frame_list": []})}
