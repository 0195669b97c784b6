"""Scenes to measure with, made by Blender itself: a cube whose frames cost as many samples as are asked for."""

import subprocess
from pathlib import Path

SCRIPT = """
import bpy
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", {samples}, False
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = {width}, {height}, 100
scene.frame_start, scene.frame_end, scene.render.filepath = 1, 50, "//render/"
bpy.data.objects["Cube"].keyframe_insert("location", frame=1)
bpy.data.objects["Cube"].location.x = 2
bpy.data.objects["Cube"].keyframe_insert("location", frame=50)
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""


def make(folder: Path, name: str, samples: int, width: int, height: int) -> Path:
    path = folder / f"{name}.blend"
    script = SCRIPT.format(samples=samples, width=width, height=height, path=str(path))
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9", "--python-expr",
                    script], check=True, stdout=subprocess.DEVNULL)
    return path
