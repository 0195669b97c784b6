"""Frames that are there, whole and from the very same input are not rendered again; others are named."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm
from tests.system.post_office import free_port, post_office, text_of


@pytest.fixture(name="shot")
def fixture_shot(farm: Farm) -> Path:
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_DRIVEN": "yes"}
    shutil.copy(BLENDS / "one_20.blend", farm.root / "shot.blend")
    return farm.root / "shot.blend"


def add(farm: Farm, shot: Path, frames: str, *more: str) -> tuple[str, str]:
    """The job's name, and what was said."""
    ran = subprocess.run([BIN / "render", "add", "--json", shot, "--frames", frames, "--chunk", "2",
                          "--output", f"{farm.out}/", *more], env=farm.environ, capture_output=True, text=True,
                         check=True)
    return str(json.loads(ran.stdout)["jobs"][0]["job"]), ran.stderr


def rendered(farm: Farm, job: str) -> list[int]:
    """Frames that really were, by three hosts."""
    return sorted(one["frame"] for one in farm.events(job, "frame") if "kept" not in one)


def render(farm: Farm, shot: Path, frames: str, *more: str) -> tuple[list[int], str]:
    """The frames that were rendered, and what was said, when the job is done."""
    job, said = add(farm, shot, frames, *more)
    farm.until_state(job, "done")
    assert farm.detail(job).view.done == farm.detail(job).view.frames
    return rendered(farm, job), said + farm.detail(job).view.warning


def change(shot: Path) -> None:
    """Another file, and Blender would still read it."""
    data = bytearray(shot.read_bytes())
    at = data.index(b"REND")
    data[data.index(b"GLOB", at) + 40] ^= 1
    shot.write_bytes(data)


@pytest.fixture(name="hosts", autouse=True)
def fixture_hosts(farm: Farm, shot: Path) -> None:
    for name in ("alpha", "beta", "gamma"):
        farm.host(name)


def test_what_is_there_from_the_same_input_is_not_rendered_again(farm: Farm, shot: Path) -> None:
    assert render(farm, shot, "1-4")[0] == [1, 2, 3, 4]
    frames, said = render(farm, shot, "1-6")
    assert frames == [5, 6], farm.show()
    assert "4 frames of shot" in said and "not rendered again: 1-4" in said
    assert render(farm, shot, "1-6")[0] == [], "also what was kept before counts"


def test_force_renders_anyway(farm: Farm, shot: Path) -> None:
    render(farm, shot, "1-4")
    assert render(farm, shot, "1-4", "--force")[0] == [1, 2, 3, 4]


def test_a_picture_that_somebody_touched_or_cut_is_rendered_again(farm: Farm, shot: Path) -> None:
    render(farm, shot, "1-4")
    (farm.out / "0002.png").write_bytes((farm.out / "0001.png").read_bytes())
    (farm.out / "0003.png").unlink()
    assert render(farm, shot, "1-4")[0] == [2, 3]


def test_a_changed_file_renders_all_and_names_what_came_from_the_other(farm: Farm, shot: Path) -> None:
    render(farm, shot, "1-6")
    change(shot)
    job, said = add(farm, shot, "3-4")
    farm.until_state(job, "done")
    assert rendered(farm, job) == [3, 4]
    assert "Frames 3-4 of shot" in said and "were made from another input; they are rendered again" in said
    assert "Frames 1-2,5-6 of the same sequence were made from another input" in said
    shown = subprocess.run([BIN / "render", "show", job], env=farm.environ, capture_output=True, text=True, check=True)
    assert "Frames 1-2,5-6 of the same sequence were made from another input" in shown.stderr


def test_the_mail_and_the_page_name_what_came_from_the_other(farm: Farm, shot: Path) -> None:
    render(farm, shot, "1-6")
    change(shot)
    for name in ("alpha", "beta", "gamma"):
        farm.stop(name)
    port = free_port()
    (farm.spool_dir / "farm.yaml").write_text(
        f'format: 1\nbeat: {farm.beat}\nmail: {{smtp: "127.0.0.1:{port}", from: farm@film.example, '
        "to: mia@film.example}\n")
    with post_office(port) as box, the_page(farm) as address:
        farm.host("delta")
        job, _ = add(farm, shot, "3-4")
        farm.until(lambda: bool(box.mails))
        assert NAMED in " ".join(text_of(box.mails[0][1]).split())
        farm.until(lambda: NAMED in asked(f"{address}/job/{job}"))


NAMED = "Frames 1-2,5-6 of the same sequence were made from another input"


@contextmanager
def the_page(farm: Farm) -> Iterator[str]:
    port = free_port()
    (projects := farm.root / "projects").mkdir()
    with (farm.root / "web.log").open("wb") as log:
        web = subprocess.Popen([BIN / "render", "web", "--projects", projects, "--port", str(port)], env=farm.environ,
                               stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        web.terminate()
        web.wait()


def asked(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=60) as page:
            return str(page.read().decode())
    except OSError:                     # it has yet to begin, or to look at the farm
        return ""


def test_other_options_are_another_input(farm: Farm, shot: Path) -> None:
    render(farm, shot, "1-2")
    assert render(farm, shot, "1-2", "--allow-missing")[0] == [1, 2]


def test_a_changed_library_is_another_input(farm: Farm) -> None:
    for name in ("shot_linked.blend", "lib_props.blend"):
        shutil.copy(BLENDS / name, farm.root / name)
    linked = farm.root / "shot_linked.blend"
    render(farm, linked, "1-2")
    assert render(farm, linked, "1-2")[0] == []
    with (farm.root / "lib_props.blend").open("ab") as library:
        library.write(b"changed")
    assert render(farm, linked, "1-2")[0] == [1, 2]


def test_frames_of_two_versions_in_one_job_are_named(farm: Farm, shot: Path) -> None:
    (mood := farm.root / "mood").write_text("FAKE_BLENDER=waits\nFAKE_FRAMES=2\n")
    for name in ("alpha", "beta", "gamma"):
        farm.stop(name)
    farm.host("delta", FAKE_MOOD=str(mood))
    job, _ = add(farm, shot, "1-4")
    farm.until(lambda: bool(farm.events(job, "frame")))
    change(shot)
    mood.unlink()
    farm.until_state(job, "done")
    warning = farm.detail(job).view.warning
    first = {one["blend"] for one in farm.events(job, "frame")}
    assert len(first) == 2 and "Frames of each: " in warning, warning
