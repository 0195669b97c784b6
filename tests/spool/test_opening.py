"""Finding and making a spool."""

import os
from pathlib import Path

import pytest

from spool import atomic, opening
from spool.errors import BadFile, NoSpool, UnsafeFile
from spool.layout import FOLDERS, Spool


def test_what_init_made_can_be_opened(tmp_path: Path) -> None:
    made = opening.init(str(tmp_path / "farm"))
    assert opening.open_spool(str(tmp_path / "farm")) == made


def test_init_twice_changes_nothing(spool: Spool) -> None:
    Path(spool.root, "farm.yaml").write_text("format: 1\nbeat: 2\n")
    assert opening.init(spool.root).beat == 2


def test_init_completes_a_spool_that_lacks_a_folder(spool: Spool) -> None:
    os.rmdir(spool.folder("beats"))
    with pytest.raises(NoSpool, match="beats"):
        opening.open_spool(spool.root)
    opening.init(spool.root)
    assert set(FOLDERS) <= set(atomic.names(spool.root))


def test_init_refuses_a_folder_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(NoSpool, match="not empty"):
        opening.init(str(tmp_path))


def test_new_folders_have_the_mode_of_the_spool_whatever_the_umask(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    old = os.umask(0o077)
    try:
        opening.init(str(tmp_path))
    finally:
        os.umask(old)
    modes = {name: oct(os.stat(tmp_path / name).st_mode & 0o7777) for name in FOLDERS}
    assert modes == dict.fromkeys(FOLDERS, "0o2775")


@pytest.mark.parametrize("path", [None, "", "nowhere", "."])
def test_no_spool_is_said_with_a_cure(path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoSpool) as told:
        opening.open_spool(path)
    assert "render init" in str(told.value.hint)


def test_a_spool_that_everybody_may_write_is_refused(spool: Spool) -> None:
    os.chmod(spool.root, 0o777)
    with pytest.raises(UnsafeFile):
        opening.open_spool(spool.root)


@pytest.mark.parametrize("text", ["format: 2", "[1", "beat: 5", "format: 1\nbeat: soon", "format: 1\nbeat: .nan",
                                  "format: 1\ntries: 0", "format: 1\nbeat: true", "42"])
def test_a_farm_file_that_makes_no_sense_is_told(spool: Spool, text: str) -> None:
    Path(spool.root, "farm.yaml").write_text(text)
    with pytest.raises(BadFile, match="farm"):
        opening.open_spool(spool.root)
