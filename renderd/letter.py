"""What people are told of jobs and hosts that need nobody or somebody: pure text, the same for mail and chat."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spool import frames as frame_lists
from spool.view import ChunkView, Detail

MOST_REASONS = 5
MOST_JOBS = 40          # of a digest
ENDED = {"done": "is done", "failed": "failed", "held": "was put on hold"}


class Letter(NamedTuple):
    """A subject without line ends, and a text."""

    subject: str
    text: str


def of_job(found: Detail, left: str = "") -> Letter:
    """How a job ended. `left` is a sentence that only who sent this knows."""
    one, name = found.view, short(found.view.job.job)
    word = ENDED.get(one.state, one.state)
    gone = one.frames - one.done
    amount = f"{_count(one.frames)}" if not gone else f"{gone} of {_count(one.frames)} missing"
    rows = [f"{name} {word}: {amount}.", ""]
    if one.warning:
        rows += [f"Look at the pictures: {one.warning}", ""]
    if left:
        rows += [left, ""]
    rows += _reasons(found)
    rows += _facts(found)
    if one.state == "failed":
        rows += ["", f"What went wrong:  render show {name}", f"Try again:        render retry {name}"]
    elif one.job.output:
        rows += ["", f"Make a film:      render movie {name}"]
    return Letter(line(f"{name} {word}: {amount}"), "\n".join(map(line, rows)) + "\n")


def of_several(found: Sequence[Detail]) -> Letter:
    """One letter for many jobs."""
    bad = [one for one in found if one.view.state != "done"]
    subject = f"{len(bad)} of {len(found)} jobs failed" if bad else f"{len(found)} jobs are done"
    rows = [f"{subject}.", ""]
    for one in [*bad, *(one for one in found if one.view.state == "done")][:MOST_JOBS]:
        view = one.view
        rows.append(f"{short(view.job.job)}: {ENDED.get(view.state, view.state)}, {view.done} of {_count(view.frames)}")
        rows += [f"    {text}" for text in _sentences(one)[:2]]
    if len(found) > MOST_JOBS:
        rows.append(f"and {len(found) - MOST_JOBS} more")
    rows += ["", "All of them:  render jobs"]
    if bad:
        rows.append(f"Try again:    render retry {short(bad[0].view.job.job)}")
    return Letter(line(subject), "\n".join(map(line, rows)) + "\n")


def sick(host: str, jobs: int, text: str) -> str:
    """What is wrong with a host that takes no more chunks, and what to do."""
    return (f"{host} takes no more chunks: those of {jobs} jobs failed there in a row. The last one: {text} "
            f"When it is mended: render host resume {host}")


def hopeless(job: str, facts: Mapping[str, Any]) -> str:
    """Why the farm put a job on hold, and what to do."""
    hosts = ", ".join(map(str, facts.get("hosts", ())))
    return (f"No frame of it succeeded, and {facts.get('chunks')} chunks failed ({hosts}), so the farm put it on hold. "
            f"{facts.get('text', '')} When it is mended: render release {short(job)}")


def of_host(host: str, text: str) -> Letter:
    return Letter(line(f"{host} needs somebody"), f"{line(text)}\n\nSee: render hosts\n")


def facts(found: Detail, text: str) -> dict[str, Any]:
    """What a chat program gets as JSON."""
    one = found.view
    return {"notice": one.state, "job": one.job.job, "name": one.job.name, "owner": one.job.owner, "state": one.state,
            "frames": one.frames, "done": one.done, "failed": one.failed, "output": one.job.output,
            "warning": one.warning, "reasons": _sentences(found), "text": text}


def line(text: str) -> str:
    """Without control characters, which end lines and steer terminals."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in whole)


def short(job: str) -> str:
    """A job's name without its date."""
    return job.split("-", 2)[2]


def _count(frames: int) -> str:
    return f"{frames} frame{'' if frames == 1 else 's'}"


def _failed(found: Detail) -> list[ChunkView]:
    return [chunk for chunk in found.chunks if chunk.state == "failed"]


def _sentences(found: Detail) -> list[str]:
    """Each reason once, the one of most chunks first."""
    every = [" ".join(chunk.reason.split()) for chunk in _failed(found) if chunk.reason]
    return sorted(dict.fromkeys(every), key=lambda text: -every.count(text))


def _reasons(found: Detail) -> list[str]:
    rows = []
    ready = found.ready()
    for text in _sentences(found)[:MOST_REASONS]:
        chunks = [chunk for chunk in _failed(found) if " ".join(chunk.reason.split()) == text]
        frames = {f for c in chunks if c.frames for f in frame_lists.parse(c.frames)} - ready
        hosts = sorted({chunk.host for chunk in chunks if chunk.host})
        where = f", last tried on {', '.join(hosts)}" if hosts else ""
        rows += [f"Frames {frame_lists.text(sorted(frames))}{where}:", f"    {text}", ""]
    more = len(_sentences(found)) - MOST_REASONS
    return rows + ([f"and {more} more reasons.", ""] if more > 0 else [])


def _facts(found: Detail) -> list[str]:
    job, times = found.view.job, {f: d.seconds for f, d in found.per_frame.items() if d.seconds is not None}
    rows = [f"Pictures:  {job.output}"] if job.output else []
    if job.blend:
        rows.append(f"File:      {job.blend}, scene {job.scene}")
    if times:
        slow = sorted(times, key=lambda f: -times[f])[:3]
        total = sum(times.values())
        rows.append(f"Time:      {_duration(total)} in all, {_duration(total / len(times))} a frame; slowest: "
                    + ", ".join(f"{f} ({_duration(times[f])})" for f in slow))
    return rows


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
