"""Admit what members put into the inbox: checked, copied, and from then on the spool owner's.

    inbox/JOB.json --read once--> jobs/.JOB-xxxx.tmp ==rename==> jobs/JOB
                                  jobs/JOB/.entry    ==rename==> queue/50.JOB      then the submission is removed

Invariants
  1. What is admitted are the bytes that were checked: read once, through one descriptor.
  2. The job's owner is the uid of the file behind that descriptor, never what it says.
  3. A submission makes one job and one entry, however many daemons admit it: jobs/JOB can be made once, because
     a folder is not renamed over one that holds something; its entry is a file in it that can be moved out once.
  4. A submission is removed after its entry was moved.

What a crash leaves behind: a `.JOB-xxxx.tmp` (leftovers.py knows it), or a submission whose job is there already;
the next daemon that looks goes on.
"""

import os
import random
from collections.abc import Set
from dataclasses import dataclass, replace
from errno import EEXIST, ENOTEMPTY
from hashlib import sha256

from spool import atomic, owners, submissions, submit, trusted
from spool import job as jobs
from spool.errors import BadFile, BadName, NotWritten, SpoolError
from spool.layout import Spool, parse_job
from spool.owners import UnknownOwner
from spool.submissions import ANSWER, ENDING
from spool.submit import Submitted

AT_ONCE = 50        # submissions that are admitted at one look
LONGEST = 80        # letters of a job's name, so that all names that are made of it fit into a folder
_ENTRY = ".entry"


@dataclass(frozen=True)
class Outcome:
    """A submission that was admitted; or sent back, then `text` says why."""

    job: str
    owner: str
    text: str = ""


def waiting(spool: Spool) -> list[str]:
    """Submissions to be looked at. Of more than AT_ONCE some, by lot: nobody can fill the way of others."""
    found = set(submissions.names(spool))
    _sweep_answers(spool, found)
    new = [name for name in found if name.endswith(ENDING) and not submissions.answer(spool, name, found)]
    return sorted(random.sample(new, min(len(new), AT_ONCE)))


def admit(spool: Spool, name: str) -> Outcome | None:
    """Admits it or sends it back; None if another daemon did. UnknownOwner, NotWritten, OSError: no fault of it."""
    path = f"{submissions.folder(spool)}/{name}"
    try:
        data, uid = _read(path)
        planned = _planned(spool, path, data, uid)
        copy(spool, planned)
        enter(spool, planned)
        return Outcome(planned.job.job, owners.user_name(uid)) if atomic.drop(path) else None
    except (FileNotFoundError, _StillWritten):          # it is gone: another daemon was faster
        return None
    except (UnknownOwner, NotWritten):
        raise
    except SpoolError as error:
        return _send_back(spool, name, error)


class _StillWritten(Exception):
    """Somebody writes the file while we read it."""


def _read(path: str) -> tuple[bytes, int]:
    try:
        data, uid = trusted.read_owned(path, trusted.JOB_LIMIT)
    except BadFile:
        raise _StillWritten from None
    owners.refuse_unknown(path, uid)
    return data, uid


def _planned(spool: Spool, path: str, data: bytes, uid: int) -> Submitted:
    """What will be in the spool. Nothing of the submission is looked at after this."""
    found = trusted.decode(path, data)
    name = parse_job(os.path.basename(path).removesuffix(ENDING))
    if len(name) > LONGEST:
        raise BadName(f"{name!r} is too long for the name of a job.")
    job = jobs.decode(path, found, name)
    priority = found.get("priority", 50)
    if type(priority) is not int:
        raise BadFile(f"{path}: priority {priority!r} is no number.", "50 is usual; higher renders first.")
    mine = replace(job, tries=spool.tries, submitter=uid, dropped=False, submission=sha256(data).hexdigest())
    return submit.plan_named(spool, mine, priority=priority, hold=found.get("hold") is True)


def copy(spool: Spool, planned: Submitted) -> None:
    """jobs/JOB is there, with its entry inside if nobody moved it yet. BadFile if it is of another submission."""
    job = planned.job
    if job.job not in atomic.names(spool.folder("jobs")):
        aside = submit.aside_of(spool, job.job)
        try:
            submit.build(spool, aside, planned, more={_ENTRY: b""})
            _publish(aside, spool.job(job.job))
        except OSError as error:
            raise NotWritten(f"{spool.job(job.job)} cannot be written: {error.strerror or error}.") from error
        finally:
            atomic.remove_tree(aside)
        atomic.sync_folder(spool.folder("jobs"))
    there = jobs.read(spool, job.job)
    if (there.submitter, there.submission) != (job.submitter, job.submission):
        raise BadFile(f"A job {job.job} is there already.", "Send it once more, it gets another name: render add")


def _publish(aside: str, target: str) -> None:
    try:
        atomic.hand_over(aside, target)
    except OSError as error:            # another daemon was faster
        if error.errno not in (EEXIST, ENOTEMPTY):
            raise


def enter(spool: Spool, planned: Submitted) -> None:
    folder, target = spool.job(planned.job.job), spool.folder(planned.entry.path)
    if not atomic.hand_over(f"{folder}/{_ENTRY}", target) and _ENTRY in os.listdir(folder):
        raise NotWritten(f"{folder}/{_ENTRY} cannot be moved yet.")     # NFS: our cache is behind the listing
    atomic.sync_folder(os.path.dirname(target))


def is_entered(spool: Spool, job: str) -> bool:
    """It was made, and has had its entry."""
    return job in atomic.names(spool.folder("jobs")) and _ENTRY not in os.listdir(spool.job(job))


def _send_back(spool: Spool, name: str, error: SpoolError) -> Outcome:
    """It stays where it is, for its owner to look at; the answer lies beside it."""
    path = f"{submissions.folder(spool)}/{name}"
    text = (f"{error.message}\n\nThis job was not admitted. Remove {name}; this answer goes with it.\n"
            "To send a job: render add FILE.blend\n")
    owner = owners.user_name(os.lstat(path).st_uid)
    atomic.replace(f"{path}{ANSWER}", text.encode("utf-8", "replace"))
    return Outcome(name.removesuffix(ENDING), owner, error.message)


def _sweep_answers(spool: Spool, found: Set[str]) -> None:
    """Answers to what is gone."""
    for name in found:
        if name.endswith(ENDING + ANSWER) and name.removesuffix(ANSWER) not in found:
            atomic.drop(f"{submissions.folder(spool)}/{name}")
