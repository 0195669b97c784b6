"""No address leads out of the folder, or to what is no picture."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webview.browsing import open_files
from webview.safe_files import open_below


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "in/deep").mkdir(parents=True)
    (root / "in/deep/a.png").write_bytes(b"fine")
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


def read(root: Path, path: str) -> bytes | None:
    found = open_below(root, path)
    if found is None:
        return None
    with open(found.fd, "rb") as file:
        return file.read()


def test_a_picture_is_read(root: Path) -> None:
    assert read(root, "in/deep/a.png") == b"fine"


def test_names_in_any_script_are_read(root: Path) -> None:
    (root / "фото 😀.JPG").write_bytes(b"fine")
    assert read(root, "фото 😀.JPG") == b"fine"


@pytest.mark.parametrize("path", [
    "../secret.png", "in/../../secret.png", "in/deep/../../../secret.png", "/etc/passwd.png", "", "/", ".", "in",
    "in//deep/a.png", "./in/deep/a.png", "in/deep/a.png/", "in/deep/a.png\0", "in\0/deep/a.png", "in/deep/b.png",
    "x" * 300 + ".png", "\udcff.png", "\ud800.png",
])
def test_what_is_not_there_or_leads_out_is_none(root: Path, path: str) -> None:
    assert read(root, path) is None


def test_the_absolute_path_is_none(root: Path) -> None:
    assert read(root, str(root.parent / "secret.png")) is None


@pytest.mark.parametrize("name", ["a.blend", "a.blend.json", "a.html", "a.svg", "a.js", "a", "a.png.html", "a.yaml"])
def test_only_pictures_and_films_are_read(root: Path, name: str) -> None:
    (root / name).write_bytes(b"x")
    assert read(root, name) is None


def test_no_link_is_followed(root: Path) -> None:
    (root / "file.png").symlink_to("../secret.png")
    (root / "folder").symlink_to("..")
    (root / "inside.png").symlink_to("in/deep/a.png")
    assert [read(root, p) for p in ("file.png", "folder/secret.png", "inside.png")] == [None] * 3


def test_what_is_no_file_is_none_and_nobody_waits(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    (root / "folder.png").mkdir()
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(root / "socket.png"))
        (root / "locked.png").write_bytes(b"x")
        assert [read(root, p) for p in ("pipe.png", "folder.png", "socket.png")] == [None] * 3


def test_nothing_stays_open(root: Path) -> None:
    (root / "link.png").symlink_to("in/deep/a.png")
    for path in ("in/deep/a.png", "in/deep/none.png", "in/none/a.png", "link.png", "../secret.png"):
        read(root, path)
    assert not [path for path in open_files() if path.startswith(str(root))]


PARTS = st.sampled_from(["..", ".", "", "in", "deep", "a.png", "secret.png", "root", "~", "in\\deep", "..\\"])


@given(st.lists(PARTS, max_size=8).map("/".join) | st.text(max_size=30).map(lambda text: text + ".png"))
def test_no_path_reads_what_is_outside(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    root = tmp_path_factory.getbasetemp() / "hypothesis" / "root"
    if not root.exists():
        (root / "in/deep").mkdir(parents=True)
        (root / "in/deep/a.png").write_bytes(b"fine")
        (root.parent / "secret.png").write_bytes(b"secret")
    assert read(root, path) in (None, b"fine")
