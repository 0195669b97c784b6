"""What people are told of jobs and hosts that need nobody or somebody: pure text, the same for mail and chat."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from renderd.letter_words import Words
from spool import frames as frame_lists
from spool.view import ChunkView, Detail

MOST_REASONS = 5
MOST_JOBS = 40          # of a digest


class Letter(NamedTuple):
    """A subject without line ends, and a text."""

    subject: str
    text: str


def of_job(words: Words, found: Detail, left: str = "") -> Letter:
    """How a job ended. `left` is a sentence that only who sent this knows."""
    one, name = found.view, short(found.view.job.job)
    gone, frames = one.frames - one.done, words.count(one.frames)
    subject = words("head", name=name, word=words.ended(one.state),
                    amount=words("missing", gone=gone, frames=frames) if gone else frames)
    rows = [f"{subject}.", ""]
    if one.warning:
        rows += [words("look", text=one.warning), ""]
    if left:
        rows += [left, ""]
    rows += _reasons(words, found)
    rows += _facts(words, found)
    if one.state == "failed":
        rows += ["", words("show", name=name), words("retry", name=name)]
    elif one.job.output:
        rows += ["", words("movie", name=name)]
    return Letter(line(subject), "\n".join(map(line, rows)) + "\n")


def of_several(words: Words, found: Sequence[Detail]) -> Letter:
    """One letter for many jobs."""
    bad = [one for one in found if one.view.state != "done"]
    subject = words("some-failed", bad=len(bad), n=len(found)) if bad else words("all-done", n=len(found))
    rows = [f"{subject}.", ""]
    for one in [*bad, *(one for one in found if one.view.state == "done")][:MOST_JOBS]:
        view = one.view
        rows.append(words("job", name=short(view.job.job), word=words.ended(view.state), done=view.done,
                          frames=words.count(view.frames)))
        rows += [f"    {words('look', text=view.warning)}"] if view.warning else []
        rows += [f"    {text}" for text in _sentences(one)[:2]]
    if len(found) > MOST_JOBS:
        rows.append(words("more-jobs", n=len(found) - MOST_JOBS))
    rows += ["", words("all")]
    if bad:
        rows.append(words("again", name=short(bad[0].view.job.job)))
    return Letter(line(subject), "\n".join(map(line, rows)) + "\n")


def sick(host: str, jobs: int, text: str) -> str:
    """What is wrong with a host that takes no more chunks, and what to do."""
    return (f"{host} takes no more chunks: those of {jobs} jobs failed there in a row. The last one: {text} "
            f"When it is mended: render host resume {host}")


def hopeless(words: Words, job: str, facts: Mapping[str, Any]) -> str:
    """Why the farm put a job on hold, and what to do."""
    return words("hopeless", chunks=facts.get("chunks"), hosts=", ".join(map(str, facts.get("hosts", ()))),
                 text=facts.get("text", ""), name=short(job))


def of_host(words: Words, host: str, text: str) -> Letter:
    return Letter(line(words("host", host=host)), f"{line(text)}\n\n{words('hosts')}\n")


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


def _failed(found: Detail) -> list[ChunkView]:
    return [chunk for chunk in found.chunks if chunk.state == "failed"]


def _sentences(found: Detail) -> list[str]:
    """Each reason once, the one of most chunks first."""
    every = [" ".join(chunk.reason.split()) for chunk in _failed(found) if chunk.reason]
    return sorted(dict.fromkeys(every), key=lambda text: -every.count(text))


def _reasons(words: Words, found: Detail) -> list[str]:
    rows = []
    ready = found.ready()
    for text in _sentences(found)[:MOST_REASONS]:
        chunks = [chunk for chunk in _failed(found) if " ".join(chunk.reason.split()) == text]
        frames = {f for c in chunks if c.frames for f in frame_lists.parse(c.frames)} - ready
        hosts = sorted({chunk.host for chunk in chunks if chunk.host})
        where = words("where", hosts=", ".join(hosts)) if hosts else ""
        rows += [words("which", frames=frame_lists.text(sorted(frames)), where=where), f"    {text}", ""]
    more = len(_sentences(found)) - MOST_REASONS
    return rows + ([words("more-reasons", n=more), ""] if more > 0 else [])


def _facts(words: Words, found: Detail) -> list[str]:
    job, times = found.view.job, {f: d.seconds for f, d in found.per_frame.items() if d.seconds is not None}
    rows = [words("pictures", path=job.output)] if job.output else []
    if job.blend:
        rows.append(words("file", path=job.blend, scene=job.scene))
    if times:
        slow = sorted(times, key=lambda f: -times[f])[:3]
        total = sum(times.values())
        rows.append(words("time", total=_duration(total), mean=_duration(total / len(times)),
                          slow=", ".join(f"{f} ({_duration(times[f])})" for f in slow)))
    return rows


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
