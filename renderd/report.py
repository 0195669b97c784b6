"""What a blend file itself can tell before the render: its scenes, and the files that it misses.

Blender says nothing when a texture is missing: it paints pink and exits 0. So this runs inside Blender,
behind the blend file and before the render, as `--python-expr REPORT_EXPRESSION` (which `-Y` does not forbid),
and prints one line:

    renderd-missing: {"scenes": {"Shot": {"camera": "Cam", "engine": "CYCLES"}},
                      "images": [...], "libraries": [...], "files": [...]}

An engine that this Blender does not have reads as BLENDER_EEVEE. `files` are fonts, volumes and caches
(Alembic, USD). Pictures that are only looked at while modelling (reference pictures, brushes, the background
of a camera) are left out. Of a sequence it is asked whether any picture of it is there. Strips of the
sequencer are not looked at.
"""

import json
from typing import Any

MARK = "renderd-missing: "

REPORT_EXPRESSION = r"""
import bpy, json, os, re

def renderd_report(most=50):
    data, users = bpy.data, bpy.data.user_map()
    blind = {'Object', 'Camera', 'Screen', 'WindowManager', 'WorkSpace', 'Brush'}

    def used(thing):
        return thing.users > thing.use_fake_user

    def rendered(thing):
        for user in users.get(thing, ()):
            if isinstance(user, bpy.types.Texture):
                if any(not isinstance(other, bpy.types.Brush) for other in users.get(user, ())):
                    return True
            elif type(user).__name__ not in blind and used(user):
                return True
        return False

    def is_there(path, sequence):
        if not sequence:
            return os.path.exists(path)
        start, end = re.fullmatch(r'(.*?)\d*(\D*)', os.path.basename(path)).groups()
        try:
            return any(n.startswith(start) and n.endswith(end) for n in os.listdir(os.path.dirname(path)))
        except OSError:
            return False

    def paths(thing, path):
        libraries = {thing.library, getattr(thing, 'parent', None), None} if hasattr(thing, 'library') else {None}
        return [os.path.normpath(bpy.path.abspath(path, library=library)) for library in libraries]

    def gone(thing, path, sequence=False):
        return path if not any(is_there(p, sequence) for p in paths(thing, path)) else ''

    def missing(thing):
        path, source = thing.filepath, getattr(thing, 'source', 'FILE')
        if not path or path.startswith('<') or source in ('GENERATED', 'VIEWER'):
            return ''
        if getattr(thing, 'packed_file', None) or len(getattr(thing, 'packed_files', ())):
            return ''
        if source == 'TILED':
            tiles = [(t.number, t.number - 1001) for t in thing.tiles]
            each = [path.replace('<UDIM>', str(n)).replace('<UVTILE>', 'u%d_v%d' % (i % 10 + 1, i // 10 + 1))
                    for n, i in tiles]
            return next(filter(None, (gone(thing, p) for p in each)), '')
        return gone(thing, path, source == 'SEQUENCE' or getattr(thing, 'is_sequence', False))

    def told(things):
        lost = {os.path.normpath(bpy.path.abspath(p, library=t.library)) for t in things if (p := missing(t))}
        return sorted(lost)[:most]

    return {
        'scenes': {s.name: {'camera': s.camera.name if s.camera else None, 'engine': s.render.engine}
                   for s in list(data.scenes)[:200]},
        'images': told([t for c in (data.images, data.movieclips) for t in c if rendered(t)]),
        'libraries': told(data.libraries),
        'files': told([t for c in ('fonts', 'volumes', 'cache_files') for t in getattr(data, c, ()) if used(t)]),
    }

try:
    renderd_found = renderd_report()
except Exception as error:
    renderd_found = {'error': repr(error)}
print('\nrenderd-missing: ' + json.dumps(renderd_found), flush=True)
"""


def read(line: str) -> dict[str, Any] | None:
    """What the report says, when this is its line; None for any other line."""
    if not line.startswith(MARK):
        return None
    try:
        found = json.loads(line[len(MARK):])
    except ValueError:      # the line was cut: Blender ended in the middle of it
        return None
    return found if isinstance(found, dict) else None
