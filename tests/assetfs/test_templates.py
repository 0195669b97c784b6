"""The shipped configurations and their templates: what they hold, and that the script makes them so."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assetfs import project
from assetfs.blend import check_complete, read_scenes

PROJECTS = Path(__file__).resolve().parents[2] / "etc" / "projects"
FACTS = Path(__file__).with_name("facts_inside_blender.py")
NAMES = ("animation_library", "character", "composite", "material_library", "prop", "set", "shot", "video")
ENGINES = {"cycles": "CYCLES", "eevee": "BLENDER_EEVEE"}
EVERY = [f"{configuration}/templates/{name}.blend" for configuration in ENGINES for name in NAMES]
needs_blender = pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")


def facts_of(folder: Path, into: Path) -> dict[str, Any]:
    """What Blender finds in each template."""
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9", "-P", FACTS, "--",
                    into, *(folder / name for name in EVERY)], stdout=subprocess.DEVNULL, timeout=200, check=True)
    found = json.loads(into.read_text())
    return {name: found[f"{folder}/{name}"] for name in EVERY}


@needs_blender
def test_the_script_makes_the_templates_of_the_repository(tmp_path: Path) -> None:
    subprocess.run([sys.executable, PROJECTS / "make_templates.py", tmp_path], check=True, timeout=200,
                   stdout=subprocess.DEVNULL)
    made, there = facts_of(tmp_path, tmp_path / "made"), facts_of(PROJECTS, tmp_path / "there")
    for name in EVERY:
        for kind in made[name] | there[name]:
            assert made[name].get(kind) == there[name].get(kind), (name, kind)


@pytest.mark.parametrize("name", EVERY)
def test_a_template_is_ready_for_a_school_film(name: str) -> None:
    file = read_scenes(PROJECTS / name)
    check_complete(PROJECTS / name)
    scene, = file.scenes
    assert (scene.name, scene.x, scene.y, scene.percent, scene.fps) == ("ASSET", 1920, 1080, 100, 24)
    assert (scene.camera, scene.start, scene.overwrite, scene.placeholder) == ("Camera", 1, True, False)
    assert scene.format == ("FFMPEG" if "video" in name else "PNG")
    assert scene.output.startswith("//../") and "ASSET" in scene.output
    assert scene.engine == ("BLENDER_WORKBENCH" if "animation" in name else ENGINES[name.split("/")[0]])
    assert (file.version, file.compression, file.missing) == ((3, 4), "zstd", ())


def test_the_templates_are_small() -> None:
    sizes = {name: (PROJECTS / name).stat().st_size for name in EVERY}
    assert max(sizes.values()) < 70_000
    assert sum(sizes.values()) < 1_000_000


@pytest.mark.parametrize("configuration", ENGINES)
def test_a_configuration_has_no_problems_and_uses_all_its_templates(configuration: str) -> None:
    found = project.read(PROJECTS / configuration)
    assert found.problems == ()
    assert sorted(kind.template for kind in found.types.values()) == [f"{name}.blend" for name in NAMES]
    assert {kind.state for kind in found.types.values()} == {"todo"}
    assert all(kind.output % {"name": "x"} for kind in found.types.values())
    assert not found.automatic_rendering


def test_every_step_of_the_work_is_used_and_ends_with_done() -> None:
    found = project.read(PROJECTS / "cycles")
    assert {state for kind in found.types.values() for state in kind.states} == set(found.states)
    assert all(kind.states[-1] == "done" for kind in found.types.values())
    assert [state.ident for state in found.states.values() if state.render] == ["render"]


def test_the_configurations_differ_in_their_engine_alone() -> None:
    def says(configuration: str) -> list[str]:
        lines = (PROJECTS / configuration / "project.yaml").read_text().splitlines()
        return [line for line in lines if not line.startswith("#")]

    assert says("cycles") == says("eevee")


@needs_blender
def test_the_shot_of_cycles_renders(tmp_path: Path) -> None:
    small = ("import bpy; s = bpy.context.scene; s.render.resolution_x, s.render.resolution_y = 64, 36;"
             "s.cycles.samples = 1")
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9",
                    PROJECTS / "cycles" / "templates" / "shot.blend", "--python-expr", small,
                    "-o", tmp_path / "####", "-F", "BMP", "-x", "1", "-f", "1"],
                   check=True, timeout=120, stdout=subprocess.DEVNULL)
    width, height, pixels = bmp(tmp_path / "0001.bmp")
    assert (width, height) == (64, 36)
    assert 60 < sum(pixels) / len(pixels) < 220         # neither night nor a white wall: there is light


def bmp(path: Path) -> tuple[int, int, bytes]:
    """Width, height, and the colours of the pixels, which a BMP has plain."""
    data = path.read_bytes()
    start, = struct.unpack_from("<I", data, 10)
    return *struct.unpack_from("<ii", data, 18), data[start:]
