"""Checkpoints, copies and the trash: nothing is overwritten and nothing is lost, not even by a crash at any moment."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_film import contents, crash_everywhere, film, put

from assetfs import keeping, sidecar, tree, writing
from assetfs.errors import BadPath, BadSidecar, Busy, Exists, NoAsset
from assetfs.writing import alone

NOW = datetime(2026, 11, 20, 10, 15, 30, tzinfo=UTC)
SHOT = "shots/s010.blend"
OLD = "shots/old/s010-20261120-101530.blend"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(film(tmp_path / "film").folder, SHOT, b"BLENDER one", owner="ana", render_time={"1": [2]}, x=[1],
        rating=3, submitted={"sha256": "0"})
    return tmp_path / "film"


def test_a_checkpoint_is_a_dated_copy_of_both(folder: Path) -> None:
    os.utime(folder / SHOT, (5, 5))
    assert keeping.checkpoint(folder, SHOT, NOW) == OLD
    assert (folder / OLD).read_bytes() == b"BLENDER one" and (folder / OLD).stat().st_mtime == 5
    assert (folder / f"{OLD}.json").read_bytes() == (folder / f"{SHOT}.json").read_bytes()
    assert list(tree.scan(folder).assets) == [SHOT]


def test_two_checkpoints_in_a_second_are_two(folder: Path) -> None:
    made = [keeping.checkpoint(folder, SHOT, NOW) for _ in range(11)]
    made.append(keeping.checkpoint(folder, SHOT, NOW + timedelta(seconds=1)))
    put(folder, "shots/s010-b.blend")
    keeping.checkpoint(folder, "shots/s010-b.blend", NOW)
    assert len(set(made)) == 12
    assert [c.path for c in keeping.checkpoints(folder, SHOT)] == made[::-1]


def test_restore_keeps_what_it_replaces(folder: Path) -> None:
    keeping.checkpoint(folder, SHOT, NOW)
    (folder / SHOT).write_bytes(b"BLENDER two")
    sidecar.change(folder / f"{SHOT}.json", lambda found: found.update(owner="ben"))
    safe = keeping.restore(folder, SHOT, "20261120-101530", NOW)
    assert safe is not None and (folder / safe).read_bytes() == b"BLENDER two"
    assert (folder / SHOT).read_bytes() == b"BLENDER one"
    assert sidecar.read(folder / f"{SHOT}.json").owner == "ben"
    keeping.restore(folder, SHOT, "20261120-101530", NOW, with_sidecar=True)
    assert sidecar.read(folder / f"{SHOT}.json").owner == "ana"


def test_restore_brings_back_what_is_gone_and_refuses_what_never_was(folder: Path) -> None:
    keeping.checkpoint(folder, SHOT, NOW)
    (folder / SHOT).unlink()
    (folder / f"{SHOT}.json").unlink()
    with pytest.raises(NoAsset, match="no checkpoint 2020"):
        keeping.restore(folder, SHOT, "2020", NOW)
    assert keeping.restore(folder, SHOT, "20261120-101530", NOW) is None
    assert tree.scan(folder).assets[SHOT].sidecar is not None


@pytest.mark.parametrize("text", ['{"name": "n", "type": "shot", "state": "done"}', "{broken"])
def test_a_sidecar_that_is_replaced_is_kept_even_alone(folder: Path, text: str) -> None:
    keeping.checkpoint(folder, SHOT, NOW)
    (folder / SHOT).unlink()
    (folder / f"{SHOT}.json").write_text(text)
    safe = keeping.restore(folder, SHOT, "20261120-101530", NOW, with_sidecar=True)
    assert safe == "shots/old/s010-20261120-101530-2.blend.json" and (folder / safe).read_text() == text
    assert sidecar.read(folder / f"{SHOT}.json").owner == "ana" and (folder / SHOT).exists()


def test_a_broken_sidecar_of_a_checkpoint_is_not_brought_back(folder: Path) -> None:
    keeping.checkpoint(folder, SHOT, NOW)
    (folder / f"{OLD}.json").write_text("{")
    before = contents(folder)
    with pytest.raises(BadSidecar):
        keeping.restore(folder, SHOT, "20261120-101530", NOW, with_sidecar=True)
    assert contents(folder) == before


def test_a_clone_has_a_life_of_its_own(folder: Path) -> None:
    assert keeping.clone(folder, SHOT, "shots/s020.blend", "Shot 20", "ben") == "shots/s020.blend"
    said = sidecar.read(folder / "shots/s020.blend.json")
    assert (said.name, said.creator, said.owner, said.render_time, said.found["x"]) == ("Shot 20", "ben", "ben", {},
                                                                                        [1])
    assert not {"render_time", "rating", "submitted"} & said.found.keys()
    assert (folder / "shots/s020.blend").read_bytes() == b"BLENDER one"
    before = contents(folder)
    for target, error in (("shots/s020.blend", Exists), ("props/s.blend", BadPath), ("shots/../x.blend", BadPath),
                          ("shots/old/x.blend", BadPath), ("shots/.x.blend", BadPath), ("shots/x", BadPath)):
        with pytest.raises(error):
            keeping.clone(folder, SHOT, target, "x")
    (folder / "shots/s030.blend").write_bytes(b"alone")
    with pytest.raises(Exists) as error:
        keeping.clone(folder, SHOT, "shots/s030.blend", "x")
    assert "--adopt --file shots/s030.blend" in (error.value.hint or "")
    assert contents(folder) == before | {"shots/s030.blend": b"alone"}


def test_what_is_removed_lies_in_the_trash_and_comes_back(folder: Path) -> None:
    before = contents(folder)
    stamp = keeping.remove(folder, SHOT, NOW)
    assert tree.scan(folder).assets == {} and stamp == "20261120-101530"
    assert keeping.removed(folder) == [keeping.Removed(stamp, (SHOT, f"{SHOT}.json"))]
    put(folder, SHOT, b"BLENDER new")
    with pytest.raises(Exists):
        keeping.unremove(folder, stamp)
    assert (folder / SHOT).read_bytes() == b"BLENDER new"
    assert keeping.remove(folder, SHOT, NOW) == "20261120-101530-2"
    shutil.rmtree(folder / "shots")
    assert keeping.unremove(folder, stamp) == [SHOT, f"{SHOT}.json"]
    assert contents(folder).items() >= before.items()
    assert [r.stamp for r in keeping.removed(folder)] == ["20261120-101530-2"]
    with pytest.raises(NoAsset):
        keeping.unremove(folder, stamp)


def test_what_is_removed_does_not_come_back_over_a_link(folder: Path) -> None:
    stamp = keeping.remove(folder, SHOT, NOW)
    for target in ("nowhere", f"../.trash/{stamp}/{SHOT}"):
        (folder / SHOT).symlink_to(target)
        with pytest.raises(Exists):
            keeping.unremove(folder, stamp)
        (folder / SHOT).unlink()
    assert keeping.unremove(folder, stamp) == [SHOT, f"{SHOT}.json"]


def test_what_is_put_there_meanwhile_is_not_overwritten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp, real = keeping.remove(folder, SHOT, NOW), writing.make_folders

    def make_folders(path: Path, inside: Path) -> None:
        real(path, inside)
        (folder / SHOT).write_bytes(b"BLENDER new")

    monkeypatch.setattr(writing, "make_folders", make_folders)
    with pytest.raises(Exists):
        keeping.unremove(folder, stamp)
    assert (folder / SHOT).read_bytes() == b"BLENDER new" and keeping.removed(folder)[0].stamp == stamp


def test_nothing_is_changed_while_another_has_the_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeping.checkpoint(folder, SHOT, NOW)
    before = contents(folder)
    monkeypatch.setattr(writing, "alone", lambda folder: alone(folder, wait=0.0))
    with alone(folder / "shots"):
        for act in (lambda: keeping.checkpoint(folder, SHOT, NOW), lambda: keeping.remove(folder, SHOT, NOW),
                    lambda: keeping.restore(folder, SHOT, "20261120-101530", NOW)):
            with pytest.raises(Busy):
                act()
    assert contents(folder) == before


def test_folders_that_are_made_have_the_rights_of_the_project(folder: Path) -> None:
    folder.chmod(0o2775)
    before = os.umask(0o077)
    try:
        keeping.checkpoint(folder, SHOT, NOW)
        keeping.remove(folder, SHOT, NOW)
    finally:
        os.umask(before)
    for made in ("shots/old", ".trash", ".trash/20261120-101530", ".trash/20261120-101530/shots"):
        assert stat.S_IMODE((folder / made).stat().st_mode) == 0o2775, made


def test_a_broken_asset_can_be_kept_and_removed(folder: Path) -> None:
    (folder / f"{SHOT}.json").write_text("{broken")
    keeping.checkpoint(folder, SHOT, NOW)
    keeping.unremove(folder, keeping.remove(folder, SHOT, NOW))
    assert (folder / f"{SHOT}.json").read_text() == "{broken"


@pytest.mark.parametrize("path", ["../s.blend", "/etc/x.blend", "shots/old/x.blend", "shots/s010", "a\0.blend", ""])
def test_paths_that_lead_elsewhere_are_refused(folder: Path, path: str) -> None:
    for act in (lambda: keeping.checkpoint(folder, path, NOW), lambda: keeping.remove(folder, path, NOW),
                lambda: keeping.checkpoints(folder, path)):
        with pytest.raises(BadPath):
            act()
    with pytest.raises(NoAsset):
        keeping.remove(folder, "shots/gone.blend", NOW)
    assert not (folder / ".trash").exists()


def test_a_file_that_is_written_meanwhile_is_not_copied_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstat

    def fstat(fd: int) -> os.stat_result:
        with open(folder / SHOT, "ab") as file:
            file.write(b"more")
        return real(fd)

    monkeypatch.setattr("assetfs.writing.os.fstat", fstat)
    with pytest.raises(Exception, match="was written to while"):
        keeping.checkpoint(folder, SHOT, NOW)
    assert keeping.checkpoints(folder, SHOT) == []


def _pairs(folder: Path) -> list[tuple[bytes, bytes | None]]:
    """Every .blend there is, also hidden in the trash, with its sidecar."""
    blends = [Path(at) / name for at, _, names in os.walk(folder) for name in names
              if name.endswith(".blend") and not name.startswith(".")]
    return [(b.read_bytes(), s.read_bytes() if (s := Path(f"{b}.json")).exists() else None) for b in blends]


def _again(act: Callable[[], Any]) -> None:
    with suppress(Exists, NoAsset):     # it had come through
        act()


@pytest.mark.parametrize("what", ["checkpoint", "restore", "clone", "remove", "unremove"])
def test_a_crash_at_any_moment_leaves_everything_whole(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "film"
    said = json.dumps({"name": "n", "type": "shot", "state": "todo"}).encode()
    acts: dict[str, Callable[[], Any]] = {
        "checkpoint": lambda: keeping.checkpoint(folder, SHOT, NOW),
        "restore": lambda: keeping.restore(folder, SHOT, "20261120-101530", NOW, with_sidecar=True),
        "clone": lambda: keeping.clone(folder, SHOT, "shots/s020.blend", "n"),
        "remove": lambda: keeping.remove(folder, SHOT, NOW),
        "unremove": lambda: keeping.unremove(folder, "20261120-101530"),
    }

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "shots").mkdir(parents=True)
        (folder / SHOT).write_bytes(b"one" * 1000)
        (folder / f"{SHOT}.json").write_bytes(said)
        if what == "restore":
            keeping.checkpoint(folder, SHOT, NOW)
            (folder / SHOT).write_bytes(b"two" * 1000)
        if what == "unremove":
            keeping.remove(folder, SHOT, NOW)

    def whole() -> None:
        pairs = _pairs(folder)
        assert (b"one" * 1000, said) in pairs, pairs
        if what == "restore":           # what was there is there, as it was or as a checkpoint
            assert (b"two" * 1000, said) in pairs, pairs
        assert {blend for blend, _ in pairs} <= {b"one" * 1000, b"two" * 1000}, "never half of one"
        if what in ("checkpoint", "restore", "remove"):
            assert all(described for _, described in pairs), "no .blend is anywhere without its sidecar"
        if what in ("checkpoint", "restore"):
            assert (folder / SHOT).exists() and (folder / f"{SHOT}.json").read_bytes() == said
        _again(acts[what])
        assert (b"one" * 1000, said) in _pairs(folder)
        here = SHOT in tree.scan(folder).assets
        assert here == (what != "remove"), "the same command again ends the work"
        if what == "unremove":
            assert (folder / SHOT).exists() and keeping.removed(folder) == []

    assert crash_everywhere(prepare, acts[what], whole, tmp_path, ["power"]) > 10
