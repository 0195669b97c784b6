"""The film that the page is measured with."""

import json
import os
from pathlib import Path

import pytest

from assetfs import people, priority, project, tree
from tests.bench import film


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> film.Film:
    return film.make(tmp_path_factory.mktemp("projects"))


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every small file, and when the sidecars were changed."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".blend"]
    return {str(path.relative_to(folder)): (
        path.read_bytes(), path.stat().st_mtime_ns if path.name.endswith(".blend.json") else 0) for path in files}


def test_it_has_the_assets_of_a_real_film_and_nothing_is_wrong_with_them(made: film.Film) -> None:
    settings, team = project.read(made.folder), people.read(made.folder.parent)
    found = tree.scan(made.folder)
    assert (settings.problems, team.problems, found.problems, found.lone_blends) == ((), (), (), ())
    assert made.assets == film.ASSETS and len(found.assets) == 255
    assert all(asset.sidecar and asset.blend and asset.sidecar.state in settings.types[asset.sidecar.type].states
               for asset in found.assets.values())
    used = {path for asset in found.assets.values() if asset.sidecar for path in asset.sidecar.dependencies}
    assert used <= found.assets.keys()
    assert priority.effective(settings, found.assets).cycles == []


def test_every_person_has_work_and_a_picture_of_their_own(made: film.Film) -> None:
    team = people.read(made.folder.parent).people
    pictures = {(made.folder.parent / person.photo).read_bytes() for person in team.values()}
    assert len(team) == len(pictures) == 12
    assert all(picture.startswith(b"\x89PNG") and len(picture) < 10_000 for picture in pictures)
    owners = {asset.sidecar.owner for asset in tree.scan(made.folder).assets.values() if asset.sidecar}
    assert owners == {*team, None}
    assert (made.folder / project.read(made.folder).photo).is_file()


def test_shots_know_what_each_of_100_frames_took(made: film.Film) -> None:
    for path in (made.folder / "shots").glob("*.json"):
        times = json.loads(path.read_bytes())["render_time"]
        assert list(times) == [str(frame) for frame in range(1, 101)]
        assert any(len(seconds) == 2 for seconds in times.values())
        assert path.stat().st_size > 1500


def test_the_same_folder_twice_is_the_same_film(made: film.Film, tmp_path: Path) -> None:
    film.make(tmp_path)
    assert content(tmp_path) == content(made.folder.parent)


def test_four_times_as_many_have_names_of_their_own_and_need_no_room(tmp_path: Path) -> None:
    larger = film.make(tmp_path, 4)
    assert larger.assets == {kind: 4 * count for kind, count in film.ASSETS.items()}
    blends = [path for path in larger.folder.rglob("*.blend") if path.parent.name != "templates"]
    assert len(blends) == 4 * 255
    assert len({os.stat(path).st_ino for path in blends}) == 8
