"""Runs inside Blender (2.80 or newer, its own Python): prints which files the open .blend misses.

See report.py for the line. Never fails: what it cannot find out is no reason not to render."""

import json
import os
import re
import sys

MOST = 50           # files of a kind that are named
BLIND = {"Object", "Camera", "Screen", "WindowManager", "WorkSpace", "Brush"}      # users that are not rendered


def report(bpy):
    """What the line says."""
    data, users = bpy.data, bpy.data.user_map()
    pictures = [p for kind in (data.images, data.movieclips) for p in kind if is_rendered(bpy, p, users)]
    others = [o for kind in ("fonts", "volumes", "cache_files") for o in getattr(data, kind, ()) if is_used(o)]
    return {
        "scenes": {s.name: {"camera": s.camera.name if s.camera else None, "engine": s.render.engine}
                   for s in list(data.scenes)[:200]},
        "images": told(bpy, pictures), "libraries": told(bpy, data.libraries), "files": told(bpy, others),
    }


def is_used(thing):
    return thing.users > thing.use_fake_user


def is_rendered(bpy, thing, users):
    """Does a picture have a user that shows up in a render?"""
    return any(counts(bpy, user, users) for user in users.get(thing, ()))


def counts(bpy, user, users):
    if isinstance(user, bpy.types.Texture):
        return any(not isinstance(other, bpy.types.Brush) for other in users.get(user, ()))
    return type(user).__name__ not in BLIND and is_used(user)


def told(bpy, things):
    """Absolute paths of the files that are not there."""
    pairs = [(missing(bpy, thing), thing) for thing in things]
    lost = {os.path.normpath(bpy.path.abspath(path, library=thing.library)) for path, thing in pairs if path}
    return sorted(lost)[:MOST]


def missing(bpy, thing):
    """The path of a file of this thing that is not there, or nothing."""
    path, source = thing.filepath, getattr(thing, "source", "FILE")
    if not path or path.startswith("<") or source in ("GENERATED", "VIEWER"):
        return ""
    if getattr(thing, "packed_file", None) or len(getattr(thing, "packed_files", ())):
        return ""
    if source == "TILED":
        return next((p for p in tiles(thing, path) if is_gone(bpy, thing, p, False)), "")
    sequence = source == "SEQUENCE" or getattr(thing, "is_sequence", False)
    return path if is_gone(bpy, thing, path, sequence) else ""


def tiles(thing, path):
    for tile in thing.tiles:
        place = tile.number - 1001
        yield (path.replace("<UDIM>", str(tile.number))
               .replace("<UVTILE>", "u%d_v%d" % (place % 10 + 1, place // 10 + 1)))


def is_gone(bpy, thing, path, sequence):
    """Beside this file or beside the library that the thing came from: neither has it."""
    libraries = {thing.library, getattr(thing, "parent", None), None} if hasattr(thing, "library") else {None}
    places = [os.path.normpath(bpy.path.abspath(path, library=library)) for library in libraries]
    return not any(is_there(place, sequence) for place in places)


def is_there(path, sequence):
    if not sequence:
        return os.path.exists(path)
    start, end = re.fullmatch(r"(.*?)\d*(\D*)", os.path.basename(path)).groups()
    try:
        return any(n.startswith(start) and n.endswith(end) for n in os.listdir(os.path.dirname(path)))
    except OSError:
        return False


def say():
    """Prints the line, and gives what it says."""
    try:
        import bpy
        found = report(bpy)
    except Exception as error:          # of any kind: a report must not cost a render
        found = {"error": repr(error)}
    print("\nrenderd-missing: " + json.dumps(found))
    sys.stdout.flush()
    return found


if __name__ == "__main__":
    say()
