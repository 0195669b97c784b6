"""Which Blenders are found, what is asked of them, and which may open a file."""

import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from renderd.blenders import Blender, ask, best_for, find

Make = Callable[[str, str], Path]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "XDG_CACHE_HOME": f"{tmp_path}/cache"}


@pytest.fixture
def program(tmp_path: Path) -> Make:
    """A program that prints a line, and notes in NAME.asked that it was started."""

    def make(name: str, line: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$1" >> "$0.asked"\n{line}\n')
        path.chmod(0o755)
        return path

    return make


def asked(path: Path) -> list[str]:
    file = path.with_name(path.name + ".asked")
    return file.read_text().split() if file.exists() else []


def cache(environ: dict[str, str]) -> Path:
    return Path(environ["XDG_CACHE_HOME"]) / "renderd/blenders.json"


def test_commands_paths_and_patterns_are_found_in_the_order_of_the_setting(
    tmp_path: Path, program: Make, environ: dict[str, str]
) -> None:
    three = program("bin/blender-test", "echo Blender 3.4.1")
    five = program("opt/blender-5.0/blender", "echo Blender 5.0.1")
    four = program("opt/blender-4.2/blender", "echo Blender 4.2.0 LTS")
    found = find([str(five), "blender-test", f"{tmp_path}/opt/blender*/blender", "no-such-blender"], environ)
    assert found == [
        Blender(str(five), (5, 0, 1)),
        Blender(str(three), (3, 4, 1)),
        Blender(str(four), (4, 2, 0)),
    ]


def test_a_link_to_a_blender_counts_once(tmp_path: Path, program: Make, environ: dict[str, str]) -> None:
    real = program("opt/blender", "echo Blender 4.2.0")
    (tmp_path / "link").symlink_to(real)
    assert find([f"{tmp_path}/link", str(real)], environ) == [Blender(f"{tmp_path}/link", (4, 2, 0))]


def test_a_blender_is_asked_once_and_again_when_it_changed(program: Make, environ: dict[str, str]) -> None:
    path = program("blender", "echo Blender 4.2.0")
    find([str(path)], environ)
    assert find([str(path)], environ)[0].version == (4, 2, 0)
    assert asked(path) == ["--version"]
    program("blender", "echo Blender 4.2.10")
    assert find([str(path)], environ)[0].version == (4, 2, 10)
    assert asked(path) == ["--version"] * 2


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"PATH": null}', '{"PATH": [1, 2, 3]}', "\0"])
def test_a_broken_cache_is_written_anew(program: Make, environ: dict[str, str], broken: str) -> None:
    path = program("blender", "echo Blender 4.2.0")
    cache(environ).parent.mkdir(parents=True)
    cache(environ).write_text(broken.replace("PATH", str(path)))
    assert find([str(path)], environ) == [Blender(str(path), (4, 2, 0))]
    assert json.loads(cache(environ).read_text())[str(path)][2:] == [4, 2, 0]
    assert os.listdir(cache(environ).parent) == ["blenders.json"]


def test_a_cache_that_cannot_be_written_costs_time_alone(program: Make, environ: dict[str, str]) -> None:
    path = program("blender", "echo Blender 4.2.0")
    environ["XDG_CACHE_HOME"] = "/proc"
    assert find([str(path)], environ) == [Blender(str(path), (4, 2, 0))]


def test_a_blender_that_is_gone_leaves_the_cache(program: Make, environ: dict[str, str]) -> None:
    path = program("blender", "echo Blender 4.2.0")
    find([str(path)], environ)
    path.unlink()
    assert find([str(path)], environ) == []
    assert json.loads(cache(environ).read_text()) == {}


@pytest.mark.parametrize("line", ["echo Krita 5.2", "exit 1", "echo a Blender 4.2.0", "exec cat /dev/null"])
def test_a_program_that_gives_no_version_is_logged_and_left_out(
    program: Make, environ: dict[str, str], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = program("blender", line)
    with caplog.at_level(logging.WARNING):
        assert find([str(path)], environ) == []
    assert caplog.messages == [f"blender_unusable path={path} error=it gives no version"]


def test_what_is_no_program_is_left_out(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "text").write_text("Blender 4.2.0")
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad").write_text("not for this machine")
    (tmp_path / "bad").chmod(0o755)
    assert find([f"{tmp_path}/{name}" for name in ("text", "folder", "bad", "gone")], environ) == []


def test_a_hanging_program_is_ended_with_all_that_it_started(
    tmp_path: Path, program: Make, environ: dict[str, str]
) -> None:
    path = program("blender", f"sleep 30 & echo $! > {tmp_path}/pid; wait")
    start = time.monotonic()
    assert ask(str(path), environ, timeout=0.3) is None
    assert time.monotonic() - start < 3
    pid = (tmp_path / "pid").read_text().strip()
    end = time.monotonic() + 3
    while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Blender 3.4.1\n\tbuild date: 2023-01-23", (3, 4, 1)),
        ("Blender 2.79 (sub 0)", (2, 79, 0)),
        ("Blender 5.0.0 Alpha", (5, 0, 0)),
        ("Color management: warning\nBlender 4.5.15 LTS", (4, 5, 15)),
    ],
)
def test_the_version_is_read_in_all_its_spellings(
    program: Make, environ: dict[str, str], text: str, version: tuple[int, int, int]
) -> None:
    assert ask(str(program("blender", f"cat << END\n{text}\nEND")), environ) == version


@pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")
def test_the_real_blender_gives_its_version(environ: dict[str, str]) -> None:
    (blender,) = find(["blender"], environ)
    assert blender.version >= (2, 80, 0)


FOUND = [
    Blender("/a", (3, 4, 1)),
    Blender("/b", (4, 2, 0)),
    Blender("/c", (4, 2, 9)),
    Blender("/d", (5, 0, 1)),
    Blender("/e", (4, 2, 9)),
]


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ((3, 4), "/a"),
        ((4, 2), "/c"),  # the latest repair of the same, and the first of two
        ((2, 79), "/a"),
        ((3, 6), "/c"),
        ((4, 5), "/d"),
        ((5, 0), "/d"),
        ((5, 1), None),
    ],
)
def test_a_file_is_opened_by_its_own_version_or_the_next_newer(version: tuple[int, int], path: str | None) -> None:
    best = best_for(version, FOUND)
    assert (best.path if best else None) == path


def test_without_a_blender_there_is_no_best() -> None:
    assert best_for((3, 4), []) is None
