"""Who found nothing to take though jobs are open: owners of long claims give them the ends of these (tail.py).

    hungry/W            an empty file: the daemon W would take more

Invariants
  1. W alone makes and removes it; that of a life without a beat counts for nothing.
  2. It is a hint only: who believes an old one puts chunks into todo that somebody takes later.

What a crash leaves behind: a name without a beat. Who declares that life dead removes it, or else clean.py.
"""

from spool import atomic, beats
from spool.errors import BadName
from spool.layout import HUNGRY, Incarnation, Spool, parse_incarnation


def say(spool: Spool, me: Incarnation) -> None:
    folder = spool.folder(HUNGRY)
    atomic.make_folder(folder, spool.mode)      # a spool from before there was this folder
    atomic.touch(f"{folder}/{me}")


def unsay(spool: Spool, who: Incarnation) -> None:
    """Fine if it was not said."""
    atomic.drop(f"{spool.folder(HUNGRY)}/{who}")


def now(spool: Spool) -> list[Incarnation]:
    """The lives that are hungry. On NFS one request as long as nothing changes there, and never an old answer."""
    said = [owner for name in atomic.names_if_there(spool.folder(HUNGRY)) if (owner := _life(name))]
    if not said:
        return []
    alive = {beat.owner for beat in beats.living(spool)}
    return [owner for owner in said if owner in alive]


def _life(name: str) -> Incarnation | None:
    try:
        return parse_incarnation(name)
    except BadName:
        return None                     # not ours: `python -m spool check` names it
