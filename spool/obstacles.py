"""Why something is not rendered now: one table, a sentence and a cure for each code.

reasons.py is its sister: why a render went wrong. No code stands in both tables. Codes stand in --json and in
status.json, so a code is never renamed and never means something new.

To add one: a row in OBSTACLES, in the group of what it is about, the more telling ones first. Then whoever knows
that it holds says so:
  - what follows from job, chunk and host: verdict.may_take gives Verdict(False, "code", {fact: value})
  - what only a daemon knows: it puts `obstacles.note("code", fact=value)` into the list `obstacles` of its
    status.json (renderd/crew.py, `doing`) as long as it takes nothing at all, `obstacles.note("code", JOB, ...)` as
    long as it takes nothing of that job
Then `python -m tests.test_documents` writes docs/WHY-NOTHING-RENDERS.md again, and webview/languages/*.yaml want
the lines obstacle.CODE and remedy.CODE with the same places. Facts are short texts, numbers, or lists of such. A
place like {host} in a sentence or a cure is filled with the fact of that name.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from spool import reasons

FARM, JOB, HOST, NOTE = "farm", "job", "host", "note"
ABOUT = {FARM: "the whole farm", JOB: "the job", HOST: "one computer", NOTE: "nothing is wrong"}


class Obstacle(NamedTuple):
    """One thing that keeps frames from being rendered, and what a person does about it."""

    code: str
    about: str              # a key of ABOUT
    sentence: str
    cure: str = ""


def _table(*rows: Obstacle) -> dict[str, Obstacle]:
    return {row.code: row for row in rows}


_IN_SETTINGS = "in /etc/renderd/renderd.yaml there"

OBSTACLES: dict[str, Obstacle] = _table(
    # The whole farm
    Obstacle("share-silent", FARM, "The share {path} does not answer; {thing} waits for it.",
             "Is the server on, is the network cable in? Everything goes on by itself when it answers again."),
    Obstacle("spool-missing", FARM, "{text}", "{hint}"),
    Obstacle("spool-refused", FARM, "The spool is not trusted: {text}", "{hint}"),
    Obstacle("spool-foreign", FARM, "The spool is not understood: {text}", "{hint}"),
    Obstacle("share-full", FARM, "The share of the spool is full: {free} are free in {path}.",
             "Make room: render clean, or a larger disk."),
    Obstacle("no-host-ever", FARM, "No computer has ever rendered on this spool.", "Start on each that shall: renderd"),
    Obstacle("no-host", FARM, "No computer is on: {hosts}.", "Switch one on, or start there: renderd"),
    Obstacle("no-job", FARM, "No job is open.", "To send one: render add FILE.blend"),
    Obstacle("nothing-taken", FARM, "Frames wait ({count}), and no computer that is on takes any.",
             "What keeps a job: render why JOB   What a computer does: render why HOST"),
    Obstacle("only-held", FARM, "Every job that is not finished is on hold: {jobs}.",
             "To start one: render release JOB"),
    # The job
    Obstacle("stands-still", JOB, "{job} stands still on {hosts} (frames that they have: {count}).",
             "Why: render why HOST   If it lasts, other computers get these frames by themselves."),
    Obstacle("held", JOB, "{job} is on hold.", "To start it: render release {job}"),
    Obstacle("probes-failed", JOB, "The farm put {job} on hold: it has no frame, and {chunks} chunks failed. {text}",
             "When it is mended: render release {job}"),
    Obstacle("cancelled", JOB, "{job} was cancelled.", "To bring it back: render undo {job}"),
    Obstacle("failed", JOB, "{job} failed: {count} of its {frames} frames could not be rendered.",
             "See: render show {job}   When it is mended: render retry {job}"),
    Obstacle("done", JOB, "{job} is done: all its frames are there ({frames}).",
             "To render some anew: render redo {job} --frames 5-9"),
    Obstacle("not-admitted", JOB, "{text}", "{hint}"),
    Obstacle("sent-back", JOB, "{text}", "{hint}"),
    Obstacle("job-unreadable", JOB, "{host} cannot work on this job: {text}", "{hint}"),
    Obstacle("output-silent", JOB, "The folder of the pictures does not answer: {path}.",
             "Is the server on that has it? Renders wait until it answers again."),
    Obstacle("output-gone", JOB, "This computer does not see the folder of the pictures: {path}.",
             "If the others see it, all is well. Else mount its share, or make it again."),
    Obstacle("output-full", JOB, "Where the pictures go, {free} are free: {path}.",
             "Make room on that disk; chunks that failed meanwhile: render retry {job}"),
    Obstacle("lost-hosts", JOB, "{hosts} took frames of it ({count}) and cannot be heard any more.",
             "A computer that is on puts them back by itself; if none is on, start on one: renderd"),
    Obstacle("nobody-fits", JOB, "No computer that is on may take what waits of it (chunks: {chunks}).",
             "What each of them says: render why {job}"),
    Obstacle("nobody-free", JOB, "It may be rendered, but every computer that may is at something else.",
             "What each of them does: render why {job}"),
    Obstacle("behind", JOB, "What waits of {jobs} comes first (frames: {count}).",
             "To come before them: render priority {job} {priority}"),
    Obstacle("others-turn", JOB, "It is the turn of {jobs} (frames that wait: {count}).",
             "Owners or projects take turns, first those with the fewest chunks at work (`share:` in farm.yaml). To "
             "come before them: render priority {job} {priority}"),
    Obstacle("all-failed", JOB, "All that is left of it failed: frames {frames}.",
             "When it is mended: render retry {job}"),
    Obstacle("frames-nowhere", JOB, "Frames are missing that no chunk holds.",
             "A computer that is on notices within {seconds} s and lets them be rendered."),
    # One computer
    Obstacle("host-off", HOST, "{host} is off: its renderd was ended.", "Switch it on, or start there: renderd"),
    Obstacle("host-dead", HOST, "{host} was declared dead: its renderd ended without a word, or could not beat.",
             "Is it on? Then look there: systemctl status renderd"),
    Obstacle("host-silent", HOST, "{host} was not heard of for more than {beats} heartbeats.",
             "Is it on, and does it see the share? If not, the others take over its frames in a moment."),
    Obstacle("host-unknown", HOST, "{host} beats, but hosts/{host}/host.json in the spool cannot be read.",
             "What is wrong there says: python -m spool check SPOOL. Does another user run renderd on it?"),
    Obstacle("host-stopping", HOST, "{host} is about to end.", "Start it again when it has: renderd"),
    Obstacle("host-starting", HOST, "{host} has just started.", "Look again in a moment."),
    Obstacle("program-refused", HOST, "{host} does not run the program {program}: it is not on its list.",
             f"Add it to `programs:` {_IN_SETTINGS}."),
    Obstacle("no-blender", HOST, "{host} has no Blender; this file needs {wanted} or newer.",
             f"Install it there, or say where it is: `blender:` {_IN_SETTINGS}. Then start renderd again."),
    Obstacle("old-blender", HOST, "{host} needs Blender {wanted} or newer for this file; its newest is {have}.",
             "Install the newer one there and start renderd again, or save the file with the older one."),
    Obstacle("other-group", HOST, "The job is for computers of the group {groups}; {host} is in {have}.",
             "Put {host} into it: `groups:` in farm.yaml of the spool, which counts within a minute; or "
             f"{_IN_SETTINGS}, then: render host reload {{host}}. Or send the job again without --group."),
    Obstacle("needs-memory", HOST, "The job needs {need}; {host} has {have} of memory.",
             "A larger computer takes it. If there is none: send it again with other --needs."),
    Obstacle("needs-cores", HOST, "The job needs {need}; {host} has {have}.",
             "A larger computer takes it. If there is none: send it again with other --needs."),
    Obstacle("needs-blender", HOST, "The job needs {need}; the Blenders of {host} are: {have}.",
             f"Install that one there, and say where it is: `blender:` {_IN_SETTINGS}. Then start renderd again."),
    Obstacle("needs-gpu", HOST, "The job needs a graphics card; none with its driver was found on {host}.",
             "Install the driver there. A card that renderd does not see can be told: `tags: [gpu]` "
             f"{_IN_SETTINGS}."),
    Obstacle("needs-tag", HOST, "The job needs {need}; the tags of {host} are: {have}.",
             f"Where it is true, say so: `tags: [{{tag}}]` {_IN_SETTINGS}. Then: render host reload {{host}}"),
    Obstacle("needs-unknown", HOST, "The job needs {need}, and {host} does not know what that is.",
             "A newer renderd sent the job: bring all computers to that version."),
    Obstacle("path-unknown", HOST, "The job uses {path}::, and {host} does not know where that is.",
             "Say so: `paths: {{{path}: /mnt/{path}}}` in farm.yaml of the spool for all, which counts within a "
             f"minute; or {_IN_SETTINGS}, then start renderd again."),
    Obstacle("path-missing", HOST, "The job uses {path}::, which is {folder} on {host}; nothing is there now.",
             "Is that share mounted there? Look on {host}: ls {folder}"),
    Obstacle("owner-full", HOST, "{owner} has {have} chunks at work, and may have {most} at the same time.",
             "{host} takes more when one of them is done. The limit stands in farm.yaml: limits."),
    Obstacle("job-full", HOST, "The job is at work on {hosts}; it may be on {most} at the same time.",
             "{host} takes its chunks when one of these is done with it. More: render add --max-hosts, or limits in "
             "farm.yaml."),
    Obstacle("no-recipe", HOST, "{host} has no recipe {recipe} that it trusts.",
             f"Put its folder into one of `recipes:` {_IN_SETTINGS}, and start renderd again; see: render recipes"),
    Obstacle("failed-there", HOST, "{chunk} failed on {host} before; {better} shall try it first.",
             "If {better} does not come to it: render show JOB tells why it failed."),
    Obstacle("output-full-there", HOST, "There is no room for the pictures where {host} puts them: {path} ({free}).",
             "Make room on that disk. {host} looks again every half minute, and no frame fails meanwhile."),
    Obstacle("job-rests", HOST, "{host} had trouble with this job, and leaves it alone for half a minute: {text}",
             "It tries again by itself. If it goes on, look into the log of renderd there."),
    Obstacle("slots-full", HOST, "{host} is busy with {jobs} (slots: {slots}).",
             "It takes the next chunk when one of them is free."),
    Obstacle("no-room", HOST, "{host} renders {jobs}, and has no room for another job beside it ({text}).",
             "It takes the next chunk when that one is done; `slots: auto` renders one job at a time."),
    Obstacle("paused", HOST, "{host} was paused by {who} at {since}.", "To go on: render host resume {host}"),
    Obstacle("sick", HOST, "{host} pauses itself: it failed chunks of {jobs} in a row, the last time: {text}",
             "Look after that computer (render log JOB). When it is mended: render host resume {host}"),
    Obstacle("finishing", HOST, "{host} was asked by {who} to end when its chunks are done.",
             "To render there again, start on it: renderd"),
    Obstacle("outside-hours", HOST, "{host} renders at set times only ({when}), and next {next}.",
             f"To change that: `when:` {_IN_SETTINGS}, then: render host reload {{host}}"),
    Obstacle("person-there", HOST, "Somebody works at {host}; it renders when nobody did for {minutes} minutes.",
             f"To change that: `idle_minutes:` {_IN_SETTINGS}, then: render host reload {{host}}"),
    Obstacle("other-blender", HOST, "Somebody's own Blender runs on {host} (process {pid} of {who}).",
             f"It goes on when that ends. To change that: `beside_blender:` {_IN_SETTINGS}, then: render host reload "
             "{host}"),
    Obstacle("short-memory", HOST, "{host} is short of memory: {text}.",
             "It goes on by itself when there is enough. Close there what nobody needs; the limits are "
             f"`memory_pressure:` and `memory_left:` {_IN_SETTINGS}."),
    Obstacle("takes-none", HOST, "{host} is free, and takes nothing of the open jobs ({count}).",
             "What it says to each: render why {host}"),
    Obstacle("failed-lately", HOST, "Chunks of {jobs} failed on {host}; the last time: {text}",
             "Do they fail elsewhere too? Then it is the job: render log JOB   Else look after that computer."),
    Obstacle("host-unfit", HOST, "`render doctor` found that the share is not right on {host}: {text}",
             "Test it again, with the cures: render doctor --with {host}"),
    Obstacle("other-version", HOST, "{host} runs renderd {have}, and this is {mine}.",
             "Bring all computers to one version: what a newer one asks for, an older one does not know."),
    # Nothing is wrong
    Obstacle("being-rendered", NOTE, "{job} is being rendered on {hosts} (frames that they have: {count})."),
    Obstacle("all-running", NOTE, "Nothing of it waits any more; the last chunks are being rendered.",
             "Computers that are free get the ends of long chunks by themselves."),
    Obstacle("settling", NOTE, "Every frame is there; a computer that is on puts the job to done in a moment."),
    Obstacle("next", NOTE, "It is next (chunks that wait: {chunks}).",
             "A computer that is free takes one within seconds."),
    Obstacle("goes-on", NOTE, "Whoever renders it goes on with the rest (chunks that wait: {chunks}).",
             "More computers take part when they are free."),
    Obstacle("would-take", NOTE, "{host} would take chunks of this job."),
    Obstacle("may-take", NOTE, "{host} may take chunks of this job."),
    Obstacle("may-take-auto", NOTE, "{host} may take chunks of this job, in {text}."),
    Obstacle("renders-it", NOTE, "{host} renders it now (slots: {slots})."),
    Obstacle("renders-auto", NOTE, "{host} renders it now, in {text}."),
    Obstacle("idle", NOTE, "{host} has nothing to do: no job is open."),
    Obstacle("host-free", NOTE, "{host} is free."),
    Obstacle("host-renders", NOTE, "{host} renders {jobs} (slots: {slots})."),
    Obstacle("takes-soon", NOTE, "{host} is free, and takes of {jobs} next."),
    Obstacle("farm-renders", NOTE, "{hosts} render; frames that wait: {count}."),
    Obstacle("farm-begins", NOTE, "Frames wait ({count}), and a computer that is free takes some in a moment."),
)

_LONGEST, _MOST = 300, 4        # characters of one fact; items of a list that are told


class Found(NamedTuple):
    """An obstacle that is there, with what is known of it; or a reason of reasons.py, why frames failed."""

    code: str
    facts: Mapping[str, object] = {}

    @property
    def text(self) -> str:
        return sentence(self.code, self.facts)

    @property
    def cure(self) -> str:
        return cure(self.code, self.facts)


def sentence(code: str, facts: Mapping[str, object]) -> str:
    """For people. Never fails: a code that this version does not know is said as it is."""
    if code in reasons.REASONS:         # why frames failed; `text` is what the journal says of it
        told = _plain(facts.get("text") or reasons.sentence_and_cure(code, facts)[0])
        where = f" on {_words(facts['hosts'])}" if facts.get("hosts") else ""
        return f"Frames {_words(facts.get('frames') or '?')} failed{where}: {told.removesuffix(cure(code, {})).strip()}"
    row = OBSTACLES.get(code)
    return row.sentence.format_map(Words(facts)) if row else f"Something is in the way: {_plain(code)}."


def cure(code: str, facts: Mapping[str, object]) -> str:
    """What to do; "" where nothing needs to be done."""
    if code in reasons.REASONS:
        return reasons.REASONS[code].cure
    row = OBSTACLES.get(code)
    return row.cure.format_map(Words(facts)) if row else ""


def note(code: str, job: str = "", **facts: object) -> dict[str, Any]:
    """What a daemon puts into the list `obstacles` of its status.json: of itself, or of one job."""
    return {"code": code, "facts": facts} | ({"job": job} if job else {})


def noted(status: Mapping[str, Any], host: str, job: str = "") -> list[Found]:
    """What a daemon said so of itself (or of that job), whoever wrote it: only what can be used."""
    listed = status.get("obstacles")
    return [Found(str(one.get("code")), _facts(one.get("facts")) | {"host": host})
            for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)
            and (one.get("job") or "") == job]


def first(found: Iterable[Found]) -> list[Found]:
    """In the order of the table; unknown codes at the end."""
    rank = {code: place for place, code in enumerate(OBSTACLES)}
    return sorted(found, key=lambda one: rank.get(one.code, len(rank)))


class Words(dict[str, object]):
    """Facts as they stand in a sentence."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        super().__init__({name: _words(fact) for name, fact in facts.items()})

    def __missing__(self, name: str) -> str:
        return "(unknown)"


def _facts(found: Any) -> dict[str, object]:
    return {str(name): fact for name, fact in found.items()} if isinstance(found, dict) else {}


def _words(fact: object) -> str:
    if isinstance(fact, list | tuple):
        more = f" and {len(fact) - _MOST} more" if len(fact) > _MOST else ""
        return ", ".join(_plain(item) for item in fact[:_MOST]) + more
    return f"{fact:,}" if type(fact) is int else _plain(fact)


def _plain(fact: object) -> str:
    """One line without control characters, for a terminal obeys some of them."""
    text = str(fact)[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in text)
