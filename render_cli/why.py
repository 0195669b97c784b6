"""render why: what keeps a job from being rendered."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import click

from render_cli import ink, options, place, printing
from render_cli.words import count, listed, plain, short
from spool import claim, host_facts, queue, verdict, view
from spool import frames as frame_lists
from spool import hosts as spool_hosts
from spool.errors import SpoolError
from spool.hosts import HostView
from spool.layout import ChunkName, Entry, Spool
from spool.view import Detail, JobView

NEAR = 50           # jobs ahead that are looked at


@dataclass(frozen=True)
class Reason:
    text: str
    cure: str = ""


@dataclass(frozen=True)
class Answer:
    """What one computer says to the job, and what it does now."""

    host: str
    alive: bool
    may: bool
    reason: str
    now: str


@click.command()
@options.one_job
@options.as_json
@options.spool
def why(job: str, as_json: bool, spool_path: str | None) -> None:
    """Tell why a job is not rendered, or who renders it.

    Every computer is asked with the very rule by which its renderd takes chunks. Those with `slots: auto` that render
    the job also say in how many slots, and why. Nothing is changed on the disk.

    \b
    Examples:
      render why shot010

    \b
    Exit status: 0 fine, 1 no such job, or it cannot be read
    """
    spool = place.reading(spool_path)
    found = view.detail(spool, options.find(spool, job))
    answers = list(_answers(spool, found)) if found.view.state in ("open", "held") else []
    reasons = list(_reasons(spool, found, answers))
    if as_json:
        printing.as_json({"job": found.view.entry.job, "state": found.view.state,
                          "reasons": [{"text": r.text, "cure": r.cure} for r in reasons],
                          "hosts": [vars(a) for a in answers]})
        return
    for reason in reasons:
        click.echo(plain(reason.text))
        if reason.cure:
            click.echo(f"  {plain(reason.cure)}")
    for answer in answers:
        word = ink.paint("yes", "done") if answer.may and answer.alive else ink.paint("no", "failed")
        click.echo(f"  {answer.host}: {word}, {plain(answer.reason)}" + (f"; now {answer.now}" if answer.now else ""))


def _answers(spool: Spool, found: Detail) -> Iterator[Answer]:
    waiting = claim.waiting_chunks(spool, found.view.job)
    views = spool_hosts.views(spool)
    alive = [spool_hosts.as_host(one.name, one.facts) for one in views
             if one.alive and not host_facts.standing(one)]
    for one in views:
        state = host_facts.state(spool, one)
        if not one.alive:
            yield Answer(one.name, False, False, "it is off, or renderd does not run there", "")
            continue
        if found_there := host_facts.standing(one):
            yield Answer(one.name, True, False, " ".join(f"{o.text} {o.cure}" for o in found_there), _doing(one, state))
            continue
        may = _may(found, waiting, one, alive)
        fits = host_facts.slots_for(one, found.view.job.job)
        reason = may.reason or "it may take chunks of this job" + (f" in {fits}" if fits else "")
        yield Answer(one.name, True, may.yes, reason, _doing(one, state))


def _may(found: Detail, waiting: Sequence[ChunkName], one: HostView,
         alive: Sequence[verdict.Host]) -> verdict.Verdict:
    """Yes if it may take any chunk that waits; else what is said of the first one."""
    me = spool_hosts.as_host(one.name, one.facts)
    chunks = {chunk.avoid: chunk for chunk in reversed(waiting)}    # one of each kind: nothing else differs
    answers = [verdict.may_take(found.view.job, chunk, me, alive) for chunk in chunks.values()]
    return next((a for a in answers if a.yes), (answers or [verdict.may_take(found.view.job, None, me, alive)])[-1])


def _doing(one: HostView, state: str) -> str:
    work = [f"{short(str(f['job']))}" + ("" if f["frame"] is None else f" frame {f['frame']}")
            for f in host_facts.now(one) if str(f["job"]).count("-") > 2]
    return f"{state} {', '.join(work)}".strip()


def _reasons(spool: Spool, found: Detail, answers: Sequence[Answer]) -> Iterator[Reason]:
    """What holds for the whole farm, the most telling first."""
    one, name = found.view, short(found.view.entry.job)
    if one.state != "open":
        yield _not_open(one, name)
        return
    running = [c for c in found.chunks if c.state == "running"]
    waiting = [c for c in found.chunks if c.state == "waiting"]
    if running:
        yield Reason(f"{name} is being rendered: {count(one.running, 'frame')} on "
                     f"{listed(sorted({c.host for c in running}))}.")
    if not waiting:
        yield _nothing_waits(spool, found, bool(running))
    elif not any(a.alive for a in answers):
        yield _nobody(answers)
    elif not any(a.may for a in answers):
        yield Reason(f"Of {count(len(waiting), 'waiting chunk')} no computer that is on may take any.",
                     "What each of them says:")
    else:
        yield from _before(spool, one, len(waiting))


def _not_open(one: JobView, name: str) -> Reason:
    return {
        "held": Reason(f"{name} is on hold.", f"To start it: render release {name}"),
        "done": Reason(f"{name} is done: all {count(one.frames, 'frame')} are there.",
                       f"To render some anew: render redo {name} --frames 5-9"),
        "failed": Reason(f"{name} failed: {count(one.failed, 'frame')} of {one.frames} could not be rendered.",
                         f"See: render show {name}   When it is mended: render retry {name}"),
        "cancelled": Reason(f"{name} was cancelled.", f"To bring it back: render undo {name}"),
    }[one.state]


def _nothing_waits(spool: Spool, found: Detail, running: bool) -> Reason:
    if running:
        return Reason("Nothing of it waits any more; the last chunks are being rendered.")
    if found.view.done == found.view.frames:
        return Reason("Every frame is there; a computer that is on puts the job to done in a moment.")
    bad = [f for c in found.chunks if c.state == "failed" and c.frames for f in frame_lists.parse(c.frames)]
    if bad:
        return Reason(f"All that is left failed: {frame_lists.text(bad)}.",
                      f"See: render show {short(found.view.entry.job)}")
    return Reason("Frames are missing that no chunk holds.",
                  f"A computer that is on notices within {12 * spool.beat:.0f} s and lets them be rendered.")


def _nobody(answers: Sequence[Answer]) -> Reason:
    if not answers:
        return Reason("No computer has ever rendered on this spool.", "Start on each that shall: renderd")
    return Reason(f"No computer is on: {listed([a.host for a in answers])} are not heard of.",
                  "Switch one on, or start there: renderd")


def _before(spool: Spool, one: JobView, waiting: int) -> Iterator[Reason]:
    """The jobs that come first, if they have chunks that wait."""
    ahead = [e for e in queue.entries(spool, ("queue",)) if e.order < one.entry.order][:NEAR]
    busy = [v for v in _readable(spool, ahead) if v.waiting]
    if busy:
        names = listed([short(v.entry.job) for v in busy], 3)
        yield Reason(f"{count(sum(v.waiting for v in busy), 'frame')} of {names} come first.",
                     f"To come before them: render priority {short(one.entry.job)} "
                     f"{min(100, busy[0].entry.priority + 1)}")
    else:
        yield Reason(f"It is next: {count(waiting, 'chunk')} wait for a computer that is free.")


def _readable(spool: Spool, entries: Sequence[Entry]) -> Iterator[JobView]:
    for entry in entries:
        with suppress(SpoolError, OSError):     # broken or just gone: no computer is held up by it
            yield view.summary(spool, entry)
