"""A .blend becomes frames, with the real Blender."""

import os
import signal
from contextlib import suppress

from spool import again, queue
from spool import job as jobs
from tests.system.farm import BLENDS, Farm, says

ONE = BLENDS / "one_20.blend"


def test_two_daemons_render_a_job_and_every_picture_is_the_frame_it_is_called(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-20")
    farm.host("alpha"), farm.host("beta")
    farm.until_state(job, "done")
    assert farm.frames() == [f"{f:04}.png" for f in range(1, 21)]
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 1) for f in range(1, 21)]
    assert {d.host for d in farm.detail(job).per_frame.values()} == {"alpha", "beta"}


def test_once_renders_what_waits_and_leaves_nothing_behind(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-7x3")
    said = farm.once()
    assert farm.state(job) == "done", said
    assert farm.frames() == ["0001.png", "0004.png", "0007.png"]
    assert not (farm.out / ".renderd").exists()
    assert not list(farm.spool_dir.glob("beats/*"))
    assert not list(farm.scratch.glob("renderd-*-*"))


def test_a_step_and_another_scene_of_the_file(farm: Farm) -> None:
    farm.add(BLENDS / "three_scenes.blend", "B step", "101-109x2", width=48, height=27)
    farm.once()
    assert [says(p) for p in sorted(farm.out.glob("*.png"))] == [(f, 2) for f in (101, 103, 105, 107, 109)]


def test_kill_9_of_a_daemon_loses_no_frame_and_leaves_no_blender(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-12", chunk=6, width=160, height=90)
    farm.host("alpha")
    farm.until(lambda: len(farm.events(job, "frame")) >= 2)
    farm.kill("alpha")
    farm.until(lambda: not farm.blenders(), 5)
    farm.host("beta")
    farm.until_state(job, "done")
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 7) for f in range(1, 13)]
    assert all(chunk.tries == 1 for chunk in farm.detail(job).chunks)
    lines = (farm.spool_dir / "jobs" / job / "journal" / "beta.jsonl").read_text()
    assert lines.count('"event":"frame"') <= 10, "frames that were ready were rendered again"


def test_kill_9_of_blender_costs_one_try(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-4", chunk=4, width=160, height=90)
    farm.host("alpha")
    farm.until(lambda: len(farm.frames()) >= 1)
    for pid in farm.blenders():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    farm.until_state(job, "done")
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 7) for f in range(1, 5)]
    assert [e["reason"] for e in farm.events(job, "failed")] == ["killed"]


def test_sigterm_gives_the_frames_back_and_leaves_no_child(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-12", chunk=12, width=160, height=90)
    farm.host("alpha")
    farm.until(lambda: len(farm.frames()) >= 1)
    assert farm.stop("alpha") == 0
    assert not farm.blenders()
    view = farm.detail(job)
    assert [(c.state, c.tries) for c in view.chunks] == [("waiting", 0)]
    assert not list(farm.spool_dir.glob("beats/*"))
    farm.host("beta")
    farm.until_state(job, "done")
    assert len(farm.frames()) == 12


def test_a_changed_scene_name_is_no_success(farm: Farm) -> None:
    job = farm.add(ONE, "Nowhere", "1-3")
    farm.once()
    view = farm.detail(job)
    assert (view.view.state, farm.frames()) == ("failed", [])
    assert "no scene" in view.chunks[0].reason and view.chunks[0].tries == 3


def test_a_picture_of_the_wrong_size_is_not_published(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-2", width=65)
    farm.once()
    assert (farm.state(job), farm.frames()) == ("failed", [])
    assert "wrong size" in farm.detail(job).chunks[0].reason


def test_a_missing_texture_fails_unless_it_is_allowed(farm: Farm) -> None:
    first = farm.add(BLENDS / "missing_texture.blend", "Pink", "1-2")
    farm.once()
    assert (farm.state(first), farm.frames()) == ("failed", [])
    assert "gone.png" in farm.detail(first).chunks[0].reason
    second = farm.add(BLENDS / "missing_texture.blend", "Pink", "1-2", allow_missing=True)
    farm.once()
    assert (farm.state(second), len(farm.frames())) == ("done", 2)


def test_a_scene_without_camera_and_a_cut_file_say_so(farm: Farm) -> None:
    camera = farm.add(BLENDS / "no_camera.blend", "No camera", "1-2")
    cut = farm.add(BLENDS / "broken_truncated.blend", "Shot", "1-2")
    farm.once()
    assert "has no camera" in farm.detail(camera).chunks[0].reason
    assert "damaged" in farm.detail(cut).chunks[0].reason
    assert farm.frames() == []


def test_a_file_of_a_newer_blender_is_refused_before_one_is_started(farm: Farm) -> None:
    job = farm.add(BLENDS / "blender50.blend", "Five", "1-2")
    farm.once()
    assert "Blender 5.0" in farm.detail(job).chunks[0].reason
    log = next((farm.spool_dir / "jobs" / job / "log").glob("*@*")).read_text()
    assert "Blender quit" not in log and "Read blend" not in log


def test_frames_that_are_there_are_not_rendered_again_and_redo_renders_them(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "1-5")
    farm.once()
    before = {p.name: p.stat().st_mtime_ns for p in farm.out.iterdir()}
    again.redo(farm.spool, queue.find(farm.spool, job), jobs.read(farm.spool, job), [2, 3])
    assert farm.state(job) == "open"
    farm.once("beta")
    after = {p.name: p.stat().st_mtime_ns for p in farm.out.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"0002.png", "0003.png"}
    assert farm.state(job) == "done"


def test_a_frame_that_somebody_removed_before_the_end_is_rendered_again(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-6", chunk=3, width=160, height=90)
    farm.host("alpha")
    farm.until(lambda: len(farm.frames()) >= 1)
    first = farm.out / farm.frames()[0]
    first.unlink()
    farm.until(lambda: "healed" in (farm.root / "alpha.log").read_text())
    farm.until_state(job, "done")
    assert (len(farm.frames()), first.exists()) == (6, True)


def test_a_cancelled_job_stops_at_once_and_undo_brings_it_back(farm: Farm) -> None:
    job = farm.add(BLENDS / "heavy_12.blend", "Heavy", "1-12", chunk=12, width=160, height=90)
    farm.host("alpha")
    farm.until(lambda: len(farm.frames()) >= 1)
    entry = queue.cancel(farm.spool, queue.find(farm.spool, job))
    farm.until(lambda: not farm.blenders(), 30)
    queue.undo(farm.spool, entry)
    farm.until_state(job, "done")
    assert len(farm.frames()) == 12
