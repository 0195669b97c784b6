"""render show: everything about one job."""

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import click

from render_cli import ink, options, place, printing, strip, table
from render_cli.words import chunks, command_line, count, duration, plain, short
from spool import frames as frame_lists
from spool import hopeless, job_facts, view
from spool.job import Job, as_sent
from spool.view import ChunkView, Detail

MOST_FAILURES = 5
SLOWEST = 3
HASH_LIMIT = 512 * 1024 * 1024      # bytes of a .blend that are read again, to see whether it was changed


@click.command()
@options.one_job
@options.as_json
@options.spool
def show(job: str, as_json: bool, spool_path: str | None) -> None:
    """Show one job: its frames, its failures, its times.

    Nothing is changed on the disk.

    \b
    Examples:
      render show shot010
      render show shot010 --json | jq '.chunks[] | select(.state == "failed") | .reason'

    \b
    Exit status: 0 fine, 1 no such job, or it cannot be read
    """
    spool = place.reading(spool_path)
    found = view.detail(spool, options.find(spool, job))
    warning = found.view.warning or changed_now(found)
    if as_json:
        printing.as_json(_facts(found) | {"warning": warning})
        return
    click.echo("\n".join(_page(found)))
    if warning:
        ink.warn(warning, "For frames from one file: render redo, or send it again.")
    if not found.view.done and (why := hopeless.why_held(spool, found.view.entry)):
        ink.warn(plain(why.text), plain(why.cure))


def _facts(found: Detail) -> dict[str, Any]:
    job = found.view.job
    return job_facts.summary(found) | {
        "chunks": [{"name": c.name, "state": c.state, "frames": c.frames, "host": c.host, "tries": c.tries,
                    "reason": c.reason} for c in found.chunks],
        "per_frame": {str(f): {"seconds": d.seconds, "peak_mb": d.peak_mb, "host": d.host}
                      for f, d in sorted(found.per_frame.items())},
        "frame_list": job.frames, "command": list(job.template), "format": job.file_format, "width": job.width,
        "height": job.height, "fps": job.fps, "blender": list(job.blender), "order": job.order,
        "chunk": job.chunk, "chunk_seconds": job.chunk_seconds, "groups": list(job.groups), "needs": list(job.needs),
        "max_hosts": job.max_hosts, "project": job.project, "paths": list(job.paths),
        "recipe": job.recipe, "options": list(job.options),
        "blend_named": as_sent(job).blend, "output_named": as_sent(job).output,
    }


def changed_now(found: Detail) -> str:
    """A sentence if the .blend is another file now than when the job was sent, and frames are still to come."""
    job = found.view.job
    if found.view.state not in ("open", "held", "failed") or not job.blend:
        return ""
    try:
        with open(job.blend, "rb") as file:
            if os.fstat(file.fileno()).st_size > HASH_LIMIT:
                return ""
            same = hashlib.file_digest(file, "sha256").hexdigest() == job.blend_sha256
    except FileNotFoundError:
        return f"{job.blend} is not there, seen from this computer."
    except OSError as error:
        return f"{job.blend} cannot be read from this computer: {error.strerror}."
    return "" if same else f"{job.blend} was changed after it was submitted; frames still to come show the new file."


def _page(found: Detail) -> Iterator[str]:
    one = found.view
    word = "rendering" if one.state == "open" and one.running else one.state
    yield f"{one.entry.job}  {ink.state(word)}"
    yield ""
    for name, value in _about(found):
        yield f"  {name:9} {plain(value)}"
    yield ""
    yield f"  {ink.bar(one.done, one.failed, one.frames, 30)} {_counts(found)}"
    width = min(table.terminal_width(), 200)
    for line in strip.lines(job_facts.frame_states(found), max(20, width - 20)):
        yield f"  {line}"
    yield from _failures(found)
    yield from _times(found)


def _about(found: Detail) -> Iterator[tuple[str, object]]:
    job, entry = found.view.job, found.view.entry
    if job.blend:
        yield "blend", _both(job.blend, as_sent(job).blend)
        yield "scene", job.scene
    else:
        yield "command", command_line(job.template)
    yield "frames", f"{job.frames}  ({count(found.view.frames, 'frame')} in {chunks(job)})"
    if job.output:
        yield "output", _both(job.output, as_sent(job).output)
    if job.width and job.height:
        yield "picture", f"{job.width} x {job.height} {job.file_format}"
    if job.staged:
        yield "recipe", " ".join([job.recipe, *job.options])
    yield "owner", f"{job.owner}, priority {entry.priority}, sent {job.created}"
    if told := found.told:
        yield "told", f"{told.get('to') or 'the hook'}, {told.get('t')}" if told["event"] == "told" else \
            f"nobody could be: {told.get('text')}"
    yield from _wishes(job)
    if running := job_facts.hosts(found):
        yield "on", ", ".join(running)


def _both(path: str, sent: str) -> str:
    """The path on this computer, and as the job names it for all."""
    return path if path == sent else f"{path}  ({sent})"


def _wishes(job: Job) -> Iterator[tuple[str, object]]:
    """Who may render it."""
    if job.project:
        yield "project", job.project
    if job.groups:
        yield "group", " or ".join(job.groups)
    if job.needs:
        yield "needs", ", ".join(job.needs)
    if job.max_hosts:
        yield "hosts", f"{job.max_hosts} at most at the same time"


def _counts(found: Detail) -> str:
    one = found.view
    parts = [(one.done, "done"), (one.running, "running"), (one.waiting, "waiting"), (one.failed, "failed")]
    return ", ".join(f"{n} {word}" for n, word in parts if n or word == "done")


def _failures(found: Detail) -> Iterator[str]:
    bad = [c for c in found.chunks if c.state == "failed"]
    again = [c for c in found.chunks if c.state in ("waiting", "running") and c.reason]
    if bad:
        yield from ("", f"  {ink.paint('failed', 'failed')}")
    yield from (line for chunk in bad[:MOST_FAILURES] for line in _failure(chunk))
    if len(bad) > MOST_FAILURES:
        yield f"    and {len(bad) - MOST_FAILURES} more"
    if bad:
        name = short(found.view.entry.job)
        yield f"    What was said:       render log {name}"
        yield f"    When it is mended:   render retry {name}"
    if again:
        yield from ("", "  failed before, tried again")
    yield from (line for chunk in again[:MOST_FAILURES] for line in _failure(chunk))


def _failure(chunk: ChunkView) -> Iterator[str]:
    where = f" on {chunk.host}" if chunk.host else ""
    tries = f" after {count(chunk.tries, 'try') if chunk.tries == 1 else f'{chunk.tries} tries'}" if chunk.tries else ""
    yield f"    {chunk.name}  frames {chunk.frames}{where}{tries}"
    yield table.wrapped(plain(chunk.reason) or "No reason is known; the log may tell.", "      ")


def _times(found: Detail) -> Iterator[str]:
    timed = [(d.seconds, f) for f, d in found.per_frame.items() if isinstance(d.seconds, int | float)]
    if not timed:
        return
    memory = max((d.peak_mb for d in found.per_frame.values() if isinstance(d.peak_mb, int | float)), default=0)
    slow = sorted(timed, reverse=True)[:SLOWEST]
    yield ""
    yield f"  a frame took {duration(sum(s for s, _ in timed) / len(timed))} on average" + (
        f", up to {memory:,.0f} MB" if memory else "")
    if len(timed) > SLOWEST:
        yield "  slowest: " + ", ".join(f"{frame_lists.text([f])} {duration(s)}" for s, f in slow)
