"""Runs inside Blender: builds the templates of one configuration, see make_templates.py.

    blender -b --factory-startup -noaudio --python-exit-code 9 -P inside_blender.py -- CYCLES|EEVEE FOLDER

In a template the word ASSET stands for the name of the asset: `render asset new prop "red chair"` renames the
scene, the collection and whatever else is called `ASSET ...`. What other files link lies in the collection
ASSET; the collection Stage around it (camera, lights, floor) is for looking at it and for test renders.
"""

import math
import sys

import bpy

WIDTH, HEIGHT, FPS = 1920, 1080, 24
SAMPLES = 64
SHOT_FRAMES, TURN_FRAMES = 120, 48
ENGINES = {"CYCLES": "CYCLES", "EEVEE": "BLENDER_EEVEE"}

# Beside Layout, which stays in front. Every workspace costs 1 kB; the + in Blender's bar brings the others.
WORKSPACES = {
    "shot": ("Animation", "Rendering"),
    "prop": ("Modeling", "UV Editing", "Shading"),
    "set": ("Modeling", "UV Editing", "Shading"),
    "character": ("Modeling", "UV Editing", "Shading", "Animation"),
    "composite": ("Compositing", "Rendering"),
    "material_library": ("Shading",),
    "animation_library": ("Animation",),
    "video": ("Rendering",),
}

# Bone, its parent, where it ends (x, y, z in metres), how thick its stand-in is, and where it begins: at its
# parent's end, or here. A person of 1.7 m; .L is mirrored to .R.
BONES = (
    ("root", None, (0, 0.4, 0), 0, (0, 0, 0)),
    ("hips", "root", (0, 0, 1.05), 0.26, (0, 0, 0.90)),
    ("spine", "hips", (0, 0, 1.25), 0.24, None),
    ("chest", "spine", (0, 0, 1.46), 0.30, None),
    ("neck", "chest", (0, 0, 1.53), 0.11, None),
    ("head", "neck", (0, 0, 1.74), 0.19, None),
    ("upper_arm.L", "chest", (0.45, 0.03, 1.42), 0.10, (0.19, 0, 1.42)),
    ("forearm.L", "upper_arm.L", (0.70, 0, 1.42), 0.08, None),
    ("hand.L", "forearm.L", (0.86, 0, 1.42), 0.08, None),
    ("thigh.L", "hips", (0.10, -0.03, 0.49), 0.15, (0.10, 0, 0.90)),
    ("shin.L", "thigh.L", (0.10, 0, 0.08), 0.11, None),
    ("foot.L", "shin.L", (0.10, -0.18, 0.02), 0.09, None),
)


# Pieces that the templates share

def collection(name, parent=None):
    made = bpy.data.collections.new(name)
    (parent or bpy.context.scene.collection).children.link(made)
    return made


def asset_collection():
    """What other files link; Blender's asset browser shows it too."""
    made = collection("ASSET")
    made.asset_mark()
    return made


def place(data, name, into, where=(0, 0, 0), turn=(0, 0, 0)):
    """An object; `turn` in degrees."""
    thing = bpy.data.objects.new(name, data)
    thing.location = where
    thing.rotation_euler = [math.radians(angle) for angle in turn]
    into.objects.link(thing)
    return thing


def mesh(name, points, faces, material, smooth=False):
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    data.materials.append(material)
    for polygon in data.polygons:
        polygon.use_smooth = smooth
    data.update()
    return data


def box(low, high):
    """Points and faces of a box, seen from outside."""
    points = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    return points, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def ball(radius, height, around=16, rings=8):
    points = [(radius * math.sin(math.pi * r / rings) * math.cos(2 * math.pi * a / around),
               radius * math.sin(math.pi * r / rings) * math.sin(2 * math.pi * a / around),
               height + radius * math.cos(math.pi * r / rings)) for r in range(1, rings) for a in range(around)]
    top, below = len(points), len(points) + 1
    points += [(0, 0, height + radius), (0, 0, height - radius)]
    last = (rings - 2) * around
    faces = [(r * around + a, (r + 1) * around + a, (r + 1) * around + (a + 1) % around, r * around + (a + 1) % around)
             for r in range(rings - 2) for a in range(around)]
    faces += [(top, a, (a + 1) % around) for a in range(around)]
    faces += [(below, last + (a + 1) % around, last + a) for a in range(around)]
    return points, faces


def plane(half):
    return [(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [(0, 1, 2, 3)]


def material(name, colour, roughness=0.5, metallic=0.0):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    made.diffuse_color = (*colour, 1)
    return made


def light(kind, name, into, where, turn, energy, size=1.0):
    data = bpy.data.lights.new(name, kind)
    data.energy = energy
    if kind == "AREA":
        data.shape, data.size = "DISK", size
    elif kind == "SUN":
        data.angle = math.radians(2)
    return place(data, name, into, where, turn)


def camera(into, where, turn, lens=35.0):
    data = bpy.data.cameras.new("Camera")
    data.lens, data.sensor_width = lens, 36
    data.passepartout_alpha = 0.9
    thing = place(data, "Camera", into, where, turn)
    bpy.context.scene.camera = thing
    return thing


def world(grey):
    made = bpy.data.worlds.new("World")
    made.use_nodes = True
    made.node_tree.nodes["Background"].inputs["Color"].default_value = (grey, grey, grey, 1)
    bpy.context.scene.world = made


def stage(size):
    """Camera, three lights and a floor around something of this size in metres; the camera goes once around it."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, TURN_FRAMES
    into = collection("Stage")
    world(0.05)
    place(mesh("Floor", *plane(size * 6), material("Floor", (0.18, 0.18, 0.18), 0.8)), "Floor", into)
    pivot = place(None, "Turntable", into)
    pivot.empty_display_size = size / 2
    for frame, angle in ((1, 0), (TURN_FRAMES + 1, 360)):       # the last frame is not the first one again
        pivot.rotation_euler[2] = math.radians(angle)
        pivot.keyframe_insert("rotation_euler", index=2, frame=frame)
    pivot.animation_data.action.name = "Turntable"
    for key in pivot.animation_data.action.fcurves[0].keyframe_points:
        key.interpolation = "LINEAR"
    camera(into, (0, -3.2 * size, 1.3 * size), (75, 0, 0), 50).parent = pivot
    power = 60 * size * size
    light("AREA", "Key light", into, (-1.8 * size, -2 * size, 2.6 * size), (50, 0, -42), power * 1.6, size)
    light("AREA", "Fill light", into, (2.4 * size, -1.6 * size, 1.6 * size), (62, 0, 56), power * 0.5, size * 2)
    light("AREA", "Rim light", into, (0.8 * size, 2.4 * size, 2.4 * size), (-48, 0, -18), power, size)


def settings(engine):
    """What all templates have in common."""
    scene = bpy.context.scene
    scene.name = "ASSET"
    scene.unit_settings.system, scene.unit_settings.length_unit = "METRIC", "METERS"
    render, cycles, eevee = scene.render, scene.cycles, scene.eevee
    render.engine, render.fps, render.fps_base = ENGINES[engine], FPS, 1.0
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.filepath = "//../test_render/ASSET/####"
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    render.use_overwrite, render.use_placeholder = True, False
    render.use_persistent_data = True           # the next frame keeps what did not change
    cycles.device, cycles.samples, cycles.preview_samples = "CPU", SAMPLES, 16
    cycles.use_denoising = cycles.use_preview_denoising = False     # Debian's Blender is built without a denoiser
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.03
    cycles.use_animated_seed = True             # grain that moves disturbs less than grain that stands still
    cycles.max_bounces, cycles.caustics_reflective, cycles.caustics_refractive = 6, False, False
    cycles.sample_clamp_indirect = 8            # fewer white dots
    eevee.taa_render_samples, eevee.taa_samples = SAMPLES, 16
    eevee.use_gtao, eevee.gtao_distance = True, 0.5
    eevee.use_soft_shadows, eevee.shadow_cascade_size = True, "2048"
    eevee.use_ssr, eevee.use_ssr_refraction = True, True
    scene.view_settings.view_transform, scene.view_settings.look = "Filmic", "Medium High Contrast"
    bpy.context.preferences.filepaths.file_preview_type = "NONE"


# The templates

def shot():
    """Characters, set and props are linked into collections of their own; a camera at eye height, sun and sky."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, SHOT_FRAMES
    scene.render.filepath = "//../render/ASSET/####"
    home = collection("ASSET")
    for name in ("Set", "Characters", "Props"):
        collection(name, home)
    world(0.25)
    lights = collection("Lights", home)
    light("SUN", "Sun", lights, (-4, -3, 8), (38, 0, -35), 3.0)
    light("AREA", "Soft light", lights, (4, -4, 4), (55, 0, 45), 120, 3)
    camera(collection("Camera", home), (0, -6, 1.6), (88, 0, 0))


def prop():
    """A stand-in of the size of a chair; model the prop in its place."""
    home = asset_collection()
    points, faces = box((-0.25, -0.25, 0), (0.25, 0.25, 0.8))
    place(mesh("ASSET", points, faces, material("ASSET", (0.55, 0.25, 0.08))), "ASSET", home)
    stage(1.0)


def set_():
    """Ground of 20 by 20 metres and a stand-in as tall as a person, for the measure."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 1
    home = asset_collection()
    ground = collection("ASSET ground", home)
    place(mesh("ASSET ground", *plane(10), material("ASSET ground", (0.16, 0.20, 0.10), 0.9)), "ASSET ground", ground)
    world(0.25)
    into = collection("Stage")
    measure = mesh("Person of 1.7 m", *box((-0.2, -0.12, 0), (0.2, 0.12, 1.7)), material("Measure", (0.6, 0.1, 0.1)))
    place(measure, "Person of 1.7 m", into)
    light("SUN", "Sun", into, (-4, -3, 8), (38, 0, -35), 3.0)
    camera(into, (0, -12, 3.0), (80, 0, 0), 28)


def bones():
    """All bones, both sides: name, parent, begin, end, thickness."""
    ends = {}
    for name, parent, end, thick, begin in BONES:
        ends[name] = end
        start = begin or ends[parent]
        yield name, parent, start, end, thick
        if name.endswith(".L"):
            other = parent[:-2] + ".R" if parent.endswith(".L") else parent
            yield name[:-2] + ".R", other, (-start[0], *start[1:]), (-end[0], *end[1:]), thick


def rig(into):
    """A skeleton, and a body of boxes that follows it until there is a better one."""
    data = bpy.data.armatures.new("ASSET rig")
    skeleton = place(data, "ASSET rig", into)
    bpy.context.view_layer.objects.active = skeleton
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, start, end, _ in bones():
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = start, end
        bone.parent = data.edit_bones[parent] if parent else None
        bone.use_deform = name != "root"
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in skeleton.pose.bones:
        bone.rotation_mode = "XYZ"
    stand_in(skeleton, into)
    return skeleton


def stand_in(skeleton, into):
    points, faces, groups = [], [], {}
    for name, _, start, end, thick in bones():
        if not thick:
            continue
        low = [min(a, b) - (thick / 2 if abs(a - b) < thick else 0) for a, b in zip(start, end, strict=True)]
        high = [max(a, b) + (thick / 2 if abs(a - b) < thick else 0) for a, b in zip(start, end, strict=True)]
        corners, sides = box(low, high)
        groups[name] = range(len(points), len(points) + len(corners))
        faces += [tuple(len(points) + corner for corner in side) for side in sides]
        points += corners
    body = place(mesh("ASSET body", points, faces, material("ASSET body", (0.35, 0.45, 0.65))), "ASSET body", into)
    for name, members in groups.items():
        body.vertex_groups.new(name=name).add(list(members), 1.0, "REPLACE")
    body.parent = skeleton
    body.modifiers.new("Rig", "ARMATURE").object = skeleton


def character():
    """A skeleton with a body of boxes, ready to be linked into shots before there is a model."""
    rig(asset_collection())
    stage(1.9)


def material_library():
    """Three balls; each shows a material to begin with. What is marked as an asset shows in the asset browser."""
    home = asset_collection()
    kinds = (("ASSET matt", (0.45, 0.20, 0.09), 0.85, 0.0), ("ASSET shiny", (0.05, 0.22, 0.30), 0.15, 0.0),
             ("ASSET metal", (0.75, 0.60, 0.35), 0.25, 1.0))
    for number, (name, colour, roughness, metallic) in enumerate(kinds):
        made = material(name, colour, roughness, metallic)
        made.use_fake_user = True
        made.asset_mark()
        ball_ = mesh(name, *ball(0.35, 0.35), made, smooth=True)
        place(ball_, name, home, (0.8 * (number - 1), 0, 0))
    stage(1.0)
    bpy.context.scene.frame_end = 1


def animation_library():
    """The skeleton of the characters with one action, which breathes; more actions are added beside it."""
    skeleton = rig(collection("ASSET"))
    action = bpy.data.actions.new("ASSET idle")
    action.use_fake_user = True
    action.asset_mark()
    skeleton.animation_data_create().action = action
    sways = (("chest", 0, 2.0), ("head", 0, -1.5), ("upper_arm.L", 2, 3.0), ("upper_arm.R", 2, -3.0))
    for bone, axis, degrees in sways:
        for frame, part in ((1, 0), (1 + TURN_FRAMES / 2, 1), (1 + TURN_FRAMES, 0)):
            skeleton.pose.bones[bone].rotation_euler[axis] = math.radians(degrees * part)
            skeleton.pose.bones[bone].keyframe_insert("rotation_euler", index=axis, frame=frame, group=bone)
    for curve in action.fcurves:
        curve.modifiers.new("CYCLES")
    stage(1.9)
    bpy.context.scene.render.engine = "BLENDER_WORKBENCH"       # actions are judged by their movement


def composite():
    """Frames of a shot, their colours and a little glow. Choose the frames in the node on the left."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, SHOT_FRAMES
    scene.use_nodes = True
    scene.render.filepath = "//../render/ASSET/####"
    tree = scene.node_tree
    tree.nodes.clear()
    frames = tree.nodes.new("CompositorNodeImage")
    frames.name = frames.label = "Frames of the shot"
    colour = tree.nodes.new("CompositorNodeColorBalance")
    glow = tree.nodes.new("CompositorNodeGlare")
    glow.glare_type, glow.quality, glow.threshold, glow.mix = "FOG_GLOW", "MEDIUM", 0.9, -0.7
    out, look = tree.nodes.new("CompositorNodeComposite"), tree.nodes.new("CompositorNodeViewer")
    for column, node in enumerate((frames, colour, glow, out)):
        node.location = (-500 + 300 * column, 200)
    look.location = (400, 0)
    tree.links.new(colour.outputs[0], glow.inputs[0])
    tree.links.new(glow.outputs[0], out.inputs[0])
    tree.links.new(glow.outputs[0], look.inputs[0])
    tree.links.new(frames.outputs[0], colour.inputs["Image"])
    camera(collection("Camera"), (0, -6, 1.6), (88, 0, 0))      # the farm renders no scene without one
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"   # the frames have theirs


def video():
    """The film's editing table: a title, and room for shots and sound; rendered in one piece, with sound."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, SHOT_FRAMES
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    strips = scene.sequence_editor_create().sequences
    title = strips.new_effect("Title", "TEXT", 1, 1, frame_end=2 * FPS + 1)
    title.text, title.font_size, title.align_x, title.align_y = "Title", 120, "CENTER", "CENTER"
    title.location = (0.5, 0.5)
    render = scene.render
    render.filepath = "//../movies/ASSET.mp4"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec, render.ffmpeg.constant_rate_factor = "MPEG4", "H264", "HIGH"
    render.ffmpeg.audio_codec, render.ffmpeg.audio_bitrate = "AAC", 192
    camera(collection("Camera"), (0, -6, 1.6), (88, 0, 0))


BUILDERS = {
    "shot": shot, "prop": prop, "set": set_, "character": character, "composite": composite,
    "material_library": material_library, "animation_library": animation_library, "video": video,
}


def save(path, workspaces):
    """Plain: make_templates.py packs the files, better than Blender does."""
    front = bpy.context.window.workspace
    others = [w for w in bpy.data.workspaces if w != front and w.name not in workspaces]
    bpy.data.batch_remove(others)
    bpy.context.scene.frame_set(bpy.context.scene.frame_start)
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=False, check_existing=False)


def main(engine, folder):
    for name, build in BUILDERS.items():
        template = {"app_template": "Video_Editing"} if name == "video" else {}
        bpy.ops.wm.read_factory_settings(use_empty=True, **template)
        settings(engine)
        build()
        save(f"{folder}/{name}.blend", WORKSPACES[name])


if __name__ == "__main__":
    main(*sys.argv[sys.argv.index("--") + 1:])
