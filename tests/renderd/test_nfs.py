"""What a daemon does where NFS says something that is not so."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from renderd import frames, readiness, staging
from renderd.bench import Bench
from renderd.diagnose import Finding
from renderd.fingerprint import Fingerprints
from renderd.settings import Settings
from spool import atomic, journal, opening
from spool.claim import Claim
from spool.errors import LostClaim
from spool.layout import Spool
from tests.fakes import blender
from tests.fakes.nfs import missing_from_memory, replies_lost
from tests.spool import played


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "farm"))


@pytest.fixture(name="take")
def fixture_take(spool: Spool, tmp_path: Path) -> Callable[..., Claim]:
    def take(**asked: object) -> Claim:
        _, job = played.add(spool, str(tmp_path / "out" / "####.png"), frames="1-2", **asked)
        taken = played.Daemon.born(spool).take(job)
        assert taken
        return taken

    return take


def test_the_claims_folder_is_made_though_the_reply_was_lost(spool: Spool, take: Callable[..., Claim]) -> None:
    taken = take()
    with replies_lost():
        folder = staging.prepare(spool, taken)
    assert os.listdir(folder) == []


def test_nothing_of_an_earlier_try_is_left_in_the_claims_folder(spool: Spool, take: Callable[..., Claim]) -> None:
    taken = take()
    Path(staging.prepare(spool, taken), "0001.png").touch()
    with replies_lost():
        assert os.listdir(staging.prepare(spool, taken)) == []


def test_a_frame_whose_reply_was_lost_is_published(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "0001.png").touch()
    with replies_lost():
        staging.publish(f"{tmp_path}/0001.png", f"{tmp_path}/out/0001.png", lambda: True)
    assert os.listdir(tmp_path / "out") == ["0001.png"]


def test_a_frame_that_was_swept_while_we_slept_is_not_published(tmp_path: Path) -> None:
    """Blender, told the next frame meanwhile, makes the folder anew: that looks like a reply that was lost."""
    (tmp_path / "out").mkdir()
    (tmp_path / "0001.png").touch()
    asked = []

    def sleeps_then_lost() -> bool:
        (tmp_path / "0001.png").unlink(missing_ok=True)
        asked.append("ours?")
        return len(asked) == 1

    with pytest.raises(LostClaim):
        staging.publish(f"{tmp_path}/0001.png", f"{tmp_path}/out/0001.png", sleeps_then_lost)
    assert os.listdir(tmp_path / "out") == []


def test_a_blend_that_was_put_back_is_found(spool: Spool, take: Callable[..., Claim], tmp_path: Path) -> None:
    film = tmp_path / "film.blend"
    film.write_bytes(b"BLENDER-v304")
    taken = take(blend=str(film))
    bench = Bench(spool, Settings(programs=("true",)), 1, (), {}, Fingerprints())
    with missing_from_memory(str(film)):
        found = readiness.check(bench, taken._replace(job=replace(taken.job, recipe="blender")))
    assert isinstance(found, Finding) and found.code == "blend-too-new"


def test_a_folder_for_the_pictures_that_was_made_since_is_found(spool: Spool, take: Callable[..., Claim],
                                                                tmp_path: Path) -> None:
    taken = take()
    with missing_from_memory(f"{tmp_path}/out"):
        assert frames.missing(spool, taken) == [1, 2]
        assert staging.prepare(spool, taken)


def test_frames_that_another_host_has_published_since_are_not_rendered_again(
        spool: Spool, take: Callable[..., Claim], tmp_path: Path) -> None:
    taken = take()
    with journal.Journal(spool, taken.job.job, "ws02") as lines:
        for frame in (1, 2):
            atomic.replace(taken.job.file_of(frame), blender.png(frame, "Scene"))
            lines.write("frame", frame=frame, round=0)
    with missing_from_memory(taken.job.file_of(1)), missing_from_memory(taken.job.file_of(2)):
        assert frames.missing(spool, taken) == []
