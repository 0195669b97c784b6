"""The command that a slot really runs for a chunk: for the missing frames only, into the claim's own folder."""

import os
from collections.abc import Sequence

from renderd.blenders import Blender
from renderd.report import SCRIPT
from spool import command
from spool.claim import Claim


def build(claim: Claim, frames: Sequence[int], folder: str, threads: int, blender: Blender | None,
          scripts: bool) -> list[str]:
    """The arguments. A command that a person edited in the info file is kept as it stands, but for the folder."""
    words = _words(claim, frames, folder, threads)
    return _for_blender(words, claim, blender, scripts) if blender else words


def _words(claim: Claim, frames: Sequence[int], folder: str, threads: int) -> list[str]:
    job, info = claim.job, claim.info
    if list(info.command) == command.expand(job.template, info.written, info.output):
        output = os.path.join(folder, os.path.basename(info.output)) if info.output else ""
        return command.expand(job.template, frames, output, threads)
    return command.staged(info.command, info.output, folder) if info.output else list(info.command)


def _for_blender(words: list[str], claim: Claim, blender: Blender, scripts: bool) -> list[str]:
    words = [blender.path, *words[1:]]
    if scripts and "-Y" in words:
        words[words.index("-Y")] = "-y"
    if claim.job.blend in words:        # behind the file, so that it speaks of this file
        at = words.index(claim.job.blend) + 1
        words[at:at] = ["-P", str(SCRIPT)]
    return words
