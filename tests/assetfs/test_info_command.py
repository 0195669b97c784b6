"""`render info`: what people and programs see of a .blend."""

import json

import pytest
from blend_folder import BLENDS, TRUTH, needs_blends
from blend_writer import Writer
from click.testing import CliRunner

from assetfs.blend import read_scenes
from render_cli.info import info, printable, report


def run(*arguments):
    return CliRunner().invoke(info, list(map(str, arguments)))


@pytest.fixture
def strange(tmp_path):
    """A scene whose name wants to take over the terminal, in a file with a name like that."""
    writer = Writer()
    path = tmp_path / "a\x1b[2Jb.blend"
    scene = writer.record("Scene", b"SC", 1, id={"name": b"SCx\n\x1b[31m\xff\xe2\x80\xae"})
    path.write_bytes(writer.file(scene))
    return path


@needs_blends
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_json_says_what_blender_says_or_an_error(name):
    done = run("--json", BLENDS / name)
    (said,) = json.loads(done.stdout)
    truth = TRUTH[name]
    if "error" in truth:
        assert done.exit_code == 1 and said.keys() == {"file", "error", "hint"}
        return
    assert (said["blender"], said["compression"], said["current"]) == (
        truth["blender"], truth["compression"], truth["current"],
    )  # fmt: skip
    scenes = {scene["name"]: scene for scene in said["scenes"]}
    for scene, expected in truth["scenes"].items():
        said = {key: scenes[scene][key] for key in ("start", "end", "step", "output", "camera")}
        assert said.items() <= expected.items()


@needs_blends
def test_one_broken_file_does_not_hide_the_others():
    done = run(BLENDS / "broken_text.blend", BLENDS / "one_20.blend")
    assert done.exit_code == 1
    assert "* Shot" in done.stdout and "not a .blend" not in done.stdout
    sentence, hint = done.stderr.splitlines()
    assert sentence.startswith("render: ") and sentence.endswith("broken_text.blend is not a .blend file.") and hint


@needs_blends
def test_a_person_sees_everything_about_the_scenes():
    done = run(BLENDS / "three_scenes.blend")
    assert done.exit_code == 0 and not done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["*", "A", "main", "1-10", "1", "24", "64x36", "CYCLES", "PNG", "Cam", "1"] in rows
    assert ["B", "step", "101-120", "2", "24", "48x27", "CYCLES", "PNG", "Cam", "2"] in rows
    assert "//render/c_###_v2 (Szene ü 日本)" in done.stdout
    assert ["REND", "A", "main,", "1-10"] in rows


@needs_blends
def test_what_is_missing_is_marked():
    assert "//textures/gone.png (missing)" in run(BLENDS / "missing_texture.blend").stdout
    assert "no camera" in run(BLENDS / "no_camera.blend").stdout


def test_columns_stand_below_each_other_in_any_script(tmp_path):
    writer = Writer()
    names = ["日本".encode(), "e\u0301te".encode(), b"abcd"]
    path = tmp_path / "x.blend"
    path.write_bytes(writer.file(*(
        writer.record("Scene", b"SC", at, id={"name": b"SC" + name}) for at, name in enumerate(names, 1)
    )))  # fmt: skip
    lines = list(report(read_scenes(path)))[3:6]
    assert [line.split("0-0")[0] for line in lines] == ["  日本   ", "  e\u0301te    ", "  abcd   "]


def test_a_table_with_long_names_fits_a_terminal(tmp_path):
    writer = Writer()
    render = {"engine": b"BLENDER_EEVEE_NEXT", "im_format": {"imtype": 28}, "xsch": 1920, "ysch": 1080, "size": 100,
              "frs_sec": 30, "frs_sec_base": 1.001, "sfra": 1001, "efra": 1250}  # fmt: skip
    path = tmp_path / "x.blend"
    path.write_bytes(writer.file(
        writer.record("Scene", b"SC", 1, id={"name": b"SC" + b"long " * 12}, camera=2, r=render),
        writer.record("Object", b"OB", 2, id={"name": b"OB" + b"camera" * 10}),
    ))  # fmt: skip
    table = list(report(read_scenes(path), 80))[2:4]
    assert max(map(len, table)) <= 80 and "…" in table[1]
    assert "camera" * 10 in list(report(read_scenes(path)))[3]


def test_nothing_in_a_file_reaches_the_terminal_raw(strange):
    done = run(strange, strange.parent / "gone\x1b.blend")
    assert all(char.isprintable() or char == "\n" for char in done.stdout + done.stderr)
    assert r"x\n\x1b[31m\xff\u202e" in done.stdout


def test_json_carries_strange_names_unchanged(strange):
    (said,) = json.loads(run("--json", strange).stdout)
    assert said["scenes"][0]["name"] == "x\n\x1b[31m\udcff\u202e"


@pytest.mark.parametrize(("text", "shown"), [
    ("Szene ü 日本", "Szene ü 日本"),
    ("a\nb", r"a\nb"), ("\x1b[0m", r"\x1b[0m"), ("\udcff", r"\xff"), ("\u202e", r"\u202e"),
])  # fmt: skip
def test_printable_escapes_only_what_a_terminal_would_obey(text, shown):
    assert printable(text) == shown


def test_no_file_at_all_is_wrong_usage():
    assert run().exit_code == 2
