"""render movie: the frames of a job as a film."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import click

from render_cli import options, place
from render_cli.errors import CannotSend, CliError, NoOutput, NoTool, Usage
from render_cli.words import command_line, count, duration, plain, size
from spool import frames as frame_lists
from spool import job as spool_job
from spool.job import Job

HEADER = 64 * 1024     # bytes of an EXR that name its layers, and more
FPS = 24.0          # where the job does not know it
UNKNOWN = (".hdr", ".cin", ".rgb")               # ffmpeg takes none of them from numbered files
EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"          # yuv420p needs it, and players need yuv420p


@dataclass(frozen=True)
class Film:
    """What is put together: pictures in their order, and where the film goes."""

    pictures: tuple[str, ...]
    target: str
    fps: float


@click.command()
@options.one_job
@click.option("--output", metavar="FILE", help="The film. Else NAME.mp4 next to the folder of the frames.")
@click.option("--fps", metavar="N", type=click.FloatRange(0.1, 1000),
              help="Frames per second. Else as in the .blend, or 24.")
@click.option("--skip-missing", is_flag=True, help="Leave out frames that are not there, instead of refusing.")
@options.dry_run
@options.spool
def movie(job: str, output: str | None, fps: float | None, skip_missing: bool, dry_run: bool,
          spool_path: str | None) -> None:
    """Make a film of a job's frames, an mp4 that plays everywhere.

    ffmpeg is run on this computer. The film is written beside its final name and gets it when it is whole; an older
    film of that name is replaced. The frames are not changed.

    \b
    Examples:
      render movie shot010
      render movie shot010 --output rushes/shot010.mp4 --fps 12

    \b
    Exit status: 0 the film is there, 1 no such job, 65 frames are missing, 69 no ffmpeg, 73 the film cannot be written
    """
    spool = place.reading(spool_path)
    found = spool_job.read(spool, options.find(spool, job).job)
    film = Film(_pictures(found, skip_missing), target(found, output), fps or found.fps or FPS)
    if dry_run:
        click.echo(f"Would make {plain(film.target)}: {_told(film)}")
        click.echo(command_line(command(film, "FRAMES", film.target)))
        return
    make(film)
    click.echo(f"{plain(film.target)}: {_told(film)}, {size(os.path.getsize(film.target))}")


def target(job: Job, output: str | None) -> str:
    """The film's path. Only mp4: other endings would ask for other codecs."""
    if output and not output.lower().endswith(".mp4"):
        raise Usage(f"--output {output} does not end with .mp4.", "Films are made as mp4; convert it afterwards.")
    if output:
        return os.path.abspath(os.path.expanduser(output))
    name = job.name.replace("/", "-").lstrip(".") or job.job
    return os.path.join(os.path.dirname(os.path.dirname(job.output)), f"{name}.mp4")


def _pictures(job: Job, skip_missing: bool) -> tuple[str, ...]:
    if not job.output:
        raise CannotSend(f"{job.job} does not say where its frames are.", "Jobs with --output can become a film.")
    if job.output.lower().endswith(UNKNOWN):
        raise CannotSend(f"ffmpeg cannot read pictures like {os.path.basename(job.output)}.",
                         "Send the job again with --format PNG or --format OPEN_EXR.")
    wanted = job.frame_list()
    there = _listed(os.path.dirname(job.output))
    found = [f for f in wanted if os.path.basename(job.file_of(f)) in there]
    if not found:
        raise CannotSend(f"No frame is there yet: {job.file_of(wanted[0])}.", f"See: render show {job.job}")
    if len(found) < len(wanted) and not skip_missing:
        gone = sorted(set(wanted) - set(found))
        raise CannotSend(f"{count(len(gone), 'frame')} of {len(wanted)} are missing: {frame_lists.text(gone)}.",
                         f"Wait for them: render wait {job.job}   or leave them out: --skip-missing")
    return tuple(job.file_of(f) for f in found)


def _listed(folder: str) -> set[str]:
    """The names of the files in a folder that are not empty."""
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries if entry.is_file() and entry.stat().st_size}


def make(film: Film) -> None:
    """The film is there, whole."""
    if not shutil.which("ffmpeg"):
        raise NoTool("ffmpeg is not installed on this computer.", "Install it: sudo apt install ffmpeg")
    folder, name = os.path.split(film.target)
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise NoOutput(f"You cannot write in {folder}, where the film goes.", "Choose another: --output FILE.mp4")
    aside = os.path.join(folder, f".{name}.{os.getpid()}.mp4")
    try:
        with tempfile.TemporaryDirectory(prefix="render-movie-") as links:
            _link(film.pictures, links)
            _ffmpeg(command(film, links, aside))
        os.replace(aside, film.target)
    finally:
        if os.path.lexists(aside):
            os.unlink(aside)


def _link(pictures: Sequence[str], folder: str) -> None:
    """Numbered links without a gap: ffmpeg ends a film at the first gap, and reads % and ' in names its own way."""
    for number, path in enumerate(pictures):
        os.symlink(path, os.path.join(folder, f"{number:07}{_extension(pictures)}"))


def _extension(pictures: Sequence[str]) -> str:
    return os.path.splitext(pictures[0])[1].lower()


def command(film: Film, links: str, target: str) -> list[str]:
    """The arguments of ffmpeg."""
    extension = _extension(film.pictures)
    exr = _of_exr(film.pictures[0]) if extension == ".exr" else []
    return ["ffmpeg", "-nostdin", "-v", "error", "-y", *exr, "-framerate", f"{film.fps:g}", "-start_number", "0",
            "-i", os.path.join(links, f"%07d{extension}"), "-vf", EVEN, "-c:v", "libx264", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", target]


def _of_exr(path: str) -> list[str]:
    """EXR is linear light: it gets the curve that screens expect. Of many layers the first whole picture counts."""
    with open(path, "rb") as file:
        layer = re.search(rb"([^\0]+\.Combined)\.R\0", file.read(HEADER))
    return ["-apply_trc", "iec61966_2_1", *(["-layer", os.fsdecode(layer[1])] if layer else [])]


def _ffmpeg(words: list[str]) -> None:
    ran = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        said = "\n".join(ran.stderr.strip().splitlines()[-4:])
        raise CliError(f"ffmpeg could not make the film (exit code {ran.returncode}).", said or None)


def _told(film: Film) -> str:
    seconds = len(film.pictures) / film.fps
    return f"{count(len(film.pictures), 'frame')}, {duration(seconds)} at {film.fps:g} frames a second"
