"""The inbox of a spool in which members can only add jobs: `inbox: true` in its farm.yaml.

    inbox/JOB.json          a job that somebody sends; any daemon admits it (admit.py)
    inbox/JOB.json.txt      why it was not admitted, and what to do: it lies beside the file it speaks of

A submission is one file: it has one owner, is read through one descriptor, and goes with one unlink. The folder
is sticky, so that nobody but its owner and the spool's can move, replace or remove it. Other names are left
alone."""

import json
import os
from collections.abc import Set
from typing import NamedTuple

from spool import atomic, owners, trusted
from spool import job as jobs
from spool.errors import NotWritten
from spool.layout import Spool, slug
from spool.submit import Submitted

ENDING, ANSWER = ".json", ".txt"
README = "README.txt"           # of the drop-box, see drop_readme.py


class Submission(NamedTuple):
    """A job that is not in the queue yet. `answer` is why it was sent back, if it was."""

    job: str
    owner: str
    answer: str = ""


def put(spool: Spool, planned: Submitted) -> None:
    """The job lies in the inbox, whole."""
    path = f"{folder(spool)}/{planned.job.job}{ENDING}"
    said = jobs.to_json(planned.job) | {"priority": planned.entry.priority, "hold": planned.entry.state == "held"}
    try:
        atomic.replace(path, (json.dumps(said, indent=1) + "\n").encode())
    except OSError as error:
        raise NotWritten(f"The job cannot be written into {folder(spool)}: {error.strerror or error}.",
                         "Is the disk full (df -h), or your quota used up? Then send the job again.") from error


def folder(spool: Spool) -> str:
    return spool.folder("inbox")


def names(spool: Spool) -> list[str]:
    """What lies in the inbox now: submissions, answers, and whatever else people put there."""
    return [name for name in atomic.names(folder(spool)) if name != README] if spool.by_inbox else []


def listed(spool: Spool) -> list[Submission]:
    """The jobs that wait to be admitted, and those that were sent back."""
    found = set(names(spool))
    return [_submission(spool, name, found) for name in sorted(found) if name.endswith(ENDING)]


def find(spool: Spool, part: str) -> list[Submission]:
    """Those whose name contains `part`."""
    return [one for one in listed(spool) if part in one.job or slug(part).lower() in one.job.lower()]


def answer(spool: Spool, name: str, found: Set[str]) -> str:
    """Why it was sent back, if what was `found` in the inbox says so. Only what the spool's owner wrote counts, or
    members could answer each other."""
    if f"{name}{ANSWER}" not in found:
        return ""
    path = f"{folder(spool)}/{name}{ANSWER}"
    try:
        with open(path, encoding="utf-8", opener=lambda name, _: trusted.open_to_read(name)) as file:
            return file.read(10_000).strip() if os.fstat(file.fileno()).st_uid == spool.owner else ""
    except OSError:                     # gone, or a link
        return ""


def _submission(spool: Spool, name: str, found: Set[str]) -> Submission:
    try:
        owner = owners.user_name(os.lstat(f"{folder(spool)}/{name}").st_uid)
    except OSError:                     # admitted meanwhile
        owner = ""
    return Submission(name.removesuffix(ENDING), owner, answer(spool, name, found))
