"""Lines of Blender's stdout, of 3.4 and of 5.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderd.progress import FrameLine, News, Saved, parse, seconds

FRAME = "Fra:12 Mem:9.43M (Peak 10.22M) | Time:00:00.08 | Remaining:00:17.73 | Mem:0.76M, Peak:0.76M | "


@pytest.mark.parametrize(("line", "event"), [
    (FRAME + "Shot, ViewLayer | Sample 3/16\n", FrameLine(12)),
    (FRAME + "Shot, ViewLayer | Synchronizing object | Cube 1", FrameLine(12)),
    ("Fra:-3 Mem:10.28M (Peak 11.40M) | Time:00:04.07 | Rendering 26 / 64 samples", FrameLine(-3)),
    ("Fra:1 Mem:1890.50M (0.00M, Peak 2001.00M) | Time:01:00:04.07 | x", FrameLine(1)),
    ("Saved: '/film/it's/0001.png'", Saved("/film/it's/0001.png")),
    ("00:00.519  render           | Saved: '/film/0001.png'\n", Saved("/film/0001.png")),
    ("Saved: '/film/\udcff.png'", Saved("/film/\udcff.png")),
    (" Time: 00:03.58 (Saving: 00:00.01)", News()),
    (" Time: 01:02:03.50 (Saving: 00:00.01)", News()),
    ("Scene switch for render: 'It's | A' in file: '/film/a.blend'", News()),
    ("00:00.519  render           | Sample 3/16", News()),
    ("Blender quit", None), ("", None), ("Read blend: /film/a.blend", None),
])
def test_a_line_is_understood(line: str, event: object) -> None:
    assert parse(line) == event


def test_a_scene_that_is_called_like_a_line_deceives_nobody() -> None:
    scene = "a | Sample 9/9 | Saved: 'x' | Fra:7 Mem:1.00M (Peak 1.00M)"
    assert parse(FRAME + scene + ", ViewLayer | Updating") == FrameLine(12)


@given(st.one_of(st.text(), st.text("Fra:0123456789 Mem.()|PeakTiS/'", max_size=80).map("Fra:1 Mem:".__add__)))
def test_no_line_makes_it_fail(line: str) -> None:
    parse(line)
    seconds(line)


def test_a_clock_is_minutes_or_hours() -> None:
    assert (seconds("00:02.29"), seconds("01:00:00.00"), seconds("12"), seconds("a:b")) == (2.29, 3600.0, None, None)
