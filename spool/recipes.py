"""Recipes: what a job's chunks go through beside their command. Names and words only; renderd runs the stages.

A recipe is a folder of executables, run in the order of their names:

    pre-*      before a chunk                     end-*      once per job, when every frame is there
    render-*   instead of the chunk's command     error-*    when a chunk fails, and when the job has
    post-*     on the pictures, before they are published
"""

import re
from collections.abc import Iterable

BUILT_IN = ("blender", "command")       # without stages: every host has them
STAGES = ("pre", "render", "post", "end", "error")
ONE_FILE = ("video",)                   # their pictures are one film, made by one chunk

_NOT_RUN = ("~", ".md", ".txt", ".bak", ".orig", ".dpkg-old", ".dpkg-new", ".dpkg-dist", ".rpmnew", ".rpmsave")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)


def is_name(text: str) -> bool:
    """It becomes the name of a folder."""
    return _NAME.fullmatch(text) is not None


def stage_kind(file: str) -> str:
    """pre, render, post, end or error for the name of a stage; "" for any other file, also for a copy that an editor or
    a package keeps of one."""
    kind, dash, _ = file.partition("-")
    return kind if dash and kind in STAGES and not file.endswith(_NOT_RUN) else ""


def options(said: Iterable[str]) -> dict[str, str]:
    """KEY=VALUE as a dict. ValueError names what is none."""
    found = {}
    for one in said:
        key, sign, value = one.partition("=")
        if not sign or not _OPTION.fullmatch(key):
            raise ValueError(f"{one!r} is no KEY=VALUE")
        found[key] = value
    return found
