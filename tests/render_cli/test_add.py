"""render add: what it sends, and what it refuses."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from render_cli import outputs
from render_cli.main import MODULES
from spool import claim, queue
from spool import job as spool_job
from spool.layout import Spool
from tests.fakes.nfs import replies_lost
from tests.render_cli.conftest import BLENDS, NOBODY, PlayedHost, Render, Said

Copy = Callable[[str], Path]


def sent(spool: Spool) -> list[spool_job.Job]:
    return [spool_job.read(spool, entry.job) for entry in queue.entries(spool)]


def test_the_scene_that_the_file_lists_is_sent_with_all_that_the_file_says(
        spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("three_scenes"))
    [job] = sent(spool)
    assert said.code == 0
    assert (job.scene, job.frames, job.file_format, job.width, job.height, job.fps) == \
        ("A main", "1-10", "PNG", 64, 36, 24.0)
    assert job.output == str(blend("three_scenes").parent / "render/####.png")
    assert job.blender == (3, 4)
    assert len(job.blend_sha256) == 64
    assert job.template[:2] == ("blender", "-b")


START = """
import gc, json, sys
from render_cli import start
def looks():
    return sum(generation["collections"] for generation in gc.get_stats())
modules, looked = set(sys.modules), looks()
try:
    start.run()
finally:
    print(json.dumps({"loaded": [*set(sys.modules) - modules], "looks": looks() - looked}))
"""
LONG = {"yaml", "zstandard", "bottle", "waitress", "filelock", "psutil", "PIL", "inotify_simple", "webview", "renderd",
        "argparse", "asyncio", "csv", "difflib", "email", "glob", "importlib.metadata", "logging", "multiprocessing",
        "pathlib", "random", "shutil", "socket", "statistics", "subprocess", "tempfile", "urllib", "zipfile"}


def started(*arguments: str | Path) -> dict[str, Any]:
    """What the program loaded, and how often Python looked for garbage meanwhile."""
    ran = subprocess.run([sys.executable, "-c", START, *arguments], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_nothing_is_loaded_that_takes_long_and_is_not_needed(spool: Spool, blend: Copy) -> None:
    """A farm that waits for work shall not wait for imports; each of these takes milliseconds."""
    loaded = started("add", blend("one_20"))["loaded"]
    assert len(sent(spool)) == 1
    assert "render_cli.add" in loaded
    assert LONG.intersection(loaded) == set()


def test_no_other_command_is_loaded(spool: Spool, blend: Copy) -> None:
    others = {f"render_cli.{module}" for module in MODULES.values()} - {"render_cli.add"}
    assert others.intersection(started("add", blend("one_20"))["loaded"]) == set()


def test_nobody_looks_for_garbage_among_what_was_loaded(spool: Spool, blend: Copy) -> None:
    assert started("add", blend("one_20"))["looks"] == 0


def test_the_line_names_job_scene_frames_chunks_and_where_the_pictures_go(
        spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"))
    [job] = sent(spool)
    assert said.out == f"{job.job}  scene Shot  frames 1-20 (20 frames in 2 chunks)  -> {job.output}\n"
    assert f"render wait {job.job[16:]}" in said.err


def test_each_rend_block_becomes_a_job_and_the_step_comes_from_the_dna(
        spool: Spool, render: Render, blend: Copy) -> None:
    found = render("add", blend("three_rend"), "--json").json["jobs"]
    assert [(j["scene"], j["frame_list"], j["frames"], j["chunks"]) for j in found] == [
        ("A main", "1-10", 10, 1), ("B step", "101-119x2", 10, 1), ("Szene ü 日本", "0-3", 4, 1)]


def test_all_scenes_come_from_the_depth_of_the_file(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("three_scenes"), "--all-scenes")
    assert {job.scene for job in sent(spool)} == {"A main", "B step", "Szene ü 日本"}
    assert {job.name for job in sent(spool)} == {
        "three_scenes A main", "three_scenes B step", "three_scenes Szene ü 日本"}


def test_one_scene_is_chosen_by_its_name_with_its_own_format_and_output(
        spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("three_scenes"), "--scene", "Szene ü 日本")
    [job] = sent(spool)
    assert (job.file_format, os.path.basename(job.output), job.fps) == ("OPEN_EXR", "c_###_v2.exr", 29.97003)


def test_an_unknown_scene_lists_the_scenes_and_the_nearest_first(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("three_scenes"), "--scene", "b stepp")
    assert said.code == 65
    assert "There is no scene 'b stepp'" in said.err
    assert "Its scenes: 'B step', 'A main'" in said.err
    assert sent(spool) == []


def test_a_scene_without_a_camera_is_refused_with_the_cure(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("no_camera"))
    assert said.code == 65
    assert "'No camera'" in said.err and "has no camera" in said.err and "Shift A, Camera" in said.err


def test_missing_pictures_are_named_and_the_job_is_sent(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("missing_texture"))
    assert "//textures/gone.png" in said.err and "--allow-missing" in said.err
    assert [job.allow_missing for job in sent(spool)] == [False]


def test_allow_missing_goes_into_the_job(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("missing_texture"), "--allow-missing")
    assert [job.allow_missing for job in sent(spool)] == [True]


BEHIND_HEADER, BLOCK_HEADER, REND = 12, 24, 72      # bytes at the front of one_20.blend: its REND block


def test_a_file_that_lists_no_scene_sends_the_one_on_screen(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    data = path.read_bytes()
    assert data[BEHIND_HEADER:BEHIND_HEADER + 4] == b"REND"
    path.write_bytes(data[:BEHIND_HEADER] + data[BEHIND_HEADER + BLOCK_HEADER + REND:])
    assert render("add", path).code == 0
    assert [(job.scene, job.frames) for job in sent(spool)] == [("Shot", "1-20")]


def test_a_range_that_cannot_be_rendered_asks_for_frames(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    data, at = path.read_bytes(), BEHIND_HEADER + BLOCK_HEADER
    path.write_bytes(data[:at] + struct.pack("<ii", -2**31, 2**31 - 1) + data[at + 8:])
    said = render("add", path)
    assert said.code == 65
    assert "has frames -2147483648 to 2147483647" in said.err and "--frames 1-100" in said.err
    assert render("add", path, "--frames", "1-3").code == 0


@pytest.mark.parametrize(("name", "words"), [
    ("broken_truncated", "ends in the middle"), ("broken_empty", "is empty"), ("broken_text", "is not a .blend file")])
def test_a_broken_file_is_one_sentence_and_sends_nothing(
        spool: Spool, render: Render, blend: Copy, name: str, words: str) -> None:
    said = render("add", blend(name))
    assert said.code == 1
    assert words in said.err and "Traceback" not in said.err
    assert sent(spool) == []


def test_one_broken_file_of_two_sends_none(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"), blend("broken_empty"))
    assert sent(spool) == []


@pytest.mark.parametrize(("frames", "words"), [
    ("5-1", "runs backwards"), ("0x2", "x2 needs a range before it"), ("1:10", "':' is a range in one program"),
    ("1-10000000", "beyond 1048574"), ("1-1048574", "more than 1,000,000 frames"), ("", "")])
def test_frames_that_cannot_be_meant_are_refused_with_the_reason(
        spool: Spool, render: Render, blend: Copy, frames: str, words: str) -> None:
    said = render("add", blend("one_20"), "--frames", frames)
    assert words in said.err
    assert said.code == (2 if frames else 0)
    assert len(sent(spool)) == (0 if frames else 1)


def test_ten_million_frames_in_parts_are_refused(spool: Spool, render: Render) -> None:
    said = render("add", "--frames", ",".join(f"{n}-{n + 499_999}" for n in (0, 500_000, 548_574)), "--", "true")
    assert said.code == 2
    assert "more than 1,000,000 frames" in said.err


def test_frames_outside_of_the_scene_are_said_and_sent(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"), "--frames", "18-25")
    assert "Frames 21-25 lie outside of the scene's own range, 1-20" in said.err
    assert [job.frames for job in sent(spool)] == ["18-25"]


def test_two_scenes_that_write_the_same_files_are_refused(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("three_scenes"), "--all-scenes", "--frames", "1-3", "--output", "//x/")
    assert said.code == 65
    assert "would write the same files" in said.err and "x/0001.png" in said.err
    assert "--scene 'B step' --output //render/B-step/" in said.err
    assert sent(spool) == []


def test_scenes_with_different_frames_may_share_a_folder(spool: Spool, render: Render, blend: Copy) -> None:
    assert render("add", blend("three_rend")).code == 0
    assert len({os.path.dirname(job.output) for job in sent(spool)}) == 1


def test_an_open_job_that_writes_the_same_files_is_warned_of(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"))
    [first] = sent(spool)
    said = render("add", blend("one_20"))
    assert said.code == 0
    assert f"are written by {first.job}; the last one wins" in said.err


def test_a_missing_output_folder_next_to_the_blend_is_made(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    render("add", path)
    assert (path.parent / "render").is_dir()


def test_a_missing_folder_elsewhere_is_refused_before_anything_is_sent(
        spool: Spool, render: Render, blend: Copy, tmp_path: Path) -> None:
    said = render("add", blend("one_20"), "--output", tmp_path / "not/mounted/here/####")
    assert said.code == 73
    assert f"The folder {tmp_path}/not/mounted for the pictures is not there" in said.err
    assert "mkdir -p" in said.err
    assert sent(spool) == []


def test_the_last_folder_elsewhere_is_made(spool: Spool, render: Render, blend: Copy, tmp_path: Path) -> None:
    assert render("add", blend("one_20"), "--output", tmp_path / "out/f_####").code == 0
    assert (tmp_path / "out").is_dir()
    assert sent(spool)[0].output == str(tmp_path / "out/f_####.png")


def test_a_file_where_the_folder_should_be_is_named(
        spool: Spool, render: Render, blend: Copy, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    said = render("add", blend("one_20"), "--output", tmp_path / "out/####")
    assert (said.code, f"{tmp_path}/out is a file" in said.err) == (73, True)


def test_an_output_folder_that_may_not_be_written_is_named(
        spool: Spool, as_nobody: Callable[..., Said], blend: Copy, open_tmp: Path) -> None:
    if os.getuid() == 0:
        for path in (spool.root, *map(spool.folder, os.listdir(spool.root))):
            os.chown(path, NOBODY, NOBODY)
    locked = open_tmp / "locked"
    locked.mkdir(mode=0o555)
    said = as_nobody("add", blend("one_20"), "--output", f"{locked}/")
    assert said.code == 73, said
    assert f"You may not write in {locked}" in said.err and f"ls -ld {locked}" in said.err
    assert sent(spool) == []


def test_an_output_that_nobody_chose_goes_next_to_the_blend_and_says_so(tmp_path: Path) -> None:
    from render_cli import outputs

    for said in ("/tmp/", "/tmp\\", ""):
        found = outputs.of_file(said, "/film/shot.blend", "PNG")
        assert found.pattern == "/film/render/shot/####.png"
        assert "//render/shot/####" in found.note


@pytest.mark.parametrize(("said", "pattern"), [
    ("//render\\a\\", "/film/render/a/####.png"), ("//x/f_###", "/film/x/f_###.png"), ("//..\\out\\", "/out/####.png"),
    ("/abs/f", "/abs/f####.png"), ("//film.mp4", "/film/film####.png"), ("//a/b.jpg", "/film/a/b.jpg####.png")])
def test_outputs_of_files_become_one_absolute_pattern(said: str, pattern: str) -> None:
    from render_cli import outputs

    assert outputs.of_file(said, "/film/shot.blend", "PNG").pattern == pattern


def test_a_windows_path_in_the_file_asks_for_output() -> None:
    from render_cli import outputs
    from render_cli.errors import NoOutput

    for said in ("C:\\tmp\\", "D:/render/", "\\\\server\\share\\"):
        with pytest.raises(NoOutput) as error:
            outputs.of_file(said, "/film/shot.blend", "PNG")
        assert said in error.value.message and "--output" in str(error.value.hint)


def test_a_folder_that_is_there_is_a_folder_without_a_slash_too(
        spool: Spool, render: Render, blend: Copy, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    render("add", blend("one_20"), "--output", "out")
    assert sent(spool)[0].output == str(tmp_path / "out/####.png")


@pytest.mark.parametrize(("said", "format"), [("jpg", "JPEG"), ("EXR", "OPEN_EXR"), ("TGA", "TARGA"), ("png", "PNG")])
def test_formats_may_be_called_as_people_call_them(
        spool: Spool, render: Render, blend: Copy, said: str, format: str) -> None:
    render("add", blend("one_20"), "--format", said)
    assert sent(spool)[0].file_format == format


def test_targa_is_tga_on_blenders_command_line(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"), "--format", "TARGA")
    template = sent(spool)[0].template
    assert template[template.index("-F") + 1] == "TGA"


def test_an_ending_of_another_format_is_said(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"), "--output", "//x/f_####.jpg")
    assert "The pictures are PNG, so they end with .png, not .jpg" in said.err
    assert sent(spool)[0].output.endswith("/x/f_####.png")


def test_pictures_that_are_there_already_are_counted(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    (path.parent / "render").mkdir()
    for frame in (1, 2, 21):
        (path.parent / f"render/{frame:04}.png").touch()
    assert "2 pictures of one-20-" in render("add", path).err


def test_a_file_name_that_is_no_unicode_is_sent_and_shown(spool: Spool, render: Render, blend: Copy) -> None:
    odd = blend("one_20").parent / os.fsdecode(b"sh\xffot.blend")
    blend("one_20").rename(odd)
    said = render("add", odd, "--json")
    assert said.json["jobs"][0]["blend"] == str(odd)
    assert render("add", odd).code == render("jobs").code == render("show", said.json["jobs"][0]["job"]).code == 0


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_what_is_no_file_is_one_sentence(spool: Spool, render: Render, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.blend"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    said = render("add", path)
    assert said.code == 1 and "x.blend" in said.err and "Traceback" not in said.err


def test_an_unknown_format_names_the_nearest(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"), "--format", "JPGE")
    assert (said.code, "Did you mean JPEG?" in said.err) == (2, True)


def test_a_film_format_is_refused_and_render_movie_named(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"), "--format", "FFMPEG")
    assert (said.code, "render movie" in said.err) == (2, True)


def test_a_dry_run_writes_nothing_at_all(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    said = render("add", path, "-n")
    assert "frames 1-20 (20 frames in 2 chunks)" in said.out
    assert sent(spool) == [] and not (path.parent / "render").exists()


def test_a_job_on_hold_waits_there(spool: Spool, render: Render, blend: Copy) -> None:
    assert "render release one-20-" in render("add", blend("one_20"), "--hold").err
    assert [entry.state for entry in queue.entries(spool)] == ["held"]


def test_chunk_auto_sends_three_frames_alone_and_the_time_that_the_farm_wants(
        spool: Spool, render: Render, blend: Copy) -> None:
    Path(spool.folder("farm.yaml")).write_text("format: 1\nchunk_seconds: 60\n")
    said = render("add", blend("one_20"), "--chunk", "auto")
    [job] = sent(spool)
    assert (job.chunk, job.chunk_seconds, job.chunks) == (100, 60.0, 5)
    assert [str(c) for c in claim.waiting_chunks(spool, job)] == [
        "000.0001-0001", "001.0020-0020", "002.0011-0011", "003.0002-0010", "004.0012-0019"]
    assert "frames 1-20 (20 frames in chunks of about 1 min)" in said.out
    shown = render("show", job.job, "--json").json
    assert (shown["chunk"], shown["chunk_seconds"], shown["frames"], len(shown["chunks"])) == (100, 60.0, 20, 5)


def test_chunk_auto_is_refused_for_a_program_that_is_not_told_its_frames(spool: Spool, render: Render) -> None:
    said = render("add", "--frames", "1-9", "--chunk", "auto", "--", "sh", "all.sh", "{first}")
    assert said.code == 2 and "--chunk auto is for programs that are told their frames." in said.err
    assert render("add", "--frames", "1-9", "--chunk", "auto", "--", "sh", "-c", "true", "{first}", "{last}").code == 0


@pytest.mark.parametrize("size", ["0", "-1", "often", "1.5", "AUTO"])
def test_a_chunk_is_a_number_or_auto(spool: Spool, render: Render, blend: Copy, size: str) -> None:
    said = render("add", blend("one_20"), "--chunk", size)
    assert said.code == 2 and "or say auto." in said.err and sent(spool) == []


def test_priority_chunk_order_and_name_go_into_the_job(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"), "--priority", 80, "--chunk", 3, "--order", "linear", "--name", "Take 2")
    [entry] = queue.entries(spool)
    [job] = sent(spool)
    assert (entry.priority, job.chunk, job.chunks, job.order, job.name) == (80, 3, 7, "linear", "Take 2")


def test_any_program_gets_exactly_its_arguments(spool: Spool, render: Render, tmp_path: Path) -> None:
    words = ["python3", "-c", "print('a b')", "--frames", "{first}", "{output}", "--", "$HOME", "-n", ""]
    said = render("add", "--frames", "1-3", "--output", "out/f_####.png", "--", *words)
    assert said.code == 0, said.err
    [job] = sent(spool)
    assert (list(job.template), job.name, job.recipe) == (words, "python3", "command")
    assert job.output == str(tmp_path / "out/f_####.png") and job.cwd == str(tmp_path)


def test_a_program_that_writes_output_needs_output(spool: Spool, render: Render) -> None:
    said = render("add", "--frames", "1-3", "--", "draw", "{output}")
    assert (said.code, "there is no --output" in said.err) == (2, True)


def test_an_output_without_a_place_for_the_frame_is_refused(spool: Spool, render: Render) -> None:
    said = render("add", "--frames", "1-3", "--output", "x.png", "--", "draw", "{output}")
    assert (said.code, "no place for the number of the frame" in said.err) == (2, True)


def test_without_output_it_is_said_that_the_exit_code_decides(spool: Spool, render: Render) -> None:
    assert "frames count when the program exits 0" in render("add", "--frames", "1-3", "--", "true").err


@pytest.mark.parametrize("args", [[], ["--"], ["x.blend", "--frames", "1", "--", "true"], ["--", "true"]])
def test_nothing_or_too_much_to_send_is_a_usage_error(spool: Spool, render: Render, args: list[str]) -> None:
    said = render("add", *args)
    assert said.code == 2 and "render: " in said.err and "Traceback" not in said.err


def test_a_program_that_no_host_allows_is_warned_of(
        spool: Spool, render: Render, host: Callable[..., PlayedHost]) -> None:
    host("alpha")
    said = render("add", "--frames", "1-3", "--", "houdini")
    assert "alpha does not run the program houdini: it is not on its list." in said.err


def test_no_warning_where_a_host_may_take_it(
        spool: Spool, render: Render, blend: Copy, host: Callable[..., PlayedHost]) -> None:
    host("alpha")
    assert "warning" not in render("add", blend("one_20")).err


def test_a_file_newer_than_every_blender_is_warned_of(
        spool: Spool, render: Render, blend: Copy, host: Callable[..., PlayedHost]) -> None:
    host("alpha", version="3.4.1")
    assert "alpha needs Blender 5.0 or newer" in render("add", blend("blender50")).err


def test_json_tells_every_job(spool: Spool, render: Render, blend: Copy) -> None:
    found = render("add", blend("one_20"), "--json").json
    [job] = sent(spool)
    assert found["jobs"][0] | {"job": job.job, "scene": "Shot", "frames": 20, "chunks": 2} == found["jobs"][0]


def test_every_good_bundled_file_is_sent_as_the_truth_says(spool: Spool, render: Render, blend: Copy) -> None:
    truth = json.loads((BLENDS / "truth.json").read_text())
    for name, facts in truth.items():
        said = render("add", blend(name.removesuffix(".blend")), "--json")
        if "error" in facts or name == "no_camera.blend":
            assert said.code in (1, 65), name
            continue
        wanted = [(s, len(range(a, b + 1, facts["scenes"][s]["step"]))) for s, a, b in facts["rend"]]
        assert [(j["scene"], j["frames"]) for j in said.json["jobs"]] == wanted, name


def test_the_info_files_wait_in_the_order_of_the_probe(spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"), "--chunk", 5)
    assert [str(c) for c in claim.waiting_chunks(spool, sent(spool)[0])] == [
        "000.0001-0005", "001.0016-0020", "002.0011-0015", "003.0006-0010"]


def test_a_folder_for_the_pictures_whose_reply_was_lost_is_there(tmp_path: Path) -> None:
    with replies_lost():
        outputs.prepare(outputs.Output(f"{tmp_path}/render/shot/####.png", str(tmp_path)), dry_run=False)
    assert (tmp_path / "render" / "shot").is_dir()
