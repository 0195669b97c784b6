"""One Blender renders chunk after chunk: the same pictures as a plain `blender -a`, and nothing is left of it."""

import os
import signal
import subprocess
from pathlib import Path

from PIL import Image

from spool import again, queue
from spool import job as jobs
from tests.system import scripted
from tests.system.farm import BLENDS, Farm, says

ONE = BLENDS / "one_20.blend"
HEAVY = BLENDS / "heavy_12.blend"

PHYSICS = """
import bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
s = bpy.context.scene
s.render.engine, s.cycles.samples, s.cycles.use_denoising = "CYCLES", 1, False
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 64, 36, 100
s.frame_start, s.frame_end = 1, 12
bpy.ops.mesh.primitive_cube_add(location=(1, 0, 2), rotation=(.4, .3, 0)); bpy.ops.rigidbody.object_add()
bpy.ops.mesh.primitive_uv_sphere_add(location=(-1, 0, 1)); ball = bpy.context.object
ball.keyframe_insert("location", frame=1); ball.location.x = -4; ball.keyframe_insert("location", frame=12)
bpy.ops.object.light_add(type="SUN", rotation=(1, 0, 0)); bpy.context.object.data.energy = 5
bpy.ops.object.camera_add(location=(0, -9, 1), rotation=(1.5, 0, 0)); s.camera = bpy.context.object
s.render.use_stamp, s.render.use_stamp_frame = {stamp}, True
bpy.ops.wm.save_as_mainfile(filepath="{path}")
"""


def made(path: Path, stamp: bool = False) -> Path:
    """A ball that moves, and a cube that would fall, were its physics baked: a plain `-a` leaves it where it is."""
    script = PHYSICS.format(path=path, stamp=stamp)
    subprocess.run(["blender", "-b", "--factory-startup", "--python-expr", script], check=True, capture_output=True)
    return path


def plain(blend: Path, scene: str, frames: tuple[int, int], folder: Path) -> Path:
    subprocess.run(["blender", "-b", "--factory-startup", "-noaudio", "-t", "1", "-Y", blend, "-S", scene, "-o",
                    f"{folder}/####", "-F", "PNG", "-x", "1", "-s", str(frames[0]), "-e", str(frames[1]), "-a"],
                   check=True, capture_output=True)
    return folder


def pixels(folder: Path) -> dict[str, bytes]:
    return {path.name: Image.open(path).tobytes() for path in sorted(folder.glob("*.png"))}


def logs(farm: Farm, job: str) -> list[str]:
    """What the log of each chunk says."""
    return [path.read_text() for path in sorted((farm.spool_dir / "jobs" / job / "log").glob("*@*"))]


def starts(farm: Farm, job: str) -> int:
    return sum("Read blend" in log for log in logs(farm, job))


def redo(farm: Farm, job: str, frames: list[int]) -> None:
    again.redo(farm.spool, queue.find(farm.spool, job), jobs.read(farm.spool, job), frames)


def test_one_blender_renders_all_chunks_and_its_pixels_are_those_of_a_plain_one(farm: Farm, tmp_path: Path) -> None:
    blend = made(tmp_path / "physics.blend")
    job = farm.add(blend, "Scene", "1-12", chunk=2, order="linear")
    said = farm.once()
    assert (farm.state(job), starts(farm, job), len(logs(farm, job))) == ("done", 1, 6), said
    ours = pixels(farm.out)
    assert ours == pixels(plain(blend, "Scene", (1, 12), tmp_path / "plain"))
    assert len(set(ours.values())) == 12, "nothing moves in this scene"


def test_each_job_gets_its_own_scene_though_one_slot_renders_them_all(farm: Farm) -> None:
    first = farm.add(ONE, "Shot", "1-4", chunk=2)
    other = farm.add(BLENDS / "three_scenes.blend", "B step", "101-107x2", chunk=2, width=48, height=27)
    third = farm.add(HEAVY, "Heavy", "9-11", chunk=2, width=160, height=90)
    farm.once()
    assert [starts(farm, job) for job in (first, other, third)] == [1, 1, 1]
    assert {p.name: says(p) for p in farm.out.glob("*.png")} == (
        {f"{f:04}.png": (f, 1) for f in range(1, 5)} | {f"{f:04}.png": (f, 2) for f in (101, 103, 105, 107)}
        | {f"{f:04}.png": (f, 7) for f in (9, 10, 11)})


def gate(farm: Farm) -> Path:
    """No frame is done while it is there."""
    return farm.root / "gate"


def gated(farm: Farm) -> str:
    """A job of three chunks that is on hold, and a host."""
    blend = scripted.waits_while(gate(farm), ONE, farm.root / "gated.blend")
    job = farm.add(blend, "Shot", "1-3", chunk=1, order="linear")
    move(farm, job, "held")
    farm.host("alpha", RENDERD_KEEP_BLENDER="600", **scripted.ALLOWED)
    return job


def move(farm: Farm, job: str, state: str) -> None:
    assert queue.move(farm.spool, queue.find(farm.spool, job), state)


def render_a_chunk(farm: Farm, job: str) -> list[int]:
    """Of a job on hold; the Blenders that wait afterwards."""
    before = len(farm.events(job, "done"))
    gate(farm).touch()
    move(farm, job, "queue")
    farm.until(lambda: len(farm.events(job, "taken")) > before)
    move(farm, job, "held")
    gate(farm).unlink()
    farm.until(lambda: len(farm.events(job, "done")) == before + 1)
    return farm.blenders()


def test_a_blender_that_waits_is_used_again_until_its_file_changes(farm: Farm) -> None:
    job = gated(farm)
    kept = render_a_chunk(farm, job)
    assert (len(kept), render_a_chunk(farm, job), starts(farm, job)) == (1, kept, 1)
    with (farm.root / "gated.blend").open("ab") as file:      # behind the end of a .blend nobody reads
        file.write(b"\0")
    assert render_a_chunk(farm, job) != kept and starts(farm, job) == 2


def test_a_redo_reads_the_file_again(farm: Farm) -> None:
    """Whoever asks for it may have mended a texture, which the kept Blender still has as it was."""
    job = farm.add(ONE, "Shot", "1-2")
    farm.host("alpha")
    farm.until_state(job, "done")
    redo(farm, job, [2])
    farm.until_state(job, "done")
    assert starts(farm, job) == 2


def test_a_plain_command_does_not_run_beside_a_blender_that_waits(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-2")
    farm.host("alpha", RENDERD_PROGRAMS="blender, sleep")
    farm.until_state(job, "done")
    kept = set(farm.blenders())
    farm.add_command(["sleep", "60"], "1", output="")
    farm.until(lambda: bool(set(farm.blenders()) - kept))
    assert len(kept) == 1 and not kept & set(farm.blenders())


def test_kill_9_of_a_blender_that_waits_costs_nothing(farm: Farm) -> None:
    job = gated(farm)
    os.kill(render_a_chunk(farm, job)[0], signal.SIGKILL)
    render_a_chunk(farm, job)
    assert (starts(farm, job), farm.events(job, "failed")) == (2, [])


def test_kill_9_before_a_waiting_blender_began_costs_nothing(farm: Farm) -> None:
    job = gated(farm)
    kept = render_a_chunk(farm, job)[0]
    os.kill(kept, signal.SIGSTOP)       # it gets its order, and never answers
    move(farm, job, "queue")
    farm.until(lambda: len(farm.events(job, "taken")) == 2)
    os.kill(kept, signal.SIGKILL)
    farm.until_state(job, "done")
    assert (starts(farm, job), farm.events(job, "failed")) == (2, [])


def test_no_blender_waits_for_a_daemon_that_is_gone(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-2")
    farm.host("alpha")
    farm.until_state(job, "done")
    assert len(farm.blenders()) == 1
    farm.kill("alpha")
    farm.until(lambda: not farm.blenders(), 5)


def test_the_daemon_ends_at_once_though_a_blender_waits(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-2")
    farm.host("alpha", RENDERD_STOP_GRACE="30")
    farm.until_state(job, "done")
    assert len(farm.blenders()) == 1
    assert (farm.stop("alpha"), farm.blenders(), list(farm.scratch.glob("renderd-*-*"))) == (0, [], [])


def test_a_blender_waits_no_longer_than_it_may(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-2")
    farm.host("alpha", RENDERD_KEEP_BLENDER="0.5")
    farm.until_state(job, "done")
    farm.until(lambda: not farm.blenders(), 10)
    assert farm.hosts["alpha"].poll() is None


def test_a_blender_that_holds_too_much_is_not_kept(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-4", chunk=2)
    farm.once(RENDERD_KEEP_MEMORY="0")
    assert (farm.state(job), starts(farm, job)) == ("done", 2)


def test_a_blender_that_hangs_is_ended_and_its_frames_come_later(farm: Farm) -> None:
    blend = scripted.hangs_once(2, farm.root / "hung", ONE, farm.root / "hangs.blend")
    job = farm.add(blend, "Shot", "1-3", chunk=3)
    farm.host("alpha", RENDERD_NO_PROGRESS="8", **scripted.ALLOWED)
    farm.until_state(job, "done", 180)
    # A computer so slow that a fresh Blender says nothing for as long either has more than one of them.
    assert {event["reason"] for event in farm.events(job, "failed")} == {"hung"}
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 1) for f in (1, 2, 3)]


def test_what_only_the_plain_command_renders_right_is_rendered_by_it(farm: Farm, tmp_path: Path) -> None:
    """The number in the corner of the picture is as wide as that of the last frame of the range."""
    blend = made(tmp_path / "stamped.blend", stamp=True)
    job = farm.add(blend, "Scene", "1-2")
    said = farm.once()
    assert (farm.state(job), len(farm.frames())) == ("done", 2)
    assert "cannot be driven" in logs(farm, job)[0] and "not-driven" in said
