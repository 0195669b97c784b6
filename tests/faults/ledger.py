"""What the campaign knows of the farm, from the server's own disk; and which promises were broken.

Fed with the lines of watch.py in their order, each with the time at which it came (this machine's clock, the only one
that is asked). Nothing here touches a lab, so that the judge can be judged by quick tests."""

import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spool.errors import BadName
from spool.layout import ClaimName, Incarnation, parse_chunk, parse_claim, parse_entry, parse_incarnation

IN_JOB = re.compile(r"farm/jobs/([^/]+)/(todo|running|failed)(?:/\d+)?")
STATE = re.compile(r"farm/(queue|held|done|failed|trash)")
STAGING = re.compile(r"film/[^/]+/\.renderd/(\d{8}-\d{6}-[^.]+)\.(.+)")
SILENCE = 90.0          # seconds after its trouble ended in which nobody wonders that a host is declared dead


@dataclass(frozen=True)
class Had:
    """Who has, or had, which chunk: a claim without its tries, and without its end, which may be given away."""

    job: str
    seq: str
    first: int
    owner: Incarnation
    slot: int


def had(job: str, name: ClaimName) -> Had:
    return Had(job, name.chunk.seq, name.chunk.first, name.owner, name.slot)


@dataclass
class Published:
    folder: str
    frame: str
    who: Had | None
    during: int                 # the number of the fault
    since: float = 0.0          # when that claim was taken


@dataclass(frozen=True)
class Violation:
    """A promise that was broken: lost, doubled, partial, stuck, check."""

    kind: str
    text: str
    during: int


@dataclass(frozen=True)
class Piece:
    """Frames that were put into todo while a claim that is running has them, too: its end is given away."""

    job: str
    seq: str
    first: int
    last: int


@dataclass
class Ledger:
    """The spool as the events say it is."""

    number: int = 0                                                     # of the fault that is, or was last
    running: dict[Had, float] = field(default_factory=dict)             # since when
    todo: dict[str, set[str]] = field(default_factory=dict)             # job -> paths of chunks that wait
    failed: dict[str, set[str]] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)               # job -> state
    published: list[Published] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    taken: dict[str, float] = field(default_factory=dict)               # host -> when it took something last
    ended: dict[Had, float] = field(default_factory=dict)               # when a claim was gone
    takers: dict[tuple[str, str, int], tuple[str, float]] = field(default_factory=dict)      # chunk -> who took it last
    deaths: list[tuple[float, Incarnation]] = field(default_factory=list)
    begun: int = 0                                                      # how often a watcher began
    late_lines: int = 0                                                 # lawful second lines for one frame
    held: dict[Had, float] = field(default_factory=dict)                # since when, however short it was cut since
    reach: dict[Had, int] = field(default_factory=dict)                 # the last frame of a claim as it is now
    pieces: set[Piece] = field(default_factory=set)
    cuts: int = 0                                                       # claims of which the end was given away
    torn: int = 0                                                       # lines for a frame that a torn cut left in two
    unknown: int = 0                                                    # publications that no claim could be told of
    lines_of_work: int = 0                                              # moves of chunks: more of them is progress
    _from: dict[int, Had | None] = field(default_factory=dict)
    _renamed: tuple[int, Had] | None = None                             # a claim that goes to another name now
    lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what happens

    def hear(self, now: float, words: list[Any]) -> None:
        with self.lock:
            match words:
                case ["=", "", []]:
                    self.begun += 1
                case ["=", folder, names]:
                    self._listed(now, folder, names)
                case ["+", folder, name, cookie]:
                    self._came(now, folder, name, cookie)
                case ["-", folder, name, cookie]:
                    self._went(now, folder, name, cookie)
                case ["frame", folder, name, said] if said != "ok":
                    self.broken("partial", f"{folder}/{name} {said}")
                case ["touched", folder, name]:
                    self.broken("partial", f"{folder}/{name} was written in place")
                case ["overflow"]:
                    raise RuntimeError("The watcher on the server was too slow and missed events.")

    def broken(self, kind: str, text: str, during: int | None = None) -> None:
        found = Violation(kind, text, self.number if during is None else during)
        if found not in self.violations:
            self.violations.append(found)

    def _listed(self, now: float, folder: str, names: list[str]) -> None:
        """What is there now; what is not there any more went while nobody watched."""
        if found := IN_JOB.fullmatch(folder):
            job, state = found.groups()
            if state == "running":
                there = {had(job, name) for name in _claims(names)}
                for who in [w for w in self.running if w.job == job and w not in there]:
                    self._claim_ended(now, who)
            else:
                paths = self.todo if state == "todo" else self.failed
                paths[job] = {p for p in paths.get(job, set()) if p.rpartition("/")[0] != folder}
        elif found := STATE.fullmatch(folder):
            for job in [j for j, state in self.entries.items() if state == found[1]]:
                del self.entries[job]
        if not folder.startswith("film"):
            for name in names:
                self._came(now, folder, name, 0)

    def _came(self, now: float, folder: str, name: str, cookie: int) -> None:
        if found := IN_JOB.fullmatch(folder):
            self.lines_of_work += 1
            job, state = found.groups()
            if state == "running":
                self._taken(now, job, name, cookie)
            else:
                (self.todo if state == "todo" else self.failed).setdefault(job, set()).add(f"{folder}/{name}")
                self._given(job, name)
        elif (found := STATE.fullmatch(folder)) and (job := _job_of(found[1], name)):
            self.entries[job] = found[1]
        elif folder == "farm/dead" and cookie:
            self.deaths.append((now, parse_incarnation(name.partition("!")[0])))
        elif folder.startswith("film/") and cookie:
            self._published(now, folder, name, cookie)

    def _went(self, now: float, folder: str, name: str, cookie: int) -> None:
        if found := IN_JOB.fullmatch(folder):
            job, state = found.groups()
            if state == "running":
                for claim in _claims([name]):
                    self._claim_ended(now, had(job, claim))
                    self._renamed = (cookie, had(job, claim))
            else:
                (self.todo if state == "todo" else self.failed).get(job, set()).discard(f"{folder}/{name}")
        elif (found := STATE.fullmatch(folder)) and (job := _job_of(found[1], name)):
            if self.entries.get(job) == found[1]:
                del self.entries[job]
        elif found := STAGING.fullmatch(folder):
            self._from[cookie] = next((had(found[1], claim) for claim in _claims([found[2]])), None)

    def _taken(self, now: float, job: str, name: str, cookie: int) -> None:
        for claim in _claims([name]):
            who = had(job, claim)
            if cookie and (cookie, who) == self._renamed:
                self.cuts += 1
            elif who not in self.running:
                self.held[who] = now
            self.running.setdefault(who, now)
            self.ended.pop(who, None)
            self.reach[who] = claim.chunk.last
            self.taken[claim.owner.host] = now
            self.takers[(job, claim.chunk.seq, claim.chunk.first)] = (claim.owner.host, now)

    def _given(self, job: str, name: str) -> None:
        chunk = parse_chunk(name)
        if any((who.job, who.seq) == (job, chunk.seq) and who.first < chunk.first <= self.reach[who]
               for who in self.running):
            self.pieces.add(Piece(job, chunk.seq, chunk.first, chunk.last))

    def _claim_ended(self, now: float, who: Had) -> None:
        self.running.pop(who, None)
        self.ended[who] = now

    def _published(self, now: float, folder: str, name: str, cookie: int) -> None:
        who = self._from.pop(cookie, None)
        self.published.append(Published(folder, name, who, self.number, self.held.get(who, now) if who else now))
        if who is None:
            self.unknown += 1
        elif who not in self.running:
            taker, _ = self.takers.get((who.job, who.seq, who.first), ("nobody", 0.0))
            self.broken("doubled", f"{folder}/{name} was published by {who.owner}.{who.slot}, which had lost chunk "
                        f"{who.seq} {now - self.ended.get(who, now):.1f} s before; last taken by {taker}")
        elif int(name.partition(".")[0]) > self.reach[who]:
            self.broken("doubled", f"{folder}/{name} was published by {who.owner}.{who.slot}, which had given it away: "
                        f"its part of chunk {who.seq} ends with frame {self.reach[who]}")

    # -- what is asked

    def waiting(self) -> int:
        with self.lock:
            return sum(len(paths) for job, paths in self.todo.items() if self.entries.get(job) == "queue")

    def claims_of(self, host: str) -> list[Had]:
        with self.lock:
            return [who for who in self.running if who.owner.host == host]

    def idle_jobs(self) -> list[str]:
        """Open jobs of which no chunk is anywhere: they are to be settled."""
        with self.lock:
            return [job for job, state in self.entries.items() if state == "queue" and not self.todo.get(job)
                    and not self.failed.get(job) and not any(who.job == job for who in self.running)]

    def given_up(self) -> list[str]:
        """Jobs with chunks in failed/."""
        with self.lock:
            return [job for job, paths in self.failed.items() if paths]

    def held_up(self, since: float, hosts: Iterable[str], idle: Iterable[str]) -> list[str]:
        """What has not gone on since then: a claim of that time still there, a host that took nothing although
        something waits, a job that was finished and is not settled."""
        with self.lock:
            old = [f"{who.owner}.{who.slot} still has {who.job} {who.seq}, since {since - at:.0f} s before"
                   for who, at in self.running.items() if at <= since]
            lazy = [f"{host} took nothing although {self.waiting()} chunks wait" for host in hosts
                    if self.taken.get(host, 0.0) <= since] if self.waiting() else []
            return old + lazy + [f"{job} is not settled" for job in set(idle) & set(self.idle_jobs())]

    def went_on(self, since: float, hosts: Iterable[str], claims: Iterable[Had]) -> float:
        """When the last of these claims was gone and the last of these hosts had taken something."""
        with self.lock:
            ends = [self.ended.get(who, since) for who in claims]
            takes = [at for host in hosts if (at := self.taken.get(host, since))]
            return max([since, *ends, *(at for at in takes if at > since)])

    def taken_over(self, claims: Iterable[Had], since: float) -> float | None:
        """Seconds until another host had the last of these chunks; None if one was not taken yet."""
        with self.lock:
            last = 0.0
            for who in claims:
                host, at = self.takers.get((who.job, who.seq, who.first), (who.owner.host, 0.0))
                if host == who.owner.host or at < since:
                    return None
                last = max(last, at - since)
            return last

    def again(self) -> Counter[int]:
        """How often a frame was published that was there already, by the fault during which that was."""
        seen: set[tuple[str, str]] = set()
        found: Counter[int] = Counter()
        with self.lock:
            for one in self.published:
                found[one.during] += (one.folder, one.frame) in seen
                seen.add((one.folder, one.frame))
        return +found

    def told_twice(self, folder: str, frame: int, text: str) -> None:
        """More than one line of the journals says that this frame was published. It may be so if all but the last who
        published it were declared dead: their lines came late, from a host that had been cut off. Or if somebody
        was stopped while he gave it away: then two have it at the same time."""
        with self.lock:
            found = [one for one in self.published if (one.folder, one.frame) == (f"film/{folder}", f"{frame:04}.png")]
            dead = {owner for _, owner in self.deaths}
            alive = [(at, one) for at, one in enumerate(found[:-1]) if not one.who or one.who.owner not in dead]
            if len(found) < 2 or not all(self._had_it_too(frame, one, found[at + 1:]) for at, one in alive):
                self.broken("doubled", text, found[-1].during if found else None)
            elif alive:
                self.torn += 1
            else:
                self.late_lines += 1

    def _had_it_too(self, frame: int, one: Published, others: Iterable[Published]) -> bool:
        """Did all others have this frame, by a cut, before the claim of the one ended? Later they would have known."""
        who = one.who
        given = who and any((piece.job, piece.seq) == (who.job, who.seq) and piece.first <= frame <= piece.last
                            for piece in self.pieces)
        return bool(given) and all(other.who and other.who != who and other.since <= self.ended.get(who, other.since)
                                   for other in others)     # type: ignore[arg-type]


def _claims(names: Iterable[str]) -> list[ClaimName]:
    found = []
    for name in names:
        try:
            found.append(parse_claim(name))
        except BadName:
            continue
    return found


def _job_of(state: str, name: str) -> str:
    try:
        return parse_entry(state, name).job
    except BadName:
        return ""


def doubled_lines(journals: Iterable[dict[str, Any]]) -> list[tuple[int, int, list[str]]]:
    """(frame, round, by whom) of every frame that more than one line says was published."""
    found: dict[tuple[int, int], list[str]] = {}
    for event in journals:
        if event.get("event") == "frame":
            found.setdefault((event["frame"], event.get("round", 0)), []).append(
                f"{event['host']} {event['t'][11:19]} chunk {event['chunk']}")
    return [(frame, round, who) for (frame, round), who in sorted(found.items()) if len(who) > 1]
