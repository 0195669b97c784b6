"""From what the frames of a job are made, as one word: two jobs with the same word would render the same pictures.

The .blend by its content; the pictures and libraries that it names, and those that these name, by size and time. Not
seen: caches, sounds, fonts, all frames of a picture sequence but the one that is named."""

import hashlib
import json
import os
from collections.abc import Iterator

from assetfs.blend import BlendFile, read_scenes
from assetfs.errors import AssetError
from spool import sequence
from spool.job import Job

MOST_LIBRARIES = 200


def fingerprint(found: BlendFile, job: Job) -> str:
    """64 hexadecimal digits."""
    facts = [job.blend_sha256, job.scene, job.file_format, job.width, job.height, job.recipe, list(job.options),
             job.allow_missing, sorted(_needed(found))]
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogateescape")).hexdigest()


def _needed(found: BlendFile) -> Iterator[tuple[str, sequence.File | None]]:
    """Every file, with what tells whether it was changed."""
    waiting, seen = [found], set[str]()
    while waiting:
        one = waiting.pop()
        folder = os.path.dirname(one.path)
        for said in (*one.images, *one.libraries):
            path = os.path.normpath(os.path.join(folder, said.removeprefix("//").replace("\\", "/"))
                                    if said.startswith("//") else said)
            if path in seen:
                continue
            seen.add(path)
            yield path, sequence.file_of(path)
            if said in one.libraries and len(seen) < MOST_LIBRARIES:
                try:
                    waiting.append(read_scenes(path))
                except AssetError:      # not there, or damaged: its size and time say enough
                    continue
