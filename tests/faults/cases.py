"""The lost replies and stale caches of NFS, each met by a naive step and by ours, on real NFS clients.

    python -m tests.faults.cases --nfs 3 [--only take ...]

Prints a table: what the naive step (naive.py) did wrong, or that it did no harm on this version; and whether
ours was right. Ends with 1 if ours was not."""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tests.faults.cases_dead import DEAD
from tests.faults.cases_lost import LOST
from tests.faults.cases_others import OTHERS
from tests.faults.cases_stale import STALE
from tests.faults.lab import DISK, GUEST, Skip, nfs_lab

LEASE = 45          # seconds that the server waits for a silent client; a kernel's own is 90
GRACE = 15          # seconds after its start in which it only gives back what clients had
OUTAGE = 15.0       # seconds without replies, at most: nfsd is restarted once it has done all that was asked
AT_ONCE = 8         # requests in one outage: TCP sends about ten without an answer
TURNS = 3           # outages that a case gets to be hit by one
MISSED = "the server did not do it while its replies were dropped"
ANSWER = 500.0      # seconds that a step may take; the machine may be busy with other things
SKIPPED = 77

Word = tuple[tuple[str, bool], str]     # (case, naive), and what went wrong; nothing if all was well
Words = dict[tuple[str, bool], str]


class Guest:
    """A client VM in which cases_inside.py runs."""

    def __init__(self, vm: Any) -> None:
        self.vm, self.asked = vm, 0
        self.job = vm.popen(f"{GUEST} exec python3 -u -m tests.faults.cases_inside", cwd="/farm/code")

    def ready(self) -> None:
        self._line(lambda line: "ready" in line)

    def ask(self, case: str, place: str, naive: bool, step: str) -> int:
        self.asked += 1
        self.vm.write(f"/run/cases/{self.asked}",
                      json.dumps({"case": case, "place": place, "naive": naive, "step": step}))
        return self.asked

    def say(self, word: str) -> None:
        self.vm.write(f"/run/cases/{word}", "")

    def all_at(self, numbers: Iterable[int], where: str, word: str) -> None:
        """All are there, or have ended before; then they hear the word."""
        for number in numbers:
            self._line(lambda line, number=number: line.get("ask") == number   # type: ignore[misc]
                       and (line.get("at") == where or "said" in line))
        if word:
            self.say(word)

    def answer(self, number: int) -> dict[str, Any]:
        return self._line(lambda line: line.get("ask") == number and "said" in line)

    def _line(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        limit = time.monotonic() + ANSWER
        while time.monotonic() < limit:
            ended = self.job.done.is_set()      # asked before the look: its last words are seen
            if found := next(filter(fits, self._lines()), None):
                return found
            if ended:
                break
            time.sleep(0.1)
        said = self.job.buf[2].decode(errors="replace")[-2000:]
        raise TimeoutError(f"{self.vm.name} has ended, or did not answer within {ANSWER:g} s. It said: {said}")

    def _lines(self) -> Iterator[dict[str, Any]]:
        for line in self.job.buf[1].decode().split("\n")[:-1]:
            if line:
                yield json.loads(line)


def play(nfs: str, only: Sequence[str]) -> Words:
    """What went wrong in each case, naively and with ours."""
    with nfs_lab(nfs, clients=2, lease=LEASE, grace=GRACE) as lab:
        guests = [Guest(vm) for vm in lab.clients]
        lost, stale, dead = (_chosen(cases, only) for cases in (LOST, (*STALE, *OTHERS), DEAD))
        # TCP sends on for that long though nothing comes back; 0.2 s else, which is short for a busy machine.
        lab.clients[0].sh("ip route change 10.77.0.0/24 dev eth0 src 10.77.0.11 rto_min 3s")
        for number in range(AT_ONCE if lost else 0):
            lab.mount(lab.clients[0], "nosharecache", f"/n/{number}")
        for place in (_place(case, naive) for case in dead for naive in (True, False)):
            for vm in lab.clients:
                lab.mount(vm, "nosharecache", f"/n/{place}")
        for guest in guests:
            guest.ready()
        words: Words = {}
        for found in (_play_lost(lab, guests[0], lost), _play_stale(guests, stale), _play_dead(guests, dead)):
            for (case, naive), word in found:
                words[case, naive] = word
                print(f"{name_of(case)}, {'naive' if naive else 'ours'}: {word or 'right'}", file=sys.stderr)
        return words


def _chosen(cases: Iterable[Any], only: Sequence[str]) -> list[Any]:
    return [case for case in cases if not only or name_of(case.__name__) in only]


def name_of(case: str) -> str:
    """TakeKnown is take-known on the command line and in the table."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", case).lower()


def _place(case: Any, naive: bool) -> str:
    return f"{case.__name__}.{'naive' if naive else 'ours'}"


def _own_mount(case: Any, naive: bool) -> str:
    """No cache of one case helps another, and a rename that waits keeps no other from its own."""
    return f"/n/{_place(case, naive)}/{_place(case, naive)}"


def _play_lost(lab: Any, guest: Guest, cases: Sequence[Any]) -> Iterator[Word]:
    """A few at a time. Whose request the server did not carry out in the meantime plays again."""
    waiting = [(case, naive) for case in cases for naive in (True, False)]
    for turn in range(TURNS):
        missed = []
        for at in range(0, len(waiting), AT_ONCE):
            now = waiting[at:at + AT_ONCE]
            for (case, naive), word in zip(now, _lose_replies(lab, guest, now, turn), strict=True):
                if word == MISSED and turn < TURNS - 1:
                    missed.append((case, naive))
                else:
                    yield (case.__name__, naive), word
        waiting = missed


def _lose_replies(lab: Any, guest: Guest, now: Sequence[tuple[Any, bool]], turn: int) -> list[str]:
    places = [f"/n/{number}/{_place(case, naive)}.{turn}" for number, (case, naive) in enumerate(now)]
    numbers = [guest.ask(case.__name__, place, naive, "play")
               for (case, naive), place in zip(now, places, strict=True)]
    guest.all_at(numbers, "door", "warm")
    guest.all_at(numbers, "threshold", "")
    before = _names_on_server(lab, places)
    lab.drop_replies()
    guest.say("go")
    limit = time.monotonic() + OUTAGE
    while True:
        after = _names_on_server(lab, places)
        done = [_below(before, place) != _below(after, place) for place in places]
        if all(done) or time.monotonic() > limit:
            break
    lab.restart_nfsd(cut=True)
    lab.heal()
    said = [str(guest.answer(number)["said"] or "") for number in numbers]
    guest.vm.sh("rm /run/cases/warm /run/cases/go")
    return [word if hit else MISSED for hit, word in zip(done, said, strict=True)]


def _names_on_server(lab: Any, places: Iterable[str]) -> list[str]:
    folders = " ".join(f"{DISK}/{os.path.basename(place)}" for place in places)
    return sorted(lab.server.sh(f"find {folders}").split())


def _below(names: Iterable[str], place: str) -> list[str]:
    return [name for name in names if f"/{os.path.basename(place)}/" in f"{name}/"]


def _play_stale(guests: Sequence[Guest], cases: Iterable[Any]) -> Iterator[Word]:
    for case in cases:
        for naive in (True, False):
            yield (case.__name__, naive), _play_turns(guests, case, naive)


def _play_turns(guests: Sequence[Guest], case: Any, naive: bool) -> str:
    said: object = None
    for line in case.steps:
        at_once = []
        for step in line.split(" & "):
            who, what = step.split(maxsplit=1)
            if who == "clock":
                _shift_clock(guests, *what.split())
            else:
                guest = guests[int(who.removeprefix("client")) - 1]
                number = guest.ask(case.__name__, f"/spool/{_place(case, naive)}", naive, what)
                at_once.append((guest, number, what))
        for guest, number, what in at_once:
            answer = guest.answer(number)["said"]
            if what == "judge" or str(answer).startswith("ended by"):
                said = said or answer
    return str(said or "")


def _shift_clock(guests: Sequence[Guest], who: str, seconds: str) -> None:
    vm = guests[int(who.removeprefix("client")) - 1].vm
    vm.sh(f"date -s @$(( $(date +%s) + {seconds} ))")


def _play_dead(guests: Sequence[Guest], cases: Sequence[Any]) -> Iterator[Word]:
    keys = [(case, naive) for case in cases for naive in (True, False)]
    wrong: Words = {}
    for guest, step in zip(guests, ("make", "begin"), strict=True):
        for key, number in _ask_all(guest, keys, step).items():
            wrong[key] = wrong.get(key) or _trouble(guest.answer(number))
    if cases:
        guests[1].vm.kill_hard()
    for key, number in _ask_all(guests[0], keys, "judge").items():
        yield key, wrong[key] or str(guests[0].answer(number)["said"] or "")


def _ask_all(guest: Guest, keys: Iterable[tuple[Any, bool]], step: str) -> dict[tuple[str, bool], int]:
    return {(case.__name__, naive): guest.ask(case.__name__, _own_mount(case, naive), naive, step)
            for case, naive in keys}


def _trouble(answer: dict[str, Any]) -> str:
    return str(answer["said"]) if str(answer["said"]).startswith("ended by") else ""


def table(nfs: str, words: Words) -> str:
    lines = [f"| case | NFSv{nfs}: what happens | naive | ours |", "|---|---|---|---|"]
    for case in (*LOST, *STALE, *OTHERS, *DEAD):
        if (case.__name__, True) in words:
            naive, ours = words[case.__name__, True], words[case.__name__, False]
            lines.append(f"| {name_of(case.__name__)} | {case.__doc__} "
                         f"| {_of_naive(nfs, naive)} "
                         f"| {f'WRONG: {ours}' if ours else 'right'} |")
    return "\n".join(lines)


def _of_naive(nfs: str, word: str) -> str:
    if word == MISSED:
        return f"not shown: {word}"
    return f"wrong: {word}" if word else f"not wrong on NFSv{nfs}"


def main(argv: Sequence[str] | None = None) -> int:
    names = [name_of(case.__name__) for case in (*LOST, *STALE, *OTHERS, *DEAD)]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--nfs", choices=("3", "4.0", "4.2"), default="4.2")
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="CASE", help=", ".join(names))
    asked = parser.parse_args(argv)
    try:
        words = play(asked.nfs, asked.only)
    except Skip as skip:
        print(f"SKIP: {skip}", file=sys.stderr)
        return SKIPPED
    print(table(asked.nfs, words))
    wrong = [name_of(case) for (case, naive), word in words.items() if word and not naive]
    harmless = [name_of(case) for (case, naive), word in words.items() if word in ("", MISSED) and naive]
    print(f"\nNFSv{asked.nfs}: {len(words) // 2} cases; naive wrong in {len(words) // 2 - len(harmless)}"
          f", ours wrong in {len(wrong)}{': ' if wrong else ''}{', '.join(wrong)}.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
