"""The job that a .blend from the drop-box shall be: `python -m render_cli.dropped`, JSON on stdin and stdout.

A program of its own: a file that somebody dropped is read here, and never in the daemon. It is planned as `render add`
plans it, with what farm.yaml says of the drop-box in the place of options.

    {"job", "name", "blend", "home", "root", "paths"} -> {"job", "priority"} or {"refused": CODE, "words"}"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from assetfs.blend import BlendFile, read_scenes
from assetfs.errors import AssetError
from render_cli import naming, options, projects, sending, wanted
from render_cli.errors import CliError, NoOutput
from render_cli.wanted import Asked
from spool import chunk_size, frames, opening, recipes
from spool import job as jobs
from spool.errors import SpoolError
from spool.layout import Spool
from spool.rules import with_paths
from spool.submit import Submitted

_CODES = {"NotABlend": "no-blend-file", "BlendCutShort": "cut-short", "BlendTooNew": "too-new",
          "BlendDamaged": "damaged", "BlendUnreadable": "unreadable"}


class Refused(Exception):
    """It cannot be a job; see drop_words.py of the daemon for the sentence."""

    def __init__(self, code: str, **words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


def main() -> None:
    said = json.load(sys.stdin)
    try:
        plan = planned(said)
        answer: dict[str, Any] = {"job": jobs.to_json(plan.job), "priority": plan.entry.priority}
    except Refused as error:
        answer = {"refused": error.code, "words": error.words}
    except click.BadParameter as error:
        answer = {"refused": "other", "words": {"text": f"farm.yaml: drop_box: {error.message}"}}
    except (AssetError, CliError, SpoolError) as error:
        code = _CODES.get(type(error).__name__, "no-output" if isinstance(error, NoOutput) else "other")
        answer = {"refused": code, "words": {"text": " ".join(filter(None, (error.message, error.hint)))}}
    json.dump(answer, sys.stdout)


def planned(said: Mapping[str, Any]) -> Submitted:
    """The job, not yet in the spool. The folder of its pictures is there."""
    spool = opening.open_spool(said["root"])
    spool = replace(spool, rules=with_paths(spool.rules, said["paths"]))        # as the daemon's computer has them
    blend, farm = said["blend"], spool.drop_box
    _refuse(read_scenes(blend), said["home"])
    asked = _asked(spool, said["home"])
    several = wanted.of_blend(blend, asked)[1]
    if len(several) > 1:
        raise Refused("several-scenes", scenes=", ".join(repr(one.job.scene) for one in several))
    one = several[0]
    if _leaves(os.path.dirname(one.job.output), said):
        one = wanted.of_blend(blend, asked._replace(output="//render/####"))[1][0]
    project = said["name"] if one.job.project == said["job"] else one.job.project      # the folder was renamed
    one = one._replace(job=replace(one.job, job=said["job"], dropped=True, project=project),
                       more=projects.more(spool, project, blend))
    return sending.ready(spool, [one], priority=_priority(farm))[0]


def _asked(spool: Spool, home: str) -> Asked:
    """What farm.yaml says, as options of `render add`."""
    farm = spool.drop_box
    chunk, seconds = _chunk(farm.get("chunk", "10"), spool.chunk_seconds)
    recipe = farm.get("recipe", "")
    if recipe and (recipe == "command" or not recipes.is_name(recipe)):
        raise Refused("other", text=f"farm.yaml: drop_box: recipe {recipe!r} is none for .blend files.")
    return Asked(spool.tries, home, chunk=chunk, chunk_seconds=seconds, order=_order(farm), rules=spool.rules,
                 output=naming.here(farm.get("output", ""), spool.rules), project=farm.get("project", ""),
                 recipe=recipe, groups=options.names(farm.get("group", "")), needs=options.needs(farm.get("needs", "")))


def _refuse(found: BlendFile, home: str) -> None:
    if found.missing:
        names = [os.path.relpath(path, home) if path.startswith(f"{home}/") else path for path in found.missing]
        raise Refused("missing", files=", ".join(names[:5]) + (" ..." if len(names) > 5 else ""))
    if not found.scenes:
        raise Refused("no-scene")
    if len(found.scenes) > 1 and not (found.rend or found.current):
        raise Refused("several-scenes", scenes=", ".join(repr(scene.name) for scene in found.scenes))
    scene = next((s for s in found.scenes if s.name in {r.scene for r in found.rend}), found.scenes[0])
    if scene.camera is None:
        raise Refused("no-camera", scene=scene.name)


def _leaves(folder: str, said: Mapping[str, Any]) -> bool:
    """Pictures do not go into other places of the spool."""
    inside = folder == said["root"] or folder.startswith(f"{said['root']}/")
    return inside and not (folder == said["home"] or folder.startswith(f"{said['home']}/"))


def _chunk(text: str, seconds: float) -> tuple[int, float | None]:
    if text == "auto":
        return chunk_size.BOUND, seconds
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise Refused("other", text=f"farm.yaml: drop_box: chunk {text!r} is neither a number nor auto.")
    return int(text), None


def _order(farm: Mapping[str, str]) -> str:
    order = farm.get("order", "probe")
    if order not in frames.ORDERS:
        raise Refused("other", text=f"farm.yaml: drop_box: order {order!r} is none of {', '.join(frames.ORDERS)}.")
    return order


def _priority(farm: Mapping[str, str]) -> int:
    text = farm.get("priority", "50")
    if not text.isdecimal() or int(text) > 100:
        raise Refused("other", text=f"farm.yaml: drop_box: priority {text!r} is not from 0 to 100.")
    return int(text)


if __name__ == "__main__":
    main()
