"""Names and places in the spool, as docs/SPOOL.md gives them. Pure: nothing here touches a disk."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, TypeVar

from spool.errors import BadName
from spool.farm_mail import Mail
from spool.rules import Rules

FORMAT = 1
SEGMENT = 1000                  # chunks in one todo folder; NFS clients read a changed folder whole
STATES = ("queue", "held", "done", "failed", "trash")
FOLDERS = (*STATES, "jobs", "beats", "dead", "hosts")
STAGE_SEQ = {"end": "999999999", "error": "999999998"}     # of chunks that are stages of a job: see settle.py
HUNGRY = "hungry"               # made when somebody is; a spool may have none
JOB_FOLDERS = ("todo", "running", "failed", "redo", "journal", "log")
DOCTOR = ".doctor."             # before the name of who tests the share

Name = TypeVar("Name")


class _Pattern:
    """A regular expression that is compiled when it is first asked: most commands need one or two of these."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def fullmatch(self) -> Callable[[str], re.Match[str] | None]:
        return re.compile(self.text, re.ASCII).fullmatch


_SLUG = r"[A-Za-z0-9][A-Za-z0-9-]*"
_JOB = _Pattern(rf"\d{{8}}-\d{{6}}-{_SLUG}-[0-9a-z]{{4}}")
_ENTRY = _Pattern(rf"(\d{{1,3}})\.({_JOB.text})(?:~(queue|held|done|failed))?")
_FRAME = r"(\d{4}|[1-9]\d{4,8})"        # as f"{frame:04}" writes it, and no other way
_COUNT = r"([1-9]\d{0,8})"              # none is not written
_CHUNK = _Pattern(rf"(\d{{3,9}})\.{_FRAME}-{_FRAME}(?:~{_COUNT}(?:~({_SLUG}(?:\+{_SLUG})*))?)?(?:,lost{_COUNT})?")
_INCARNATION = _Pattern(rf"({_SLUG})\.(\d{{1,9}})\.([0-9a-f]{{8}})")
_BEAT = _Pattern(rf"({_INCARNATION.text})!(\d{{1,15}})")
_SLOT = _Pattern(r"\d{1,9}")


@dataclass(frozen=True)
class Spool:
    """A place that was found to be a spool. `mode` is what new folders get; it says who may write here."""

    root: str
    beat: float = 5.0           # seconds between heartbeats
    tries: int = 3
    chunk_seconds: float = 300.0       # that a chunk lasts about, in jobs with `--chunk auto`
    mode: int = 0o755
    owner: int = 0              # uid of its folder
    by_inbox: bool = False      # members can only add jobs: see admit.py
    rules: Rules = field(default_factory=Rules)     # who renders what
    local: bool = False         # known to lie on a disk of this computer: then no server grants delegations
    mail: Mail | None = None    # who is told by mail how jobs ended: see notices.py
    hook: bool = False          # whether hosts with a `notice_hook` are told as well
    drop_box: Mapping[str, str] = field(default_factory=dict, compare=False)    # how what is dropped is rendered
    language: str = "en"        # of mails, and of what lies beside files that came back from the drop-box

    @property
    def channels(self) -> tuple[str, ...]:
        """How people are told of the end of a job."""
        return ("mail",) * (self.mail is not None) + ("hook",) * self.hook

    def folder(self, name: str) -> str:
        return f"{self.root}/{name}"

    def job(self, job: str) -> str:
        return f"{self.root}/jobs/{job}"

    def todo(self, job: str) -> str:
        return f"{self.root}/jobs/{job}/todo"

    def running(self, job: str) -> str:
        return f"{self.root}/jobs/{job}/running"

    def failed(self, job: str) -> str:
        return f"{self.root}/jobs/{job}/failed"

    def inbox(self, host: str) -> str:
        return f"{self.root}/hosts/{host}/inbox"

    def doctor(self, owner: "Incarnation") -> str:
        """Where one run of `render doctor` makes its files. The dot hides it from everybody else."""
        return f"{self.root}/{DOCTOR}{owner}"


@dataclass(frozen=True)
class Entry:
    """A job's place in the order."""

    state: str
    priority: int
    job: str
    origin: str = ""            # for trash: where it came from
    written: str = field(default="", compare=False)     # the priority as a person wrote it with `mv`: 5 for 05

    @property
    def name(self) -> str:
        return f"{self.written or f'{self.priority:02}'}.{self.job}" + (f"~{self.origin}" if self.origin else "")

    @property
    def path(self) -> str:
        """Below the spool's root."""
        return f"{self.state}/{self.name}"

    @property
    def order(self) -> tuple[int, str]:
        return (-self.priority, self.job)


class ChunkName(NamedTuple):
    """What a chunk's name says. A tuple, as a claimer makes many: the quickest that Python has."""

    seq: str
    first: int
    last: int
    tries: int = 0
    avoid: tuple[str, ...] = ()
    lost: int = 0               # how often its daemon was declared dead meanwhile

    def __str__(self) -> str:
        if not (self.tries or self.lost):       # the most
            return self.stem
        tried = f"~{self.tries}" if self.tries else ""
        avoid = f"~{'+'.join(self.avoid)}" if self.avoid else ""
        return f"{self.stem}{tried}{avoid}" + (f",lost{self.lost}" if self.lost else "")

    @property
    def stem(self) -> str:
        """Without tries: how logs and journals call it."""
        return f"{self.seq}.{self.first:04}-{self.last:04}"

    def tried_on(self, host: str) -> "ChunkName":
        """The name after one more failure; the last few hosts are remembered."""
        avoid = (*(h for h in self.avoid if h != host), host)[-4:]
        return self._replace(tries=self.tries + 1, avoid=avoid)

    def lost_once_more(self) -> "ChunkName":
        return self._replace(lost=self.lost + 1)

    def within(self, whole: "ChunkName") -> bool:
        """Is it `whole`, or a piece that was cut from it?"""
        return self.meets(whole) and whole.first <= self.first and self.last <= whole.last

    def meets(self, other: "ChunkName") -> bool:
        """Have they frames in common? Pieces of a chunk that was cut have none."""
        return int(self.seq) == int(other.seq) and self.first <= other.last and other.first <= self.last

    @property
    def stage(self) -> str:
        """end or error for the chunk of a whole job's stages, "" for all that have frames."""
        return next((stage for stage, seq in STAGE_SEQ.items() if seq == self.seq), "")

    def fresh(self) -> "ChunkName":
        return self._replace(tries=0, avoid=(), lost=0)


@dataclass(frozen=True)
class Incarnation:
    """One life of a daemon."""

    host: str
    pid: int
    nonce: str

    def __str__(self) -> str:
        return self._text

    @cached_property                    # one life, many claims
    def _text(self) -> str:
        return f"{self.host}.{self.pid}.{self.nonce}"


class ClaimName(NamedTuple):
    """A chunk while a slot of an incarnation has it."""

    chunk: ChunkName
    owner: Incarnation
    slot: int

    def __str__(self) -> str:
        return claim_text(str(self.chunk), self.owner, self.slot)


def claim_text(chunk: str, owner: Incarnation, slot: int) -> str:
    """The name of a claim, of the chunk's name as it is written."""
    return f"{chunk}@{owner}.{slot}"


@dataclass(frozen=True)
class Beat:
    """A heartbeat."""

    owner: Incarnation
    count: int

    def __str__(self) -> str:
        return f"{self.owner}!{self.count}"

    def next(self) -> "Beat":
        return replace(self, count=self.count + 1)


def parse_job(name: str) -> str:
    if not _JOB.fullmatch(name):
        raise BadName(f"{name!r} is not the name of a job.")
    return name


def parse_entry(state: str, name: str) -> Entry:
    found = _ENTRY.fullmatch(name)
    if not found or int(found[1]) > 100 or bool(found[3]) != (state == "trash"):
        raise BadName(f"{state}/{name!r} is not an entry of a job.")
    return Entry(state, int(found[1]), found[2], found[3] or "", found[1])


def parse_chunk(name: str) -> ChunkName:
    found = _CHUNK.fullmatch(name)
    if not found:
        raise BadName(f"{name!r} is not the name of a chunk.")
    seq, first_text, last_text, tries, avoid, lost = found.groups()
    first, last = int(first_text), int(last_text)
    if first > last:
        raise BadName(f"{name!r} ends before it begins.")
    if not (tries or lost):             # the most
        return ChunkName(seq, first, last)
    hosts = tuple(avoid.split("+")) if avoid else ()
    return ChunkName(seq, first, last, int(tries or 0), hosts, int(lost or 0))


def parse_incarnation(name: str) -> Incarnation:
    found = _INCARNATION.fullmatch(name)
    if not found:
        raise BadName(f"{name!r} is not the name of a daemon's life.")
    return _same(name, Incarnation(found[1], int(found[2]), found[3]))


def parse_claim(name: str) -> ClaimName:
    chunk, _, rest = name.partition("@")
    owner, _, slot = rest.rpartition(".")
    if not _SLOT.fullmatch(slot):
        raise BadName(f"{name!r} is not the name of a claim.")
    return _same(name, ClaimName(parse_chunk(chunk), parse_incarnation(owner), int(slot)))


def parse_beat(name: str) -> Beat:
    found = _BEAT.fullmatch(name)
    if not found:
        raise BadName(f"{name!r} is not a heartbeat.")
    return _same(name, Beat(parse_incarnation(found[1]), int(found[5])))


def parse_dead(name: str) -> tuple[Beat, Incarnation]:
    """The last beat of a life, and who declared it dead."""
    beat, _, by = name.rpartition("~")
    return parse_beat(beat), parse_incarnation(by)


def _same(name: str, parsed: Name) -> Name:
    """Refuses 007 for 7: the name that we would write is not there, so nobody could move the file."""
    if str(parsed) != name:
        raise BadName(f"{name!r} is written {str(parsed)!r}.")
    return parsed


def slug(text: str) -> str:
    """At most 40 plain letters, digits and `-` that remind of the text."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text)[:40].strip("-") or "job"


def short(job: str) -> str:
    """A job's name without its date: enough to name it in a command."""
    return job.split("-", 2)[2]
