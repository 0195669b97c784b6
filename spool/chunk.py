"""Info files: some frames of a job, and the command for them."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from spool import command, paths, trusted
from spool import frames as frame_lists
from spool import job as jobs
from spool.errors import BadFile, SpoolError
from spool.job import Job
from spool.layout import FORMAT, ChunkName


class Info(NamedTuple):
    """What an info file says. `frames` are those that the chunk's name leaves of it."""

    frames: tuple[int, ...]
    round: int                  # 0 at first; the number of the redo that asked for these frames
    command: tuple[str, ...]
    output: str
    written: tuple[int, ...] = ()       # all frames of the file: those that `command` is for
    stage: str = ""             # end or error: not frames, but the stages of the whole job


def name_of(seq: int, width: int, frames: Sequence[int]) -> ChunkName:
    """The name of a fresh chunk; `frames` ascending."""
    return ChunkName(f"{seq:0{width}}", frames[0], frames[-1])


def encode(job: Job, name: ChunkName, frames: Sequence[int], round: int = 0) -> bytes:
    """The info file of these frames."""
    job = jobs.as_sent(job)
    stage = {"stage": name.stage} if name.stage else {}
    return json.dumps({
        "format": FORMAT, "job": job.job, "chunk": name.stem, "frames": frame_lists.text(frames), "round": round,
        "command": command.expand(job.template, frames, job.output), "output": job.output, **stage,
    }, ensure_ascii=True, indent=1).encode() + b"\n"


def decode(path: str, data: bytes, name: ChunkName) -> Info:
    """The info in `data`, which was read at `path`. BadFile says what is wrong with it."""
    found = trusted.decode(path, data)
    try:
        return _info(found, name)
    except (KeyError, TypeError, ValueError, SpoolError) as error:
        raise BadFile(f"{path} makes no sense: {_what(error)}.", "It was edited by hand.") from None


def localised(info: Info, job: Job) -> Info:
    """With the folders of this host, as `job` has them, in the place of named paths."""
    if not job.written:
        return info
    mine = job.written.folders
    words = tuple(word if word == job.scene else paths.local(word, mine) for word in info.command)
    return info._replace(command=words, output=paths.local(info.output, mine))


def as_written(job: Job, info: Info) -> bool:
    """Nobody edited its command by hand."""
    return list(info.command) == command.expand(job.template, info.written, info.output)


def _info(found: dict[str, Any], name: ChunkName) -> Info:
    if found["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    words, output, round = found["command"], found["output"], found["round"]
    if not isinstance(words, list) or not words:
        raise ValueError("command is no list of arguments")
    command.refuse_unsayable([*words, output])      # TypeError for what is no text
    if type(round) is not int or not isinstance(found["frames"], str):
        raise ValueError("round is no number, or frames is no list")
    written = tuple(frame_lists.parse(found["frames"]))
    frames = tuple(f for f in written if name.first <= f <= name.last)
    if not frames:
        raise ValueError("none of its frames is in the range of its name")
    stage = found.get("stage", "")
    if stage != name.stage:
        raise ValueError("stage is not that of its name")
    return Info(frames, round, tuple(words), output, written, stage)


def _what(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error).rstrip(".")
