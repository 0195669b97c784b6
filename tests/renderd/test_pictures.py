"""Pictures as Blender writes them, whole and broken."""

import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renderd.pictures import Broken, Picture, look
from spool.formats import EXTENSION

BLENDS = Path(__file__).resolve().parents[3] / "shared" / "blends"

# Runs inside Blender: one picture of frame 7 for each row, named after the row.
PAINT = """
import bpy, os, sys
out, scene = sys.argv[-1], bpy.context.scene
render, image = scene.render, scene.render.image_settings
scene.frame_start = scene.frame_end = 7
scene.name = 'Szene \\u00fc | 1'
def paint(name, fmt, **settings):
    image.file_format = fmt
    for key, value in settings.items():
        setattr(image, key, value)
    render.filepath = os.path.join(out, name + '.####')
    bpy.ops.render.render(animation=True)
image.color_mode, image.color_depth = 'RGB', '8'
for name in sys.argv[sys.argv.index('--') + 1].split(','):
    paint(name, name, color_mode='RGB')
for depth in '8', '16':
    for mode in 'BW', 'RGB', 'RGBA':
        paint('png-' + depth + mode, 'PNG', color_depth=depth, color_mode=mode)
        paint('tiff-' + depth + mode, 'TIFF', color_depth=depth, color_mode=mode)
paint('jpeg-grey', 'JPEG', color_mode='BW')
for codec in 'NONE', 'LZW', 'PACKBITS':
    paint('tiff-' + codec, 'TIFF', tiff_codec=codec, color_mode='RGB')
for depth in '16', '32':
    for codec in 'NONE', 'ZIP', 'ZIPS', 'PIZ', 'RLE', 'PXR24', 'DWAA', 'DWAB':
        paint('exr-' + depth + codec, 'OPEN_EXR', color_depth=depth, exr_codec=codec)
scene.view_layers[0].use_pass_z = True
paint('exr-layers', 'OPEN_EXR_MULTILAYER', exr_codec='ZIP', color_depth='32')
image.jpeg2k_codec = 'J2K'
paint('j2k', 'JPEG2000')
render.use_border, render.border_max_x = True, .5
paint('exr-border', 'OPEN_EXR')
render.use_stamp_frame = render.use_stamp_scene = render.use_stamp_camera = render.use_stamp_render_time = False
paint('png-silent', 'PNG')
"""

WITH_WORDS = (".png", ".jpg", ".exr")       # Blender 3.4 writes none into the others


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Everything Blender can write: name -> file. One start of Blender for all tests."""
    out = tmp_path_factory.mktemp("painted")
    subprocess.run(
        ["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9", BLENDS / "one_20.blend",
         "--python-expr", PAINT, "--", ",".join(EXTENSION), out],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return {path.name.partition(".")[0]: path for path in sorted(out.iterdir())}


def read(painted: dict[str, Path], *starts: str) -> list[tuple[Path, bytes]]:
    return [(path, path.read_bytes()) for name, path in painted.items() if name.startswith(starts)]


def is_broken(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        look(path)
    except Broken:
        return True
    return False


def reason(path: Path | int) -> str:
    with pytest.raises(Broken) as caught:
        look(path)
    return caught.value.reason


def places(data: bytes, count: int = 40) -> list[int]:
    """Where to cut: evenly spread, and the last bytes one by one."""
    return sorted({len(data) * i // count for i in range(1, count)} | set(range(len(data) - 8, len(data))))


def test_blender_names_its_files_as_the_table_says(painted: dict[str, Path]) -> None:
    assert {name: painted[name].suffix for name in EXTENSION} == EXTENSION


def test_every_picture_of_blender_is_whole(painted: dict[str, Path]) -> None:
    kinds = {".png": "PNG", ".jpg": "JPEG", ".exr": "OPEN_EXR", ".tif": "TIFF"}
    for path in painted.values():
        seen = look(path)
        assert seen.format == kinds.get(path.suffix, "other"), path
        assert (seen.width, seen.height) == ((64, 36) if path.suffix in kinds else (None, None)), path


def test_scene_frame_camera_and_time_are_read_back(painted: dict[str, Path]) -> None:
    for name, path in painted.items():
        if path.suffix in WITH_WORDS and name != "png-silent":
            seen = look(path)
            assert (seen.scene, seen.frame, seen.camera) == ("Szene ü | 1", 7, "Cam 1"), name
            assert seen.render_seconds is not None and 0 <= seen.render_seconds < 10, name


def test_a_picture_without_words_is_whole_and_silent(painted: dict[str, Path]) -> None:
    assert look(painted["png-silent"]) == Picture("PNG", 64, 36)
    assert look(painted["TIFF"]) == Picture("TIFF", 64, 36)


def test_a_descriptor_is_recognized_by_its_first_bytes(painted: dict[str, Path]) -> None:
    for name in ("PNG", "JPEG", "OPEN_EXR", "TIFF", "DPX"):
        fd = os.open(painted[name], os.O_RDONLY)
        try:
            assert look(fd) == look(painted[name])
        finally:
            os.close(fd)


def test_a_cut_picture_is_broken_wherever_it_is_cut(painted: dict[str, Path], tmp_path: Path) -> None:
    uncheckable = (".hdr", ".rgb", ".tga")
    for path, data in read(painted, ""):
        if path.suffix not in uncheckable:
            passed = [n for n in places(data) if not is_broken(tmp_path / f"cut{path.suffix}", data[:n])]
            assert not passed, path.name


def test_a_picture_with_a_tail_of_zeros_is_broken(painted: dict[str, Path], tmp_path: Path) -> None:
    """Where nothing checks the last bytes (pixels as they are, PIZ, RLE), some tails pass inside the last chunk."""
    blind = tuple(f"exr-{depth}{codec}" for depth in (16, 32) for codec in ("NONE", "PIZ", "RLE", "DWA"))
    for path, data in read(painted, "png", "jpeg", "tiff", "exr"):
        tails = [data[:n] + bytes(len(data) - n) for n in places(data)]
        passed = [tail for tail in tails if tail != data and not is_broken(tmp_path / f"zero{path.suffix}", tail)]
        assert len(passed) <= (len(tails) // 2 if path.name.startswith(blind) else 3), path.name


def test_one_flipped_bit_of_a_png_is_found(painted: dict[str, Path], tmp_path: Path) -> None:
    data = bytearray(painted["png-16RGBA"].read_bytes())
    for place in range(len(data)):
        data[place] ^= 1 << place % 8
        assert is_broken(tmp_path / "flip.png", bytes(data)), place
        data[place] ^= 1 << place % 8


def test_something_behind_the_end_is_found(painted: dict[str, Path], tmp_path: Path) -> None:
    for path, data in read(painted, "png", "jpeg", "exr"):
        assert is_broken(tmp_path / f"long{path.suffix}", data + b"more")


@pytest.fixture(scope="session")
def small(painted: dict[str, Path]) -> list[tuple[str, bytes]]:
    return [(path.suffix, data) for path, data in read(painted, "") if len(data) < 4000]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.randoms(use_true_random=False), edits=st.integers(1, 20))
def test_damage_of_any_kind_ends_in_broken_or_in_a_picture(
        small: list[tuple[str, bytes]], tmp_path: Path, pick: random.Random, edits: int) -> None:
    extension, whole = pick.choice(small)
    data = bytearray(whole)
    for _ in range(edits):
        place = pick.randrange(min(len(data), pick.choice((32, 400, len(data)))))
        data[place:place + pick.choice((0, 1, 1, 4))] = pick.choice((b"\0", b"\xff", b"\x80", b"\0\0\0\0", b"\1"))
    is_broken(tmp_path / f"any{extension}", bytes(data))     # no other exception


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=300), extension=st.sampled_from([".png", ".jpg", ".exr", ".tif"]))
def test_junk_is_broken(tmp_path: Path, data: bytes, extension: str) -> None:
    assert is_broken(tmp_path / f"junk{extension}", data)


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert reason(tmp_path / "a.png") == "empty"


def test_a_text_or_another_format_with_the_name_of_a_picture_is_none(
        painted: dict[str, Path], tmp_path: Path) -> None:
    for extension in set(EXTENSION.values()) - {".tga"}:
        path = tmp_path / f"a{extension}"
        path.write_text("this is a text, and a long one too: it has more bytes than a header\n")
        assert reason(path) == "not-a-picture", extension
    path = tmp_path / "b.png"
    path.write_bytes(painted["JPEG"].read_bytes())
    assert reason(path) == "not-a-picture"


def test_what_is_no_regular_file_is_no_picture_and_does_not_block(painted: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "dir.png").mkdir()
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "link.png").symlink_to(painted["PNG"])
    for name in ("dir.png", "fifo.png", "link.png"):
        assert reason(tmp_path / name) == "not-a-picture"
    with pytest.raises(FileNotFoundError):
        look(tmp_path / "none.png")
