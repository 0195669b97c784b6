"""Make demo.blend, the film of `make demo`: paper lanterns over a lake at night, 60 frames that loop.

    blender -b --factory-startup -noaudio -P etc/demo/make_scene.py -- OUT.blend

Made for Blender 3.4 or newer, Cycles on the CPU. Nearly everything that is seen glows or mirrors, so a few
samples are enough and no denoiser is needed. Everything moves by keyframes: no drivers, no scripts, no files.
"""

import math
import random
import sys

import bpy

FRAMES, FPS, WIDTH, HEIGHT, SAMPLES = 60, 24, 480, 270, 8
LANTERNS = 26
PAPER = ((1.0, 0.30, 0.05), (1.0, 0.42, 0.10), (1.0, 0.20, 0.06), (1.0, 0.25, 0.20), (1.0, 0.55, 0.18))


def wave(thing, path, index, middle, height, turns=1, phase=0.0):
    """Keyframes of a sine that is the same after FRAMES frames."""
    for step in range(9):
        angle = 2 * math.pi * (turns * step / 8 + phase)
        value = middle + height * math.sin(angle)
        if index is None:
            setattr(thing, path, value)
            thing.keyframe_insert(path, frame=1 + step * FRAMES / 8)
        else:
            getattr(thing, path)[index] = value
            thing.keyframe_insert(path, index=index, frame=1 + step * FRAMES / 8)


def material(name):
    """An empty material: itself, a maker of nodes, a maker of links, its output."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.cycles.sample_as_light = False         # only what is seen, straight or in the water, matters
    made.node_tree.nodes.clear()
    return made, *tools(made.node_tree)


def tools(tree):
    def node(kind, **settings):
        new = tree.nodes.new(kind)
        for key, value in settings.items():
            if key.startswith("in_"):
                new.inputs[int(key[3:])].default_value = value
            else:
                setattr(new, key, value)
        return new

    return node, tree.links.new


def ramp(node, *stops):
    """A colour ramp with these (place, colour)."""
    made = node("ShaderNodeValToRGB")
    while len(made.color_ramp.elements) < len(stops):
        made.color_ramp.elements.new(0.5)
    for element, (place, color) in zip(made.color_ramp.elements, stops, strict=True):
        element.position, element.color = place, (*color, 1)
    return made


def mesh(name, points, faces, *materials, smooth=False):
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    for made in materials:
        data.materials.append(made)
    for polygon in data.polygons:
        polygon.use_smooth = smooth
    data.update()
    return data


def place(data, name, where=(0, 0, 0), turn=(0, 0, 0), size=(1, 1, 1)):
    thing = bpy.data.objects.new(name, data)
    thing.location, thing.rotation_euler, thing.scale = where, turn, size
    bpy.context.scene.collection.objects.link(thing)
    return thing


def turned(outline, around=16):
    """Points and faces of an outline of (radius, height) that is turned around the z axis."""
    points = [(radius * math.cos(2 * math.pi * i / around), radius * math.sin(2 * math.pi * i / around), height)
              for radius, height in outline for i in range(around)]
    faces = [(row * around + i, row * around + (i + 1) % around,
              (row + 1) * around + (i + 1) % around, (row + 1) * around + i)
             for row in range(len(outline) - 1) for i in range(around)]
    return points, faces


def paper(number, color):
    """Paper with a flame inside: brightest below, darker to the rim and where it is seen from the side."""
    made, node, link = material(f"Paper {number}")
    out, glow = node("ShaderNodeOutputMaterial"), node("ShaderNodeEmission", in_1=2.1)
    place_, split = node("ShaderNodeTexCoord"), node("ShaderNodeSeparateXYZ")
    deep = tuple(part * part * 0.5 for part in color)
    hot = tuple(0.22 + 0.78 * part for part in color)
    height = ramp(node, (0.0, color), (0.22, hot), (0.62, color), (1.0, deep))
    link(place_.outputs["Generated"], split.inputs[0])
    link(split.outputs[2], height.inputs[0])
    edge = node("ShaderNodeLayerWeight", in_0=0.35)
    dim = node("ShaderNodeMixRGB", blend_type="MULTIPLY")
    dark = ramp(node, (0.0, (1, 1, 1)), (1.0, (0.30, 0.22, 0.20)))
    link(edge.outputs["Facing"], dark.inputs[0])
    dim.inputs[0].default_value = 1
    link(height.outputs[0], dim.inputs[1])
    link(dark.outputs[0], dim.inputs[2])
    link(dim.outputs[0], glow.inputs[0])
    link(glow.outputs[0], out.inputs[0])
    return made


def lanterns():
    """Lanterns in the air: a few near ones with a place of their own, and a cloud of far ones."""
    dice = random.Random(11)
    outline = [(0.30, 0.0), (0.34, 0.06), (0.42, 0.35), (0.46, 0.65), (0.44, 0.88), (0.30, 1.06), (0.0, 1.14)]
    points, faces = turned(outline, 20)
    papers = [paper(i, color) for i, color in enumerate(PAPER)]
    shapes = [mesh(f"Lantern {i}", points, faces, made, smooth=True) for i, made in enumerate(papers)]
    near = [(-2.5, -1.2, 1.5, 0.95), (2.9, 0.2, 2.2, 0.9), (0.9, 2.6, 3.1, 0.72), (-1.2, 3.4, 1.05, 0.66),
            (-4.6, 3.0, 3.3, 0.8), (4.9, 4.2, 0.9, 0.75)]
    for number in range(LANTERNS):
        if number < len(near):
            x, y, z, size = near[number]
        else:
            y = dice.uniform(6, 26)
            x, z, size = dice.uniform(-0.55, 0.55) * (y + 8), 0.6 + dice.uniform(0, 0.28) * (y + 6), 0.62
        thing = place(shapes[number % len(shapes)], f"Lantern {number}", (x, y, z), size=(size, size, size * 1.1))
        phase = dice.random()
        wave(thing, "location", 2, z, 0.16, 1, phase)
        wave(thing, "location", 0, x, 0.10, 1, phase + 0.25)
        wave(thing, "rotation_euler", 1, 0.0, 0.07, 1, phase)
        wave(thing, "rotation_euler", 0, 0.0, 0.05, 1, phase + 0.3)


def water():
    """A dark mirror with small waves that come back after FRAMES frames."""
    made, node, link = material("Water")
    out, mirror = node("ShaderNodeOutputMaterial"), node("ShaderNodeBsdfGlossy", in_1=0.0)
    mirror.inputs[0].default_value = (0.62, 0.72, 0.85, 1)
    deep, mix = node("ShaderNodeEmission", in_1=1.0), node("ShaderNodeMixShader")
    deep.inputs[0].default_value = (0.004, 0.010, 0.028, 1)
    coordinates, shift = node("ShaderNodeTexCoord"), node("ShaderNodeMapping")
    shift.inputs[3].default_value = (0.9, 0.42, 1)
    noise = node("ShaderNodeTexNoise", noise_dimensions="4D")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 1.5, 1.5
    wave(noise.inputs["W"], "default_value", None, 0, 0.35)
    wave(shift.inputs[1], "default_value", 2, 0, 0.35, 1, 0.25)
    bump, fresnel = node("ShaderNodeBump", in_0=0.22), node("ShaderNodeFresnel", in_0=1.9)
    bump.inputs["Distance"].default_value = 0.16
    link(coordinates.outputs["Object"], shift.inputs[0])
    link(shift.outputs[0], noise.inputs[0])
    link(noise.outputs[0], bump.inputs["Height"])
    link(bump.outputs[0], mirror.inputs["Normal"])
    link(bump.outputs[0], fresnel.inputs["Normal"])
    link(fresnel.outputs[0], mix.inputs[0])
    link(deep.outputs[0], mix.inputs[1])
    link(mirror.outputs[0], mix.inputs[2])
    link(mix.outputs[0], out.inputs[0])
    place(mesh("Water", [(-90, -30, 0), (90, -30, 0), (90, 90, 0), (-90, 90, 0)], [(0, 1, 2, 3)], made), "Water")


def boat():
    """A rowing boat with a lamp at its bow, dark against the water."""
    ribs = [(-1.5, 0.06, 0.62), (-1.2, 0.26, 0.42), (-0.6, 0.40, 0.30), (0, 0.44, 0.27), (0.6, 0.42, 0.30),
            (1.1, 0.34, 0.36), (1.3, 0.28, 0.40)]
    points = [point for x, half, rim in ribs for point in (
        (x, -half, rim), (x * 0.9, -half * 0.5, -0.05), (x * 0.9, half * 0.5, -0.05), (x, half, rim))]
    faces = [(4 * i + j, 4 * i + j + 1, 4 * i + j + 5, 4 * i + j + 4) for i in range(len(ribs) - 1) for j in range(3)]
    wood = flat("Wood", (0.010, 0.007, 0.012))
    hull = place(mesh("Boat", points, faces, wood), "Boat", (1.35, 1.9, 0.02), (0, 0, 0.30), (0.85, 0.85, 0.85))
    person = turned([(0.26, 0.1), (0.22, 0.35), (0.17, 0.62), (0.06, 0.72), (0.12, 0.80), (0.13, 0.90), (0.0, 1.0)], 12)
    stick = turned([(0.022, 0.3), (0.022, 1.05)], 6)
    lamp = turned([(0.07, 0.78), (0.11, 0.84), (0.11, 0.98), (0.0, 1.06)], 12)
    for name, shape, made, where in (
            ("Person", person, wood, (0.45, 0, 0)), ("Stick", stick, wood, (-1.32, 0, 0)),
            ("Lamp", lamp, flat("Lamp", (1.0, 0.48, 0.12), 2.4), (-1.32, 0, 0.1))):
        place(mesh(name, *shape, made, smooth=True), name, where).parent = hull
    wave(hull, "rotation_euler", 0, 0, 0.035)
    wave(hull, "location", 2, 0.02, 0.03, 1, 0.25)


def reeds():
    """Blades of grass in the corners, near the camera; they sway."""
    dice = random.Random(5)
    dark = flat("Reed", (0.006, 0.007, 0.020))
    for number in range(24):
        side = -1 if number % 2 else 1
        high, lean = dice.uniform(0.9, 2.0), dice.uniform(-0.25, 0.25)
        points = [(-0.022, 0, 0), (0.022, 0, 0), (0.018 + lean * 0.3, 0, high * 0.6), (lean, 0, high)]
        where = (side * (2.8 + abs(dice.gauss(0, 0.45))), dice.uniform(-2.4, -1.2), -0.05)
        blade = place(mesh(f"Reed {number}", points, [(0, 1, 2), (0, 2, 3)], dark), f"Reed {number}", where)
        wave(blade, "rotation_euler", 1, 0, 0.05, 1, dice.uniform(0, 0.3))


def flat(name, color, strength=1.0):
    """A colour that nothing lights."""
    made, node, link = material(name)
    out, glow = node("ShaderNodeOutputMaterial"), node("ShaderNodeEmission", in_1=strength)
    glow.inputs[0].default_value = (*color, 1)
    link(glow.outputs[0], out.inputs[0])
    return made


def mountains():
    """Rows of hills, the farther the paler, like paper cut-outs."""
    for row, (far, high, color) in enumerate((
            (70, 15, (0.060, 0.050, 0.150)), (56, 10, (0.034, 0.034, 0.110)), (44, 6.0, (0.016, 0.020, 0.068)))):
        dice = random.Random(row + 3)
        waves = [(dice.uniform(0.04, 0.30), dice.uniform(0, 6.3), 1 / (n + 1)) for n in range(7)]
        top = [(x, far, high * (0.55 + 0.24 * sum(
            strength * math.sin(often * x + phase) for often, phase, strength in waves))) for x in range(-80, 81)]
        points = top + [(x, far, -1) for x, _, _ in top]
        faces = [(i, i + 1, len(top) + i + 1, len(top) + i) for i in range(len(top) - 1)]
        place(mesh(f"Hills {row}", points, faces, flat(f"Hill {row}", color)), f"Hills {row}")


def sky():
    """Night from indigo to a rose horizon, with stars; the moon is a disc in front of it."""
    world = bpy.data.worlds.new("Night")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.cycles.sampling_method = "NONE"       # it lights nothing, and a map of it takes seconds to make
    world.node_tree.nodes.clear()
    node, link = tools(world.node_tree)
    out, back = node("ShaderNodeOutputWorld"), node("ShaderNodeBackground")
    where, split = node("ShaderNodeTexCoord"), node("ShaderNodeSeparateXYZ")
    colors = ramp(node, (0.0, (0.52, 0.17, 0.22)), (0.10, (0.26, 0.10, 0.26)), (0.26, (0.055, 0.045, 0.19)),
                  (0.70, (0.008, 0.012, 0.07)))
    stars = node("ShaderNodeTexVoronoi", in_2=95.0)
    dots = ramp(node, (0.0, (1, 1, 1)), (0.045, (0.5, 0.5, 0.6)), (0.085, (0, 0, 0)))
    add = node("ShaderNodeMixRGB", blend_type="ADD")
    add.inputs[0].default_value = 0.8
    link(where.outputs["Generated"], split.inputs[0])
    link(split.outputs[2], colors.inputs[0])
    link(where.outputs["Generated"], stars.inputs[0])
    link(stars.outputs["Distance"], dots.inputs[0])
    link(colors.outputs[0], add.inputs[1])
    link(dots.outputs[0], add.inputs[2])
    link(add.outputs[0], back.inputs[0])
    link(back.outputs[0], out.inputs[0])
    circle = [(math.cos(a * math.pi / 24), 0, math.sin(a * math.pi / 24)) for a in range(48)]
    moon = mesh("Moon", circle, [tuple(range(48))], flat("Moonlight", (1.0, 0.90, 0.74), 2.6))
    place(moon, "Moon", (-18.6, 80, 22.5), size=(3.2, 1, 3.2))


def camera():
    data = bpy.data.cameras.new("Camera")
    data.lens, data.sensor_width = 30, 36
    thing = place(data, "Camera", (0, -7.4, 2.1), (math.radians(90), 0, 0))
    wave(thing, "location", 0, 0.0, 0.55)
    wave(thing, "location", 2, 2.1, 0.12, 1, 0.25)
    wave(thing, "rotation_euler", 2, 0.0, 0.035)
    bpy.context.scene.camera = thing


def glow():
    """The soft light around what is bright, added to the picture when it is done."""
    scene = bpy.context.scene
    scene.use_nodes = True
    scene.node_tree.nodes.clear()
    node, link = tools(scene.node_tree)
    layers, out = node("CompositorNodeRLayers"), node("CompositorNodeComposite")
    glare = node("CompositorNodeGlare", glare_type="FOG_GLOW", quality="MEDIUM", threshold=0.9, size=7, mix=-0.35)
    link(layers.outputs[0], glare.inputs[0])
    link(glare.outputs[0], out.inputs[0])


def settings():
    scene = bpy.context.scene
    scene.name = "Lanterns"
    scene.frame_start, scene.frame_end, scene.frame_current = 1, FRAMES, 1
    render, cycles = scene.render, scene.cycles
    render.engine, render.fps = "CYCLES", FPS
    render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
    render.filepath = "//render/"
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
    render.use_persistent_data = True
    cycles.device, cycles.samples, cycles.use_denoising = "CPU", SAMPLES, False
    cycles.use_adaptive_sampling, cycles.adaptive_threshold, cycles.adaptive_min_samples = True, 0.04, 4
    cycles.max_bounces, cycles.glossy_bounces, cycles.diffuse_bounces = 2, 2, 0
    cycles.transmission_bounces = cycles.volume_bounces = cycles.transparent_max_bounces = 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.view_settings.view_transform, scene.view_settings.look = "Filmic", "Medium High Contrast"


def main(out):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    settings()
    for build in (sky, mountains, water, lanterns, boat, reeds, camera, glow):
        build()
    bpy.ops.wm.save_as_mainfile(filepath=out, compress=True, check_existing=False)


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1])
