"""What old jobs and crashes left behind: first a plan, then its steps.

    done/JOB, failed/JOB --old--> trash/JOB --old again--> jobs/JOB becomes jobs/.JOB.tmp, the entry goes, then that

Invariants
  1. Age is ctime against the file server's clock: a rename sets it, and no clock of ours plays a part.
  2. Nothing is removed that is not known by its name. A job without an entry stays: perhaps a submit was cut
     short, perhaps somebody removed its entry; check.py names it.
  3. Whoever brings a job back from the trash finds it whole, until it is gone whole.
  4. Any number of cleans may run at once: each step is a rename or a removal that finds its name gone.

What a crash leaves behind: a `.JOB.tmp`, which is removed after a day; an entry in trash without a job, which the
next run removes."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from spool import atomic, beats, claim, foreign, hosts, leftovers, queue
from spool import job as jobs
from spool.errors import BadName, NotWritten, SpoolError
from spool.layout import Entry, Incarnation, Spool, parse_claim, parse_entry
from spool.leftovers import Leftover

TRASH, REMOVE, REMOVE_JOB = "to trash", "remove", "remove job"


@dataclass(frozen=True)
class Step:
    """One thing to do with a path below the spool, if it is still as it was when the plan was made."""

    path: str
    what: str
    why: str
    age: float = field(default=0.0, compare=False)      # seconds
    changed: int = field(default=0, compare=False)      # ctime in nanoseconds


def plan(spool: Spool, older_than_seconds: float, now: float | None = None) -> list[Step]:
    """What `apply` should do now. Changes nothing, but for a probe of the server's clock (`now`)."""
    now = server_now(spool) if now is None else now
    found = ((Leftover(e.path, older_than_seconds, e.state), TRASH)
             for e in queue.entries(spool, ("done", "failed")))
    trash = ((Leftover(e.path, older_than_seconds, "in the trash"), REMOVE_JOB)
             for e in queue.entries(spool, ("trash",)))
    rest = ((leftover, REMOVE) for leftover in leftovers.find(spool))
    return [step for group in (found, trash, rest) for leftover, what in group
            if (step := _due(spool, leftover, what, now))]


def server_now(spool: Spool) -> float:
    """Seconds as the file server counts them; on a full share a little less, never more. NotWritten if nobody knows."""
    try:
        return hosts.asked_time(spool)
    except OSError as error:
        # No room, or not ours to write: daemons go on renaming their beats.
        last = [info.st_ctime for beat in beats.living(spool) if (info := _facts(spool, f"beats/{beat}"))]
        if not last:
            raise NotWritten(f"The file server does not tell its time: {error.strerror} in {spool.folder('hosts')}.",
                             "Start renderd on some computer, or make a little room on the share.") from error
        return max(last)


def apply(spool: Spool, steps: Sequence[Step], tell: Callable[[Step, OSError | None], None] = lambda step, error: None,
          ) -> int:
    """How many steps were done. One that somebody else did, or undid the reason of, does not count.

    `tell` hears of each that was done, and of each that failed with its error."""
    count = 0
    for step in steps:
        try:
            done = _unchanged(spool, step) and _DO[step.what](spool, step.path)
        except OSError as error:        # of this step alone: perhaps its files are somebody else's
            tell(step, error)
            continue
        if done:
            tell(step, None)
        count += done
    return count


def size(spool: Spool, step: Step) -> int:
    """Bytes that are freed by it."""
    place = spool.job(_entry(step.path).job) if step.what == REMOVE_JOB else spool.folder(step.path)
    return 0 if step.what == TRASH else _bytes(place)


def left_alone(spool: Spool) -> list[str]:
    """What no rule knows, below the spool: it stays for ever, until a person removes it."""
    known = [path for path, _, _ in leftovers.find(spool)]
    odd = [p.path for p in foreign.in_spool(spool, Counter()) if p.what == foreign.NOT_HERE]
    there = {e.job for e in queue.entries(spool)}
    lone = [f"jobs/{name}" for name in atomic.names(spool.folder("jobs")) if name not in there]
    return sorted({*odd, *lone, *leftovers.hidden(spool)} - {*known})


def _due(spool: Spool, leftover: Leftover, what: str, now: float) -> Step | None:
    info = _facts(spool, leftover.path)
    if info is None or now - info.st_ctime < leftover.after:
        return None
    return Step(leftover.path, what, leftover.why, now - info.st_ctime, info.st_ctime_ns)


def _facts(spool: Spool, path: str) -> os.stat_result | None:
    try:
        return os.lstat(f"{spool.root}/{path}")
    except FileNotFoundError:           # moved meanwhile
        return None


def _unchanged(spool: Spool, step: Step) -> bool:
    """False for a job that was brought back and thrown away once more: then its time begins anew."""
    info = _facts(spool, step.path)
    return info is not None and info.st_ctime_ns == step.changed


def _to_trash(spool: Spool, path: str) -> bool:
    return queue.move(spool, _entry(path), "trash") is not None


def _remove_job(spool: Spool, path: str) -> bool:
    entry = _entry(path)
    folder, aside = spool.job(entry.job), f"{spool.root}/jobs/.{entry.job}.tmp"
    if _brought_back(spool, entry) or _at_work(spool, entry.job):
        return False
    _sweep_scratch(spool, entry.job)
    # One rename, so that nobody ever brings half a job back. Nobody works in the folder of a job in the trash.
    atomic.move(folder, aside)
    mine = atomic.drop(spool.folder(path))
    if not mine and _brought_back(spool, entry):        # in this very moment
        atomic.move(aside, folder)
        return False
    atomic.remove_tree(aside)
    return mine


def _brought_back(spool: Spool, entry: Entry) -> bool:
    return any(e.job == entry.job and e != entry for e in queue.entries(spool))


def _at_work(spool: Spool, job: str) -> bool:
    """Whether a daemon that lives has not yet let go of it."""
    found = claim.claims(spool, job)
    return bool(found) and bool({c.owner for c in found} & {beat.owner for beat in beats.living(spool)})


def _sweep_scratch(spool: Spool, name: str) -> None:
    """OUTPUT/.renderd/JOB.CLAIM, where daemons that died had rendered; see "Publishing" in docs/SPOOL.md."""
    with suppress(SpoolError, OSError):     # job.json is gone or nonsense; the output is not mounted here, or not ours
        job = jobs.read(spool, name)
        root, alive = f"{os.path.dirname(job.output)}/.renderd", {beat.owner for beat in beats.living(spool)}
        for folder in atomic.names_if_there(root) if job.output else []:
            if folder.startswith(f"{name}.") and _is_of_the_dead(folder.removeprefix(f"{name}."), alive):
                atomic.remove_tree(f"{root}/{folder}")
        atomic.drop_folder(root)


def _is_of_the_dead(name: str, alive: set[Incarnation]) -> bool:
    try:
        return parse_claim(name).owner not in alive
    except BadName:
        return False


def _remove(spool: Spool, path: str) -> bool:
    if leftovers.is_folder(path):
        atomic.remove_tree(spool.folder(path))
        return True
    if leftovers.is_host(path):
        return leftovers.remove_host(spool, path)
    return atomic.drop(spool.folder(path))


def _entry(path: str) -> Entry:
    return parse_entry(*path.split("/"))


def _bytes(path: str) -> int:
    try:
        info = os.lstat(path)
        inside = os.listdir(path) if stat.S_ISDIR(info.st_mode) else []
    except OSError:                     # removed meanwhile
        return 0
    return info.st_size + sum(_bytes(f"{path}/{name}") for name in inside)


_DO = {TRASH: _to_trash, REMOVE: _remove, REMOVE_JOB: _remove_job}
