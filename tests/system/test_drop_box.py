"""Three daemons and the drop-box: what is saved there is rendered once, or comes back with what is wrong."""

import json
import os
import pwd
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from render_cli import dropped
from spool import admit, drop_box, opening, queue, submit
from spool import job as jobs
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm

ONE = BLENDS / "one_20.blend"


@pytest.fixture(name="fake")
def fixture_fake(farm: Farm) -> Farm:
    """A farm whose Blender is the fake one, and which speaks German to who drops."""
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*"}
    (farm.spool_dir / "farm.yaml").write_text(f"format: 1\nbeat: {farm.beat}\ntries: 3\nlanguage: de\n"
                                              "drop_box: {priority: 70, chunk: 10}\n")
    farm.spool = opening.open_spool(str(farm.spool_dir))
    return farm


def three(farm: Farm) -> None:
    for name in ("alpha", "beta", "gamma"):
        farm.host(name)


def entries(farm: Farm) -> list[str]:
    return [entry.job for entry in queue.entries(farm.spool)]


def inbox(farm: Farm) -> Path:
    return farm.spool_dir / "inbox"


def beats(farm: Farm) -> int:
    """The most that a daemon has made."""
    return max((int(path.name.rpartition("!")[2]) for path in farm.spool_dir.glob("beats/*")), default=0)


def left(farm: Farm) -> list[str]:
    """What lies in the inbox and is no job."""
    return sorted(name for name in drop_box.names(farm.spool) if not drop_box._is_job(name) and name != "README.txt")


def test_files_and_folders_become_one_job_each_and_a_real_blender_renders_them(fake: Farm) -> None:
    fake.environ |= {"RENDERD_BLENDER": "blender"}
    three(fake)
    shutil.copy(ONE, inbox(fake) / "🎬 mein film.blend")
    (inbox(fake) / "..ordner").mkdir()
    shutil.copy(BLENDS / "shot_linked.blend", fake.root / "shot_linked.blend")
    (fake.root / "shot").mkdir()
    for name in ("shot_linked.blend", "lib_props.blend"):
        shutil.copy(BLENDS / name, fake.root / "shot" / name)
    (fake.root / "shot" / "shot_linked.blend").rename(fake.root / "shot" / "shot.blend")
    shutil.move(fake.root / "shot", inbox(fake) / "shot")
    fake.until(lambda: len(entries(fake)) == 2)
    fake.until(lambda: all(fake.state(job) == "done" for job in entries(fake)))
    found = {jobs.read(fake.spool, job).name: jobs.read(fake.spool, job) for job in entries(fake)}
    film = found["🎬 mein film"]
    assert film.owner == pwd.getpwuid(os.geteuid()).pw_name and film.dropped
    assert Path(film.blend) == inbox(fake) / film.job / "🎬 mein film.blend"
    assert Path(film.output).is_relative_to(inbox(fake) / film.job)
    assert len(list(Path(film.output).parent.glob("*.png"))) == 20
    assert queue.find(fake.spool, film.job).priority == 70
    assert (inbox(fake) / found["shot"].job / "lib_props.blend").exists()
    assert left(fake) == ["..ordner"]


def test_what_is_no_job_stays_with_an_answer_in_the_language_of_the_farm(fake: Farm) -> None:
    box = inbox(fake)
    (box / "maya.mb").write_text("no blend")
    (box / "kaputt.blend").write_bytes(b"BLENDER")
    shutil.copy(BLENDS / "no_camera.blend", box)
    shutil.copy(BLENDS / "missing_texture.blend", box / "textur.blend")
    (box / "link.blend").symlink_to(ONE)
    os.mkfifo(box / "pipe.blend")
    (box / "zwei").mkdir()
    for name in "ab":
        shutil.copy(ONE, box / "zwei" / f"{name}.blend")
    (box / "mein.txt").write_text("meins")
    three(fake)
    names = ["kaputt.blend", "link.blend", "maya.mb", "no_camera.blend", "pipe.blend", "textur.blend", "zwei"]
    fake.until(lambda: all(drop_box.answered(fake.spool, name) for name in names))
    says = {name: (box / f"{name}.txt").read_text() for name in names}
    assert "keine .blend-Datei von Blender" in says["maya.mb"]
    assert "Kamera" in says["no_camera.blend"] and "Verweis" in says["link.blend"]
    assert "keine Datei" in says["pipe.blend"] and "a.blend, b.blend" in says["zwei"]
    assert "Ressourcen packen" in says["textur.blend"]
    assert (entries(fake), (box / "mein.txt").read_text()) == ([], "meins")
    assert left(fake) == sorted([*names, *(f"{name}.txt" for name in names), "mein.txt"])

    # Mended: it is taken, and the answer goes.
    shutil.copy(ONE, box / "no_camera.blend")
    (box / "link.blend").unlink()
    fake.until(lambda: len(entries(fake)) == 1)
    fake.until(lambda: not {"no_camera.blend.txt", "link.blend.txt"} & set(left(fake)))


def test_a_file_that_is_still_copied_is_not_taken(fake: Farm) -> None:
    data, path = ONE.read_bytes(), inbox(fake) / "langsam.blend"
    three(fake)
    with path.open("wb") as file:
        for part in range(3):
            file.write(data[part * len(data) // 3:(part + 1) * len(data) // 3])
            file.flush()
            count = beats(fake)
            fake.until(lambda count=count: beats(fake) > count + 5)     # type: ignore[misc]
            assert part == 2 or entries(fake) == []
    fake.until(lambda: len(entries(fake)) == 1)
    taken = jobs.read(fake.spool, entries(fake)[0])
    assert Path(taken.blend).read_bytes() == data and left(fake) == []


@pytest.mark.parametrize("stage", ["recorded", "moved", "built"])
def test_what_a_dead_daemon_began_is_ended_by_another(fake: Farm, stage: str) -> None:
    box, job = inbox(fake), "20261120-101530-shot-7f3a"
    (box / f".taking~{job}~ghost.1.00000000").write_text(json.dumps({"name": "shot.blend", "folder": False}))
    shutil.copy(ONE, box / "shot.blend")
    if stage != "recorded":
        (box / job).mkdir()
        (box / "shot.blend").rename(box / job / "shot.blend")
    if stage == "built":
        asked = {"blend": str(box / job / "shot.blend"), "home": str(box / job), "root": fake.spool.root, "tries": 3,
                 "chunk_seconds": 300.0, "options": {}}
        made = replace(dropped.planned(asked)[0], job=job, dropped=True)
        admit.copy(fake.spool, submit.plan_named(fake.spool, made, priority=50, hold=False))
    three(fake)
    fake.until(lambda: len(entries(fake)) == 1 and not left(fake))
    fake.until_state(entries(fake)[0], "done")
    assert (stage == "recorded") != (entries(fake) == [job])
