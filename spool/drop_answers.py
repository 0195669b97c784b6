"""What lies beside something that came back from the drop-box: NAME.txt, which says why.

Its last line says of which state of the file it speaks. A text without that line is a person's, and stays as it is."""

import os
from collections.abc import Collection

from spool import atomic, submissions, trusted
from spool.errors import SpoolError
from spool.layout import Spool

ENDING = ".txt"
_MARK = "renderd-saw: "         # the last line of an answer: of which state it speaks


def answer(spool: Spool, name: str, text: str, seen: str) -> None:
    """Beside it lies why it is no job. `seen` is its state."""
    there = atomic.every_name(submissions.folder(spool))
    free = next((one for one in _names(name) if one not in there or _seen(spool, one)), None)
    if free:                            # a text of that name that is not ours stays as it is
        data = f"{text.rstrip()}\n\n{_MARK}{seen}\n".encode("utf-8", "replace")
        atomic.replace(f"{submissions.folder(spool)}/{free}", data)


def answered(spool: Spool, name: str) -> str:
    """The state of `name` that an answer beside it speaks of; "" if there is none of ours."""
    return next((seen for one in _names(name) if (seen := _seen(spool, one))), "")


def sweep(spool: Spool, now: Collection[str]) -> None:
    """Answers of ours to what is gone, of all names that are there `now`."""
    for name in widows(now):
        if _seen(spool, name):
            atomic.drop(f"{submissions.folder(spool)}/{name}")


def drop(spool: Spool, name: str) -> None:
    for one in _names(name):
        if _seen(spool, one):
            atomic.drop(f"{submissions.folder(spool)}/{one}")


def _names(name: str) -> tuple[str, str]:
    """The second is for when somebody has a text of the first name. Not longer than a name may be."""
    raw = os.fsencode(name)
    stem = name if len(raw) <= 200 else os.fsdecode(raw[:180])
    return stem + ENDING, f"{stem}.farm{ENDING}"


def widows(found: Collection[str]) -> list[str]:
    """Texts without the file that they would speak of."""
    every = {one for name in found if not name.endswith(ENDING) for one in _names(name)}
    return [name for name in found if name.endswith(ENDING) and name[0] != "." and name not in every
            and name != submissions.README and not name.endswith(submissions.ENDING + submissions.ANSWER)]


def _seen(spool: Spool, name: str) -> str:
    try:
        data = trusted.read(f"{submissions.folder(spool)}/{name}", of=spool)
    except (OSError, SpoolError):
        return ""
    last = data.decode(errors="replace").rstrip("\n").rpartition("\n")[2]
    return last.removeprefix(_MARK) if last.startswith(_MARK) else ""
