"""Entries: which jobs there are, in which state and order; and the moves that people make.

    queue <--> held        hold, release
      |  \\
      |   done, failed     (settle.py; retry and redo bring back)
      v
    trash                  cancel; undo brings back to where it came from

Each move is one rename that one caller wins. Nobody renames a job's folder."""

from collections.abc import Iterable
from dataclasses import replace

from spool import atomic
from spool.errors import BadName, NoJob, SeveralJobs, SpoolError, WrongState
from spool.layout import STATES, Entry, Spool, parse_entry, short, slug

# What people call the states.
WORDS = {"queue": "open", "held": "held", "done": "done", "failed": "failed", "trash": "cancelled"}


def entries(spool: Spool, states: Iterable[str] = STATES) -> list[Entry]:
    """The entries in these states, in render order within each. Names that are no entries are skipped."""
    return [entry for state in states for entry in sorted(_in(spool, state), key=lambda e: e.order)]


def _in(spool: Spool, state: str) -> list[Entry]:
    found = []
    for name in atomic.names(spool.folder(state)):
        try:
            found.append(parse_entry(state, name))
        except BadName:
            continue                    # not ours: `python -m spool check` names it
    return found


def find(spool: Spool, part: str, states: Iterable[str] = STATES) -> Entry:
    """The one job whose name contains `part`. NoJob names the candidates if there are several."""
    every = entries(spool, states)
    like = slug(part).lower()           # shot_010 is in a job's name as shot-010
    found = [e for e in every if e.job == part]
    if not found and any(letter.isalnum() for letter in part):
        found = [e for e in every if like in e.job.lower()]
    if not found:
        raise NoJob(f"No job is called {part!r}.", "See all with: render jobs")
    if len({e.job for e in found}) > 1:
        last_first = sorted(found, key=lambda e: e.job, reverse=True)
        few = "  ".join(e.job for e in last_first[:5])
        raise SeveralJobs(f"{len(found)} jobs are called like {part!r}: {few}",
                          f"Give more of the name; the one that was sent last is {short(last_first[0].job)}.")
    return found[0]


def state_of(spool: Spool, job: str) -> str | None:
    """The folder in which the job's entry lies now; None if nowhere."""
    return next((e.state for e in entries(spool) if e.job == job), None)


def move(spool: Spool, entry: Entry, state: str) -> Entry | None:
    """The entry in its new state; None if somebody else moved it first. One caller at most gets it."""
    there = _in_state(entry, state)
    return there if atomic.hand_over(spool.folder(entry.path), spool.folder(there.path)) else None


def hold(spool: Spool, entry: Entry) -> Entry:
    """On hold: no chunk is taken any more; what runs goes on to its end."""
    return _must_move(spool, entry, ("queue",), "held", "hold")


def release(spool: Spool, entry: Entry) -> Entry:
    return _must_move(spool, entry, ("held",), "queue", "release")


def cancel(spool: Spool, entry: Entry) -> Entry:
    """In the trash: running renders are stopped. `undo` brings it back."""
    return _must_move(spool, entry, ("queue", "held", "done", "failed"), "trash", "cancel")


def undo(spool: Spool, entry: Entry) -> Entry:
    """Back where it was before `cancel`."""
    return _must_move(spool, entry, ("trash",), entry.origin, "bring back")


def set_priority(spool: Spool, entry: Entry, priority: int) -> Entry:
    if not 0 <= priority <= 100:
        raise SpoolError(f"Priority {priority} is not from 0 to 100.", "50 is usual; higher renders first.")
    there = replace(entry, priority=priority, written="")
    return there if there == entry else _put(spool, entry, there)


def _must_move(spool: Spool, entry: Entry, allowed: tuple[str, ...], state: str, verb: str) -> Entry:
    if entry.state not in allowed:
        raise WrongState(f"Cannot {verb} {entry.job}: it is {WORDS[entry.state]}.",
                         f"See: render show {entry.job}")
    return bring(spool, entry, state)


def bring(spool: Spool, entry: Entry, state: str) -> Entry:
    """As `move`, for a person: whoever put the entry there, it is where it was wanted. WrongState if it is not."""
    return _put(spool, entry, _in_state(entry, state))


def _in_state(entry: Entry, state: str) -> Entry:
    return replace(entry, state=state, origin=entry.state if state == "trash" else "")


def _put(spool: Spool, entry: Entry, there: Entry) -> Entry:
    atomic.ask_anew(spool.folder(there.state))      # the entry may have been there before
    if not atomic.move(spool.folder(entry.path), spool.folder(there.path)):
        raise WrongState(f"{entry.job} was moved by somebody else just now.", "Look again: render jobs")
    return there
