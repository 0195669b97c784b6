"""What the pages of a film say, from real small trees."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.webview.film_folder import PROJECT, FilmFolder, no_jobs, picture
from webview.film_pages import asset, assets, chart, credits, film, home, listing, movies, names, shots, team
from webview.film_pages.listing import Wanted
from webview.page import Ask, NotThere

ALL = Wanted("", "", "", "", False, "name", False, 1)


@pytest.fixture
def folder(tmp_path: Path) -> FilmFolder:
    return FilmFolder(tmp_path / "projects")


def table(folder: FilmFolder, **wish: Any) -> dict[str, Any]:
    return assets.of(folder.film(), folder.people(), replace(ALL, **wish))


def paths(facts: dict[str, Any]) -> list[str]:
    return [row["path"] for row in facts["rows"]]


def my_home(folder: FilmFolder, person: str = "ana", jobs: Callable[[str], list[dict[str, Any]]] = no_jobs) -> Any:
    return home.of(folder.film(), folder.people(), person, picture, jobs)["mine"]


def one(folder: FilmFolder, path: str, jobs: Callable[[str], list[dict[str, Any]]] = no_jobs) -> dict[str, Any]:
    return asset.of(folder.film(), folder.people(), path, picture, jobs)


# -- home

def test_a_person_works_first_on_what_is_most_urgent_and_not_finished(folder: FilmFolder) -> None:
    folder.asset("shots/done.blend", owner="ana", priority=99, state="done")
    folder.asset("shots/low.blend", owner="ana", priority=10)
    folder.asset("shots/high.blend", owner="ana", priority=60)
    folder.asset("shots/other.blend", owner="ben", priority=99)
    mine = my_home(folder)
    assert mine["now"]["path"] == "shots/high.blend"
    assert [row["path"] for row in mine["next"]] == ["shots/low.blend"]
    assert mine["finished"] == 1


def test_what_a_shot_uses_comes_before_the_shot(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", owner="ben", priority=80, dependencies=["props/tree.blend"])
    folder.asset("props/tree.blend", owner="ana", priority=10, type="prop")
    folder.asset("props/rock.blend", owner="ana", priority=50, type="prop")
    folder.asset("shots/s020.blend", state="done", dependencies=["props/tree.blend"])     # needs nothing any more
    now = my_home(folder)["now"]
    assert (now["path"], now["priority"]) == ("props/tree.blend", 81)
    assert [row["path"] for row in now["waited_for"]] == ["shots/s010.blend"]


def test_home_names_whom_to_help(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", owner="ben", support=["ana"])
    folder.asset("shots/s020.blend", owner="ben", support=["ana"], state="done")
    assert [(row["owner"], row["path"]) for row in my_home(folder)["helps"]] == [("ben", "shots/s010.blend")]


def test_a_person_without_assets_is_free(folder: FilmFolder) -> None:
    assert my_home(folder)["now"] is None


def test_home_without_a_person_shows_the_faces_of_the_film(folder: FilmFolder) -> None:
    facts = home.of(folder.film(), folder.people(), "", picture, no_jobs)
    assert (facts["mine"], facts["people"]) == (None, ["ana", "ben"])


def job(name: str, **said: Any) -> dict[str, Any]:
    return {"job": f"20261120-101530-{name}-7f3a", "name": name, "state": "open", "frames": 10, "done": 4, "failed": 0,
            "running": 2, "created": "2026-11-20T10:15:30Z", **said}


def test_my_renders_are_those_of_my_assets(folder: FilmFolder) -> None:
    folder.asset("shots/mine.blend", owner="ana")
    folder.asset("shots/his.blend", owner="ben")
    of_blend = {str(folder.folder / f"shots/{name}.blend"): [job(name)] for name in ("mine", "his")}
    renders = my_home(folder, jobs=lambda blend: of_blend.get(blend, []))["renders"]
    assert [(r["name"], r["look"], r["done"], r["sent"]) for r in renders] == [("mine", "rendering", 4, 1795169730)]


@pytest.mark.parametrize(("said", "look"), [
    ({"running": 0}, "waiting"), ({"state": "held"}, "held"), ({"state": "done"}, "done"),
    ({"state": "failed"}, "failed"), ({"state": "cancelled"}, "silent")])
def test_a_job_looks_as_it_stands(folder: FilmFolder, said: dict[str, Any], look: str) -> None:
    path = folder.asset("shots/s.blend", owner="ana")
    assert one(folder, path, lambda blend: [job("s", **said)])["renders"][0]["look"] == look


# -- team

def test_the_team_shows_who_is_on_what(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", owner="ana", support=["ben"], priority=60)
    folder.asset("shots/s020.blend", owner="ana", state="done")
    folder.asset("shots/s030.blend")
    facts = team.of(folder.film(), folder.people())
    ana, ben = facts["team"]
    assert (ana["now"]["path"], ana["now"]["support"], ana["open"], ana["done"]) == ("shots/s010.blend", ["ben"], 1, 1)
    assert (ben["now"], facts["free"]) == (None, 1)


def test_an_owner_whom_nobody_knows_is_shown_as_a_stranger(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", owner="zoe")
    folder.asset("shots/s020.blend", owner="cleo")
    assert [member["ident"] for member in team.of(folder.film(), folder.people())["strangers"]] == ["cleo", "zoe"]


# -- assets

def test_the_table_is_filtered_by_type_state_owner_and_word(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", owner="ana", state="render")
    folder.asset("shots/s020.blend", owner="ben")
    folder.asset("props/tree.blend", type="prop", name="Old Oak")
    assert paths(table(folder, type="prop")) == ["props/tree.blend"]
    assert paths(table(folder, state="render")) == ["shots/s010.blend"]
    assert paths(table(folder, owner="ben")) == ["shots/s020.blend"]
    assert paths(table(folder, owner=listing.NOBODY)) == ["props/tree.blend"]
    assert paths(table(folder, find="oLD o")) == ["props/tree.blend"]
    assert paths(table(folder, type="prop", owner="ana")) == []


def test_broken_sidecars_are_in_the_table_with_why(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend")
    folder.write("shots/s020.blend.json", b'{"name": "s020",')
    facts = table(folder, faulty=True)
    (row,) = [row for row in facts["rows"] if row["broken"]]
    assert row["path"] == "shots/s020.blend"
    assert any("JSON" in sentence for sentence in row["problems"])
    assert facts["all"] == 2


def test_every_fault_of_an_asset_stands_at_it(folder: FilmFolder) -> None:
    folder.asset("shots/a.blend", type="spaceship")
    folder.asset("shots/b.blend", state="dreaming")
    folder.asset("shots/c.blend", owner="zoe")
    folder.asset("shots/d.blend", dependencies=["props/none.blend"])
    folder.asset("shots/e.blend", blend=None)
    folder.asset("shots/f.blend", dependencies=["shots/g.blend"])
    folder.asset("shots/g.blend", dependencies=["shots/f.blend"])
    folder.asset("shots/good.blend")
    said = {row["path"]: " ".join(row["problems"]) for row in table(folder)["rows"]}
    told = {"a": "spaceship", "b": "dreaming", "c": "zoe", "d": "props/none.blend", "e": "blend", "f": "g.blend",
            "g": "f.blend"}
    assert {name: word in said[f"shots/{name}.blend"] for name, word in told.items()} == dict.fromkeys(told, True)
    assert said["shots/good.blend"] == ""


def test_what_is_wrong_in_the_folder_is_told_below_the_table(folder: FilmFolder) -> None:
    folder.write("props/lone.blend", b"BLENDER")
    (folder.folder / "shots").mkdir()
    os.symlink("/etc", folder.folder / "shots/link")
    os.mkfifo(folder.folder / "props/pipe.blend")
    faults = {fault["path"] for fault in table(folder)["faults"]}
    assert {"props/lone.blend", "shots/link", "props/pipe.blend"} <= faults


def test_a_fault_of_project_yaml_is_told(folder: FilmFolder) -> None:
    (folder.folder / "project.yaml").write_text(PROJECT + "colour: red\n")
    assert any("colour" in fault["text"] for fault in table(folder)["faults"])


def test_unknown_types_and_states_can_be_filtered(folder: FilmFolder) -> None:
    folder.asset("shots/a.blend", type="spaceship", state="dreaming")
    facts = table(folder, type="spaceship")
    assert paths(facts) == ["shots/a.blend"]
    assert [(c["ident"], c["known"], c["count"]) for c in facts["types"]][-1] == ("spaceship", False, 1)
    assert [(c["ident"], c["look"]) for c in facts["states"]][-1] == ("dreaming", "silent")


def test_of_very_many_unknown_words_the_most_frequent_can_be_filtered(folder: FilmFolder) -> None:
    for number in range(70):
        folder.asset(f"shots/s{number}.blend", blend=None, state=f"x{number}", owner=f"y{number}", type=f"z{number}")
    folder.asset("shots/twice.blend", state="x69")
    facts = table(folder)
    assert [len(facts[kind]) for kind in ("types", "states", "owners")] == [2 + 50, 3 + 50, 50 + 1]
    assert "x69" in {state["ident"] for state in facts["states"]}


def test_names_are_sorted_as_people_count(folder: FilmFolder) -> None:
    for name in ("s10", "s2", "S1", "s2b"):
        folder.asset(f"shots/{name}.blend")
    assert paths(table(folder)) == [f"shots/{name}.blend" for name in ("S1", "s2", "s2b", "s10")]


@pytest.mark.parametrize(("column", "up"), [
    ("name", "abc"), ("type", "bac"), ("state", "bac"), ("owner", "cba"), ("priority", "cab"), ("rating", "bac"),
    ("changed", "cba")])
def test_every_column_sorts_up_and_down(folder: FilmFolder, column: str, up: str) -> None:
    folder.asset("shots/a.blend", type="prop", state="done", owner="ben", priority=20, rating=2)
    folder.asset("shots/b.blend", type="shot", state="todo", owner="ana", priority=30, rating=1)
    folder.asset("shots/c.blend", type="zzz", state="zzz", owner="Abe", priority=10, rating=3)
    for at, name in enumerate("cba"):
        os.utime(folder.folder / f"shots/{name}.blend", (1000 + at, 1000 + at))
    wanted = [f"shots/{name}.blend" for name in up]
    assert paths(table(folder, sort=column)) == wanted
    assert paths(table(folder, sort=column, down=True)) == wanted[::-1]


def test_what_has_no_value_comes_last_up_and_down(folder: FilmFolder) -> None:
    folder.asset("shots/a.blend")
    folder.asset("shots/b.blend", rating=3)
    for down in (False, True):
        assert paths(table(folder, sort="rating", down=down)) == ["shots/b.blend", "shots/a.blend"]


def test_a_film_of_255_assets_stands_on_one_page(folder: FilmFolder) -> None:
    for number in range(255):
        folder.asset(f"props/p{number}.blend", type="prop", blend=None)
    facts = table(folder)
    assert (len(facts["rows"]), facts["part"]["pages"]) == (255, 1)


def test_a_long_list_is_cut_into_pages_that_hold_all_of_it() -> None:
    items = list(range(10_200))
    pages = [listing.part(items, page) for page in range(1, 35)]
    assert [item for shown, _ in pages for item in shown] == items
    assert max(len(shown) for shown, _ in pages) == 300
    assert listing.part(items, 35)[1] == pages[-1][1]           # beyond the end: the last
    assert pages[0][1].last == 300


@pytest.mark.parametrize("text", ["", "x", "-3", "0", "²", "٣", "9" * 5000, "1.5"])
def test_a_page_number_that_is_nonsense_is_the_first_page(text: str) -> None:
    assert listing.part([1, 2], listing.page_number(text))[1].page == 1


def test_an_unknown_order_is_that_of_the_names() -> None:
    want = listing.wanted(Ask("assets", "/", "film", "", "", "en", (("sort", "-colour"),)))
    assert want.sort == "name"


# -- shots

def test_shots_are_what_is_rendered(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend")
    folder.asset("shots/s020.blend", render=False)
    folder.asset("props/tree.blend", type="prop")
    folder.asset("props/turntable.blend", type="prop", render=True)
    folder.write("shots/s030.blend.json", b"not JSON")
    folder.write("props/rock.blend.json", b"not JSON")
    facts = shots.of(folder.film(), folder.people(), picture)
    wanted = ["shots/s010.blend", "shots/s030.blend", "props/turntable.blend"]
    assert [shot["path"] for shot in facts["shots"]] == wanted


def test_shots_show_progress_rating_and_picture(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", state="done", rating=4, pipeline=["comp", "grade"])
    folder.asset("shots/s020.blend")
    folder.asset("shots/s030.blend", state="dreaming")
    folder.write("shots/s040.blend.json", b"not JSON")
    facts = shots.of(folder.film(), folder.people(), picture)
    assert [(p["state"], p["look"], p["count"]) for p in facts["progress"]] == [
        ("todo", "waiting", 1), ("done", "done", 1), ("dreaming", "silent", 1), ("", "failed", 1)]
    first = facts["shots"][0]
    assert (first["rating"], first["pipeline"]) == (4, ["comp", "grade"])
    assert first["thumb"] == "/thumb/asset/film/shots/s010.blend?size=480"
    assert len(shots.of(folder.film(), folder.people(), picture, "done")["shots"]) == 1


# -- asset

def test_an_asset_shows_what_it_uses_and_who_uses_it(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", dependencies=["props/tree.blend", "props/gone.blend", "props/tree.blend"])
    folder.asset("props/tree.blend", type="prop")
    assert [(use["path"], use["there"]) for use in one(folder, "shots/s010.blend")["uses"]] == [
        ("props/tree.blend", True), ("props/gone.blend", False)]
    assert [user["path"] for user in one(folder, "props/tree.blend")["used_by"]] == ["shots/s010.blend"]


def test_an_asset_in_a_circle_says_so(folder: FilmFolder) -> None:
    folder.asset("shots/a.blend", dependencies=["shots/b.blend"])
    folder.asset("shots/b.blend", dependencies=["shots/a.blend"])
    folder.asset("shots/c.blend", dependencies=["shots/a.blend"])
    assert one(folder, "shots/a.blend")["cycle"] == ["shots/a.blend", "shots/b.blend"]
    assert one(folder, "shots/c.blend")["cycle"] == []


def test_an_asset_shows_its_times_and_names_the_slowest_frames(folder: FilmFolder) -> None:
    times = {str(frame): [99.0, float(frame)] for frame in range(1, 9)} | {"video": [7.0]}
    facts = one(folder, folder.asset("shots/s010.blend", render_time=times))
    assert facts["times"]["slowest"][:2] == [["8", 8.0], ["7", 7.0]]
    assert [(bar["first"], bar["seconds"]) for bar in facts["chart"]["bars"]] == [(f, float(f)) for f in range(1, 9)]


def test_an_asset_without_times_has_no_chart(folder: FilmFolder) -> None:
    facts = one(folder, folder.asset("shots/s010.blend"))
    assert (facts["times"], facts["chart"]["bars"]) == (None, [])


def test_the_history_of_an_asset_has_its_checkpoints(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend")
    folder.write("shots/old/s010-20261120-101530.blend", b"BLENDER-old")
    folder.write("shots/old/s011-20261120-101530.blend", b"of another")
    (kept,) = one(folder, "shots/s010.blend")["checkpoints"]
    assert (kept["at"], kept["size"]) == (1795169730, 11)
    assert kept["command"] == "render asset restore shots/s010.blend 20261120-101530"


def test_a_priority_that_was_raised_is_told_beside_its_own(folder: FilmFolder) -> None:
    folder.asset("shots/s010.blend", priority=80, dependencies=["props/tree.blend"])
    folder.asset("props/tree.blend", priority=10, type="prop")
    facts = one(folder, "props/tree.blend")
    assert (facts["it"]["priority"], facts["own_priority"]) == (81, 10)


def test_commands_can_be_pasted_whatever_the_name(folder: FilmFolder) -> None:
    path = folder.asset("shots/it's a $(test).blend")
    assert "render asset checkpoint 'shots/it'\"'\"'s a $(test).blend'" in one(folder, path)["commands"]


def test_an_asset_that_is_not_there_is_not_there(folder: FilmFolder) -> None:
    folder.write("shots/lone.blend", b"BLENDER")
    with pytest.raises(NotThere) as gone:
        one(folder, "shots/gone.blend")
    with pytest.raises(NotThere) as lone:
        one(folder, "shots/lone.blend")
    assert (gone.value.key, lone.value.key) == ("asset.gone", "asset.lone")


# -- credits, film

def test_credits_have_roles_others_and_what_is_missing(folder: FilmFolder) -> None:
    facts = credits.of(folder.film(), folder.people(), "And", "Works")
    assert facts["roles"] == [{"role": "Director", "names": ["Ana Arendt"]}, {"role": "Sound", "names": ["A. Guest"]}]
    assert facts["others"] == ["Ben Bär"]
    assert any("Wind" in sentence for sentence in facts["missing"])
    assert "Oak texture" in facts["text"]


def test_the_newest_movie_plays(folder: FilmFolder) -> None:
    for at, name in enumerate(("old.mp4", "new one.mp4", "notes.txt", ".hidden.mp4")):
        os.utime(folder.write(f"movies/{name}", b"m" * (at + 1)), (1000 + at, 1000 + at))
    os.symlink("old.mp4", folder.folder / "movies/link.mp4")
    facts = film.of(folder.film(), movies.found(str(folder.folder), "movies/*.mp4"))
    assert facts["newest"] == {"name": "movies/new one.mp4", "address": "/movie/film/movies/new%20one.mp4",
                               "changed": 1001, "size": 2}
    assert [movie["name"] for movie in facts["movies"]] == ["movies/new one.mp4", "movies/old.mp4"]


def test_a_movie_that_no_browser_plays_is_named(folder: FilmFolder) -> None:
    folder.write("movies/onion.avi", b"m")
    facts = film.of(folder.film(), movies.found(str(folder.folder), "movies/*"))
    assert (facts["newest"], facts["unplayable"]) == (None, ["movies/onion.avi"])


@pytest.mark.parametrize("pattern", ["../*.mp4", "/movies/*.mp4", "movies/../../*", "movies//*.mp4", "", "out/*.mp4"])
def test_a_pattern_that_leads_out_finds_nothing(folder: FilmFolder, pattern: str) -> None:
    folder.write("movies/a.mp4", b"m")
    (folder.projects / "secret.mp4").write_bytes(b"m")
    os.symlink(folder.projects, folder.folder / "out")
    assert movies.found(str(folder.folder), pattern) == ()


@pytest.mark.parametrize(("path", "fits"), [("movies/a.mp4", True), ("movies/.a.mp4", False), ("a.mp4", False),
                                            ("movies/x/a.mp4", False), ("../movies/a.mp4", False)])
def test_only_what_the_pattern_names_is_a_movie(path: str, fits: bool) -> None:
    assert movies.matches(path, "movies/*.mp4") is fits


# -- names and bars

def test_a_name_is_one_line_that_can_be_written() -> None:
    assert names.shown("a\n b\x00\ud800\x9b") == "a b\ufffd\ufffd\ufffd"
    assert len(names.shown("x" * 10**6)) == names.LONGEST


def test_the_order_of_names_bears_any_digits() -> None:
    assert sorted(["a" + "9" * 90, "a007", "a7", "٣", "²", ""], key=names.natural)[0] == ""


@pytest.mark.parametrize("frames", [1, 2, 159, 160, 161, 1000, 99_999])
def test_bars_fill_the_chart_and_none_is_outside(frames: int) -> None:
    drawn = chart.bars({frame: float(frame % 7) for frame in range(frames)})
    assert len(drawn["bars"]) <= chart.MOST
    assert [bar["first"] for bar in drawn["bars"][1:]] == [bar["last"] + 1 for bar in drawn["bars"][:-1]]
    assert all(bar["x"] + bar["width"] <= chart.WIDTH and 0 <= bar["y"] < bar["y"] + bar["height"] == chart.HEIGHT
               for bar in drawn["bars"])


def test_a_bar_of_several_frames_shows_the_slowest() -> None:
    drawn = chart.bars({frame: 9.0 if frame == 500 else 1.0 for frame in range(1000)})
    assert [bar["seconds"] for bar in drawn["bars"] if bar["first"] <= 500 <= bar["last"]] == [9.0]
