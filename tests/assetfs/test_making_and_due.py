"""New assets, what must be rendered by itself, render times, and what `check` names."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_film import PROJECT, assets, contents, crash_everywhere, film, put

from assetfs import check, due, making, project, sidecar, times, tree
from assetfs.errors import AssetError, BadPath, BadProject, Exists, NoAsset
from assetfs.people import People, Person
from assetfs.project import Project

SHOT = "shots/s010.blend"
BEN = People({"ben": Person("ben", "Ben", "", "", ("film",))})


@pytest.fixture
def onion(tmp_path: Path) -> Project:
    return film(tmp_path / "film")


def test_a_new_asset_is_its_template_and_a_sidecar(onion: Project) -> None:
    plan = making.plan(onion, "shot", "wide/Old tree", creator="ana", description="d")
    before = contents(onion.folder)
    assert contents(onion.folder) == before, "a plan changes nothing"
    assert (plan.path, plan.output) == ("shots/wide/Old_tree.blend", "//../../render/wide_Old_tree/####")
    wrote: list[Any] = []

    def rewrite(path: Path, output: str) -> None:
        assert path.parent == plan.blend.parent and path.suffix == ".blend" and not plan.blend.exists()
        path.unlink()
        path.write_bytes(b"BLENDER rewritten")          # as Blender does, by another file
        wrote.append(output)

    making.make(plan, rewrite)
    assert wrote == [plan.output] and plan.blend.read_bytes() == b"BLENDER rewritten"
    said = sidecar.read(plan.sidecar)
    assert (said.name, said.type, said.state, said.priority, said.render, said.creator, said.owner,
            said.description) == (
        "Old tree", "shot", "todo", 50, True, "ana", None, "d")
    assert said.time_budget == {"todo": 30}
    assert sorted(os.listdir(plan.blend.parent)) == ["Old_tree.blend", "Old_tree.blend.json"]


def test_without_a_template_there_is_only_the_sidecar(onion: Project) -> None:
    plan = making.plan(onion, "prop", "oak.blend")
    making.make(plan)
    assert list(contents(onion.folder / "prop")) == ["oak.blend.json"] and plan.output == ""


def test_nothing_is_overwritten_and_a_lone_blend_can_be_adopted(onion: Project) -> None:
    (onion.folder / "shots").mkdir()
    (onion.folder / SHOT).write_bytes(b"BLENDER mine")
    late = making.plan(onion, "shot", "s020")
    with pytest.raises(Exists):
        making.plan(onion, "shot", "s010")
    making.make(making.plan(onion, "shot", "s010", adopt=True))
    with pytest.raises(Exists):
        making.plan(onion, "shot", "s010", adopt=True)
    with pytest.raises(NoAsset):
        making.plan(onion, "shot", "gone", adopt=True)
    put(onion.folder, "shots/s020.blend", b"BLENDER faster")
    before = contents(onion.folder)
    with pytest.raises(Exists):
        making.make(late)
    assert contents(onion.folder) == before and (onion.folder / SHOT).read_bytes() == b"BLENDER mine"


@pytest.mark.parametrize(("kind", "name", "error"), [
    ("shott", "a", BadProject), ("shot", "../a", BadPath), ("shot", "a/../../b", BadPath), ("shot", ".a", BadPath),
    ("shot", "old/a", BadPath), ("shot", "a\nb", BadPath), ("shot", "a:b", BadPath), ("shot", "", BadPath),
    ("shot", "x" * 300, BadPath), ("shot", "\udcff", BadPath), ("shot", "/etc/x", BadPath)])
def test_what_cannot_be_made_is_refused(onion: Project, kind: str, name: str, error: type[AssetError]) -> None:
    with pytest.raises(error):
        making.plan(onion, kind, name)


def test_a_template_that_is_not_there_is_named(onion: Project) -> None:
    (onion.folder / "templates/shot.blend").unlink()
    with pytest.raises(NoAsset, match=r"no template .*shot\.blend"):
        making.plan(onion, "shot", "a")


def test_a_failed_or_crashed_making_leaves_nothing_half(onion: Project) -> None:
    plan = making.plan(onion, "shot", "s010")

    def fails(path: Path, output: str) -> None:
        raise RuntimeError("Blender is not there")

    with pytest.raises(RuntimeError):
        making.make(plan, fails)
    assert os.listdir(onion.folder / "shots") == []

    def fresh() -> None:
        for path in (plan.blend, plan.sidecar):
            path.unlink(missing_ok=True)

    def whole() -> None:
        found = tree.scan(onion.folder)
        assert not found.problems and all(a.sidecar and a.blend for a in found.assets.values())
        assert all((onion.folder / path).read_bytes() == b"BLENDER template" for path in (*found.assets,
                                                                                          *found.lone_blends))

    assert crash_everywhere(fresh, lambda: making.make(plan), whole, onion.folder, ["before", "half"]) > 10


def paths(onion: Project) -> list[str]:
    return [d.path for d in due.due(onion, assets(onion.folder))[0]]


def test_due_is_only_what_project_state_and_asset_say(onion: Project) -> None:
    put(onion.folder, SHOT, state="render", render=True)
    put(onion.folder, "shots/todo.blend", state="todo", render=True)
    put(onion.folder, "shots/not.blend", state="render", render=False)
    put(onion.folder, "shots/silent.blend", state="render")
    put(onion.folder, "shots/gone.blend", blend=None, state="render", render=True)
    put(onion.folder, "shots/odd.blend", state="nowhere", render=True)
    put(onion.folder, "shots/broken.blend", state="render", render="yes")
    found = due.due(onion, assets(onion.folder))
    assert [(d.path, d.state, d.priority) for d in found[0]] == [(SHOT, "render", 60)] and found[1] == []
    off = project.parse(onion.folder, PROJECT.replace("automatic_rendering: yes", "automatic_rendering: no"))
    assert due.due(off, assets(onion.folder)) == ([], [])


def test_it_is_due_once_for_each_content(onion: Project) -> None:
    put(onion.folder, SHOT, b"one", state="render", render=True, x=1)
    sent: list[str] = []

    def submit_once(one: due.Due, *jobs: str) -> bool:
        return due.submit_once(onion.folder, one, jobs, lambda: sent.extend(jobs))

    [first] = due.due(onion, assets(onion.folder))[0]
    assert submit_once(first, "job0")
    assert not submit_once(first, "never"), "somebody was faster"
    assert paths(onion) == []
    os.utime(onion.folder / SHOT, (5, 5))
    assert paths(onion) == [], "saved without a change, copied, restored"
    (onion.folder / SHOT).write_bytes(b"two")
    [second] = due.due(onion, assets(onion.folder))[0]
    sidecar.change(onion.folder / f"{SHOT}.json", lambda found: found.update(state="todo"))
    assert not submit_once(second, "never"), "it left the state meanwhile"
    sidecar.change(onion.folder / f"{SHOT}.json", lambda found: found.update(state="render"))
    assert submit_once(second, "job1", "job2")
    said = sidecar.read(onion.folder / f"{SHOT}.json")
    assert (said.submitted["state"], said.found["x"], sent) == ("render", 1, ["job0", "job1", "job2"])
    assert due.submitted_jobs(said.submitted) == ["job1", "job2"]


def test_a_submit_that_fails_leaves_it_due(onion: Project) -> None:
    put(onion.folder, SHOT, b"one", state="render", render=True)
    [first] = due.due(onion, assets(onion.folder))[0]
    with pytest.raises(ZeroDivisionError):
        due.submit_once(onion.folder, first, ["job"], lambda: print(1 // 0))
    assert paths(onion) == [SHOT]
    assert sorted(os.listdir(onion.folder / "shots")) == [".assets.lock", "s010.blend", "s010.blend.json"]


@pytest.mark.parametrize("fault", ["rights", "disk", "size"])
def test_nothing_is_sent_where_the_sidecar_cannot_say_so(
        onion: Project, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Else it would be sent again at every look."""
    def full(fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    put(onion.folder, SHOT, b"one", state="render", render=True, x="x" * (999_800 if fault == "size" else 1))
    [first] = due.due(onion, assets(onion.folder))[0]
    if fault == "rights":               # of another person, in a folder of all
        monkeypatch.setattr("assetfs.writing.os.access", lambda path, mode: False)
    if fault == "disk":
        monkeypatch.setattr("assetfs.writing._write_all", full)
    with pytest.raises(AssetError):
        due.submit_once(onion.folder, first, ["job"], lambda: pytest.fail("it was sent"))


@pytest.mark.parametrize("jobs", [None, 5, "job", {"job": 1}, [5, None], []])
def test_any_list_of_jobs_is_read(jobs: object) -> None:
    assert due.submitted_jobs({"jobs": jobs}) == []


def test_a_blend_that_cannot_be_read_is_named(onion: Project) -> None:
    put(onion.folder, SHOT, b"one", state="render", render=True)
    found = assets(onion.folder)
    (onion.folder / SHOT).unlink()
    (onion.folder / SHOT).symlink_to("/etc/passwd")
    ready, problems = due.due(onion, found)
    assert ready == [] and [p.path for p in problems] == [SHOT]


def test_times_are_of_the_newest_render() -> None:
    found = times.times({"1": (9.0, 2.0), "2": (4.0,), "10": (6.0,), "3": (), "video": (0.5,)})
    assert found == times.Times(4, 12.5, 3.125, 3.0, ("video", 0.5),
                                (("10", 6.0), ("2", 4.0), ("1", 2.0), ("video", 0.5)))
    assert times.times({}) is None


def test_newer_times_come_last_and_twice_is_once() -> None:
    once = times.merge({"10": (1.0,), "9": (2.0,)}, {"9": 3.004, "-1": 4})
    assert once == {"-1": [4.0], "9": [2.0, 3.0], "10": [1.0]} and list(once) == ["-1", "9", "10"]
    assert times.merge(once, {"9": 3.004}) == once
    assert len(times.merge({"1": list(map(float, range(99)))}, {"1": 500})["1"]) == times.KEPT


@given(st.dictionaries(st.text(), st.floats(0, 1e9)),
       st.dictionaries(st.text(), st.lists(st.floats(0, 1e9), max_size=3)))
def test_any_name_of_a_frame_is_merged(newer: dict[str, float], older: dict[str, list[float]]) -> None:
    merged = times.merge(older, newer)
    assert set(merged) == {*newer, *older} and times.merge(merged, newer) == merged
    times.times(merged)


def test_check_names_every_fault_where_it_is(onion: Project) -> None:
    folder = onion.folder
    put(folder, "a/good.blend", owner="ben", dependencies=["a/lone.blend", "a/uses.blend"])
    put(folder, "a/uses.blend", dependencies=["a/gone.blend", "a/uses.blend"])
    put(folder, "a/words.blend", state="render", type="prop", priority=101, owner="\x1b[2J", support=["cem"])
    put(folder, "a/odd.blend", type="x", state="y")
    put(folder, "a/broken.blend").write_text("{")
    put(folder, "a/empty.blend", blend=None)
    (folder / "a/lone.blend").write_bytes(b"")
    (folder / "a/link").symlink_to(folder)
    found = [str(problem) for problem in check.check(onion, BEN, tree.scan(folder))]
    wanted = ["a/broken.blend.json: line 1 is not JSON", "a/empty.blend: the .blend is not there",
              "a/link: this is a link", "a/lone.blend: it has no sidecar", "a/odd.blend: there is no type x; choose",
              "a/odd.blend: there is no state y; choose",
              "a/uses.blend: it depends on a/gone.blend, which is not there",
              "a/uses.blend: it depends on itself by way of nothing else",
              "a/words.blend: a prop is never render; choose",
              "a/words.blend: priority 101 is not between 0 and 100",
              "a/words.blend: owner: there is no person \\x1b[2J",
              "a/words.blend: support: there is no person cem"]
    assert len(found) == len(wanted)
    assert all(is_.startswith(should) for is_, should in zip(found, wanted, strict=True)), found
