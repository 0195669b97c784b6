"""The REND blocks of a large compressed file, against starting Blender."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from assetfs.blend import read_rend

MB = 200
SCRIPT = """
import array, bpy, os
for n in range(4):
    mesh = bpy.data.meshes.new("noise")
    mesh.vertices.add({count})
    mesh.vertices.foreach_set("co", array.array("f", os.urandom(12 * {count})))
    mesh.use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath={path!r}, compress=True)
"""


def large_file(folder: Path) -> Path:
    """A .blend of about 200 MB on the disk, written compressed by Blender itself: meshes of noise."""
    path = folder / "large.blend"
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "--python-expr",
                    SCRIPT.format(count=MB * 1_000_000 // 48, path=str(path))], check=True, stdout=subprocess.DEVNULL)
    return path


def measure(folder: Path) -> dict[str, float]:
    """Milliseconds: REND by us; Blender opening the file; MB of the file."""
    path = large_file(folder)
    ours = statistics.median(_seconds(lambda: read_rend(path)) for _ in range(9))
    blender = _seconds(lambda: subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", str(path)],
                                              check=True, stdout=subprocess.DEVNULL))
    return {"mb": round(os.path.getsize(path) / 1e6), "rend_ms": round(1e3 * ours, 2),
            "blender_ms": round(1e3 * blender)}


def _seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
