"""Real files: what is read equals what Blender itself says."""

import time

import pytest
from blend_folder import BLENDS, TRUTH, WHOLE, needs_blends

from assetfs.blend import check_complete, read_rend, read_scenes, version_of, version_text
from assetfs.errors import AssetError, BlendCutShort

pytestmark = needs_blends
whole = pytest.mark.parametrize("name", WHOLE)


@whole
def test_rend_names_the_scenes_that_blender_would_render(name):
    rend = read_rend(BLENDS / name)
    assert sorted(map(list, rend.scenes)) == TRUTH[name]["rend"]
    assert (rend.version_text, rend.compression) == (TRUTH[name]["blender"], TRUTH[name]["compression"])


@whole
def test_the_version_is_that_of_the_blender_that_saved_it(name):
    assert version_text(version_of(BLENDS / name)) == TRUTH[name]["blender"]


@whole
def test_every_property_of_every_scene_is_what_blender_says(name):
    found = {scene.name: scene for scene in read_scenes(BLENDS / name).scenes}
    assert found.keys() == TRUTH[name]["scenes"].keys()
    for scene_name, truth in TRUTH[name]["scenes"].items():
        scene = found[scene_name]
        said = {key: getattr(scene, key) for key in truth if key not in ("first_path", "markers")}
        assert said == {key: truth[key] for key in said}
        assert [[m.name, m.frame, m.camera] for m in scene.markers] == truth["markers"]
        assert scene.size == (truth["x"] * truth["percent"] // 100, truth["y"] * truth["percent"] // 100)
        assert scene.frame_rate == pytest.approx(truth["fps"] / truth["fps_base"])


@whole
def test_the_file_itself_is_what_blender_says(name):
    found, truth = read_scenes(BLENDS / name), TRUTH[name]
    assert (found.current, found.version_text, found.compression) == (
        truth["current"], truth["blender"], truth["compression"],
    )  # fmt: skip
    assert (list(found.images), list(found.libraries)) == (truth["images"], truth["libraries"])
    assert sorted(map(list, found.rend)) == truth["rend"]


@whole
def test_a_file_that_blender_saved_is_complete_where_that_can_be_told(name):
    expected = "unknown" if TRUTH[name]["compression"] == "gzip" else "complete"
    assert check_complete(BLENDS / name) == expected


@pytest.mark.parametrize("name", sorted(TRUTH.keys() - set(WHOLE)))
def test_a_broken_file_gives_an_error_that_names_it(name):
    with pytest.raises(AssetError) as caught:
        read_scenes(BLENDS / name)
    assert name in caught.value.message and caught.value.hint


def test_a_cut_file_still_shows_its_rend_and_says_that_it_is_cut():
    path = BLENDS / "broken_truncated.blend"
    assert read_rend(path).scenes
    with pytest.raises(BlendCutShort, match="ends in the middle"):
        check_complete(path)


def test_only_what_is_not_there_is_missing():
    assert read_scenes(BLENDS / "missing_texture.blend").missing == ("//textures/gone.png",)
    assert read_scenes(BLENDS / "shot_linked.blend").missing == ()


@pytest.mark.parametrize(("read", "limit"), [(read_rend, 0.002), (read_scenes, 0.1)])
@whole
def test_reading_takes_milliseconds(read, limit, name):
    """The limits are four times what a busy machine needs; `make bench` has the figures."""
    assert min(_seconds(read, BLENDS / name) for _ in range(5)) < limit


def _seconds(read, path):
    start = time.perf_counter()
    read(path)
    return time.perf_counter() - start
