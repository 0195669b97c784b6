"""What the driver tells from inside a real Blender, and which Blender it refuses."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renderd import driver_inside
from renderd.commandline import DRIVER

SHOT = """
import bpy, os
def fresh():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_cube_add()
    return bpy.context.object
fresh().name = "Chair"
bpy.ops.wm.save_as_mainfile(filepath={library!r})
cube, s = fresh(), bpy.context.scene
cube.name, s.name = "Cube", "Shot"
s.render.engine, s.cycles.samples, s.cycles.use_denoising = "CYCLES", 1, False
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 64, 36, 100
s.frame_start, s.frame_end, s.frame_step = 3, 9, 2
bpy.ops.object.camera_add(location=(0, -9, 0), rotation=(1.57, 0, 0)); s.camera = bpy.context.object
for path, expression in (("location", "frame"), ("rotation_euler", "1 +"), ("scale", "len(str(frame))")):
    cube.driver_add(path, 0).driver.expression = expression
with bpy.data.libraries.load({library!r}, link=True) as (there, linked):
    linked.objects = ["Chair"]
s.collection.objects.link(linked.objects[0])
os.remove({library!r})
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""


def events(blend: Path, *orders: dict[str, object]) -> list[dict[str, Any]]:
    """All that the driver tells; scripts may not run."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb"):
        command = ["blender", "-b", "--factory-startup", "-noaudio", "-t", "1", "-Y", blend, "-F", "PNG", "-x", "1",
                   "-P", DRIVER]
        subprocess.run(command, input="".join(json.dumps(order) + "\n" for order in orders).encode(), check=True,
                       pass_fds=[writing], env=os.environ | {"RENDERD_EVENTS": str(writing)}, capture_output=True)
    with os.fdopen(reading, "rb") as told:
        return [json.loads(line) for line in told]


@pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")
def test_it_tells_what_it_has_loaded_and_how_a_frame_goes(tmp_path: Path) -> None:
    library, blend = tmp_path / "chair.blend", tmp_path / "shot.blend"
    script = SHOT.format(library=str(library), path=str(blend))
    subprocess.run(["blender", "-b", "--factory-startup", "--python-exit-code", "9", "--python-expr", script],
                   check=True, capture_output=True)
    loaded, *frame = events(blend, {"frame": 5, "output": f"{tmp_path}/####"})

    assert loaded == {"event": "loaded", "scene": "Shot", "frames": [3, 9, 2], "camera": "Camera", "engine": "CYCLES",
                      "missing": {"images": [], "libraries": [str(library)], "files": []},
                      "refused_drivers": ["Cube: rotation_euler", "Cube: scale"]}
    assert [one["event"] for one in (frame[0], frame[1], frame[-1])] == ["started", "progress", "written"]
    assert {one["event"] for one in frame[1:-1]} == {"progress"} and {one["frame"] for one in frame} == {5}
    assert frame[-1]["seconds"] > 0 and frame[-1]["cpu"] > 0 and frame[-1]["peak_mb"] > 10
    assert (tmp_path / "0005.png").exists()


@pytest.mark.parametrize(("version", "stamp", "why"), [
    ((2, 79, 0), False, "older than 2.80"), ((2, 80, 0), False, ""), ((4, 2, 1), True, "burnt into the pictures"),
])
def test_it_refuses_what_would_not_look_like_the_plain_command(version: tuple[int, ...], stamp: bool,
                                                               why: str) -> None:
    render = SimpleNamespace(use_stamp=True, use_stamp_frame=stamp, use_stamp_frame_range=False)
    context = SimpleNamespace(scene=SimpleNamespace(render=render))
    said = driver_inside.unfit(SimpleNamespace(app=SimpleNamespace(version=version), context=context))
    assert why in said and bool(why) == bool(said)
