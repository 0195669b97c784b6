"""Is this file the frame that its name says?"""

import re
from pathlib import Path

from renderd.pictures import Broken, look
from tests.system.farm import says

SCENES = ("Five", "Shot", None)         # of blender50.blend, of one_20.blend; a TIFF does not say


def wrong(path: Path) -> str:
    """What is wrong with it, or "". FileNotFoundError if it is not there."""
    if path.is_symlink():
        return f"{path} is a link"
    frame = int(re.findall(r"\d+", path.stem)[-1])
    if path.suffix == ".txt":
        said = path.read_bytes()
        return "" if said == b"frame %d\n" % frame else f"{path} holds {said!r}"
    try:
        picture = look(path)
    except Broken as broken:
        return f"{path} is not whole: {broken.message}"
    if picture.frame not in (None, frame) or picture.scene not in SCENES or _corner(path) not in (None, frame % 256):
        return f"{path} is frame {picture.frame} of scene {picture.scene}, its corner says {_corner(path)}"
    return ""


def _corner(path: Path) -> int | None:
    """The frame % 256 that its first pixel says; an EXR is asked for its texts only."""
    if path.suffix == ".png":
        return says(path)[0]
    if path.suffix == ".tif":
        red, green = (round(value / 17) for value in path.read_bytes()[8:10])
        return red + 16 * green
    return None
