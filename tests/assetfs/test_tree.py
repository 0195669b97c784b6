"""What a scan finds: everything that is there, whatever lies beside it; and what a later look costs."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_film import put

from assetfs import tree
from assetfs.errors import NoProject

REPO = Path(__file__).resolve().parents[2]


def texts(found: tree.Tree) -> dict[str, str]:
    return {problem.path: problem.text for problem in found.problems}


def same(one: tree.Tree, other: tree.Tree) -> bool:
    return (one.assets, one.problems, one.lone_blends, set(one.folders)) == (
        other.assets, other.problems, other.lone_blends, set(other.folders))


def test_assets_are_found_by_their_paths(tmp_path: Path) -> None:
    put(tmp_path, "shots/s010.blend", owner="ana")
    put(tmp_path, "sets/wald/bäume 森.blend", blend=None)
    put(tmp_path, "shots/old/s010-20261120-101530.blend")
    put(tmp_path, ".trash/20261120-101530/shots/s020.blend")
    put(tmp_path, "templates/shot.blend")
    (tmp_path / "shots/alone.blend").write_bytes(b"")
    found = tree.scan(tmp_path)
    assert list(found.assets) == ["sets/wald/bäume 森.blend", "shots/s010.blend"]
    assert found.assets["shots/s010.blend"].sidecar.owner == "ana"
    assert found.assets["shots/s010.blend"].blend.size == 7
    assert found.assets["sets/wald/bäume 森.blend"].blend is None
    assert (found.lone_blends, found.problems) == (("shots/alone.blend",), ())


def test_a_broken_sidecar_hides_no_other(tmp_path: Path) -> None:
    put(tmp_path, "a.blend")
    put(tmp_path, "b.blend").write_bytes(b"{" * 5000)
    put(tmp_path, "c.blend", support=5)
    put(tmp_path, "d.blend").write_bytes(b" " * 2_000_000)
    found = tree.scan(tmp_path)
    assert {path for path, a in found.assets.items() if a.sidecar} == {"a.blend"}
    assert found.assets["c.blend"].problem.startswith("support must be a list")
    assert "more than 1000000 bytes" in found.assets["d.blend"].problem
    assert found.assets["b.blend"].problem and found.assets["b.blend"].blend


def test_links_and_devices_and_odd_names_are_named_and_not_followed(tmp_path: Path) -> None:
    film = tmp_path / "film"
    put(tmp_path, "elsewhere/secret.blend")
    put(film, "a.blend")
    (film / "ring").symlink_to(film)
    (film / "out").symlink_to(tmp_path / "elsewhere")
    (film / "b.blend.json").symlink_to(tmp_path / "elsewhere/secret.blend.json")
    os.mkfifo(film / "c.blend.json")
    (film / "d.blend.json").mkdir()
    Path(os.fsdecode(bytes(film) + b"/\xff.blend.json")).write_text("{}")
    found = tree.scan(film)
    assert list(found.assets) == ["a.blend"]
    assert set(texts(found)) == {"ring", "out", "b.blend.json", "c.blend.json", "\udcff.blend.json"}
    assert str(next(p for p in found.problems if "UTF-8" in p.text)).startswith("\\xff.blend.json: the name is not")


def test_a_folder_put_in_place_of_a_link_between_two_looks_is_seen(tmp_path: Path) -> None:
    film = tmp_path / "film"
    put(film, "shots/a.blend")
    put(tmp_path, "elsewhere/b.blend")
    found = tree.scan(film)
    shutil.rmtree(film / "shots")
    (film / "shots").symlink_to(tmp_path / "elsewhere")
    assert tree.rescan(found, ["shots"]).assets == {}
    assert set(texts(tree.rescan(found, ["", "shots"]))) == {"shots"}


def test_folders_without_end_are_left_at_some_depth(tmp_path: Path) -> None:
    (tmp_path / "/".join(["d"] * 40)).mkdir(parents=True)
    assert "nested deeper" in next(iter(texts(tree.scan(tmp_path)).values()))


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_named_and_found_again(tmp_path: Path) -> None:
    code = f"""
import os; from pathlib import Path; from assetfs import tree
film = Path({str(tmp_path)!r})
one = tree.scan(film); two = tree.rescan(one, tree.changed(one))
assert [p.path for p in two.problems] == ["closed"] and list(two.assets) == ["a.blend"], two
os.chmod(film / "closed", 0o755)
assert tree.changed(two) == ["closed"], tree.changed(two)
assert list(tree.rescan(two, ["closed"]).assets) == ["a.blend", "closed/b.blend"]
"""
    put(tmp_path, "a.blend")
    put(tmp_path, "closed/b.blend")
    (tmp_path / "closed").chmod(0)
    as_nobody = []
    if os.geteuid() == 0:
        as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
        for folder in (tmp_path, *tmp_path.parents):
            if Path(tempfile.gettempdir()) in folder.parents:
                folder.chmod(0o755)
        for path in (tmp_path / "closed", tmp_path / "a.blend", tmp_path / "a.blend.json"):
            os.chown(path, 65534, -1)
    try:
        subprocess.run([*as_nobody, sys.executable, "-c", code], cwd=REPO, check=True, timeout=60)
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_a_folder_that_went_is_gone_with_all_below_when_only_its_parent_is_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "a/b/c/x.blend")
    put(tmp_path, "d.blend")
    found = tree.scan(tmp_path)
    (tmp_path / "a").rename(tmp_path / "e")
    found = tree.rescan(found, [""])
    assert list(found.assets) == ["d.blend", "e/b/c/x.blend"] and "a/b" not in found.folders


def test_no_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoProject):
        tree.scan(tmp_path / "gone")


STEPS = st.lists(st.tuples(st.sampled_from(["put", "break", "in place", "remove", "move folder", "remove folder",
                                            "lone"]),
                           st.sampled_from(["", "a", "a/b", "c"]), st.sampled_from("xy")), min_size=1, max_size=8)


@given(STEPS)
@settings(max_examples=25, deadline=None)
def test_a_look_after_any_change_finds_what_a_fresh_scan_finds(
        tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]) -> None:
    film = tmp_path_factory.mktemp("film")
    put(film, "a/b/x.blend")
    found = tree.scan(film)
    for what, where, name in steps:
        touched = []
        path = film / where / f"{name}.blend"
        if what in ("put", "lone") and Path(f"{path}.json").exists() | path.exists():
            touched = [where]           # what is written in place is looked for by whoever asks for the folder
        if what == "put":
            put(film, str(path.relative_to(film)))
        elif what == "lone" and path.parent.is_dir():
            path.write_bytes(b"")
        elif what == "break" and path.parent.is_dir():
            (path.parent / f".{name}").write_text("{}")
            (path.parent / f".{name}").rename(f"{path}.json")
        elif what == "in place" and Path(f"{path}.json").exists():
            Path(f"{path}.json").write_text(json.dumps({"name": "changed"}))
            touched = [where]
        elif what == "remove":
            Path(f"{path}.json").unlink(missing_ok=True)
        elif what == "remove folder" and where:
            shutil.rmtree(film / where, ignore_errors=True)
        elif what == "move folder" and where and (film / where).exists() and not (film / "moved").exists():
            (film / where).rename(film / "moved")
        found = tree.rescan(found, {*tree.changed(found), *touched})
        time.sleep(0.005)               # a tick of the disk's clock
        assert same(found, tree.scan(film)), (what, where, name)


def test_what_changes_twice_in_one_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    found = tree.scan(tmp_path)
    found = tree.rescan(found, tree.changed(found))
    assert tree.changed(found) == []
    put(tmp_path, "a.blend")
    found = tree.rescan(found, tree.changed(found))
    assert tree.changed(found) == [""], "a folder that has just changed is looked at once more"


CALLS = """
import os, sys; from pathlib import Path; from assetfs import tree
found = tree.scan(Path(sys.argv[1])); found = tree.rescan(found, tree.changed(found))
os.access("mark-1", 0)
found = tree.rescan(found, tree.changed(found))
os.access("mark-2", 0)
Path(sys.argv[1], "shots/s001.blend.json").write_text('{"name": "n", "type": "t", "state": "s"}')
os.access("mark-3", 0)
found = tree.rescan(found, ["shots"])
os.access("mark-4", 0)
found = tree.rescan(found, [""])
os.access("mark-5", 0)
assert len(found.assets) == 300 and found.assets["shots/s001.blend"].sidecar.type == "t"
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_look_at_what_did_not_change_asks_each_folder_once_and_no_asset(tmp_path: Path) -> None:
    for i in range(300):
        put(tmp_path, f"{'shots' if i < 100 else 'props'}/s{i:03}.blend")
    log = tmp_path / "log"
    subprocess.run(["strace", "-f", "-e", "trace=file,read,getdents64", "-o", log, sys.executable, "-c", CALLS,
                    tmp_path],
                   cwd=REPO, check=True, timeout=120)
    parts = re.split(r".*mark-\d.*\n", log.read_text())
    unchanged, listed, above = (parts[i].splitlines() for i in (1, 3, 4))
    assert len(unchanged) <= 3 + 1, unchanged       # "", shots, props
    assert not [line for line in unchanged if "blend" in line]
    assert len([line for line in listed if "openat" in line and ".json" in line]) == 1, "only what changed is read"
    assert len([line for line in listed if "stat" in line and "blend" in line]) <= 200
    assert not [line for line in above if "blend" in line or "shots" in line], "folders that are known are left alone"
