"""Three daemons and the drop-box: what is saved there is rendered once, or comes back with what is wrong."""

import json
import os
import pwd
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from render_cli import dropped
from spool import admit, drop_answers, drop_box, drop_files, opening, queue, submit
from spool import job as jobs
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm

ONE = BLENDS / "one_20.blend"
READER = """
import io, os, runpy, sys
said = sys.stdin.read()
if "aaa_bomb" in said:
    os.abort()
sys.stdin = io.StringIO(said)
sys.path[:] = [{real!r}, *(p for p in sys.path if p != os.environ["PYTHONPATH"])]
for name in [n for n in sys.modules if n.startswith("render_cli")]:
    del sys.modules[name]
from render_cli import dropped
dropped.main()
"""


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
    return sorted(name for name in drop_box.names(farm.spool) if not drop_files._is_job(name) and name != "README.txt")


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
    fake.until(lambda: left(fake) == ["..ordner"])


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
    fake.until(lambda: all(drop_answers.answered(fake.spool, name) for name in names))
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
    assert Path(taken.blend).read_bytes() == data
    fake.until(lambda: left(fake) == [])


def test_a_folder_whose_library_is_still_copied_is_not_taken(fake: Farm) -> None:
    library, folder = (BLENDS / "lib_props.blend").read_bytes(), inbox(fake) / "shot"
    folder.mkdir()
    (folder / "lib_props.blend").write_bytes(library[:len(library) // 2])
    shutil.copy(BLENDS / "shot_linked.blend", folder / "shot.blend")
    three(fake)
    fake.until(lambda: beats(fake) > 8)
    assert entries(fake) == []
    (folder / "lib_props.blend").write_bytes(library)
    fake.until(lambda: len(entries(fake)) == 1)
    assert (inbox(fake) / entries(fake)[0] / "lib_props.blend").read_bytes() == library


@pytest.mark.parametrize("stage", ["recorded", "moved", "built", "entered"])
def test_what_a_dead_daemon_began_is_ended_by_another(fake: Farm, stage: str) -> None:
    box, job = inbox(fake), "20261120-101530-shot-7f3a"
    (box / f".taking~{job}~ghost.1.00000000").write_text(json.dumps({"name": "shot.blend", "folder": False}))
    (box / ".taking~nobody").write_text("no record of ours")
    shutil.copy(ONE, box / "shot.blend")
    if stage != "recorded":
        (box / job).mkdir()
        (box / "shot.blend").rename(box / job / "shot.blend")
    if stage in ("built", "entered"):
        made = replace(dropped.planned(asked(fake, job, "shot.blend")).job, dropped=True)
        planned = submit.plan_named(fake.spool, made, priority=50, hold=False)
        admit.copy(fake.spool, planned)
    if stage == "entered":
        admit.enter(fake.spool, planned)
        (box / job / "shot.blend").write_bytes(b"BLENDER")      # what it would not be made a job of now
    three(fake)
    fake.until(lambda: len(entries(fake)) == 1 and left(fake) == [".taking~nobody"])
    if stage == "entered":
        assert (entries(fake), (box / "shot.blend").exists()) == ([job], False)
        return
    fake.until_state(entries(fake)[0], "done")
    assert (stage == "recorded") != (entries(fake) == [job])


def asked(farm: Farm, job: str, name: str) -> dict[str, object]:
    home = inbox(farm) / job
    return {"job": job, "name": name, "blend": str(home / name), "home": str(home), "root": farm.spool.root,
            "paths": {}}


def test_what_is_dropped_is_planned_as_render_add_does(fake: Farm) -> None:
    """Named paths, project, groups and needs; and pictures from the very same input are not rendered again."""
    (fake.spool_dir / "farm.yaml").write_text(
        f"format: 1\nbeat: {fake.beat}\npaths: {{farm: {fake.spool_dir}, share: {fake.root}}}\n"
        "projects: {onion: {priority: +7}}\n"
        f"drop_box: {{priority: 70, project: onion, group: night, needs: 'cores=1', output: 'share::out/####'}}\n")
    fake.spool = opening.open_spool(str(fake.spool_dir))
    for name in ("alpha", "beta", "gamma"):
        fake.host(name, RENDERD_GROUPS="night")
    for number in (1, 2):
        shutil.copy(ONE, inbox(fake) / "shot.blend")
        fake.until(lambda number=number: len(entries(fake)) == number)      # type: ignore[misc]
        fake.until(lambda: all(fake.state(job) == "done" for job in entries(fake)))
    first, second = sorted(entries(fake))
    said = json.loads((fake.spool_dir / "jobs" / first / "job.json").read_text())
    assert said["blend"] == f"farm::inbox/{first}/shot.blend" and said["output"] == "share::out/####.png"
    assert (said["project"], said["groups"], said["needs"]) == ("onion", ["night"], ["cores=1"])
    assert queue.find(fake.spool, first).priority == 77
    found = jobs.read(fake.spool, first)
    assert (found.owner, found.blend) == (pwd.getpwuid(os.geteuid()).pw_name, f"{inbox(fake)}/{first}/shot.blend")
    assert len(list(fake.out.glob("*.png"))) == 20
    assert jobs.read(fake.spool, second).before == (first,) and found.input
    assert [event.get("kept") for event in fake.events(second, "frame")] == [first] * 20


def test_a_file_at_which_its_reader_dies_is_answered_and_keeps_no_other_waiting(fake: Farm) -> None:
    python = fake.root / "python" / "render_cli"
    python.mkdir(parents=True)
    (python / "__init__.py").write_text("")
    (python / "dropped.py").write_text(READER.format(real=str(Path(dropped.__file__).parents[1])))
    for name in ("aaa_bomb", "shot"):
        shutil.copy(ONE, inbox(fake) / f"{name}.blend")
    fake.environ |= {"PYTHONPATH": str(python.parent), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*, PYTHONPATH"}
    three(fake)
    fake.until(lambda: len(entries(fake)) == 1 and bool(drop_answers.answered(fake.spool, "aaa_bomb.blend")))
    assert "scheitert beim Lesen" in (inbox(fake) / "aaa_bomb.blend.txt").read_text()
    assert jobs.read(fake.spool, entries(fake)[0]).name == "shot"
    assert (inbox(fake) / "aaa_bomb.blend").read_bytes() == ONE.read_bytes()


def test_hostile_names_do_no_harm(fake: Farm) -> None:
    names = [b"-rf.blend", b"$(touch x).blend", b"new\nline.blend", b"\xff\xfe.blend", b"l" * 249 + b".blend"]
    for name in names:
        shutil.copy(ONE, os.fsencode(inbox(fake)) + b"/" + name)
    shutil.copy(ONE, inbox(fake) / "fine.blend")
    (inbox(fake) / "Thumbs.db").write_text("of a file manager")
    three(fake)
    fake.until(lambda: len(entries(fake)) + sum(n.endswith(".txt") for n in left(fake)) == len(names) + 1)
    fake.until(lambda: not any(name.startswith(".taking~") for name in left(fake)))
    assert "fine" in {jobs.read(fake.spool, job).name for job in entries(fake)}
    kept = {name for name in left(fake) if not name.endswith(".txt")}
    assert kept <= {os.fsdecode(name) for name in names} | {"Thumbs.db"}
