"""What was asked: job.json, written once by submit and never changed."""

import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from spool import atomic, command, trusted
from spool import frames as frame_lists
from spool.errors import BadFile, SpoolError
from spool.layout import FORMAT, SEGMENT, Spool


@dataclass(frozen=True)
class Job:
    """One submit. Paths are absolute; frames are a list as frames.py reads it."""

    job: str
    name: str
    created: str                        # UTC, of the submitting machine: to be shown, never compared
    recipe: str                         # blender | command
    template: tuple[str, ...]           # see command.py
    frames: str
    chunk: int                          # frames in a chunk
    order: str
    output: str                         # pattern of the frames' files, or "" if the farm cannot tell
    chunks: int                         # how many were submitted
    tries: int
    cwd: str = ""
    blend: str = ""
    blend_sha256: str = ""
    blender: tuple[int, int] = (0, 0)   # version that wrote the file
    scene: str = ""
    file_format: str = ""               # as Blender's -F names it
    width: int | None = None            # pixels of a frame, if known
    height: int | None = None
    fps: float | None = None
    allow_missing: bool = False         # missing textures and libraries are only a warning
    owner: str = ""                     # who owns job.json; not in the file

    @property
    def program(self) -> str:
        return self.template[0]

    @property
    def segmented(self) -> bool:
        return self.chunks > SEGMENT

    def frame_list(self) -> list[int]:
        return frame_lists.parse(self.frames)

    def file_of(self, frame: int) -> str:
        return command.frame_path(self.output, frame)

    def todo_folder(self, seq: str) -> str:
        """Below the job's folder: where the chunk with this number waits."""
        return f"todo/{int(seq) // SEGMENT:03}" if self.segmented else "todo"


def read(spool: Spool, job: str) -> Job:
    """The job as it was submitted. Raises BadFile, UnsafeFile, FileNotFoundError."""
    path = f"{spool.job(job)}/job.json"
    trusted.check_folder(spool.job(job))
    data, uid = trusted.read_owned(path, trusted.JOB_LIMIT)
    found = _known(path, trusted.decode(path, data))
    if found.job != job:
        raise BadFile(f"{path} speaks of job {found.job}.", "A job folder was copied or renamed; remove it.")
    return replace(found, owner=user_name(uid))


def to_json(job: Job) -> dict[str, Any]:
    """What job.json holds."""
    return {"format": FORMAT, **{k: v for k, v in asdict(job).items() if k != "owner"}}


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _known(path: str, found: Mapping[str, Any]) -> Job:
    if found.get("format") != FORMAT:
        raise BadFile(f"{path} is not of format {FORMAT}.", "It belongs to another version of renderd.")
    wanted = {f.name for f in fields(Job)} - {"owner"}
    try:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items() if k in wanted}
        job = Job(**values)
        _check(job)
    except (TypeError, ValueError, IndexError, SpoolError) as error:
        raise BadFile(f"{path} makes no sense: {error}.", "It was edited by hand; cancel the job.") from None
    return job


def _check(job: Job) -> None:
    if not isinstance(job.template, tuple) or not job.template or not all(isinstance(p, str) for p in job.template):
        raise ValueError("template is no list of arguments")
    if not isinstance(job.output, str) or (job.output and not os.path.isabs(job.output)):
        raise ValueError("output is no absolute path")
    for name in ("chunks", "chunk", "tries"):
        if type(getattr(job, name)) is not int or getattr(job, name) < 1:
            raise ValueError(f"{name} is no number from 1")
    for name in ("name", "created", "recipe", "frames", "order", "cwd", "blend", "blend_sha256", "scene",
                 "file_format"):
        if not isinstance(getattr(job, name), str):
            raise ValueError(f"{name} is no text")
    for name in ("width", "height", "fps"):
        if not isinstance(getattr(job, name), int | float | None):
            raise ValueError(f"{name} is no number")
    if not isinstance(job.blender, tuple) or [type(part) for part in job.blender] != [int, int]:
        raise ValueError("blender is no version, as [3, 4]")
    command.refuse_unsayable((job.output, job.cwd, job.blend, job.scene, *job.template))
    job.frame_list()


def todo_folders(spool: Spool, job: Job) -> Sequence[str]:
    """Every folder in which chunks of the job wait. todo/ itself too: `mv failed/X todo/` is a command."""
    root = spool.todo(job.job)
    segments = sorted(n for n in atomic.names(root) if n.isdecimal()) if job.segmented else []
    return [*(f"{root}/{name}" for name in segments), root]
