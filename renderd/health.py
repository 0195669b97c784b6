"""What would burn a night: a computer that fails whatever it takes, or one job of it, and a job of which nothing
succeeds.

The first pauses itself, the last is put on hold (spool/hopeless.py); a person ends either. A job that fails here alone
is left to others for a while (finder.py). Looked at when a chunk has failed, so that all is free while all is well."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from renderd import letter, logs
from renderd.handing_back import Outcome
from spool import hopeless, hosts, journal, notices
from spool.errors import SpoolError
from spool.job import Job
from spool.layout import Spool
from spool.reasons import REASONS
from spool.verdict import may_take

PROVEN = 1.5        # a job that others render, and nobody but us fails
UNPROVEN = 1.0      # a job that nobody else has tried
SICK = 3.0          # sum of these over the jobs that failed here, and nothing succeeded in between
LEFT = 3            # chunks of one job, with none of it finished in between: each costs the job a try


@dataclass
class Health:
    """For the threads of all slots; `sick` is told the jobs and the last failure."""

    spool: Spool
    host: str
    sick: Callable[[list[str], str], None]
    failed: dict[str, float] = field(default_factory=dict)
    in_a_row: Counter[str] = field(default_factory=Counter)     # chunks that failed, by job
    lock: Lock = field(default_factory=Lock)

    def ended(self, job: Job, outcome: Outcome | None) -> str:
        """A chunk of this job ended here. Why the job is left to others for a while, if it is."""
        try:
            if outcome and outcome.kind == "finished":
                self.failed.clear()
                del self.in_a_row[job.job]
            elif outcome and outcome.kind == "failed":
                return self._failed(job, outcome)
        except (OSError, SpoolError) as error:      # the share fails: the next failure looks again
            logs.event("share-trouble", text=error, doing="health", job=job.job)
        except Exception:
            logs.bug(doing="health", job=job.job)
        return ""

    def _failed(self, job: Job, outcome: Outcome) -> str:
        reason = REASONS.get(outcome.reason)
        blame = self._blame(job) if reason and reason.another_host else 0.0
        with self.lock:
            if blame:
                self.in_a_row[job.job] += 1
                self.failed[job.job] = blame
                if sum(self.failed.values()) >= SICK:
                    jobs = sorted(self.failed)
                    self.failed.clear()
                    logs.event("sick", jobs=",".join(jobs), reason=outcome.reason, text=outcome.text)
                    self.sick(jobs, outcome.text)
                    with suppress(OSError):     # no trouble with that keeps us from looking at the job
                        notices.leave_host(self.spool, self.host, letter.sick(self.host, len(jobs), outcome.text))
        if (why := hopeless.judge(self.spool, job)) and hopeless.hold(self.spool, job, why):
            logs.event("job-held", job=job.job, chunks=why.chunks, reason=why.reason, text=why.text)
        return self._left(job) if blame else ""

    def _left(self, job: Job) -> str:
        count = self.in_a_row[job.job]
        better = [host.name for host in hosts.living(self.spool)
                  if host.name != self.host and may_take(job, None, host).yes] if count >= LEFT else []
        return f"the last {count} chunks of it failed here; {better[0]} may render them" if better else ""

    def _blame(self, job: Job) -> float:
        """How much this failure says of us: nothing where others fail too."""
        others_failed = False
        for event in journal.events(self.spool, job.job):
            if event["host"] != self.host:
                if event["event"] == "frame":
                    return PROVEN
                others_failed = others_failed or event["event"] == "failed"
        return 0.0 if others_failed else UNPROVEN
