"""Where the pictures go: from what people and files say to one absolute pattern, and a folder that is there."""

import os
import re
import stat
from contextlib import suppress
from typing import NamedTuple

from render_cli.errors import NoOutput, Usage
from spool import command
from spool.formats import EXTENSION
from spool.job import Job

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_FILM = re.compile(r"\.(mp4|mkv|avi|mov|ogv|webm|mpg|flv|dv)$", re.IGNORECASE)
_CURE = "Say where the pictures shall go: --output //render/####"


class Output(NamedTuple):
    """`pattern` is absolute; folders that miss below `home` are made. `note` says what nobody asked for."""

    pattern: str
    home: str
    note: str = ""


def of_file(said: str, blend: str, format: str) -> Output:
    """The scene's own output; next to the .blend if the file leaves it at Blender's default."""
    home = os.path.dirname(blend)
    if _WINDOWS.match(said):
        raise NoOutput(f"{blend} wants its pictures in {said}, a place on a Windows computer.", _CURE)
    path, note = said.replace("\\", "/"), ""
    if path in ("", "/tmp/", "/tmp"):
        path = f"//render/{os.path.splitext(os.path.basename(blend))[0]}/####"
        note = f"The file leaves the output at Blender's default, {said or 'nothing'}, so {path} is used."
    path = _FILM.sub("", path)
    return Output(command.blender_pattern(_absolute(path, home, home), format), home, note)


def of_option(said: str, blend: str, cwd: str, format: str) -> Output:
    """What --output names: a pattern, or a folder that is there or ends with a slash."""
    home = os.path.dirname(blend)
    pattern = command.blender_pattern(_from_option(said, home, cwd), format)
    ending, right = (os.path.splitext(path)[1].lower() for path in (said, pattern))
    other = ending in EXTENSION.values() and ending != right
    note = f"The pictures are {format}, so they end with {right}, not {ending}; --format chooses." if other else ""
    return Output(pattern, home, note)


def of_program(said: str, cwd: str) -> Output:
    """What --output names for any program: a pattern with a place for the frame."""
    if not said:
        return Output("", cwd)
    if said.startswith("//"):
        raise Usage(f"--output {said}: // means next to the .blend, and there is none.", "Give the folder.")
    path = _from_option(said, cwd, cwd)
    if not command.has_frame_mark(path):
        raise Usage(f"--output {said} has no place for the number of the frame.",
                    "Put #### where the number goes, for example: --output out/frame_####.png")
    return Output(path, cwd)


def of_film(said: str, blend: str, cwd: str) -> Output:
    """What --output names for a film: one file; next to the .blend if nothing was said."""
    home = os.path.dirname(blend) if blend else cwd
    said = said or f"//{os.path.splitext(os.path.basename(blend))[0]}.mp4"
    path = _from_option(said, home, cwd)
    if path.endswith("/"):
        path += f"{os.path.splitext(os.path.basename(blend or 'film'))[0]}.mp4"
    if os.path.splitext(path)[1].lower() not in command.CONTAINERS or command.has_frame_mark(path):
        raise Usage(f"--output {said} is no film.",
                    f"Name one file, without #, that ends with one of: {' '.join(command.CONTAINERS)}")
    return Output(path, home)


def _from_option(said: str, home: str, cwd: str) -> str:
    if _WINDOWS.match(said):
        raise Usage(f"--output {said} is a place on a Windows computer.", "Write it as the farm's computers see it.")
    path = _absolute(said, home, cwd)
    return path + "/" if not path.endswith("/") and os.path.isdir(path) else path


def _absolute(said: str, home: str, cwd: str) -> str:
    """Absolute, with a slash at the end where there was one: that is how a folder is named."""
    if said.startswith("//"):
        said = said.replace("\\", "/")      # as Blender does: on Windows it writes //..\render\
    slash = "/" if said.endswith("/") else ""
    if said.startswith("//"):
        return os.path.normpath(os.path.join(home, said[2:].lstrip("/"))) + slash
    return os.path.normpath(os.path.join(cwd, os.path.expanduser(said))) + slash


def there(job: Job) -> int:
    """How many of the job's pictures are there already."""
    folder = os.path.dirname(job.output)
    if not os.path.isdir(folder):
        return 0
    names = set(os.listdir(folder))
    return sum(os.path.basename(job.file_of(frame)) in names for frame in job.frame_list()) if names else 0


def prepare(output: Output, dry_run: bool) -> None:
    """The folder is there and may be written; NoOutput says why not. A dry run makes nothing."""
    folder = os.path.dirname(output.pattern)
    if not folder:
        return
    if os.path.isdir(folder):
        _check_writable(folder, dry_run)
        return
    _check_place(folder, output.home)
    if dry_run:
        return
    try:
        _make(folder)
    except OSError as error:
        raise NoOutput(f"Cannot make the folder {folder} for the pictures: {error.strerror}.",
                       f"Choose another: --output DIR/. Look at: ls -ld {_there(folder)}") from None


def _make(folder: str) -> None:
    """The folder and those above it, each with its parent's mode: who may write there may write here too,
    whatever this user's umask is. The daemons are other users."""
    above = os.path.dirname(folder)
    if not os.path.isdir(above):
        _make(above)
    with suppress(FileExistsError):     # on NFS a request that was sent twice meets its own success
        os.mkdir(folder)
    if os.stat(folder).st_uid == os.geteuid():
        os.chmod(folder, stat.S_IMODE(os.stat(above).st_mode) & 0o2777)


def _check_place(folder: str, home: str) -> None:
    """A folder that misses is made below the .blend's; elsewhere it may be a typing error, or not mounted."""
    parent, there = os.path.dirname(folder), _there(folder)
    if not os.path.isdir(there):
        raise NoOutput(f"{there} is a file; the pictures need a folder there.", "Choose another: --output DIR/")
    if there != parent and os.path.commonpath([home, folder]) != home:
        raise NoOutput(f"The folder {parent} for the pictures is not there.",
                       f"Is the share mounted? If the name is right: mkdir -p {folder}")
    if not os.access(there, os.W_OK | os.X_OK):
        raise NoOutput(f"You may not make the folder {folder} for the pictures.",
                       f"Choose another: --output DIR/. Look at: ls -ld {there}")


def _there(path: str) -> str:
    """The path, or the closest folder above it that exists."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def _check_writable(folder: str, dry_run: bool) -> None:
    cure = f"Choose another: --output DIR/. Look at: ls -ld {folder}"
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NoOutput(f"You may not write in {folder}, where the pictures go.", cure)
    if dry_run:
        return
    try:                                # a server may refuse what the mode allows
        probe = f"{folder}/.render.{os.urandom(4).hex()}"
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.unlink(probe)
    except OSError as error:
        raise NoOutput(f"Cannot write in {folder}, where the pictures go: {error.strerror}.", cure) from None
