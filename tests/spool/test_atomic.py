"""Changes: whole or not at all, and the truth after a reply that got lost."""

import os
from pathlib import Path

import pytest

from spool import atomic
from tests.fakes.nfs import missing_from_memory, replies_lost


def test_a_move_whose_reply_was_lost_is_ours(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with replies_lost():
        assert atomic.move(f"{tmp_path}/a", f"{tmp_path}/b") is True


def test_a_move_of_what_is_not_there_is_not_ours(tmp_path: Path) -> None:
    with replies_lost():
        assert atomic.move(f"{tmp_path}/a", f"{tmp_path}/b") is False


def test_a_replacement_whose_reply_was_lost_is_there(tmp_path: Path) -> None:
    with replies_lost():
        atomic.replace(f"{tmp_path}/a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_replacement_in_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.replace(f"{tmp_path}/gone/a", b"new")


def test_a_removal_whose_reply_was_lost_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with replies_lost():
        atomic.drop(f"{tmp_path}/a")
    assert not (tmp_path / "a").exists()


def test_a_folder_whose_reply_was_lost_has_its_mode(tmp_path: Path) -> None:
    with replies_lost():
        atomic.make_folder(f"{tmp_path}/a", 0o2775)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o2775


def test_a_folder_that_is_in_use_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(0o700)
    (tmp_path / "a" / "file").touch()
    atomic.make_folder(f"{tmp_path}/a", 0o2775)
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o700


def test_a_tree_is_removed_though_every_reply_is_lost(tmp_path: Path) -> None:
    (tmp_path / "job" / "todo").mkdir(parents=True)
    (tmp_path / "job" / "todo" / "chunk").touch()
    with replies_lost():
        atomic.remove_tree(f"{tmp_path}/job")
    assert not (tmp_path / "job").exists()


def test_what_was_not_there_a_moment_ago_is_asked_for_anew(tmp_path: Path) -> None:
    (tmp_path / "made" / "since").mkdir(parents=True)
    with missing_from_memory(f"{tmp_path}/made"):
        assert not os.path.isdir(f"{tmp_path}/made/since")
        atomic.ask_anew(f"{tmp_path}/made/since")
        assert os.path.isdir(f"{tmp_path}/made/since")


def test_only_one_touch_makes_the_file(tmp_path: Path) -> None:
    assert [atomic.touch(f"{tmp_path}/a") for _ in range(3)] == [True, False, False]


def test_names_that_start_with_a_dot_are_not_there(tmp_path: Path) -> None:
    for name in ("a", ".nfs0001", ".a.tmp"):
        (tmp_path / name).touch()
    assert atomic.names(str(tmp_path)) == ["a"]


def test_a_tree_that_is_gone_is_removed(tmp_path: Path) -> None:
    atomic.remove_tree(f"{tmp_path}/gone")


def test_removing_a_tree_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "frame").touch()
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "link").symlink_to(tmp_path / "film")
    atomic.remove_tree(f"{tmp_path}/job")
    assert (tmp_path / "film" / "frame").exists()
    assert not (tmp_path / "job").exists()


def test_what_is_replaced_is_synced_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fsync, rename = os.fsync, os.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(f"sync {os.path.basename(_path(fd))[:2]}"), fsync(fd)))
    monkeypatch.setattr(os, "rename", lambda a, b: (seen.append("rename"), rename(a, b)))
    (tmp_path / "in").mkdir()
    atomic.replace(f"{tmp_path}/in/x", b"data")
    assert seen == ["sync .x", "rename", "sync in"]


def test_while_a_file_is_replaced_the_old_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, write = [], os.write
    (tmp_path / "x").write_text("old")
    monkeypatch.setattr(os, "write", lambda fd, data: (write(fd, data), seen.append((tmp_path / "x").read_text()))[0])
    atomic.replace(f"{tmp_path}/x", b"new")
    assert (seen, (tmp_path / "x").read_text()) == (["old"], "new")


def _path(fd: int) -> str:
    return os.readlink(f"/proc/self/fd/{fd}")
