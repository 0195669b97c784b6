"""Commands: from a template and some frames to a list of arguments. Never a shell string.

A template is a list of arguments. In each, {first} {last} {frames} {output} {threads} are filled in.
The argument {ranges} becomes Blender's own `-s A -e B -j STEP -a`, once for each stretch of frames.
{{} stands for {, where a name would be taken for one of these places.
"""

import os
import re
from collections.abc import Iterable, Sequence

from spool import frames as frame_lists
from spool.formats import EXTENSION

# Arguments run in order: what stands before the file counts for the file, -S -o -F -x after it, -a last.
BLENDER = ("blender", "-b", "--factory-startup", "-noaudio", "-t", "{threads}", "-Y", "--python-exit-code", "9",
           "{blend}", "-S", "{scene}", "-o", "{output}", "-F", "{format}", "-x", "1", "{ranges}")

FILM = (*BLENDER[:-3], "-x", "0", "{ranges}")     # the name is kept as it stands
CONTAINERS = {".mp4": "MPEG4", ".mkv": "MKV", ".mov": "QUICKTIME", ".avi": "AVI", ".webm": "WEBM"}
# A scene that was set to pictures has no codec that fits.
_CONTAINER = ("import bpy; r = bpy.data.scenes[{scene!r}].render; f = r.ffmpeg; f.format = {container!r}; "
              "f.codec = f.codec if r.image_settings.file_format == 'FFMPEG' else {codec!r}")

_MARK = re.compile(r"#+(?=[^#]*$)")             # Blender takes the last group of #
_ALSO = {"JPEG": (".jpeg",), "TIFF": (".tiff",)}
_PICTURES = {*EXTENSION.values(), ".jpeg", ".tiff"}
_PERCENT = re.compile(r"%0?(\d{0,2})d(?!.*%0?\d{0,2}d)")
_PLACE = re.compile(r"\{(first|last|frames|output|threads)\}|\{\{\}")
_LIKE_A_PLACE = re.compile(r"\{(?=(?:first|last|frames|output|threads|ranges|\{)\})")


def blender_template(blend: str, scene: str, format: str, line: Sequence[str] = BLENDER) -> list[str]:
    """The command line that renders frames of one scene; the scene's name is taken verbatim."""
    known = {"{blend}": verbatim(blend), "{scene}": verbatim(scene), "{format}": format}
    return [known.get(part, part) for part in line]


def film_template(blend: str, scene: str, output: str) -> list[str]:
    """The command line that renders frames of one scene into one film, in the container that its name asks for."""
    words = blender_template(blend, scene, "FFMPEG", FILM)
    container = CONTAINERS[os.path.splitext(output)[1].lower()]
    at = words.index("-o")
    words[at:at] = ["--python-expr", verbatim(_CONTAINER.format(
        scene=scene, container=container, codec="WEBM" if container == "WEBM" else "H264"))]
    return words


def verbatim(text: str) -> str:
    """An argument that `expand` gives back as this very text."""
    return _LIKE_A_PLACE.sub("{{}", text)


def refuse_unsayable(texts: Iterable[str]) -> None:
    """ValueError for what no argument of a program and no name of a file can hold."""
    every = "\n".join(texts)
    if "\0" in every:
        raise ValueError("a NUL character")
    if not every.isascii():
        every.encode("utf-8", "surrogateescape")


def expand(template: Sequence[str], frames: Sequence[int], output: str, threads: int = 0) -> list[str]:
    """The arguments for these frames (ascending, not empty)."""
    known = {"first": str(frames[0]), "last": str(frames[-1]), "frames": frame_lists.text(frames),
             "output": output, "threads": str(threads)}
    done: list[str] = []
    for part in template:
        done += _ranges(frames) if part == "{ranges}" else [_fill(part, known)]
    return done


def names_frames(template: Sequence[str]) -> bool:
    """Does the command say which frames it renders, so that a part of them can be asked for?"""
    places = {match[1] for part in template for match in _PLACE.finditer(part)}
    return "{ranges}" in template or "frames" in places or {"first", "last"} <= places


def _fill(part: str, known: dict[str, str]) -> str:
    return _PLACE.sub(lambda m: known[m[1]] if m[1] else "{", part)


def _ranges(frames: Sequence[int]) -> list[str]:
    return [word for first, last, step in frame_lists.runs(frames)
            for word in ("-s", str(first), "-e", str(last), "-j", str(step), "-a")]


def frame_path(pattern: str, frame: int) -> str:
    """The file of a frame: the last #### (or %04d) of the file's name filled in, wider if it must be."""
    folder, name = os.path.split(pattern)
    if _MARK.search(name):
        name = _MARK.sub(lambda m: f"{frame:0{len(m[0])}}", name)
    else:
        name = _PERCENT.sub(lambda m: f"{frame:0{m[1] or 1}}", name)
    return os.path.join(folder, name)


def has_frame_mark(pattern: str) -> bool:
    name = os.path.basename(pattern)
    return bool(_MARK.search(name) or _PERCENT.search(name))


def blender_pattern(output: str, format: str) -> str:
    """The pattern of the files that Blender writes for `-o OUTPUT -F FORMAT -x 1`.

    Without # it appends four digits; an extension of another picture format is exchanged."""
    folder, name = os.path.split(output)
    if not _MARK.search(name):
        name += "####"
    stem, extension = os.path.splitext(name)
    right = EXTENSION[format]
    if extension.lower() in _PICTURES and extension.lower() not in (right, *_ALSO.get(format, ())):
        name = stem
    if not name.lower().endswith((right, *_ALSO.get(format, ()))):
        name += right
    return os.path.join(folder, name)


def staged(command: Sequence[str], output: str, folder: str) -> list[str]:
    """A command written for `output`, made to write the same names into another folder."""
    if not output:                      # it is not known where the program writes
        return list(command)
    there = os.path.join(folder, os.path.basename(output))
    return [part.replace(output, there) for part in command]
