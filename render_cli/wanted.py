"""What `render add` is asked for, as jobs that are not in the spool yet: one for each scene."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from assetfs.blend import BlendFile, RendScene, Scene, check_complete, read_scenes
from render_cli import inputs, naming, outputs, picture_format, projects, words
from render_cli.errors import CannotSend, Usage
from render_cli.outputs import Output
from render_cli.words import listed, plain
from spool import command, frames, recipes
from spool.job import Job
from spool.rules import Rules


class Asked(NamedTuple):
    """The options that hold for every job of one call."""

    tries: int
    cwd: str
    scenes: tuple[str, ...] = ()
    all_scenes: bool = False
    frames: str = ""
    chunk: int = 10
    chunk_seconds: float | None = None
    output: str = ""
    format: str = ""
    name: str = ""
    order: str = "probe"
    allow_missing: bool = False
    mail: str = ""
    groups: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    max_hosts: int | None = None
    project: str = ""
    recipe: str = ""
    options: tuple[str, ...] = ()
    rules: Rules = Rules()              # how paths of Windows are called


class Wanted(NamedTuple):
    """A job to be, and what has to be said about it."""

    job: Job                            # without its name in the spool
    output: Output
    notes: tuple[str, ...] = ()
    more: int = 0                       # what is added to its priority


def of_program(words: Sequence[str], asked: Asked) -> Wanted:
    """The job of any program. Its arguments are kept exactly as they are."""
    if not asked.frames:
        raise Usage("Which frames? A program needs --frames.", "render add --frames 1-100 -- PROGRAM {first} {last}")
    if any("{output}" in word for word in words) and not asked.output:
        raise Usage("The arguments name {output}, but there is no --output.",
                    "For example: --output out/frame_####.png")
    if asked.recipe in recipes.ONE_FILE:
        return _film_of_program(words, asked)
    output = outputs.of_program(asked.output, asked.cwd)
    job = Job(job="", name=asked.name or os.path.basename(words[0]), created="",
              recipe=asked.recipe or "command", options=asked.options,
              template=tuple(words), frames=_listed(frames.parse(asked.frames)), chunk=asked.chunk, order=asked.order,
              output=output.pattern, chunks=0, tries=asked.tries, cwd=asked.cwd, chunk_seconds=asked.chunk_seconds,
              allow_missing=asked.allow_missing, mail=asked.mail, groups=asked.groups, needs=asked.needs,
              max_hosts=asked.max_hosts, project=asked.project)
    blind = "Without --output the farm sees no pictures: frames count when the program exits 0."
    return Wanted(job, output, () if output.pattern else (blind,))


def _film_of_program(words: Sequence[str], asked: Asked) -> Wanted:
    """Its frames are one file, so one chunk makes them all."""
    if not asked.output:
        raise Usage("Where does the film go?", "For example: --output out/film.mp4, and {output} in the arguments")
    plain = of_program(words, asked._replace(recipe="", output="####"))
    return _one_chunk(plain, outputs.of_film(asked.output, "", asked.cwd), asked)


def _one_chunk(plain: Wanted, output: Output, asked: Asked, **more: Any) -> Wanted:
    whole = replace(plain.job, recipe=asked.recipe, output=output.pattern, chunk=len(plain.job.frame_list()),
                    chunk_seconds=None, order="linear", **more)
    return Wanted(whole, output, plain.notes)


def of_blend(path: str, asked: Asked) -> tuple[BlendFile, list[Wanted]]:
    """The jobs of a .blend: of the scenes that it was saved to render, or of those that were asked for."""
    blend = os.path.realpath(path)
    check_complete(blend)
    found = read_scenes(blend)
    scenes = _chosen(found, asked)
    with open(blend, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return found, [_of_scene(found, scene, blend, digest, asked, len(scenes) > 1) for scene in scenes]


def _chosen(found: BlendFile, asked: Asked) -> list[Scene]:
    known = {scene.name: scene for scene in found.scenes}
    if not known:
        raise CannotSend(f"{found.path} has no scene of its own.", "Open it in Blender and save it with a scene.")
    if asked.all_scenes:
        return list(found.scenes)
    names = asked.scenes or tuple(r.scene for r in found.rend) or (_only(found),)
    return [known[name] if name in known else _unknown(found, name) for name in dict.fromkeys(names)]


def _only(found: BlendFile) -> str:
    """The scene of a file that does not say which one to render, as libraries do not."""
    if found.current:
        return found.current
    if len(found.scenes) == 1:
        return found.scenes[0].name
    raise CannotSend(f"{found.path} does not say which scene to render.", f"Choose: --scene NAME.\n{_scenes(found)}")


def _unknown(found: BlendFile, name: str) -> Scene:
    raise CannotSend(f"There is no scene {plain(name)!r} in {found.path}.", _scenes(found, name))


def _scenes(found: BlendFile, near: str = "") -> str:
    names = [scene.name for scene in found.scenes]
    first = words.near(near, names, len(names), 0.4)
    return "Its scenes: " + ", ".join(repr(plain(n)) for n in dict.fromkeys([*first, *names]))


def _of_scene(found: BlendFile, scene: Scene, blend: str, digest: str, asked: Asked, several: bool) -> Wanted:
    _check_camera(scene, blend, asked)
    wanted = frames.parse(asked.frames) if asked.frames else []
    format, remark = _format(scene, asked)
    film = asked.recipe in recipes.ONE_FILE
    output = outputs.of_option(asked.output, blend, asked.cwd, format) if asked.output and not film else \
        outputs.of_file(naming.here(scene.output, asked.rules), blend, format)
    width, height = scene.size or (None, None)
    stem = asked.name or os.path.splitext(os.path.basename(blend))[0]
    job = Job(job="", name=f"{stem} {scene.name}" if several else stem, created="",
              recipe=asked.recipe or "blender", options=asked.options,
              template=tuple(command.blender_template(blend, scene.name, picture_format.argument(format))),
              frames=_listed(wanted or _own_frames(found, scene)), chunk=asked.chunk, order=asked.order,
              output=output.pattern, chunks=0, tries=asked.tries, cwd=asked.cwd, chunk_seconds=asked.chunk_seconds,
              blend=blend, blend_sha256=digest, blender=found.version, scene=scene.name, file_format=format,
              width=width, height=height, fps=round(scene.frame_rate, 6), allow_missing=asked.allow_missing,
              mail=asked.mail, groups=asked.groups, needs=asked.needs, max_hosts=asked.max_hosts,
              project=asked.project or projects.of(blend))
    job = replace(job, input=inputs.fingerprint(found, job))
    notes = (output.note, remark, _outside(wanted, scene))
    found_job = Wanted(job, output, tuple(n for n in notes if n))
    return _film(found_job, asked) if film else found_job


def _film(plain: Wanted, asked: Asked) -> Wanted:
    """What the file says of its pictures does not matter."""
    job, output = plain.job, outputs.of_film(asked.output, plain.job.blend, asked.cwd)
    if len(list(frames.runs(job.frame_list()))) > 1:
        raise Usage(f"Frames {job.frames} have gaps, and Blender makes a film for each stretch.",
                    "Send one stretch, or pictures with --recipe movie.")
    words = tuple(command.film_template(job.blend, job.scene, output.pattern))
    return _one_chunk(plain._replace(notes=()), output, asked, template=words, file_format="FFMPEG")


def _check_camera(scene: Scene, blend: str, asked: Asked) -> None:
    if scene.camera is None:
        raise CannotSend(f"The scene {plain(scene.name)!r} of {blend} has no camera, so nothing can be rendered.",
                         "In Blender: Shift A, Camera; then make it the active one (Ctrl 0), save, and add again."
                         + ("\nOr leave it out: name the others with --scene." if asked.all_scenes else ""))


def _own_frames(found: BlendFile, scene: Scene) -> list[int]:
    """As the front of the file says, which is what Blender itself would render; the step from its depth."""
    rend = next((r for r in found.rend if r.scene == scene.name), RendScene(scene.name, scene.start, scene.end))
    if not 0 <= rend.start <= rend.end <= frames.HIGHEST:
        raise CannotSend(f"The scene {plain(scene.name)!r} of {found.path} has frames {rend.start} to {rend.end}, "
                         f"which Blender cannot be told to render.", "Say which: --frames 1-100")
    return frames.parse(f"{rend.start}-{rend.end}x{max(1, scene.step)}")


def _format(scene: Scene, asked: Asked) -> tuple[str, str]:
    return (asked.format, "") if asked.format else picture_format.of_file(scene.format)


def _outside(wanted: Sequence[int], scene: Scene) -> str:
    outside = [f for f in wanted if not scene.start <= f <= scene.end]
    if not outside:
        return ""
    return (f"Frames {_listed(outside)} lie outside of the scene's own range, {scene.start}-{scene.end}; "
            f"they are rendered all the same.")


def _listed(numbers: Sequence[int]) -> str:
    return frames.text(numbers)


def missing(found: BlendFile) -> str:
    """The files that the .blend needs and that are not there, in one line; "" if all are."""
    return listed([plain(path) for path in found.missing])


def collision(wanted: Sequence[Wanted]) -> tuple[Wanted, Wanted, int] | None:
    """Two jobs of one call that would write the same file, and its frame."""
    seen: dict[str, list[tuple[Wanted, set[int]]]] = {}
    for one in (w for w in wanted if w.output.pattern):
        mine = set(one.job.frame_list())
        for other, theirs in seen.setdefault(one.output.pattern, []):
            if mine & theirs:
                return other, one, min(mine & theirs)
        seen[one.output.pattern].append((one, mine))
    return None
