"""Which folder a name means, and which files in it are stages."""

from pathlib import Path

import pytest

from renderd import recipes
from spool.recipes import stage_kind


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    """With one recipe, and another beside it that no name may reach."""
    for name in ("recipes/good", "secret"):
        (folder := tmp_path / name).mkdir(parents=True)
        (stage := folder / "pre-x").write_text("#!/bin/sh\n")
        stage.chmod(0o755)
    for one in (tmp_path, tmp_path / "recipes", tmp_path / "recipes" / "good"):
        one.chmod(0o755)
    return tmp_path / "recipes"


@pytest.mark.parametrize("name", ["../secret", "good/../../secret", "/secret", ".", "..", "", "Good", "good\n", "g\0"])
def test_no_name_leads_out_of_the_folders(folder: Path, name: str) -> None:
    found = recipes.find([str(folder)], name)
    assert (found.code, found.stages) == ("recipe-missing", ())


def test_a_link_to_a_recipe_elsewhere_is_refused(folder: Path) -> None:
    (folder / "other").symlink_to(folder.parent / "secret")
    assert recipes.find([str(folder)], "other").code == "recipe-unsafe"
    assert {one.name: one.code for one in recipes.every([str(folder)])} == {"good": "", "other": "recipe-unsafe"}


def test_of_two_of_one_name_the_first_runs_although_it_is_refused(folder: Path, tmp_path: Path) -> None:
    """Else who could spoil the first would choose what runs."""
    (tmp_path / "first" / "good").mkdir(parents=True)
    (tmp_path / "first" / "good").chmod(0o777)
    assert recipes.find([str(tmp_path / "first"), str(folder)], "good").code == "recipe-unsafe"


@pytest.mark.parametrize(("file", "kind"), [
    ("pre-svn", "pre"), ("render-all.sh", "render"), ("post-1", "post"), ("end-", "end"), ("error-mail", "error"),
    ("README.md", ""), ("pre-svn~", ""), ("pre-notes.txt", ""), ("post-1.bak", ""), ("post-1.dpkg-old", ""),
    (".pre-svn.swp", ""), ("pre", ""), ("prepare-x", "")])
def test_what_is_a_stage(file: str, kind: str) -> None:
    assert stage_kind(file) == kind
