"""What Blender says when something is wrong, and what is made of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderd.diagnose import MOST, Finding, Listener
from renderd.report import MARK, SCRIPT, read

BLENDS = Path(__file__).resolve().parents[3] / "shared" / "blends"


def run(blend: Path, *options: str, scene: str | None = None, frames: tuple[int, ...] = (1,),
        expression: str = "") -> list[Finding]:
    """One Blender, as renderd starts it: with the report, without scripts of the blend file."""
    folder = blend.parent if os.access(blend.parent, os.W_OK) else None
    out = Path(str(folder)) / "out"
    scripts = ["--python-expr", expression] if expression else []
    done = subprocess.run(
        ["blender", "-b", "--factory-startup", "-noaudio", "-Y", blend, *scripts, "-P", str(SCRIPT),
         *(("-S", scene) if scene else ()), "-o", f"{out}/####", "-F", "PNG", *options, "-x", "1",
         "-s", "1", "-e", "1", "-a"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="surrogateescape",
        env=os.environ | {"TMPDIR": str(folder)}, timeout=60)
    listener = Listener(str(blend))
    for line in done.stdout.splitlines():
        listener.hear(line)
    missing = [frame for frame in frames if not (out / f"{frame:04}.png").exists()]
    return listener.findings(done.returncode, scene=scene, missing_frames=missing)


@pytest.fixture
def blend(tmp_path: Path):
    """A copy of one of the test files, alone in a folder."""
    def copy(name: str) -> Path:
        shutil.copyfile(BLENDS / name, tmp_path / name)
        return tmp_path / name
    return copy


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def heard(*lines: str, returncode: int | None = 0, **expected) -> list[Finding]:
    listener = Listener("/film/a.blend")
    for line in lines:
        listener.hear(line + "\n")
    return listener.findings(returncode, **expected)


# With the real Blender

def test_nothing_is_found_when_all_is_well(blend) -> None:
    assert run(blend("one_20.blend"), scene="Shot") == []


def test_a_scene_that_is_not_there_is_a_failure_although_blender_exits_0(blend) -> None:
    findings = run(blend("three_scenes.blend"), scene="Shot")
    assert codes(findings) == ["scene-missing"]
    assert findings[0].is_failure
    assert findings[0].facts["there"] == ["A main", "B step", "Szene ü 日本"]
    assert 'no scene "Shot"' in findings[0].text


def test_a_scene_without_a_camera_is_named(blend) -> None:
    findings = run(blend("no_camera.blend"), scene="No camera")
    assert codes(findings) == ["no-camera", "frame-missing"]
    assert '"No camera"' in findings[0].text


def test_a_missing_texture_is_a_failure_although_blender_says_nothing(blend) -> None:
    file = blend("missing_texture.blend")
    findings = run(file)
    assert codes(findings) == ["missing-file"] and findings[0].is_failure
    assert findings[0].facts["path"] == str(file.parent / "textures/gone.png")


def test_a_missing_library_is_told_once(blend) -> None:
    file = blend("shot_linked.blend")
    findings = run(file)
    assert findings == [Finding("missing-library", {"path": str(file.parent / "lib_props.blend")})]
    assert findings[0].is_failure


def test_a_library_that_is_there_is_not_missed(blend) -> None:
    blend("lib_props.blend")
    assert run(blend("shot_linked.blend")) == []


def test_a_collection_that_was_renamed_in_its_library_is_named(blend) -> None:
    library = blend("lib_props.blend")
    rename = "import bpy; bpy.data.collections[0].name = 'Other'; bpy.ops.wm.save_mainfile()"
    run(library, expression=rename)
    findings = run(blend("shot_linked.blend"))
    assert findings == [Finding("missing-data", {"name": "Collection: 'Props'", "path": str(library)})]


@pytest.mark.parametrize(("name", "code"), [
    ("broken_empty.blend", "file-unreadable"), ("broken_text.blend", "file-unreadable"),
    ("broken_truncated.blend", "file-unreadable"), ("blender50.blend", "blend-too-new")])
def test_a_blend_file_that_cannot_be_read_is_named(blend, name: str, code: str) -> None:
    file = blend(name)
    findings = run(file)
    assert codes(findings) == [code, "frame-missing"]
    assert findings[0].facts["path"] == str(file)


def test_a_blend_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert codes(run(tmp_path / "none.blend")) == ["file-missing", "frame-missing"]


def test_an_engine_that_is_not_installed_is_a_failure_although_blender_takes_eevee(blend) -> None:
    file = blend("one_20.blend")
    file.write_bytes(file.read_bytes().replace(b"CYCLES\0", b"LUXXXX\0"))
    findings = run(file, "-E", "CYCLES")
    assert findings == [Finding("engine-missing", {"engine": "LUXXXX", "scene": "Shot"})]


def test_an_unknown_format_and_a_wrong_number_are_failures(blend) -> None:
    findings = run(blend("one_20.blend"), "-F", "TARGA", "-s", "x")
    assert codes(findings) == ["format-unknown", "option-refused"]
    assert "-s" in findings[1].text


def test_a_python_error_is_told_with_its_last_line(blend) -> None:
    findings = run(blend("one_20.blend"), expression="import bpy\n1/0")
    assert findings == [Finding("python-error", {"text": "ZeroDivisionError: division by zero"})]


DRIVERS = """
import bpy
def drive(expression):
    driver = bpy.data.objects['Cube 1'].driver_add('location', 0 if 'import' in expression else 2).driver
    driver.type, driver.expression = 'SCRIPTED', expression
drive('__import__("math").sin(frame)')
drive('"a" + 1')
text = bpy.data.texts.new('ui.py')
text.write('print("this ran")')
text.use_module = True
bpy.ops.wm.save_mainfile()
"""


def test_a_refused_driver_is_a_failure_and_a_skipped_script_is_none(blend) -> None:
    file = blend("one_20.blend")
    run(file, expression=DRIVERS)
    findings = run(file)
    assert [(f.code, f.is_failure) for f in findings] == [
        ("script-refused", True), ("driver-broken", True), ("python-error", True), ("script-skipped", False)]
    assert 'Object "Cube 1", location: __import__("math").sin(frame)' in findings[0].text
    assert '"a" + 1' in findings[1].text


def test_a_folder_that_cannot_be_written_is_named(blend) -> None:
    findings = run(blend("one_20.blend"), "-o", "/proc/none/####")
    assert codes(findings) == ["output-unwritable", "frame-missing"]
    assert findings[0].facts["path"] == "/proc/none/0001.png"


def test_a_crash_is_told_with_its_signal_and_its_trace(blend) -> None:
    file = blend("one_20.blend")
    findings = run(file, expression="import os; os.kill(os.getpid(), 11)")
    assert codes(findings) == ["crashed", "frame-missing"]
    assert findings[0].facts["signal"] == "SIGSEGV"
    assert findings[0].facts["path"].endswith("one_20.crash.txt")


MISSING = """
import bpy
def image(name, path, source='FILE'):
    made = bpy.data.images.new(name, 4, 4)
    made.source, made.filepath = source, path
    return made
scene, material = bpy.context.scene, bpy.data.materials[0].node_tree.nodes
def node(nodes, kind, picture):
    nodes.new(kind).image = picture
node(scene.world.node_tree.nodes, 'ShaderNodeTexEnvironment', image('sky', '//sky.hdr'))
node(material, 'ShaderNodeTexImage', image('skin', '//skin.<UDIM>.png', 'TILED'))
node(material, 'ShaderNodeTexImage', image('walk', '//walk_0001.png', 'SEQUENCE'))
node(material, 'ShaderNodeTexImage', image('run', '//run_0001.png', 'SEQUENCE'))
reference = image('reference', '//reference.png')
scene.camera.data.background_images.new().image = reference
picture = bpy.data.objects.new('Reference', None)
picture.empty_display_type, picture.data = 'IMAGE', reference
scene.collection.objects.link(picture)
image('unused', '//unused.png').use_fake_user = True
packed = image('packed', '//one.png')
packed.source = 'GENERATED'
packed.pack()
node(material, 'ShaderNodeTexImage', packed)
bpy.ops.wm.save_mainfile()
"""


def test_the_report_names_what_is_rendered_and_nothing_else(blend) -> None:
    file = blend("one_20.blend")
    run(file, expression=MISSING)
    for there in ("skin.1002.png", "run_0007.png"):
        (file.parent / there).touch()
    findings = run(file)
    lost = ["skin.1001.png", "sky.hdr", "walk_0001.png"]
    assert findings == [Finding("missing-file", {"path": str(file.parent / name)}) for name in lost]


# Line by line

def test_news_of_the_render_is_never_a_finding() -> None:
    scene = "Error: Cannot render, no camera | Traceback (most recent call last):"
    assert heard(f"Fra:1 Mem:8.55M (Peak 10.22M) | Time:00:00.01 | {scene} | Sample 1/2",
                 f"Saved: '/film/{scene}/0001.png'", "/film/0002.png") == []


def test_the_prefix_of_blender_5_does_not_hide_a_finding() -> None:
    assert codes(heard("00:00.519  render           | Error: Cannot render, no camera")) == ["no-camera"]


def test_a_traceback_that_is_torn_by_other_lines_is_told() -> None:
    findings = heard("Traceback (most recent call last):", '  File "a.py", line 2, in boom',
                     "Fra:1 Mem:8.55M (Peak 10.22M) | Time:00:00.01 | x", "ValueError: boom")
    assert findings == [Finding("python-error", {"text": "ValueError: boom"})]


def test_a_full_disk_is_told_once_and_with_its_path() -> None:
    findings = heard("/film/0001.jpg: No space left on device", "Output file write error --- out of disk space?",
                     "Error: Render error (No space left on device) cannot save: '/film/0001.jpg'", returncode=1,
                     missing_frames=[1])
    assert codes(findings) == ["disk-full", "frame-missing"]
    assert findings[0].facts["path"] == "/film/0001.jpg"


def test_the_cause_is_told_before_its_effect() -> None:
    findings = heard("Malloc returns null: len=2024 in BLI_Mempool Chunk, total 1869228",
                     "Writing: /tmp/a.crash.txt", returncode=-11, missing_frames=[4, 5])
    assert codes(findings) == ["out-of-memory", "crashed", "frame-missing"]
    assert findings[2].facts["frame"] == [4, 5]


def test_memory_of_a_graphics_card_is_memory() -> None:
    assert codes(heard("CUDA error: Out of memory in cuMemAlloc(&device_pointer, size)")) == ["out-of-memory"]
    assert codes(heard("OptiX error OPTIX_ERROR_LAUNCH_FAILURE in optixLaunch")) == ["gpu-error"]


def test_an_exit_code_is_told_only_when_nothing_else_is_known() -> None:
    assert codes(heard("Blender quit", returncode=3)) == ["exit-code"]
    assert codes(heard("Error: Cannot render, no camera", returncode=1)) == ["no-camera"]
    assert codes(heard("scripts disabled for \"/a\", skipping 'ui.py'", returncode=1)) == [
        "exit-code", "script-skipped"]


def test_a_kill_is_no_crash() -> None:
    assert [f.facts["signal"] for f in heard(returncode=-9)] == ["SIGKILL"]
    assert codes(heard(returncode=-9)) == ["killed"]
    assert heard(returncode=None) == []


def test_an_engine_that_only_another_scene_needs_is_not_told() -> None:
    line = "Error: Engine 'LUX' not available for scene 'B' (an add-on may need to be installed or enabled)"
    assert heard(line, scene="A") == []
    assert codes(heard(line, scene="B")) == ["engine-missing"]
    assert codes(heard(line)) == ["engine-missing"]


def test_a_talkative_blender_fills_no_memory() -> None:
    listener = Listener(keep_lines=5)
    for number in range(10_000):
        listener.hear(f"Info: Cannot find lib '/film/{number}.blend'" + "x" * 10_000)
    assert len(listener.findings(0)) == MOST
    assert len(listener.tail) == 5 and max(map(len, listener.tail)) <= 4000


def test_a_report_that_was_cut_or_forged_is_survived() -> None:
    assert read(MARK + '{"images": ["/a') is None
    for told in ([], {"images": 7}, {"images": [7, None], "scenes": []}, {"error": "KeyError()"}):
        assert heard(MARK + json.dumps(told), scene="A") == []


@given(st.lists(st.one_of(st.text(), st.sampled_from([
    "Traceback (most recent call last):", "For target: (type=Object, name=\"\", property=, property_index=0)",
    "Error in PyDriver: expression failed: ", "restricted access disallows", MARK + "{}", "\udcff"]))),
    st.one_of(st.none(), st.integers(-70, 255)))
def test_no_line_makes_it_fail(lines: list[str], returncode: int | None) -> None:
    for finding in heard(*lines, returncode=returncode, scene="A", missing_frames=[1]):
        assert finding.text.isprintable()
