"""What is on the disk is on the page at the very next look."""

import itertools
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from inotify_simple import INotify

from spool.mounts import Mount
from tests.webview import films
from webview import changes, index, looking
from webview.index import Film, Index
from webview.looking import Looked


@pytest.fixture(name="told")
def fixture_told(projects: Path) -> Iterator[Index]:
    made = Index(projects)
    assert made.look("film")
    assert isinstance(made.keepers["film"].watch, changes.Told)
    yield made
    made.close()


@pytest.fixture(name="looked")
def fixture_looked(projects: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Where the kernel tells nothing, as on a network share; it may look as often as it likes."""
    monkeypatch.setattr(changes, "is_local", lambda folder: False)
    monkeypatch.setattr(looking, "PAUSE", 0.0)
    made = Index(projects)
    assert made.look("film")
    assert isinstance(made.keepers["film"].watch, Looked)
    yield made
    made.close()


@pytest.fixture(name="anywhere", params=["told", "looked"])
def fixture_anywhere(request: pytest.FixtureRequest) -> Index:
    found: Index = request.getfixturevalue(request.param)
    return found


def film(of: Index) -> Film:
    found = of.look("film")
    assert found
    return found


def state(of: Index, path: str) -> str:
    sidecar = film(of).assets[path].sidecar
    return sidecar.state if sidecar else "broken"


# -- everywhere


def test_a_new_asset_is_seen(anywhere: Index, projects: Path) -> None:
    films.add(projects / "film", "shots/s99.blend")
    assert "shots/s99.blend" in film(anywhere).assets


def test_a_new_folder_with_all_that_is_in_it_is_seen(anywhere: Index, projects: Path) -> None:
    films.add(projects / "film", "props/kitchen/knife.blend")
    assert "props/kitchen/knife.blend" in film(anywhere).assets
    films.add(projects / "film", "props/kitchen/fork.blend")
    assert "props/kitchen/fork.blend" in film(anywhere).assets


def test_a_folder_that_was_moved_is_seen_and_what_happens_in_it(anywhere: Index, projects: Path) -> None:
    (projects / "film/shots").rename(projects / "film/scenes")
    assert set(film(anywhere).assets) == {f"scenes/s0{n}.blend" for n in (1, 2, 3)}
    films.add(projects / "film", "scenes/s01.blend", state="done")
    assert state(anywhere, "scenes/s01.blend") == "done"


def test_a_folder_that_comes_from_elsewhere_is_seen(anywhere: Index, projects: Path) -> None:
    films.add(projects / "elsewhere", "sets/deep/kitchen.blend")
    (projects / "elsewhere/sets").rename(projects / "film/sets")
    assert "sets/deep/kitchen.blend" in film(anywhere).assets


def test_an_asset_that_was_removed_is_gone(anywhere: Index, projects: Path) -> None:
    (projects / "film/shots/s01.blend.json").unlink()
    (projects / "film/shots/s01.blend").unlink()
    assert "shots/s01.blend" not in film(anywhere).assets
    shutil.rmtree(projects / "film/shots")
    assert not film(anywhere).assets


def test_a_sidecar_that_was_replaced_is_read_again(anywhere: Index, projects: Path) -> None:
    new = films.add(projects / "film", "elsewhere.blend", state="done")
    new.rename(projects / "film/shots/s01.blend.json")
    assert state(anywhere, "shots/s01.blend") == "done"


def test_a_sidecar_written_in_place_is_read_again(anywhere: Index, projects: Path) -> None:
    films.add(projects / "film", "shots/s01.blend", state="render")
    assert state(anywhere, "shots/s01.blend") == "render"


def test_a_broken_sidecar_is_seen_and_mended(anywhere: Index, projects: Path) -> None:
    (projects / "film/shots/s01.blend.json").write_text("{")
    assert film(anywhere).assets["shots/s01.blend"].problem
    films.add(projects / "film", "shots/s01.blend")
    assert state(anywhere, "shots/s01.blend") == "todo"


def test_new_settings_are_seen(anywhere: Index, projects: Path) -> None:
    path = projects / "film/project.yaml"
    path.write_text(films.PROJECT.replace("The Onion", "The Garlic"))
    assert film(anywhere).project.title == "The Garlic"
    new = path.with_name("new")
    new.write_text(films.PROJECT.replace("The Onion", "The Leek"))
    new.rename(path)
    assert film(anywhere).project.title == "The Leek"


def test_a_checkpoint_is_news(anywhere: Index, projects: Path) -> None:
    before = film(anywhere).generation
    films.add(projects / "film", "shots/old/s01-20261120-101530.blend")
    assert film(anywhere).generation > before
    before = film(anywhere).generation
    films.add(projects / "film", "shots/old/s01-20261121-101530.blend")
    assert film(anywhere).generation > before


def test_nothing_new_is_the_same_film(anywhere: Index) -> None:
    before = film(anywhere).generation
    assert [film(anywhere).generation for _ in range(5)] == [before] * 5


def test_a_project_comes_moves_and_goes(anywhere: Index, projects: Path) -> None:
    assert anywhere.look("other") is None
    films.make(projects, "other")
    assert anywhere.look("other")
    assert set(anywhere.idents()) == {"film", "other"}
    (projects / "other").rename(projects / "another")
    assert (anywhere.look("other"), bool(anywhere.look("another"))) == (None, True)
    shutil.rmtree(projects / "another")
    assert anywhere.look("another") is None
    assert set(anywhere.idents()) == {"film"}


def test_a_project_that_became_a_link_is_none(anywhere: Index, projects: Path) -> None:
    (projects / "film").rename(projects / "real")
    (projects / "film").symlink_to("real")
    assert anywhere.look("film") is None
    assert anywhere.look("real")


@pytest.mark.parametrize("ident", ["..", ".", "", "people.yaml", "film/shots", "no\0thing", "-x", ".hidden"])
def test_what_is_no_name_of_a_project_is_none(told: Index, ident: str) -> None:
    assert told.look(ident) is None
    assert set(told.keepers) == {"film"}


# -- where the kernel tells


def test_writes_of_one_length_in_one_tick_of_the_clock_are_seen(told: Index, projects: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.trees, "marked", lambda info: (1, 1, info.st_size, info.st_ino))  # a clock that stands
    path = projects / "film/shots/s01.blend.json"
    for said in ("todo", "done", "todo", "done"):
        path.write_text(path.read_text().replace("todo", said).replace("done", said))
        assert state(told, "shots/s01.blend") == said


def test_pictures_are_no_news(told: Index, projects: Path) -> None:
    before = film(told)
    for frame in range(100):
        (projects / f"film/shots/{frame:04}.png").write_bytes(b"")
    (projects / "film/shots/.s01.blend.json.tmp").write_text("{")
    assert film(told) is before


def test_a_look_at_what_did_not_change_is_one_system_call(told: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(os, "stat", lambda *args, **more: calls.append("stat"))
    monkeypatch.setattr(os, "scandir", lambda *args: calls.append("scandir"))
    monkeypatch.setattr(os, "open", lambda *args, **more: calls.append("open"))
    monkeypatch.setattr(INotify, "_readall", lambda self: calls.append("inotify") or b"")
    film(told)
    assert calls == ["inotify"]


def test_events_that_were_lost_are_made_up_for(told: Index, projects: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 50_000:
        pytest.skip(f"this kernel keeps {most} events")
    films.add(projects / "film", "props/knife.blend")
    assert state(told, "props/knife.blend") == "todo"
    ups = itertools.cycle(("shots/s01.blend", "shots/s02.blend"))
    for path in itertools.islice(ups, most + 10):       # two that are alike and in a row are one event
        os.utime(projects / "film" / path)
    films.add(projects / "film", "props/knife.blend", state="done")
    assert state(told, "props/knife.blend") == "done"
    films.add(projects / "film", "props/knife.blend", state="render")
    assert state(told, "props/knife.blend") == "render"


def test_without_watches_the_folders_are_looked_at(projects: Path, monkeypatch: pytest.MonkeyPatch,
                                                   caplog: pytest.LogCaptureFixture) -> None:
    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(INotify, "add_watch", full)
    monkeypatch.setattr(looking, "PAUSE", 0.0)
    of = Index(projects)
    film(of)
    assert "max_user_watches" in caplog.text
    films.add(projects / "film", "shots/s99.blend")
    assert "shots/s99.blend" in film(of).assets


@pytest.mark.parametrize(("table", "local"), [
    ([("/", "ext4")], True), ([("/", "ext4"), ("/film", "nfs4")], False), ([("/", "nfs4"), ("/film", "xfs")], True),
    ([("/", "ext4"), ("/film/share", "cifs")], False), ([("/", "ext4"), ("/filmless", "cifs")], True),
    ([("/", "fuse.sshfs")], False), ([("/", "overlay"), ("/film", "9p")], False),
])
def test_the_kernel_tells_only_of_disks_of_this_computer(table: list[tuple[str, str]], local: bool) -> None:
    assert changes.is_local(Path("/film"), [Mount(target, kind, "x", "rw") for target, kind in table]) is local


# -- where the kernel tells nothing


def test_the_folders_are_looked_at_once_a_second(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "is_local", lambda folder: False)
    monkeypatch.setattr(looking, "PAUSE", 1000.0)
    of = Index(projects)
    before = film(of)
    film(of)                            # the first look at the folders
    films.add(projects / "film", "shots/s99.blend")
    assert film(of) is before


def test_every_sidecar_has_its_turn(looked: Index, projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def done() -> int:
        return [a.sidecar.state for a in film(looked).assets.values() if a.sidecar].count("done")
    monkeypatch.setattr(looking, "SIDECARS", 1)
    shutil.rmtree(projects / "film/shots")
    paths = [f"{folder}/a.blend" for folder in ("one", "two", "three")]
    for state_then in ("todo", "done"):
        for path in paths:
            films.add(projects / "film", path, state=state_then)
        counted = [done() for _ in range(5)]    # of those that are new, the folders come to rest meanwhile
    assert counted[0] <= 1
    assert counted[-1] == 3


# -- others who look at the same time


def test_a_look_does_not_wait_for_a_slow_one(told: Index, projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, go_on, began = film(told), Event(), Event()
    rescan = index.trees.rescan

    def slow(*args: object) -> object:
        began.set()
        go_on.wait(20)
        return rescan(*args)            # type: ignore[arg-type]
    monkeypatch.setattr(index.trees, "rescan", slow)
    films.add(projects / "film", "shots/s99.blend")
    other = Thread(target=told.look, args=("film",))
    other.start()
    began.wait(20)
    started = time.monotonic()
    assert film(told) is before
    assert time.monotonic() - started < 10      # it gave up waiting long before the other was done
    go_on.set()
    other.join()
    assert "shots/s99.blend" in film(told).assets


def test_many_who_look_while_much_changes_see_whole_films(told: Index, projects: Path) -> None:
    """Each asset says twice how often it was written; no film has a torn one."""
    torn: list[object] = []
    ending = Event()

    def look() -> None:
        while not ending.is_set():
            torn.extend(a.path for a in film(told).assets.values() if a.sidecar is None)

    def write(number: int) -> None:
        new = films.add(projects, f"new{number}.blend", state="done")
        new.rename(projects / "film/shots/s01.blend.json")
    lookers = [Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for number in range(100):
        write(number)
    ending.set()
    for looker in lookers:
        looker.join()
    assert not torn
    assert state(told, "shots/s01.blend") == "done"


def test_a_share_that_goes_away_leaves_what_was_seen(told: Index, projects: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object) -> None:
        raise OSError(116, "Stale file handle")
    before = film(told)
    with monkeypatch.context() as patched:
        patched.setattr(index.trees, "rescan", away)
        patched.setattr(index.trees, "scan", away)
        films.add(projects / "film", "shots/s99.blend")
        assert (film(told).assets, film(told).trouble) == (before.assets, "Stale file handle")
        assert film(told).generation > before.generation
    assert (film(told).trouble, "shots/s99.blend" in film(told).assets) == ("", True)


def test_what_a_film_keeps_is_asked_once(told: Index, projects: Path) -> None:
    asked = []

    def count(film: Film) -> int:
        asked.append(film)
        return len(film.assets)
    assert [film(told).kept(count) for _ in range(3)] == [3, 3, 3]
    assert len(asked) == 1
    films.add(projects / "film", "shots/s99.blend")
    assert film(told).kept(count) == 4
