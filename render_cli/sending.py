"""Jobs on their way into the spool: what is checked and said before, and how they are put there."""

import sys
from collections.abc import Collection, Iterable, Sequence

import click

from assetfs.blend import BlendFile
from render_cli import ink, naming, outputs, wanted
from render_cli.errors import CannotSend
from render_cli.wanted import Wanted
from render_cli.words import count, listed, plain, short
from spool import frames as frame_lists
from spool import sequence, submissions, submit
from spool.layout import Entry, Spool, slug
from spool.sequence import Before
from spool.submit import Submitted

MANY = 2000         # chunks from which on a person wants to see that something happens


def ready(spool: Spool, found: Sequence[Wanted], *, priority: int, hold: bool = False,
          dry_run: bool = False, replaced: Collection[Entry] = (), anew: bool = False) -> list[Submitted]:
    """The jobs, planned; the folders of their pictures are there. Says what may go wrong. The jobs that are
    `replaced` may write the same pictures. With `anew` what is there already is rendered again."""
    found = [one._replace(job=naming.named(one.job, spool.rules.paths)) for one in found]
    _refuse_collision(found)
    planned = [submit.plan(spool, one.job, priority=min(max(priority + one.more, 0), 100), hold=hold) for one in found]
    for one in found:
        outputs.prepare(one.output, dry_run)
    before = [sequence.look(spool, plan.job) for plan in planned]
    planned = [plan._replace(job=sequence.noted(plan.job, one, anew))
               for plan, one in zip(planned, before, strict=True)]
    _warn(spool, found, planned, replaced, [() if anew else one.same for one in before])
    for plan, there in zip(planned, before, strict=True):
        _warn_mixed(plan, there)
    return planned


def _warn_mixed(plan: Submitted, before: Before) -> None:
    """Says which pictures of the sequence were made from other input."""
    name = short(plan.job.job)
    if found := before.others:
        were, they = _verbs(found, "were", "they are")
        ink.note(f"{_frames(found)} of {name} {were} made from another input; {they} rendered again.")
    if found := before.beside:
        were, are = _verbs(found, "were", "are")
        ink.warn(f"{_frames(found)} of the same sequence {were} made from another input, and {are} not in {name}: the "
                 "sequence will be mixed.", "To render them as well, add them to --frames.")


def _frames(found: Collection[int]) -> str:
    return f"Frame{'s' * (len(found) != 1)} {frame_lists.text(found)}"


def _verbs(found: Collection[int], *plural: str) -> Iterable[str]:
    one = {"were": "was", "are": "is", "they are": "it is"}
    return (one[verb] if len(found) == 1 else verb for verb in plural)


def send(spool: Spool, plan: Submitted, by_inbox: bool) -> None:
    if by_inbox:
        submissions.put(spool, plan)
        return
    if len(plan.chunks) <= MANY or not sys.stderr.isatty():
        submit.submit(spool, plan)
        return
    with click.progressbar(length=len(plan.chunks), label="writing chunks", file=sys.stderr) as bar:
        submit.submit(spool, plan, lambda done: bar.update(done - bar.pos))


def warn_missing(blend: BlendFile, allowed: bool) -> None:
    """Says which files the .blend needs that are not there."""
    if gone := wanted.missing(blend):
        ink.warn(f"{blend.path} needs files that are not there: {gone}",
                 "They are rendered as missing." if allowed else
                 "Put them back, or the render fails; to render without them: --allow-missing")


def _refuse_collision(found: Sequence[Wanted]) -> None:
    if clash := wanted.collision(found):
        one, other, frame = clash
        scene, path = slug(other.job.scene), other.job.blend
        raise CannotSend(f"{plain(one.job.name)!r} and {plain(other.job.name)!r} would write the same files: "
                         f"{other.job.file_of(frame)}.",
                         f"Send each with an output of its own, for example:\n"
                         f"render add {path} --scene {plain(other.job.scene)!r} --output //render/{scene}/")


def _warn(spool: Spool, found: Sequence[Wanted], planned: Sequence[Submitted], replaced: Collection[Entry],
          kept: Sequence[Collection[int]]) -> None:
    for note in dict.fromkeys(note for one in found for note in (*one.notes, _more(one)) if note):
        ink.note(note)
    for plan, same in zip(planned, kept, strict=True):
        if same:
            were, are = _verbs(same, "were", "are")
            ink.note(f"{count(len(same), 'frame')} of {short(plan.job.job)} {were} made from this very input, and "
                     f"{are} not rendered again: {frame_lists.text(same)}. To render all the same: --force")
        if old := outputs.there(plan.job) - len(same):
            exist = "exists already; it is replaced." if old == 1 else "exist already; they are replaced one by one."
            ink.note(f"{count(old, 'picture')} of {short(plan.job.job)} {exist}")
        if clash := [entry for entry in submit.same_output(spool, plan.job) if entry not in replaced]:
            names = listed([entry.job for entry in clash], 3)
            ink.warn(f"The same files, {plain(plan.job.output)}, are written by {names}; the last one wins.",
                     f"Choose another --output, or: render cancel {short(clash[0].job)}")


def _more(one: Wanted) -> str:
    return f"Jobs of {plain(one.job.project)} have {one.more:+} in their priority." if one.more else ""
