"""render asset new, clone, checkpoint, restore, remove and the ways back."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from assetfs.blend import read_scenes
from tests.assetfs.small_film import contents, put
from tests.render_cli.conftest import Render

needs_blender = pytest.mark.skipif(not shutil.which("blender"), reason="no Blender on this computer")


def sidecar(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"{path}.json").read_text())
    return found


@needs_blender
def test_a_new_shot_and_its_clone_have_pictures_of_their_own(
        onion: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(onion.parent)
    assert render("project", "new", "garlic", "--config", "cycles").code == 0
    monkeypatch.chdir(onion.parent / "garlic")
    made = render("asset", "new", "shot", "act 1/s010", "--person", "ana", "--owner", "ben")
    assert made.out == "Made shots/act_1/s010.blend   (pictures: //../../render/act_1_s010/####)\n", made.err
    cloned = render("asset", "clone", "s010", "s020", "--person", "ben")
    assert cloned.out == "Made shots/act_1/s020.blend   (pictures: //../../render/act_1_s020/####)\n", cloned.err
    folder = Path("shots/act_1")
    assert sorted(n for n in os.listdir(folder) if n[0] != ".") == [
        "s010.blend", "s010.blend.json", "s020.blend", "s020.blend.json"]
    assert [read_scenes(folder / f"{name}.blend").scenes[0].output for name in ("s010", "s020")] == [
        "//../../render/act_1_s010/####", "//../../render/act_1_s020/####"]
    first, second = sidecar(folder / "s010.blend"), sidecar(folder / "s020.blend")
    assert (first["creator"], first["owner"], first["type"], first["state"]) == ("ana", "ben", "shot", "todo")
    assert (second["name"], second["creator"], second["owner"]) == ("s020", "ben", "ben")
    assert render("asset", "check").code == 0
    before = contents(Path.cwd())
    again = render("asset", "new", "shot", "act 1/s010")
    assert (again.code, "exists already" in again.err, contents(Path.cwd()) == before) == (1, True, True)


def test_a_dry_run_of_new_makes_nothing(onion: Path, render: Render) -> None:
    before = sorted(onion.rglob("*"))
    said = render("asset", "new", "shot", "s010", "-n")
    assert said.out == "Would make shots/s010.blend   (pictures: //../render/s010/####)\n"
    assert sorted(onion.rglob("*")) == before


def test_without_blender_nothing_is_made(onion: Path, render: Render) -> None:
    garlic = onion.parent / "garlic"
    render("project", "new", garlic, "--config", "cycles")
    said = render("asset", "new", "shot", "s010", "--project", garlic, "--blender", onion / "nothing")
    assert (said.code, "Blender cannot be started on this computer" in said.err) == (69, True), said
    assert [path.name for path in (garlic / "shots").iterdir() if path.name[0] != "."] == []


@pytest.mark.parametrize(("words", "code", "hint"), [
    (["sho", "x"], 1, "There are: shot, prop"), (["prop", "../x"], 2, "no folder may be named"),
    (["prop", "x", "--owner", "eve"], 2, "ana"), (["prop", "x", "--person", "an"], 2, "Did you mean one of: ana"),
    (["shot", "x", "--adopt"], 1, "Look for its present name")])
def test_a_new_asset_that_cannot_be_is_refused_with_the_cure(
        onion: Path, render: Render, words: list[str], code: int, hint: str) -> None:
    said = render("asset", "new", *words)
    assert (said.code, hint in said.err) == (code, True), said


def test_a_lone_blend_is_adopted_where_it_lies(onion: Path, render: Render) -> None:
    (onion / "scans").mkdir()
    (onion / "scans/oak.blend").write_bytes(b"BLENDER mine")
    assert "--adopt --file scans/oak.blend" in render("asset", "check").out
    assert "--adopt" in render("asset", "new", "shot", "Oak", "--file", "scans/oak.blend").err
    said = render("asset", "new", "shot", "Oak", "--adopt", "--file", "scans/oak.blend")
    assert said.code == 0 and "stays as it is" in said.err
    assert (onion / "scans/oak.blend").read_bytes() == b"BLENDER mine"
    assert sidecar(onion / "scans/oak.blend")["name"] == "Oak" and render("asset", "check").code == 0


def test_a_clone_has_no_history_and_takes_no_taken_name(onion: Path, render: Render) -> None:
    put(onion, "prop/oak.blend", b"BLENDER oak", type="prop", rating=5, render_time={"1": [2.0]}, colour="green")
    assert render("asset", "clone", "oak", "Old oak", "-n").out == "Would make prop/Old_oak.blend\n"
    assert not (onion / "prop/Old_oak.blend").exists()
    said = render("asset", "clone", "oak", "Old oak")
    assert said.code == 0 and "give prop/Old_oak.blend an output of its own" in said.err
    assert (onion / "prop/Old_oak.blend").read_bytes() == b"BLENDER oak"
    assert sidecar(onion / "prop/Old_oak.blend") == {"name": "Old oak", "type": "prop", "state": "todo",
                                                      "colour": "green"}
    for words in (["oak.blend", "Old oak"], ["prop/oak.blend", "Old oak", "-n"]):
        assert (render("asset", "clone", *words).code) == 1


def test_a_checkpoint_is_brought_back_and_nothing_is_lost(onion: Path, render: Render) -> None:
    put(onion, "shots/s010.blend", b"first")
    assert render("asset", "checkpoint", "s010", "-n").out == "Would keep shots/s010.blend\n"
    assert render("asset", "restore", "s010").err.startswith("render: shots/s010.blend has no checkpoint.")
    kept = render("asset", "checkpoint", "s010").out
    assert kept.startswith("Kept as shots/old/s010-2")
    (onion / "shots/s010.blend").write_bytes(b"second")
    assert render("asset", "restore", "s010", "-n").out.startswith("Would restore shots/s010.blend as of 2")
    assert (onion / "shots/s010.blend").read_bytes() == b"second"
    said = render("asset", "restore", "s010")
    assert (onion / "shots/s010.blend").read_bytes() == b"first"
    found = render("asset", "checkpoints", "s010", "--json").json
    assert len(found) == 2 and (onion / found[0]["path"]).read_bytes() == b"second" and found[0]["path"] in said.out
    assert found[0]["stamp"] in render("asset", "checkpoints", "s010").out


def test_an_asset_of_which_only_the_checkpoint_is_left_is_brought_back(
        onion: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    described = put(onion, "shots/s010.blend", b"first")
    render("asset", "checkpoint", "s010")
    described.unlink()
    (onion / "shots/s010.blend").unlink()
    monkeypatch.chdir(onion / "shots")
    assert render("asset", "restore", "s010.blend").code == 0
    assert (onion / "shots/s010.blend").read_bytes() == b"first" and described.exists()


def test_what_is_removed_comes_back(onion: Path, render: Render) -> None:
    put(onion, "prop/oak.blend", type="prop")
    put(onion, "shots/s010.blend", dependencies=["prop/oak.blend"])
    before = contents(onion)
    assert render("asset", "remove", "oak", "-n").out == "Would remove prop/oak.blend\n"
    assert contents(onion) == before
    said = render("asset", "remove", "oak")
    assert "prop/oak.blend is used by shots/s010.blend." in said.err
    assert not (onion / "prop/oak.blend").exists() and render("asset", "check").code == 1
    [entry] = render("asset", "removed", "--json").json
    assert entry["files"] == ["prop/oak.blend", "prop/oak.blend.json"]
    assert f"(to undo: render asset unremove {entry['stamp']})" in said.out
    assert render("asset", "removed").out == f"{entry['stamp']}  prop/oak.blend, prop/oak.blend.json\n"
    assert render("asset", "unremove", "prop/oak.blend", "-n").code == 0 and not (onion / "prop/oak.blend").exists()
    assert render("asset", "unremove", "prop/oak.blend").code == 0
    assert contents(onion) == before and render("asset", "check").code == 0
    assert render("asset", "unremove", entry["stamp"]).code == 1


def test_an_asset_is_named_in_several_ways(onion: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    put(onion, "shots/s010.blend")
    put(onion, "shots/s0100.blend")
    put(onion, "shots/wide/s020.blend")
    monkeypatch.chdir(onion / "shots")
    for said, meant in (("s010.blend", "shots/s010.blend"), ("shots/s010.blend", "shots/s010.blend"),
                        ("s010", "shots/s010.blend"), ("wide/s020.blend.json", "shots/wide/s020.blend"),
                        ("wid", "shots/wide/s020.blend"), (onion / "shots/s0100.blend", "shots/s0100.blend")):
        assert render("asset", "show", said, "--json").json["path"] == meant
    assert render("asset", "show", "s0").code == 2
    assert "shots/s010.blend, shots/s0100.blend" in render("asset", "show", "s0").err
    for nothing in ("", "s03", "shots/s01.blend"):
        assert render("asset", "show", nothing).code == 1
    monkeypatch.chdir("/")
    assert render("asset", "show", "s010").code == 1
    assert render("asset", "show", "s010", "--project", onion).code == 0
