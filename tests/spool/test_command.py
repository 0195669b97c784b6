"""Commands: from a template and some frames to a list of arguments."""

import pytest

from spool import command


def test_ranges_become_what_blender_reads() -> None:
    words = command.expand(command.blender_template("/a b.blend", "S {first}", "PNG"), [1, 3, 5, 9], "/o/####.png")
    assert words[words.index("-S") + 1] == "S {first}", "a scene may be called like a place in a template"
    assert words[-14:] == ["-s", "1", "-e", "5", "-j", "2", "-a", "-s", "9", "-e", "9", "-j", "1", "-a"]


def test_an_argument_is_never_split() -> None:
    assert command.expand(["sh", "-c", "echo {frames}; x"], [1, 2], "") == ["sh", "-c", "echo 1-2; x"]


@pytest.mark.parametrize(("pattern", "path"), [
    ("/o/####.png", "/o/0007.png"), ("/o/a##b####.png", "/o/a##b0007.png"), ("/o/%04d.exr", "/o/0007.exr"),
    ("/o/#.png", "/o/7.png"), ("/#/x.png", "/#/x.png"), ("/o/%d_%03d.png", "/o/%d_007.png")])
def test_the_last_mark_of_the_file_name_is_filled_in(pattern: str, path: str) -> None:
    assert command.frame_path(pattern, 7) == path


@pytest.mark.parametrize(("output", "format", "pattern"), [
    ("/o/shot", "PNG", "/o/shot####.png"), ("/o/shot_##", "JPEG", "/o/shot_##.jpg"), ("/o/", "PNG", "/o/####.png"),
    ("/o/a.png", "OPEN_EXR", "/o/a.png####.exr")])
def test_the_pattern_is_what_blender_writes(output: str, format: str, pattern: str) -> None:
    assert command.blender_pattern(output, format) == pattern


def test_a_staged_command_writes_the_same_names_elsewhere() -> None:
    assert command.staged(["p", "-o", "/film/####.png"], "/film/####.png", "/stage") == ["p", "-o", "/stage/####.png"]


def test_a_command_whose_output_is_not_known_is_left_as_it_is() -> None:
    assert command.staged(["p", "-o", "x"], "", "/stage") == ["p", "-o", "x"]
