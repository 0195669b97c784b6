"""What anybody could have put there is refused before it is used."""

import os
import socket
from pathlib import Path

import pytest

from spool import trusted
from spool.errors import BadFile, UnsafeFile


@pytest.fixture(name="info")
def fixture_info(tmp_path: Path) -> Path:
    path = tmp_path / "info"
    path.write_text('{"a": 1}')
    return path


def test_a_plain_file_is_read(info: Path) -> None:
    assert trusted.read_json(str(info)) == {"a": 1}


def test_a_link_is_refused(info: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(info)
    with pytest.raises(UnsafeFile):
        trusted.read(str(tmp_path / "link"))


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnsafeFile, match="plain file"):
        trusted.read(str(tmp_path / "pipe"))


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        with pytest.raises(UnsafeFile):
            trusted.read("socket")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeFile):
        trusted.read(str(tmp_path))


def test_a_file_with_a_second_name_is_refused(info: Path, tmp_path: Path) -> None:
    os.link(info, tmp_path / "second")
    with pytest.raises(UnsafeFile, match="hard link"):
        trusted.read(str(info))


def test_a_file_that_everybody_may_write_is_refused(info: Path) -> None:
    info.chmod(0o666)
    with pytest.raises(UnsafeFile, match="Everybody"):
        trusted.read(str(info))


def test_a_file_that_is_too_large_is_refused(info: Path) -> None:
    os.truncate(info, trusted.LIMIT + 1)
    with pytest.raises(UnsafeFile, match="bytes"):
        trusted.read(str(info))


def test_a_file_that_is_gone_is_a_lost_race_and_no_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        trusted.read(str(tmp_path / "gone"))


def test_trouble_of_the_moment_is_no_fault_of_the_file(info: Path) -> None:
    """Else a daemon with too many open files would set all chunks aside as failed."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            trusted.read(str(info))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("text", ["", "{", "[1]", "nul", "[" * 60_000, '"\xff'])
def test_what_is_no_object_is_refused(info: Path, text: str) -> None:
    info.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadFile):
        trusted.read_json(str(info))


def test_a_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(UnsafeFile, match="Everybody"):
        trusted.check_folder(str(tmp_path))


def test_a_link_to_a_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafeFile):
        trusted.check_folder(str(tmp_path / "link"))
