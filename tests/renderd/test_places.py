"""Named paths of a computer: there, or not."""

import os
import threading
from pathlib import Path

from renderd import places
from renderd.places import Places


def test_an_empty_folder_is_no_place(tmp_path: Path) -> None:
    assert not places.is_there(str(tmp_path)) and not places.is_there(str(tmp_path / "none"))
    (tmp_path / "a").touch()
    assert places.is_there(str(tmp_path)) and not places.is_there(str(tmp_path / "a"))


def test_what_comes_and_goes_is_told(tmp_path: Path) -> None:
    for name in ("p", "q"):
        (tmp_path / name).mkdir()
    (tmp_path / "p/film").touch()
    rang = threading.Event()
    found = Places({"p": f"{tmp_path}/p", "q": f"{tmp_path}/q"}, rang.set)
    places.LOOK, before = 0.01, places.LOOK
    try:
        found.start()
        assert found.told() == {"p": {"folder": f"{tmp_path}/p", "there": True},
                                "q": {"folder": f"{tmp_path}/q", "there": False}}
        os.rename(tmp_path / "p/film", tmp_path / "q/film")
        while [one["there"] for one in found.told().values()] != [False, True]:
            assert rang.wait(30)
            rang.clear()
    finally:
        places.LOOK = before


def test_without_named_paths_there_is_no_thread() -> None:
    found = Places({}, lambda: None)
    found.start()
    assert not found.is_alive() and found.told() == {}


def test_who_is_stopped_looks_no_more(tmp_path: Path) -> None:
    (tmp_path / "film").touch()
    found = Places({"p": str(tmp_path)}, lambda: None)
    found.start()
    found.stop()
    found.join(30)
    assert not found.is_alive() and found.told()["p"]["there"]
