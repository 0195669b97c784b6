"""What was asked: job.json, written once by submit and never changed."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

from spool import atomic, command, owners, paths, recipes, trusted
from spool import frames as frame_lists
from spool.errors import BadFile, SpoolError
from spool.farm_mail import is_address
from spool.layout import FORMAT, JOB_FOLDERS, SEGMENT, Spool, parse_job


class Written(NamedTuple):
    """What job.json says where the job in memory has the folders of this host in the place of named paths."""

    blend: str
    output: str
    cwd: str
    template: tuple[str, ...]
    folders: Mapping[str, str]          # of this host, by the names of the paths that the job uses


@dataclass(frozen=True)
class Job:
    """One submit. Paths are absolute, or named (paths.py); frames are a list as frames.py reads it."""

    job: str
    name: str
    created: str                        # UTC, of the submitting machine: to be shown, never compared
    recipe: str                         # see recipes.py
    template: tuple[str, ...]           # see command.py
    frames: str
    chunk: int                          # frames in a chunk; with chunk_seconds the most
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
    chunk_seconds: float | None = None  # how long a chunk shall last: `--chunk auto`, see chunk_size.py
    allow_missing: bool = False         # missing textures and libraries are only a warning
    mail: str = ""                      # who is told of its end: "" as farm.yaml says, "no", or an address
    submitter: int | None = None        # uid; only where members send jobs through the inbox, see admit.py
    dropped: bool = False               # `blend` lies in the inbox, and says by its uid whose job it is: drop_box.py
    submission: str = ""                # SHA-256 of what was sent through it
    groups: tuple[str, ...] = ()        # hosts of any of them may take it; all may, if there are none
    needs: tuple[str, ...] = ()         # what a host must have, see needs.py
    max_hosts: int | None = None        # that render it at the same time; else what farm.yaml says
    project: str = ""                   # the film that it is of
    paths: tuple[str, ...] = ()         # names of named paths that it uses
    options: tuple[str, ...] = ()       # KEY=VALUE, for the stages of the recipe
    input: str = ""                     # from what its frames are made, see sequence.py; "": nobody can tell
    before: tuple[str, ...] = ()        # jobs that wrote the same pictures: what is the same is not rendered again
    beside: str = ""                    # frames in the same sequence, none of its own, that were made from other input
    owner: str = ""                     # who sent it; never what the file of a member says
    others: Mapping[str, Any] = field(default_factory=dict, hash=False)     # keys of a newer version, as they are
    written: Written | None = None      # never in the file: see `localised`

    @property
    def program(self) -> str:
        return self.template[0]

    @cached_property                    # both are asked for each chunk
    def asked_program(self) -> str:
        """As the file names it, and as hosts list what may run there."""
        return (self.written or self).template[0]

    @cached_property
    def picky(self) -> bool:
        """Not for every host that has its program."""
        return bool(self.groups or self.needs or self.paths)

    @property
    def is_blender(self) -> bool:
        """Its pictures come from a .blend, whatever its recipe."""
        return self.recipe == "blender" or (bool(self.blend) and self.recipe != "command")

    @property
    def staged(self) -> bool:
        """Its recipe is a folder that a host must have."""
        return self.recipe not in recipes.BUILT_IN

    @property
    def one_file(self) -> bool:
        """All its frames are in one file, a film: made by one chunk, as a whole or not at all."""
        return bool(self.output) and not command.has_frame_mark(self.output)

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
    _check_folders(spool, spool.job(job))
    data, uid = trusted.read_owned(path, trusted.JOB_LIMIT)
    owners.refuse_foreign(spool, path, uid)
    found = decode(path, trusted.decode(path, data), job)
    if spool.by_inbox and uid == spool.owner and found.submitter is not None:
        uid = found.submitter           # written by the daemon that admitted it
    if found.dropped:
        uid = _dropper(spool, found, uid)
    found = replace(found, owner=owners.user_name(uid))
    return localised(found, spool.rules.paths) if found.paths else found


def localised(job: Job, folders: Mapping[str, str]) -> Job:
    """With the folders of this host in the place of named paths; names that are none here stay."""
    mine = {name: folders[name] for name in job.paths if name in folders}
    if not mine or job.written:
        return job
    literal = {name: command.verbatim(folder) for name, folder in mine.items()}
    template = tuple(part if part == command.verbatim(job.scene) else paths.local(part, literal)
                     for part in job.template)
    return replace(job, written=Written(job.blend, job.output, job.cwd, job.template, mine), template=template,
                   blend=paths.local(job.blend, mine), output=paths.local(job.output, mine),
                   cwd=paths.local(job.cwd, mine))


def as_sent(job: Job) -> Job:
    """As the file says it: what `localised` was given."""
    if not (said := job.written):
        return job
    return replace(job, written=None, blend=said.blend, output=said.output, cwd=said.cwd, template=said.template)


def _dropper(spool: Spool, job: Job, writer: int) -> int:
    """The uid of the file that was dropped; of job.json if that is no plain file where dropped files lie."""
    _, _, rest = job.blend.partition(f"inbox/{job.job}/")         # behind the name of a path there is no slash
    parts = rest.split("/")
    if "" in parts or ".." in parts:
        return writer
    path = f"{spool.root}/inbox/{job.job}"
    try:
        for part in parts:              # a link on the way would lead to files of others
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return writer
            path += f"/{part}"
        info = os.lstat(path)
    except (OSError, ValueError):
        return writer
    return info.st_uid if stat.S_ISREG(info.st_mode) and info.st_nlink == 1 else writer


def to_json(job: Job) -> dict[str, Any]:
    """What job.json holds."""
    return {**job.others, "format": FORMAT, **{k: v for k, v in asdict(as_sent(job)).items() if k not in _OURS}}


_OURS = ("owner", "written", "others")  # not in the file under these names
_ASIDE = ("format", "priority", "hold", *_OURS)     # not kept: what a submission says beside the job
_TEXTS = ("job", "submission", "name", "created", "recipe", "frames", "order", "cwd", "blend", "blend_sha256", "scene",
          "file_format", "project", "input", "beside")


def _check_folders(spool: Spool, folder: str) -> None:
    """Refuses a job whose folder, or a folder in it, is a link or could be anybody's."""
    trusted.check_folder(folder, of=spool)
    for name in os.listdir(folder):
        if name in JOB_FOLDERS:
            trusted.check_folder(f"{folder}/{name}", of=spool)


def decode(path: str, found: Mapping[str, Any], name: str) -> Job:
    """The job called `name` in what was `found` at `path`; who owns it cannot be known from that."""
    if found.get("format") != FORMAT:
        raise BadFile(f"{path} is not of format {FORMAT}.", "It belongs to another version of renderd.")
    wanted = {f.name for f in fields(Job)}.difference(_OURS)
    try:
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items() if k in wanted}
        job = Job(**values, others={k: v for k, v in found.items() if k not in wanted and k not in _ASIDE})
        _check(job)
    except (TypeError, ValueError, IndexError, SpoolError) as error:
        raise BadFile(f"{path} makes no sense: {error}.", "It was edited by hand; cancel the job.") from None
    if job.job != name:
        raise BadFile(f"{path} speaks of job {job.job!r}.", "A job folder was copied or renamed; remove it.")
    return job


def _check(job: Job) -> None:
    if not isinstance(job.template, tuple) or not job.template or not all(isinstance(p, str) for p in job.template):
        raise ValueError("template is no list of arguments")
    for name in ("groups", "needs", "paths"):
        found = getattr(job, name)
        if not isinstance(found, tuple) or not all(isinstance(word, str) for word in found):
            raise ValueError(f"{name} is no list of words")
    if job.max_hosts is not None and (type(job.max_hosts) is not int or job.max_hosts < 1):
        raise ValueError("max_hosts is no number from 1")
    if not isinstance(job.output, str) or (job.output and not _has_place(job.output, job)):
        raise ValueError("output is no absolute path, nor one that begins with a name of `paths`")
    for name in ("chunks", "chunk", "tries"):
        if type(getattr(job, name)) is not int or getattr(job, name) < 1:
            raise ValueError(f"{name} is no number from 1")
    if job.submitter is not None and (type(job.submitter) is not int or not 0 <= job.submitter < 2 ** 32):
        raise ValueError("submitter is no uid")
    if job.mail not in ("", "no") and not (isinstance(job.mail, str) and is_address(job.mail)):
        raise ValueError("mail is no address")
    for name in _TEXTS:
        if not isinstance(getattr(job, name), str):
            raise ValueError(f"{name} is no text")
    for name in ("width", "height", "fps", "chunk_seconds"):
        if not isinstance(getattr(job, name), int | float | None):
            raise ValueError(f"{name} is no number")
    if type(job.dropped) is not bool:
        raise ValueError("dropped is neither true nor false")
    if job.chunk_seconds is not None and job.chunk_seconds < 1:
        raise ValueError("chunk_seconds is less than 1")
    if not isinstance(job.blender, tuple) or [type(part) for part in job.blender] != [int, int]:
        raise ValueError("blender is no version, as [3, 4]")
    if not recipes.is_name(job.recipe):
        raise ValueError(f"recipe {job.recipe!r} is no name of a recipe")
    if not all(isinstance(one, tuple) and all(isinstance(text, str) for text in one)
               for one in (job.options, job.before)):
        raise ValueError("options or before is no list of texts")
    for name in job.before:
        parse_job(name)
    recipes.options(job.options)
    if job.order not in frame_lists.ORDERS:
        raise ValueError(f"order is none of {', '.join(frame_lists.ORDERS)}")
    command.refuse_unsayable((job.output, job.cwd, job.blend, job.scene, *job.template, *job.options))
    job.frame_list()


def _has_place(path: str, job: Job) -> bool:
    return os.path.isabs(path) or (paths.name_of(path) in job.paths and not paths.leaves(path))


def todo_folders(spool: Spool, job: Job) -> Sequence[str]:
    """Every folder in which chunks of the job wait. todo/ itself too: `mv failed/X todo/` is a command."""
    root = spool.todo(job.job)
    segments = sorted(n for n in atomic.names(root) if n.isdecimal()) if job.segmented else []
    return [*(f"{root}/{name}" for name in segments), root]
