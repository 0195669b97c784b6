"""One job: its pictures on a strip of film, its frames, its tries, and what was said meanwhile."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any
from zlib import crc32

from spool import frames as frame_lists
from spool import job_facts
from spool.journal import FrameDone
from spool.reasons import REASONS
from spool.view import ChunkView, Detail
from webview import farm_jobs, farm_why
from webview.farm_job import JobPage
from webview.farm_pages import looks
from webview.page import Ask, NotThere, Page
from webview.site import Site

PICTURES = 36           # on the strip of film; of more frames some, evenly spread
ROWS = 100              # frames in the table
CHUNKS = 100            # that are told; those that are done are not
SLOWEST = 3
MOST_HOSTS = 40         # whose answers are shown


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    page = site.farm.job(ask.rest, ask.get("chunk")) if site.farm else None
    trouble = site.farm.silent() if site.farm else None
    if page is None:
        raise NotThere("job.no_answer" if trouble else "job.gone", name=ask.rest, status=503 if trouble else 404)
    told = {"job": ask.rest, "known": page.detail is not None, "error": page.error,
            "trouble": asdict(trouble) if trouble else None}
    return told | (_of(site, ask, page, page.detail) if page.detail else {"name": ask.rest, "look": "silent"})


def version(site: Site, ask: Ask) -> Hashable:
    farm = site.farm
    return (farm.number_of(ask.rest, ask.get("chunk")), site.thumbs.number, farm.silent()) if farm else 0


def _of(site: Site, ask: Ask, page: JobPage, found: Detail) -> dict[str, Any]:
    told, job = farm_jobs.of(found), found.view.job
    states = job_facts.frame_states(found)
    return told | {
        "look": looks.of_job(told), "failures": [farm_jobs.failure(c) for c in _failed(found.chunks)[:CHUNKS]],
        "sent": farm_jobs.moment(job.created), "frame_list": job.frames, "command": list(job.template),
        "format": job.file_format, "width": job.width, "height": job.height, "fps": job.fps,
        "film": _film(site, found), "times": _times(found.per_frame), "rows": _rows(found, states, ask),
        "chunks": _chunks(found.chunks), "why": _why(page),
        "logs": [{"name": log.name, "chunk": log.chunk, "text": log.text, "cut": log.cut} for log in page.logs]}


def _why(page: JobPage) -> dict[str, Any] | None:
    """Why it waits; failures have a part of the page of their own."""
    if page.why is None:
        return None
    reasons = [one for one in farm_why.told(page.why.reasons) if one["code"] not in REASONS]
    hosts = [one | {"host": answer.host, "look": "done" if answer.is_free else "rendering" if answer.may else "held"}
             for one, answer in zip(farm_why.told(a.what for a in page.why.hosts), page.why.hosts, strict=True)]
    return {"reasons": reasons, "hosts": hosts[:MOST_HOSTS], "more": max(0, len(hosts) - MOST_HOSTS)}


def _film(site: Site, found: Detail) -> list[dict[str, Any]]:
    """Pictures that are there, the first and the last among them."""
    job, there = found.view.job, sorted(found.per_frame)
    if not job.output:
        return []
    return [{"frame": frame, "small": site.thumbs.of_frame(job.job, frame, token(found.per_frame[frame])),
             "large": site.thumbs.of_frame(job.job, frame, token(found.per_frame[frame]), 480)}
            for frame in spread(there, PICTURES)]


def spread(items: Sequence[int], most: int) -> list[int]:
    """At most so many, evenly, with both ends."""
    if len(items) <= most:
        return list(items)
    return [items[round(at * (len(items) - 1) / (most - 1))] for at in range(most)]


def token(done: FrameDone) -> str:
    """Another one when the frame was rendered anew."""
    return f"-{crc32(repr((done.round, done.host, done.seconds, done.blend)).encode()):08x}"


def _times(per_frame: Mapping[int, FrameDone]) -> dict[str, Any] | None:
    timed = [(done.seconds, frame) for frame, done in per_frame.items() if done.seconds is not None]
    if not timed:
        return None
    memory = max((done.peak_mb for done in per_frame.values() if done.peak_mb is not None), default=None)
    slowest = [[frame, seconds] for seconds, frame in sorted(timed, reverse=True)[:SLOWEST]]
    return {"mean": round(fmean(seconds for seconds, _ in timed), 2), "frames": len(timed), "peak_mb": memory,
            "slowest": slowest if len(timed) > SLOWEST else []}


def _rows(found: Detail, states: Mapping[int, str], ask: Ask) -> dict[str, Any]:
    """A part of the frames, from the one that was asked for."""
    frames = list(states)
    asked = ask.get("from")
    first = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else frames[0]
    at = next((i for i, frame in enumerate(frames) if frame >= first), 0) // ROWS * ROWS
    part = frames[at:at + ROWS]
    return {"frames": [_row(frame, states[frame], found.per_frame.get(frame)) for frame in part],
            "before": frames[at - ROWS] if at else None,
            "after": frames[at + ROWS] if at + ROWS < len(frames) else None, "all": len(frames)}


def _row(frame: int, state: str, done: FrameDone | None) -> dict[str, Any]:
    return {"frame": frame, "state": state, "look": looks.FRAMES[state], "host": done.host if done else "",
            "seconds": done.seconds if done else None, "peak_mb": done.peak_mb if done else None}


def _failed(chunks: Sequence[ChunkView]) -> list[ChunkView]:
    return [chunk for chunk in chunks if chunk.state == "failed"]


def _chunks(chunks: Sequence[ChunkView]) -> dict[str, Any]:
    """Those that run, failed, or were tried before."""
    told = [c for c in chunks if c.state in ("running", "failed") or (c.state == "waiting" and (c.tries or c.reason))]
    waiting = [c for c in chunks if c.state == "waiting" and c not in told]
    return {"listed": [{"name": c.name, "state": c.state, "look": looks.FRAMES[c.state], "host": c.host,
                        "frames": c.frames, "tries": c.tries} for c in told[:CHUNKS]],
            "more": max(0, len(told) - CHUNKS), "waiting": len(waiting),
            "next": frame_lists.text(frame_lists.parse(waiting[0].frames)) if waiting and waiting[0].frames else ""}


PAGE = Page("job", "/job/<rest>", facts, version, asks=("chunk", "from"))
