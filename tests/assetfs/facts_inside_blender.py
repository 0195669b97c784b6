"""Runs inside Blender: writes into the first file behind `--`, as JSON, what is in the .blend files that follow.

Every simple property of everything but windows and workspaces; what a file says of itself alone (where it lies) is
left out."""

import json
import sys

import bpy

NOT_CONTENT = {"screens", "workspaces", "window_managers", "libraries", "brushes", "linestyles"}
SIMPLE = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"}
OF_A_SCENE = ("render", "cycles", "eevee", "view_settings", "unit_settings")
INSIDE_RENDER = ("image_settings", "ffmpeg")


def simple(thing):
    found = {}
    for key, known in thing.bl_rna.properties.items():
        if known.type in SIMPLE and not (known.type == "ENUM" and known.is_enum_flag):
            try:
                found[key] = plain(getattr(thing, key))
            except (AttributeError, TypeError):     # a property that this thing has not in its present mode
                continue
    return found


def plain(value):
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, (bool, int, str)):
        return value
    return [plain(part) for part in value]


def nodes(tree):
    inputs = {n.name: [plain(i.default_value) for i in n.inputs if hasattr(i, "default_value")] for n in tree.nodes}
    links = sorted([link.from_node.name, link.from_socket.name, link.to_node.name, link.to_socket.name]
                   for link in tree.links)
    return [{n.name: simple(n) for n in tree.nodes}, inputs, links]


def facts(thing):
    found = simple(thing)
    found["is an asset"] = thing.asset_data is not None
    if getattr(thing, "node_tree", None):
        found["nodes"] = nodes(thing.node_tree)
    kind = type(thing)
    if kind is bpy.types.Scene:
        found |= {key: simple(getattr(thing, key)) for key in OF_A_SCENE}
        found |= {key: simple(getattr(thing.render, key)) for key in INSIDE_RENDER}
        found["camera"] = thing.camera.name
        found["strips"] = [simple(s) for s in thing.sequence_editor.sequences] if thing.sequence_editor else []
    elif kind is bpy.types.Collection:
        found |= {"objects": sorted(thing.objects.keys()), "children": sorted(thing.children.keys())}
    elif kind is bpy.types.Mesh:
        found |= {"points": len(thing.vertices), "faces": len(thing.polygons), "materials": thing.materials.keys()}
    elif kind is bpy.types.Armature:
        found["bones"] = [[b.name, b.parent and b.parent.name, plain(b.head_local), plain(b.tail_local)]
                          for b in thing.bones]
    elif kind is bpy.types.Action:
        found["curves"] = [[c.data_path, c.array_index, [plain(k.co) for k in c.keyframe_points]]
                           for c in thing.fcurves]
    return found


into, *paths = sys.argv[sys.argv.index("--") + 1:]
found = {}
for path in paths:
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    kinds = [key for key in dir(bpy.data) if type(getattr(bpy.data, key)).__name__ == "bpy_prop_collection"]
    content = {kind: {thing.name: facts(thing) for thing in getattr(bpy.data, kind)}
               for kind in kinds if kind not in NOT_CONTENT}
    found[path] = {key: value for key, value in content.items() if value}
with open(into, "w") as file:           # Blender writes its warnings between what is printed
    json.dump(found, file)
