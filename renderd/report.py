"""What a blend file itself can tell before the render: its scenes, and the files that it misses.

Blender says nothing when a texture is missing: it paints pink and exits 0. So this runs inside Blender,
behind the blend file and before the render (report_inside.py), and prints one line:

    renderd-missing: {"scenes": {"Shot": {"camera": "Cam", "engine": "CYCLES"}},
                      "images": [...], "libraries": [...], "files": [...]}

An engine that this Blender does not have reads as BLENDER_EEVEE. `files` are fonts, volumes and caches
(Alembic, USD). Pictures that are only looked at while modelling (reference pictures, brushes, the background
of a camera) are left out. Of a sequence it is asked whether any picture of it is there. Strips of the
sequencer are not looked at.
"""

import json
from pathlib import Path
from typing import Any

MARK = "renderd-missing: "

SCRIPT = Path(__file__).with_name("report_inside.py")
"""For `blender FILE -P SCRIPT`: behind the file, before the render. `-Y` does not forbid it."""


def read(line: str) -> dict[str, Any] | None:
    """What the report says, when this is its line; None for any other line."""
    if not line.startswith(MARK):
        return None
    try:
        found = json.loads(line[len(MARK):])
    except (ValueError, RecursionError):    # the line was cut: Blender ended in the middle of it; or it is no report
        return None
    return found if isinstance(found, dict) else None
