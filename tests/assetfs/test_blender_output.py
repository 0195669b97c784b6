"""The output path and the names that Blender writes into a new asset's .blend."""

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from assetfs import writing
from assetfs.blend import read_scenes
from assetfs.blender_output import outputs, rewrite
from assetfs.blender_output_inside import renamed
from assetfs.errors import AssetError, BlenderFailed, BlenderTooOld, NoBlender

TEMPLATE = Path(__file__).resolve().parents[2] / "etc" / "projects" / "cycles" / "templates" / "shot.blend"
needs_blender = pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")

# A template with two scenes, a picture beside it, a linked file, and a script that starts when it may.
MAKE = """
import bpy, sys
scene = bpy.context.scene
scene.name = "ASSET"
bpy.data.scenes.new("ASSET titles").render.filepath = "//titles/"
bpy.data.objects["Cube"].name = "ASSET box"
bpy.data.objects["Light"].name = "ASSETS"
picture = bpy.data.images.new("oak", 1, 1)
picture.source, picture.filepath, picture.use_fake_user = "FILE", "//../textures/oak.png", True
script = bpy.data.texts.new("begin.py")
script.write("open(%r, 'w')" % sys.argv[-1])
script.use_module = True
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-2])
"""


@needs_blender
def test_the_new_file_has_its_output_its_names_and_its_paths(tmp_path: Path) -> None:
    film = tmp_path / "film 'Küche' #1"
    template, asset, ran = film / "templates" / "shot.blend", film / "shots" / "act 1" / "s010.blend", tmp_path / "ran"
    for folder in (template.parent, asset.parent, film / "textures"):
        folder.mkdir(parents=True)
    (film / "textures" / "oak.png").touch()
    asset.parent.chmod(0o2770)
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9", "--python-expr", MAKE,
                    "--", template, ran], check=True, timeout=120, stdout=subprocess.DEVNULL)
    before = template.read_bytes()
    writing.copy(template, asset, partial(rewrite, output="//../../render/s010/####", name="s010", source=template))
    found = read_scenes(asset)
    assert {scene.name: scene.output for scene in found.scenes} == {
        "s010": "//../../render/s010/####", "s010 titles": "//../../render/s010/s010 titles/####"}
    assert found.images == ("//../../textures/oak.png",) and found.missing == ()
    assert os.listdir(asset.parent) == ["s010.blend"]
    assert asset.stat().st_mode & 0o777 == 0o660
    assert not ran.exists()                             # the script in the file
    assert template.read_bytes() == before
    assert b"OBs010 box" in asset.read_bytes() and b"OBASSETS" in asset.read_bytes()


@pytest.mark.parametrize(("before", "after"), [
    ("ASSET", "red chair"), ("ASSET rig", "red chair rig"), ("old.ASSET", "old.red chair"), ("ASSETS", "ASSETS"),
    ("MY_ASSET", "MY_ASSET"), ("ASSET.001", "red chair.001"), ("Camera", "Camera")])
def test_the_word_is_replaced_where_it_stands_alone(before: str, after: str) -> None:
    assert renamed(before, "ASSET", "red chair") == after


def test_a_name_is_cut_between_letters_where_blender_would_cut_it() -> None:
    assert renamed("ASSET", "ASSET", "ž" * 40) == "ž" * 31


def test_a_name_may_hold_what_patterns_hold() -> None:
    assert renamed("ASSET", "ASSET", r"\1 & \g<0>") == r"\1 & \g<0>"


def given(*names: str, current: str | None = None, output: str = "//../render/x/####") -> dict[str, str]:
    return outputs({name: name.replace("ASSET", "x") for name in names}, current, output)


def test_scenes_never_share_an_output() -> None:
    assert given("ASSET a", "b#/c", "ASSET", "b?/c", current="ASSET") == {
        "ASSET": "//../render/x/####", "ASSET a": "//../render/x/x a/####", "b#/c": "//../render/x/b__c/####",
        "b?/c": "//../render/x/b__c_/####"}


def test_the_first_scene_counts_where_blender_shows_a_linked_one() -> None:
    assert given("a", "b", output="//x") == {"a": "//x", "b": "//b/x"}


@pytest.mark.parametrize("output", ["", "//" + "ž" * 511])
def test_an_output_that_blender_cannot_hold_is_refused(output: str) -> None:
    with pytest.raises(BlenderFailed, match="no output path of"):
        given("a", output=output)


# What is done with programs that are no Blender, or lie

def program(folder: Path, does: str, version: str = "Blender 3.4.1") -> str:
    """A program that gives this version, and does this instead of a render; $save is the file to be saved."""
    path = folder / "blender"
    path.write_text(f"#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{version}'; exit; fi\n"
                    f"for last; do :; done\nsave=$(echo \"$last\" | sed 's/.*\"save\": \"//; s/\".*//')\n{does}\n")
    path.chmod(0o755)
    return str(path)


def failing(folder: Path, blender: str, timeout: float = 60.0) -> AssetError:
    """The error of making shots/s010.blend so; nothing is left behind."""
    shots = folder / "shots"
    shots.mkdir()
    with pytest.raises(AssetError) as caught:
        writing.copy(TEMPLATE, shots / "s010.blend", partial(
            rewrite, output="//../render/s010/####", name="s010", source=TEMPLATE, blender=blender, timeout=timeout))
    assert os.listdir(shots) == []
    return caught.value


def test_without_blender_it_says_so(tmp_path: Path) -> None:
    error = failing(tmp_path, "blender-that-is-not-here")
    assert isinstance(error, NoBlender) and "No such file" in error.message and "Install" in str(error.hint)


def test_another_program_is_not_taken_for_blender(tmp_path: Path) -> None:
    assert isinstance(failing(tmp_path, "true"), NoBlender)


def test_an_older_blender_does_not_get_a_newer_file(tmp_path: Path) -> None:
    error = failing(tmp_path, program(tmp_path, f"touch {tmp_path}/started", "Blender 3.3.12"))
    assert isinstance(error, BlenderTooOld)
    assert "saved by Blender 3.4" in error.message and "is 3.3" in error.message
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(("does", "said"), [
    ("echo 'Info: Saved'; exit 0", "did not save"),
    ("echo 'Error: no space left'; exit 1", "Error: no space left"),
    (f"head -c 20000 '{TEMPLATE}' > $save.new; mv $save.new $save", "cannot be read"),
    (f"cp '{TEMPLATE}' $save.new; mv $save.new $save", "is not in it"),
])
def test_what_blender_says_is_not_believed(does: str, said: str, tmp_path: Path) -> None:
    error = failing(tmp_path, program(tmp_path, does))
    assert isinstance(error, BlenderFailed)
    assert said in f"{error.message} {error.hint}"


def test_a_blender_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    hangs = program(tmp_path, f"sleep 100 > {alive} & wait")
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    assert "did not end within" in failing(tmp_path, hangs, timeout=0.5).message
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""                    # waits for as long as anybody could write
    os.close(reader)
