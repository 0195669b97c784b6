"""A Blender that is driven is killed in the middle of a frame, hangs, screams, or cannot render: nothing is lost,
nothing is left, and whoever looks reads why."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.system.farm import BLENDS, FAKE_BLENDER, Farm, says

SCREAMED = 5        # MB a frame; a pipe holds one

SCENE = """
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
s = bpy.context.scene
s.render.engine, s.cycles.use_denoising, s.cycles.samples = "CYCLES", False, 1
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 64, 36, 100
bpy.ops.mesh.primitive_monkey_add()
bpy.ops.object.camera_add(location=(0, -6, 0), rotation=(1.57, 0, 0)); s.camera = bpy.context.object
{change}
bpy.ops.wm.save_as_mainfile(filepath="{path}")
"""
SLOW = "s.cycles.use_adaptive_sampling, s.cycles.samples = False, 1_000_000"
EMPTY_BORDER = "s.render.use_border, s.render.border_min_x, s.render.border_max_x = True, 0.5, 0.5"
SCREAM = f"""
import bpy, sys
def scream(*_):
    for _ in range({SCREAMED} * 10):
        sys.stdout.write(("x" * 99 + "\\n") * 1000)
bpy.app.handlers.render_pre.append(scream)
"""
SCREAMS = f'text = bpy.data.texts.new("screams.py"); text.write({SCREAM!r}); text.use_module = True'


def made(path: Path, change: str) -> Path:
    done = subprocess.run(["blender", "-b", "--factory-startup", "--python-exit-code", "9", "--python-expr",
                           SCENE.format(change=change, path=path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def driven_stand_in(farm: Farm, frames: str, **environ: str) -> str:
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_DRIVEN": "yes", **environ}
    return farm.add(BLENDS / "one_20.blend", "Shot", frames)


def reasons(farm: Farm, job: str) -> list[str]:
    return [event["reason"] for event in farm.events(job, "failed")]


def log_of(farm: Farm, job: str) -> str:
    return "".join(path.read_text() for path in sorted((farm.spool_dir / "jobs" / job / "log").glob("*@*")))


def assert_each_frame_once(farm: Farm, job: str, frames: int) -> None:
    lines = Counter(one["frame"] for one in farm.events(job, "frame"))
    assert lines == dict.fromkeys(range(1, frames + 1), 1), farm.show()
    checked = subprocess.run([sys.executable, "-m", "spool", "check", str(farm.spool_dir)], capture_output=True,
                             text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_kill_9_of_a_blender_in_the_middle_of_a_frame_costs_only_this_frame(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-8", chunk=8, width=160, height=90)
    farm.host("alpha", RENDERD_THREADS="1")
    farm.until(lambda: len(farm.events(job, "frame")) >= 1)
    os.kill(farm.blenders()[0], signal.SIGSTOP)     # now the frames that are there can be counted
    before = {name: (farm.out / name).stat().st_ino for name in farm.frames()}
    os.kill(farm.blenders()[0], signal.SIGKILL)     # most of the next frame is still to come
    farm.until_state(job, "done")
    assert reasons(farm, job) == ["killed"] and len(before) < 8
    assert {name: (farm.out / name).stat().st_ino for name in before} == before, "a frame that was there came again"
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 7) for f in range(1, 9)]
    assert_each_frame_once(farm, job, 8)


def test_no_blender_outlives_a_daemon_that_dies_while_one_renders_and_one_is_kept(farm: Farm, tmp_path: Path) -> None:
    quick = farm.add(BLENDS / "one_20.blend", "Shot", "1-2")
    slow = farm.add(made(tmp_path / "slow.blend", SLOW), "Scene", "100")
    farm.host("alpha", RENDERD_SLOTS="2", RENDERD_THREADS="1", RENDERD_KEEP_BLENDER="600")
    farm.until(lambda: farm.state(quick) == "done" and '"loaded"' in log_of(farm, slow))
    assert len(farm.blenders()) == 2, farm.show()
    farm.kill("alpha")
    farm.until(lambda: not farm.blenders(), 5)
    assert (farm.frames(), len(os.listdir(farm.spool.running(slow)))) == (["0001.png", "0002.png"], 1)


def test_a_blender_that_falls_silent_in_a_frame_is_ended_and_the_frame_comes_later(farm: Farm, tmp_path: Path) -> None:
    mood, silent = tmp_path / "mood", tmp_path / "silent"
    mood.write_text("FAKE_BLENDER=mute\nFAKE_FRAMES=3\n")
    job = driven_stand_in(farm, "1-4", FAKE_MOOD=str(mood), FAKE_CONFESSIONS=str(silent))
    farm.host("alpha", RENDERD_NO_PROGRESS="5")
    farm.until(silent.exists)
    mood.unlink()
    farm.until_state(job, "done")
    assert set(reasons(farm, job)) == {"hung"} and log_of(farm, job).count('"loaded"') >= 2
    assert_each_frame_once(farm, job, 4)


def test_a_driver_that_tells_of_a_frame_which_is_cut_is_not_believed(farm: Farm) -> None:
    job = driven_stand_in(farm, "1-3", FAKE_BLENDER="liar", FAKE_FRAMES="2", FAKE_HOW="cut")
    farm.host("alpha")
    farm.until(lambda: reasons(farm, job) != [])
    assert (reasons(farm, job)[0], farm.frames()) == ("frame-cut", ["0001.png"])


def test_what_blender_itself_refuses_to_render_is_told_in_its_words(farm: Farm, tmp_path: Path) -> None:
    job = farm.add(made(tmp_path / "border.blend", EMPTY_BORDER), "Scene", "1-2")
    farm.host("alpha")
    farm.until(lambda: reasons(farm, job) != [])
    assert (reasons(farm, job)[0], farm.frames()) == ("render-error", [])
    assert "Image too small" in farm.events(job, "failed")[0]["text"]


def test_a_blender_that_prints_more_than_a_pipe_holds_renders_on(farm: Farm, tmp_path: Path) -> None:
    job = farm.add(made(tmp_path / "screams.blend", SCREAMS), "Scene", "1-2")
    farm.host("alpha", RENDERD_ALLOW_SCRIPTS="yes", RENDERD_NO_PROGRESS="20")
    farm.until_state(job, "done")
    assert (reasons(farm, job), len(farm.events(job, "frame"))) == ([], 2)
    assert "x" * 99 in log_of(farm, job), "it did not scream"
