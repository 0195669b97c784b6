"""The asking host's part in `render doctor --with`: what only two computers can show."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from spool import atomic, beats, hosts, messages, trusted
from spool.errors import NoHost
from spool.fitness import helping, locks
from spool.fitness.finding import Finding, from_json, good
from spool.fitness.names import make_pool, not_won_once, win
from spool.fitness.share import Share
from spool.fitness.troubles import trouble
from spool.layout import Incarnation

PATIENCE = 60.0     # seconds for an answer; a daemon looks for messages every few seconds
POOL = 200          # names that two hosts race for
PIECE = 20          # of them between two signs of life
SIGHTS = 10         # new names whose delay is measured
SLOW = 6            # delays of a name that a race lasts at least, so that the other sees us and catches up
LAST = "99"         # the new name after which no more come
PAUSE = 0.02        # seconds between two looks; a longer one would be measured as the share's


class NoAnswer(Exception):
    """The other host was silent for too long."""


class Dead(Exception):
    """No daemon runs there."""


@dataclass(frozen=True)
class Other:
    """The host whose daemon takes part."""

    share: Share
    me: Incarnation
    host: str

    def ask(self, step: str, **more: float) -> str:
        """The name of a message that asks the daemon for a step."""
        return messages.send(self.share.spool, self.host, "doctor", step=step, by=str(self.me), **more)

    def answer(self, message: str) -> dict[str, Any]:
        name = helping.reply_name(message)
        try:
            self.until(lambda there: name in there)
        except NoAnswer:
            messages.take_back(self.share.spool, self.host, message)
            raise
        return trusted.read_json(self.share.path(name), of=self.share.spool)

    def until(self, there: Callable[[list[str]], bool]) -> None:
        """Returns when the names in the doctor's folder are so."""
        end = time.monotonic() + PATIENCE
        while not there(atomic.names(self.share.folder)):
            if time.monotonic() > end:
                raise NoAnswer
            self.share.alive()
            time.sleep(PAUSE)


def checks(share: Share, me: Incarnation, host: str) -> Iterator[Finding]:
    """All that two hosts can find out; nothing more once the other one is silent."""
    step = "facts"
    try:
        _must_live(share, host)
        for step in STEPS:
            yield from (found.of(host) for found in STEPS[step](share, Other(share, me, host)))
    except NoHost:
        yield trouble("old-host", host=host).of(host)
    except Dead:
        yield trouble("dead-host", host=host).of(host)
    except NoAnswer:
        yield trouble("no-answer", host=host, seconds=f"{PATIENCE:.0f}", step=step).of(host)


def _must_live(share: Share, host: str) -> None:
    if not any(view.alive for view in hosts.views(share.spool) if view.name == host):
        raise Dead


def _facts(share: Share, other: Other) -> Iterator[Finding]:
    began = time.monotonic()
    said = other.answer(other.ask("facts"))
    if said.get("boot") == beats.boot_tag():
        yield trouble("same-machine", host=other.host)
    else:
        yield good("answer", f"It answered after {time.monotonic() - began:.1f} s.")
    findings = said.get("findings")
    yield from (from_json(one) for one in findings if isinstance(one, dict)) if isinstance(findings, list) else ()


def _see(share: Share, other: Other) -> Iterator[Finding]:
    """There and back: a new name of ours is answered with one of theirs, so both delays are in it."""
    message = other.ask("see")
    _answered(share, other, "00")           # from now on it looks
    took = sorted(_answered(share, other, f"{n:02}") for n in range(1, SIGHTS + 1))
    atomic.touch(share.path(f"new-{LAST}"))
    other.answer(message)
    share.measured["sight"] = took[-1]
    yield good("sight", f"A new name is seen and answered in {statistics.median(took):.2f} s, "
                        f"at most {took[-1]:.2f} s.")


def _answered(share: Share, other: Other, number: str) -> float:
    began = time.monotonic()
    atomic.touch(share.path(f"new-{number}"))
    other.until(lambda there: f"seen-{number}" in there)
    return time.monotonic() - began


def _race(share: Share, other: Other) -> Iterator[Finding]:
    """The other one wins a name; when we see it we begin, and it goes on when it sees that."""
    names = make_pool(share, share.folder, POOL)
    pause = min(helping.LONGEST, SLOW * share.measured["sight"] / POOL)
    message = other.ask("race", pause=pause)
    other.until(lambda there: f"won-{names[0]}@{helping.HELPER}" in there)
    atomic.touch(share.path(helping.MET))
    won = _win_all(share, names, pause)
    said = other.answer(message).get("won")
    theirs = [str(name) for name in said] if isinstance(said, list) else []
    wrong = not_won_once(share.folder, names, {"asker": won, helping.HELPER: theirs})
    if wrong:
        yield trouble("rename-shared", count=wrong, names=POOL)
    elif not won or len(theirs) < 2:
        yield trouble("never-met")
    else:
        yield good("rename", f"{POOL} names, both hosts at the same time: {len(won)} were won here and {len(theirs)} "
                             "there, none twice.")


def _win_all(share: Share, names: list[str], pause: float) -> list[str]:
    won = []
    for at in range(0, len(names), PIECE):
        more, slowest = win(share.folder, names[at:at + PIECE], "asker", pause)
        won += more
        share.measured["rename"] = max(slowest, share.measured.get("rename", 0.0))
        share.alive()
    return won


def _lock(share: Share, other: Other) -> Iterator[Finding]:
    found = []
    with ExitStack() as stack:
        for kind in locks.KINDS:
            locks.prepare(share, kind)
            stack.enter_context(locks.held(share, kind))
        said = other.answer(other.ask("lock"))
        found += [trouble("lock-shared", kind=kind) for kind in locks.KINDS if said.get(kind) is True]
    said = other.answer(other.ask("lock"))
    found += [trouble("lock-stays", kind=kind, seconds=0) for kind in locks.KINDS if said.get(kind) is False]
    yield from found or [good("lock", "A lock keeps the other host out, and is free when it is given back.")]


STEPS: dict[str, Callable[[Share, Other], Iterator[Finding]]] = {
    "facts": _facts, "see": _see, "race": _race, "lock": _lock}
