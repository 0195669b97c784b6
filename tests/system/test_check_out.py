"""The check-out of the recipes svn and git, run by itself on real repositories: also after one that was cut short."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.farm import ROOT

NOBODY = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "mia", "GIT_AUTHOR_EMAIL": "mia@film.example",
          "GIT_COMMITTER_NAME": "mia", "GIT_COMMITTER_EMAIL": "mia@film.example"}


@dataclass
class Film:
    """A repository, and the copy that a computer of the farm has of it."""

    kind: str
    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def copy(self) -> Path:
        return self.root / "work" / "film"

    @property
    def url(self) -> str:
        return f"file://{self.root}/repository" if self.kind == "svn" else str(self.home)

    def run(self, *words: object) -> None:
        subprocess.run([self.kind, *map(str, words)], cwd=self.home if self.home.exists() else self.root, check=True,
                       env=os.environ | NOBODY, capture_output=True)

    def begin(self) -> None:
        if self.kind == "svn":
            subprocess.run(["svnadmin", "create", self.root / "repository"], check=True)
            self.run("checkout", self.url, self.home)
        else:
            self.run("init", "-q", "-b", "main", self.home)

    def commit(self, text: str) -> None:
        (self.home / "shot").write_text(text)
        self.run(*(["add", "--force", "shot"] if self.kind == "svn" else ["add", "shot"]))
        self.run("commit", "-m", text)

    def check_out(self, revision: str = "") -> "subprocess.CompletedProcess[str]":
        environ = os.environ | NOBODY | {"RENDER_WORK": str(self.root / "work"), "RENDER_SET_URL": self.url}
        more = {"RENDER_SET_REVISION": revision} if revision else {}
        return subprocess.run([ROOT / "etc" / "recipes" / self.kind / f"pre-{self.kind}"], env=environ | more,
                              cwd=self.root, capture_output=True, text=True, check=False)

    def shown(self, revision: str = "") -> str:
        """The shot as the farm has it after a check-out."""
        done = self.check_out(revision)
        assert done.returncode == 0, done.stdout + done.stderr
        return (self.copy / "shot").read_text()


@pytest.fixture(name="film", params=["svn", "git"])
def fixture_film(request: pytest.FixtureRequest, tmp_path: Path) -> Film:
    film = Film(request.param, tmp_path)
    film.begin()
    film.commit("one")
    return film


def test_a_chunk_gets_what_was_committed_last(film: Film) -> None:
    assert film.shown() == "one"
    film.commit("two")
    assert film.shown() == "two"


def test_a_revision_stays_whatever_is_committed(film: Film) -> None:
    if film.kind == "git":
        film.run("tag", "1")
    film.commit("two")
    assert [film.shown("1"), film.shown(), film.shown("1")] == ["one", "two", "one"]


def test_a_check_out_that_was_cut_short_is_completed(film: Film) -> None:
    """By kill -9: svn has noted the revision and lacks files, git has a folder that is no clone yet."""
    if film.kind == "svn":
        film.shown("1")
        (film.copy / "shot").unlink()
    else:
        (film.root / "work" / ".film.new" / ".git").mkdir(parents=True)
    assert film.shown("1" if film.kind == "svn" else "") == "one"


def test_what_is_no_plain_name_or_no_revision_is_refused(film: Film) -> None:
    for revision in ("--upload-pack=touch x", "-1"):
        done = film.check_out(revision)
        assert done.returncode != 0 and "is none" in done.stdout
    assert not film.copy.exists()


@pytest.mark.parametrize("film", ["git"], indirect=True)
@pytest.mark.parametrize("branch", ["main", "origin/main"])
def test_a_branch_is_what_it_is_now(film: Film, branch: str) -> None:
    assert film.shown(branch) == "one"
    film.commit("two")
    assert film.shown(branch) == "two"
