"""What a reviewer found: odd files, races at the end, threads that die, folders that are not there."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from spool import again, queue
from spool import job as jobs
from spool.layout import ChunkName
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm

ONE = BLENDS / "one_20.blend"
WRITE = "echo x > $(echo {output} | sed s/####/0001/)"      # frame 1, as a program makes it


@pytest.fixture(name="fake")
def fixture_fake(farm: Farm) -> Farm:
    """A farm whose Blender is the fake one."""
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "RENDERD_PROGRAMS": "blender, sh, touch"}
    return farm


def _folder(farm: Farm, job: str) -> Path:
    return farm.spool_dir / "jobs" / job


def _edit(farm: Farm, job: str, **values: object) -> None:
    path = _folder(farm, job) / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def _first(farm: Farm, job: str) -> None:
    """It comes before all others, so that a daemon which stumbles over it never gets to them."""
    queue.set_priority(farm.spool, queue.find(farm.spool, job), 90)


# -- one odd job stops no other


@pytest.mark.parametrize("part", ["journal", "running", "redo", "failed"])
def test_a_job_whose_folder_is_a_file_stops_no_other(fake: Farm, part: str) -> None:
    bad = fake.add(ONE, "Shot", "1-2")
    shutil.rmtree(_folder(fake, bad) / part)
    (_folder(fake, bad) / part).write_text("")
    _first(fake, bad)
    good = fake.add(ONE, "Shot", "3-4")
    fake.host("alpha")
    fake.until_state(good, "done", 30)


def test_a_job_without_its_todo_stops_no_other(fake: Farm) -> None:
    bad = fake.add_command(["touch", "{output}"], "1-1001", chunk=1, output="")
    shutil.rmtree(_folder(fake, bad) / "todo")
    _first(fake, bad)
    good = fake.add(ONE, "Shot", "3-4")
    fake.host("alpha")
    fake.until_state(good, "done", 30)


def test_a_broken_redo_stops_no_other_job_from_being_done(fake: Farm) -> None:
    bad = fake.add(ONE, "Shot", "1-2")
    (_folder(fake, bad) / "redo" / "001.json").write_text("nonsense")
    _first(fake, bad)
    good = fake.add(ONE, "Shot", "3-4")
    fake.host("alpha")
    fake.until_state(good, "done", 30)


@pytest.mark.parametrize("values", [{"blend": "/\ud800.blend"}, {"output": "/\ud800/####.png"}, {"scene": "\ud800"},
                                    {"template": ["blender", "\ud800"]}, {"output": "/x/%0999999999999999999999d.png"}])
def test_a_job_that_no_computer_can_write_stops_no_other(fake: Farm, values: dict[str, object]) -> None:
    bad = fake.add(ONE, "Shot", "1-2")
    _edit(fake, bad, **values)
    _first(fake, bad)
    good = fake.add(ONE, "Shot", "3-4")
    alpha = fake.host("alpha")
    fake.until_state(good, "done", 30)
    later = fake.add(ONE, "Shot", "5-6")
    fake.until_state(later, "done", 30)
    assert alpha.poll() is None
    assert "Traceback" not in (fake.root / "alpha.log").read_text()


def test_a_job_without_log_folder_is_rendered_all_the_same(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    (_folder(fake, job) / "log").rmdir()
    fake.host("alpha")
    fake.until_state(job, "done", 30)


@pytest.mark.parametrize("facts", ["7", '{"programs": 7, "blenders": 7}', '{"programs": ["blender"], "blenders": [7]}',
                                   '{"programs": ["blender"], "blenders": [{"version": "' + "9" * 5000 + '"}]}'])
def test_a_strange_host_stops_no_daemon(fake: Farm, facts: str) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    todo = _folder(fake, job) / "todo"
    (todo / "000.0001-0002").rename(todo / "000.0001-0002~1~alpha")
    (fake.spool_dir / "hosts" / "odd").mkdir()
    (fake.spool_dir / "hosts" / "odd" / "host.json").write_text(facts)
    (fake.spool_dir / "beats" / "odd.1.00000000!0").touch()
    fake.host("alpha")
    fake.until_state(job, "done", 30)


# -- programs


def test_a_program_that_leaves_a_child_with_its_output_does_not_hold_the_slot(fake: Farm) -> None:
    job = fake.add_command(["sh", "-c", f"sleep 55 & {WRITE}"], "1", output="n_####.txt")
    other = fake.add_command(["sh", "-c", f"setsid sleep 20 & {WRITE}"], "1", output="m_####.txt")
    fake.host("alpha")
    fake.until_state(job, "done", 15)
    fake.until_state(other, "done", 15)


def test_a_folder_for_pictures_that_is_not_there_is_not_made(fake: Farm) -> None:
    """It may lie on a share that is not mounted here: frames on this disk would be lost to all others."""
    job = fake.add(ONE, "Shot", "1-2")
    fake.out.rmdir()
    fake.once()
    assert not fake.out.exists()
    assert fake.state(job) == "failed"
    assert "Is the folder there" in fake.detail(job).chunks[0].reason


def test_a_folder_for_pictures_that_vanishes_midway_fails_the_chunk(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-5")
    alpha = fake.host("alpha", FAKE_SECONDS="0.4")
    fake.until(lambda: len(fake.frames()) >= 2)
    shutil.rmtree(fake.out)
    fake.until_state(job, "failed", 30)
    assert alpha.poll() is None and not fake.out.exists()


@pytest.mark.parametrize("scene", ["{first}", "{ranges}", "Shot {frames}", "{output}", "{{}first}", 'a"b\'c', "-s",
                                   "#"])
def test_a_scene_may_be_called_like_a_place_in_a_template(fake: Farm, scene: str) -> None:
    job = fake.add(ONE, scene, "1-2")
    fake.once()
    assert fake.state(job) == "done", fake.detail(job).chunks


@pytest.mark.parametrize("name", ["a{first}.blend", "100%.blend", "a#b####.blend", "a'b\"c.blend", "a\nb.blend",
                                  "é ü.blend"])
def test_a_blend_may_have_any_name(fake: Farm, name: str) -> None:
    blend = fake.root / name
    blend.write_bytes(ONE.read_bytes())
    job = fake.add(blend, "Shot", "1-2")
    fake.once()
    assert fake.state(job) == "done", fake.detail(job).chunks


@pytest.mark.parametrize("name", ["100%04d", "a#b", "{frames}", "it's \"so\"", "a\nb", "é ü"])
def test_pictures_may_lie_in_a_folder_of_any_name(farm: Farm, name: str) -> None:
    farm.out = farm.root / name
    farm.out.mkdir()
    job = farm.add(ONE, "Shot", "9-11x2")
    farm.once()
    assert (farm.state(job), farm.frames()) == ("done", ["0009.png", "0011.png"])


def test_a_shortened_chunk_renders_its_own_frames_only(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-10", chunk=10)
    todo = _folder(fake, job) / "todo"
    (todo / "000.0001-0010").rename(todo / "000.0001-0003")
    fake.host("alpha")
    fake.until(lambda: len(fake.frames()) >= 3)
    fake.until_state(job, "done")
    logs = "".join(p.read_text() for p in (_folder(fake, job) / "log").glob("*@*"))
    assert logs.count("Fra:") == 10, logs


def test_names_that_grew_as_long_as_they_may_are_rendered(fake: Farm) -> None:
    job = fake.submit(replace(_job(fake), name="x" * 40))
    todo = _folder(fake, job) / "todo"
    tried = ChunkName("000", 1, 2, 2, tuple(f"{n}" + "h" * 31 for n in range(4)))
    (todo / "000.0001-0002").rename(todo / str(tried))
    fake.once("a" * 32)
    assert fake.state(job) == "done", fake.detail(job).chunks


def _job(fake: Farm) -> jobs.Job:
    made = fake.add(ONE, "Shot", "1-2")
    found = jobs.read(fake.spool, made)
    queue.cancel(fake.spool, queue.find(fake.spool, made))
    return found


def test_more_than_9999_frames_are_counted_on(farm: Farm) -> None:
    job = farm.add(ONE, "Shot", "9999-10001")
    farm.once()
    assert (farm.state(job), farm.frames()) == ("done", ["10000.png", "10001.png", "9999.png"])


@pytest.mark.parametrize(("format", "extension"), [("OPEN_EXR", ".exr"), ("JPEG", ".jpg"), ("TIFF", ".tif"),
                                                   ("OPEN_EXR_MULTILAYER", ".exr")])
def test_other_formats_are_published_too(farm: Farm, format: str, extension: str) -> None:
    from spool import command
    job = replace(_job(farm), template=tuple(command.blender_template(str(ONE), "Shot", format)),
                  output=command.blender_pattern(f"{farm.out}/", format), file_format=format)
    made = farm.submit(job)
    farm.once()
    assert (farm.state(made), farm.frames()) == ("done", [f"0001{extension}", f"0002{extension}"])


# -- the daemon itself


def test_the_status_names_the_frame_under_way(fake: Farm) -> None:
    fake.add(ONE, "Shot", "1-6", chunk=3, order="linear")
    fake.host("alpha", FAKE_SECONDS="0.8")
    status = fake.spool_dir / "hosts" / "alpha" / "status.json"

    def frame() -> object:
        slots = json.loads(status.read_text())["slots"] if status.exists() else []
        return slots[0]["frame"] if slots else None

    fake.until(lambda: frame() in (1, 2, 3))
    fake.until(lambda: frame() in (4, 5, 6))    # of the next chunk; of one chunk now and then: status.py


def test_once_does_not_race_through_a_share_that_fails(fake: Farm) -> None:
    fake.add(ONE, "Shot", "1-2")
    alpha = fake.host("alpha", "--once", FAKE_SECONDS="0.5")
    fake.until(lambda: bool(fake.blenders()))
    (fake.spool_dir / "queue").rename(fake.spool_dir / "away")
    time.sleep(3)
    assert alpha.poll() is None
    assert (fake.root / "alpha.log").read_text().count("share-trouble") < 100
    (fake.spool_dir / "away").rename(fake.spool_dir / "queue")
    assert alpha.wait(20) == 0


def test_a_share_that_refuses_at_the_start_is_one_sentence(fake: Farm) -> None:
    (fake.spool_dir / "hosts" / "alpha").write_text("")
    said = fake.once()
    assert "Traceback" not in said and str(fake.spool_dir) in said


def test_a_daemon_that_ends_while_the_share_is_away_says_no_traceback(fake: Farm) -> None:
    alpha = fake.host("alpha")
    fake.until(lambda: bool(list(fake.spool_dir.glob("beats/*"))))
    fake.until(lambda: "started" in (fake.root / "alpha.log").read_text())
    fake.spool_dir.rename(fake.root / "away")
    alpha.send_signal(signal.SIGTERM)
    assert alpha.wait(30) == 0
    assert "Traceback" not in (fake.root / "alpha.log").read_text()


def test_a_daemon_without_inotify_polls(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    line = f"echo 0 > /proc/sys/user/max_inotify_instances && exec {BIN}/renderd --host alpha --once"
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", line], env=fake.environ, capture_output=True, text=True,
                          check=False)
    if "unshare" in done.stderr or "max_inotify" in done.stderr:
        pytest.skip("this machine gives no user namespace")
    assert fake.state(job) == "done", done.stderr


def test_what_a_daemon_writes_the_others_may_read_whatever_its_umask_is(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    before = os.umask(0o077)
    try:
        fake.once()
        fake.add(ONE, "Shot", "3-4")
    finally:
        os.umask(before)
    files = [p for p in fake.spool_dir.rglob("*") if p.is_file() and p.stat().st_size]
    assert [str(p) for p in files if p.stat().st_mode & 0o044 != 0o044] == []
    assert fake.state(job) == "done"


def test_a_killed_daemon_leaves_nothing_in_tmp(fake: Farm) -> None:
    fake.add(ONE, "Shot", "1-5")
    fake.host("alpha", FAKE_SECONDS="0.5")
    fake.until(lambda: bool(list(fake.scratch.glob("renderd-*-*"))))
    fake.host("gamma")
    fake.kill("alpha")
    fake.once("beta")
    fake.stop("gamma")
    fake.until(lambda: not list(fake.scratch.glob("renderd-*-*")))


def test_a_program_has_its_peak_of_memory_in_the_journal(fake: Farm) -> None:
    job = fake.add_command(["sh", "-c", f"{WRITE}; sleep 1"], "1", output="n_####.txt")
    fake.once()
    peak = fake.detail(job).per_frame[1].peak_mb
    assert peak is not None and 0 < peak < 10, peak


def test_what_the_daemons_user_may_not_read_is_called_forbidden_and_not_damaged(fake: Farm) -> None:
    blend, shut = fake.root / "shut.blend", fake.root / "shut"
    blend.write_bytes(ONE.read_bytes())
    blend.chmod(0)
    shut.mkdir(mode=0)
    made = {fake.add(blend, "Shot", "1-2"),
            fake.submit(replace(_job(fake), recipe="command", template=("touch", "x"), output="", cwd=str(shut)))}
    _once_as_plain_user(fake)
    reasons = [e["reason"] for job in made for e in fake.events(job, "failed")]
    assert set(reasons) == {"file-forbidden"}
    assert {fake.state(job) for job in made} == {"failed"}


@pytest.mark.parametrize("words", [["blender", "\ud800"], ["blender", "\0"]])
def test_an_info_file_with_what_no_program_can_be_told_is_set_aside(fake: Farm, words: list[str]) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    info = _folder(fake, job) / "todo" / "000.0001-0002"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"command": words}))
    said = fake.once()
    assert "Traceback" not in said
    assert [(c.state, "info file" in c.reason) for c in fake.detail(job).chunks] == [("failed", True)]


def test_a_picture_that_nobody_may_read_is_rendered_again(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-3")
    fake.once(FAKE_BLENDER="liar", FAKE_FRAMES="2", FAKE_HOW="cut")
    (fake.out / "0001.png").chmod(0)
    again.retry(fake.spool, queue.find(fake.spool, job), jobs.read(fake.spool, job))
    _once_as_plain_user(fake)
    assert (fake.state(job), fake.frames()) == ("done", ["0001.png", "0002.png", "0003.png"])


def _once_as_plain_user(fake: Farm) -> None:
    """A daemon that may not read what a mode forbids, also when root runs the tests."""
    plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    subprocess.run([*plain, BIN / "renderd", "--host", "alpha", "--once"], env=fake.environ, check=True, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_comes_twice_ends_the_daemon_once_and_well(fake: Farm, number: int) -> None:
    job = fake.add(ONE, "Shot", "1-5")
    alpha = fake.host("alpha", FAKE_SECONDS="0.5")
    fake.until(lambda: bool(fake.blenders()))
    alpha.send_signal(number), time.sleep(0.05), alpha.send_signal(number)
    assert alpha.wait(20) == 0
    assert not fake.blenders()
    assert [(c.state, c.tries) for c in fake.detail(job).chunks] == [("waiting", 0)]
    assert not list(fake.spool_dir.glob("beats/*"))
