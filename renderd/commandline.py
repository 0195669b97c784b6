"""The command that a slot really runs for a chunk: for the missing frames only, into the claim's own folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from renderd.blenders import Blender
from renderd.report import SCRIPT
from spool import chunk, command
from spool.claim import Claim

DRIVER = Path(__file__).with_name("driver_inside.py")
DRIVEN = (2, 80)        # the oldest Blender that the driver knows


def build(claim: Claim, frames: Sequence[int], folder: str, threads: int, blender: Blender | None,
          scripts: bool) -> list[str]:
    """The arguments. A command that a person edited in the info file is kept as it stands, but for the folder."""
    words = _words(claim, frames, folder, threads)
    if not blender:
        return words
    words = _for_blender(words, blender, scripts)
    if claim.job.blend in words:        # behind the file, so that it speaks of this file
        at = words.index(claim.job.blend) + 1
        words[at:at] = ["-P", str(SCRIPT)]
    return words


def driven(claim: Claim, threads: int, blender: Blender, scripts: bool) -> list[str]:
    """The same without output and frames: the driver is told those. Nothing if only the plain command will do."""
    words = [] if claim.job.one_file else _without_frames(list(claim.job.template))
    if not words or not chunk.as_written(claim.job, claim.info) or not claim.job.output or blender.version[:2] < DRIVEN:
        return []
    words = command.expand(words, claim.info.frames, "", threads)
    return [*_for_blender(words, blender, scripts), "-P", str(DRIVER)]


def pattern(claim: Claim, folder: str) -> str:
    """Where the pictures of this claim are written."""
    return os.path.join(folder, os.path.basename(claim.info.output)) if claim.info.output else ""


def _without_frames(template: list[str]) -> list[str]:
    """Nothing where it is not known which arguments to leave out."""
    *words, last = template
    if last != "{ranges}" or words.count("{output}") != 1:
        return []
    at = words.index("{output}")
    return words[:at - 1] + words[at + 1:] if words[at - 1] == "-o" else []


def _words(claim: Claim, frames: Sequence[int], folder: str, threads: int) -> list[str]:
    info = claim.info
    if chunk.as_written(claim.job, info):
        return command.expand(claim.job.template, frames, pattern(claim, folder), threads)
    return command.staged(info.command, info.output, folder) if info.output else list(info.command)


def _for_blender(words: list[str], blender: Blender, scripts: bool) -> list[str]:
    words = [blender.path, *words[1:]]
    if scripts and "-Y" in words:
        words[words.index("-Y")] = "-y"
    return words
