"""Runs inside Blender (3.0 or newer, its own Python): gives the open file its output paths and names, and saves it.

What to do stands as JSON behind `--`, see blender_output.py."""

import json
import re
import sys
from typing import Any

WORD = "ASSET"          # stands in templates for the name of the asset
LONGEST = 63            # bytes of a name in every Blender


def renamed(text: str, word: str, name: str) -> str:
    """The text with the name where the word stands alone."""
    changed = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: name, text)
    return changed.encode()[:LONGEST].decode(errors="ignore") if changed != text else text


def rename(data: Any, word: str, name: str) -> None:
    """Everything of this file that has a name."""
    for kind in dir(data):
        things = getattr(data, kind)
        if type(things).__name__ == "bpy_prop_collection":
            for thing in list(things):
                if hasattr(thing, "library") and thing.library is None and word in thing.name:
                    thing.name = renamed(thing.name, word, name)


def main(said: Any) -> None:
    import bpy

    if bpy.data.filepath != said["file"]:
        raise SystemExit(f"Blender did not open {said['file']}")
    for scene in bpy.data.scenes:
        if scene.library is None:
            scene.render.filepath = said["outputs"][scene.name]
    if said["name"]:
        rename(bpy.data, said["word"], said["name"])
    bpy.context.preferences.filepaths.save_version = 0      # no backup beside it
    bpy.ops.wm.save_as_mainfile(filepath=said["save"], compress=said["compress"], relative_remap=True,
                                check_existing=False)


if __name__ == "__main__":
    main(json.loads(sys.argv[sys.argv.index("--") + 1]))
