"""What goes wrong around a render: lies, hangs, full disks, dead and doubled daemons, broken files."""

import json
import os
import signal
import subprocess
import time
from hashlib import sha256

import pytest

from spool import again, chunk, queue
from spool import job as jobs
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm

ONE = BLENDS / "one_20.blend"


@pytest.fixture(name="fake")
def fixture_fake(farm: Farm) -> Farm:
    """A farm whose Blender is the fake one."""
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "RENDERD_PROGRAMS": "blender, sh, touch"}
    return farm


@pytest.mark.parametrize(("how", "reason"), [
    ("empty", "frame-empty"), ("cut", "frame-cut"), ("none", "frame-missing"),
    ("scene", "frame-wrong-scene"), ("number", "frame-wrong-number")])
def test_exit_code_0_with_a_bad_frame_is_a_failure_and_the_good_frames_stay(fake: Farm, how: str, reason: str) -> None:
    job = fake.add(ONE, "Shot", "1-3")
    fake.once(FAKE_BLENDER="liar", FAKE_FRAMES="2", FAKE_HOW=how)
    assert fake.frames() == ["0001.png", "0003.png"], fake.show()
    assert fake.state(job) == "failed"
    assert {e["reason"] for e in fake.events(job, "failed")} == {reason}


def test_a_retry_renders_only_the_frames_that_are_missing(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-5")
    fake.once(FAKE_BLENDER="liar", FAKE_FRAMES="4", FAKE_HOW="cut")
    rendered = [e["frame"] for e in fake.events(job, "frame")]
    assert rendered == [1, 2, 3, 5]
    again.retry(fake.spool, queue.find(fake.spool, job), jobs.read(fake.spool, job))
    fake.once("beta")
    assert fake.state(job) == "done"
    assert [e["frame"] for e in fake.events(job, "frame")] == [1, 2, 3, 5, 4]


def test_a_blender_that_has_all_frames_and_hangs_is_ended_as_a_success(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-3")
    said = fake.once(FAKE_BLENDER="clings", RENDERD_LINGER="0.5")
    assert fake.state(job) == "done", said
    assert "ended-hanging" in said


def test_a_blender_that_is_deaf_to_sigint_is_killed_and_its_frames_go_back(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-5")
    fake.host("alpha", FAKE_BLENDER="deaf", FAKE_SECONDS="0.4", RENDERD_STOP_GRACE="0.3")
    fake.until(lambda: len(fake.frames()) >= 1)
    assert fake.stop("alpha") == 0
    assert not fake.blenders()
    assert [c.state for c in fake.detail(job).chunks] == ["waiting"]


def test_a_failing_chunk_goes_to_another_host_first(fake: Farm) -> None:
    fake.host("bad", FAKE_BLENDER="liar", FAKE_FRAMES="1 2", FAKE_HOW="none", FAKE_SECONDS="0.01")
    fake.host("good", FAKE_SECONDS="0.3")
    fake.until(lambda: len(list(fake.spool_dir.glob("beats/*"))) == 2)
    made = [fake.add(ONE, "Shot", "1-2", chunk=2) for _ in range(4)]
    for job in made:
        fake.until_state(job, "done")
    failures = [(e["host"], e["chunk"]) for job in made for e in fake.events(job, "failed")]
    assert len(failures) >= 1
    assert all(host == "bad" for host, _ in failures)
    assert all(len(fake.events(job, "failed")) <= 1 for job in made)


def test_a_daemon_that_was_declared_dead_publishes_nothing_and_is_born_again(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-4", chunk=4)
    alpha = fake.host("alpha", FAKE_SECONDS="1")
    fake.until(lambda: any(c.state == "running" for c in fake.detail(job).chunks))
    _freeze(alpha.pid, fake.blenders())
    fake.host("beta", FAKE_SECONDS="0.05")
    fake.until_state(job, "done")
    before = {p.name: p.stat().st_mtime_ns for p in fake.out.iterdir() if p.is_file()}
    alpha.send_signal(signal.SIGCONT)
    for pid in fake.blenders():
        os.kill(pid, signal.SIGCONT)
    fake.until(lambda: "born-again" in (fake.root / "alpha.log").read_text())
    fake.until(lambda: not fake.blenders())
    assert {p.name: p.stat().st_mtime_ns for p in fake.out.iterdir() if p.is_file()} == before
    assert {d.host for d in fake.detail(job).per_frame.values()} == {"beta"}
    again = fake.add(ONE, "Shot", "1-2")
    fake.until_state(again, "done")


def _freeze(pid: int, blenders: list[int]) -> None:
    for each in (*blenders, pid):
        os.kill(each, signal.SIGSTOP)


def test_a_frame_of_a_program_is_done_when_its_file_is_there(fake: Farm) -> None:
    job = fake.add_command(["sh", "-c", "for f in $(seq $1 $2); do echo $f >$(echo $3 | sed s/####/000$f/); done",
                            "-", "{first}", "{last}", "{output}"], "1-6", chunk=3, output="n_####.txt")
    fake.once()
    assert fake.state(job) == "done"
    assert [(fake.out / name).read_text() for name in fake.frames()] == [f"{f}\n" for f in range(1, 7)]


def test_a_program_that_fails_publishes_nothing(fake: Farm) -> None:
    job = fake.add_command(["sh", "-c", "echo half > {output}; exit 3"], "1", output="n_####.txt")
    fake.once()
    assert (fake.state(job), fake.frames()) == ("failed", [])
    assert "error code 3" in fake.detail(job).chunks[0].reason


def test_a_program_without_output_is_done_when_it_exits_0(fake: Farm) -> None:
    job = fake.add_command(["touch", f"{fake.root}/ran_{{first}}_{{last}}"], "1-4", chunk=2, output="")
    fake.once()
    assert fake.state(job) == "done"
    assert sorted(p.name for p in fake.root.glob("ran_*")) == ["ran_1_2", "ran_3_4"]


def test_a_program_that_is_not_allowed_does_not_run(fake: Farm) -> None:
    job = fake.add_command(["python3", "-c", "print(1)"], "1-2", output="")
    fake.once()
    assert [c.state for c in fake.detail(job).chunks] == ["waiting"]


def test_an_edited_command_of_a_program_that_is_not_allowed_does_not_run(fake: Farm) -> None:
    job = fake.add_command(["touch", f"{fake.root}/ran"], "1", output="")
    info = next((fake.spool_dir / "jobs" / job / "todo").iterdir())
    info.write_text(info.read_text().replace('"touch"', '"/usr/bin/touch"'))
    fake.once()
    assert not (fake.root / "ran").exists()
    assert "not on the list" in fake.detail(job).chunks[0].reason


def test_an_edited_info_file_is_run_as_it_stands(fake: Farm) -> None:
    job = fake.add_command(["touch", f"{fake.root}/one"], "1", output="")
    info = next((fake.spool_dir / "jobs" / job / "todo").iterdir())
    info.write_text(info.read_text().replace(f"{fake.root}/one", f"{fake.root}/two"))
    fake.once()
    assert (fake.state(job), (fake.root / "two").exists(), (fake.root / "one").exists()) == ("done", True, False)


@pytest.mark.parametrize("nonsense", ["", "{", "[]", '{"format": 1}', '{"format": 1, "frames": "5-1", "round": 0, '
                                      '"command": ["blender"], "output": ""}', "\0\1\2", '"' + "x" * 100_000 + '"'])
def test_an_info_file_edited_into_nonsense_is_set_aside_and_the_daemon_lives_on(fake: Farm, nonsense: str) -> None:
    job = fake.add(ONE, "Shot", "1-10", chunk=5)
    (fake.spool_dir / "jobs" / job / "todo" / "000.0001-0005").write_text(nonsense)
    said = fake.once()
    view = fake.detail(job)
    assert [(c.name, c.state) for c in view.chunks] == [("000.0001-0005", "failed"), ("001.0006-0010", "done")], said
    assert (view.view.state, "info file" in view.chunks[0].reason) == ("failed", True)


def test_two_daemons_of_one_name_on_one_spool_are_refused(fake: Farm) -> None:
    fake.host("alpha")
    fake.until(lambda: bool(list(fake.spool_dir.glob("beats/alpha*"))))
    said = fake.once("alpha")
    assert "Another renderd" in said and "--host" in said


def test_a_name_that_beats_on_another_machine_is_refused(fake: Farm) -> None:
    beats = fake.spool_dir / "beats"
    (beats / "alpha.1.00000000!0").touch()
    beating = subprocess.Popen(["sh", "-c", 'n=0; while mv "$0/alpha.1.00000000!$n" "$0/alpha.1.00000000!$((n+1))"; '
                                            'do n=$((n+1)); sleep 0.1; done', str(beats)])
    said = fake.once("alpha")
    beating.kill(), beating.wait()
    assert "Another machine serves" in said


def test_root_does_not_run_what_others_may_put_into_the_spool(fake: Farm) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can show what root refuses")
    fake.spool_dir.chmod(0o2775)
    os.chown(fake.spool_dir, 0, 12345)
    assert "as root" in fake.once()


def test_the_journal_knows_from_which_blend_a_frame_came(fake: Farm) -> None:
    blend = fake.root / "shot.blend"
    blend.write_bytes(ONE.read_bytes())
    job = fake.add(blend, "Shot", "1-2", blend_sha256=sha256(blend.read_bytes()).hexdigest())
    blend.write_bytes(ONE.read_bytes() + b"\0")
    fake.once()
    assert "was changed after it was submitted" in fake.detail(job).view.warning


def test_a_daemon_says_what_is_wrong_with_its_settings(fake: Farm) -> None:
    folder = fake.root / "renderd"
    folder.mkdir()
    (folder / "mine.yaml").write_text("slotz: 2\nprograms: [sh]\n")
    done = subprocess.run([BIN / "renderd", "--show-config"], env=fake.environ, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2
    assert "mine.yaml:1" in done.stderr and "slots" in done.stderr


def test_hosts_tell_what_they_are_and_do(fake: Farm) -> None:
    fake.add(ONE, "Shot", "1-4", chunk=4)
    fake.host("alpha", FAKE_SECONDS="0.4")
    status = fake.spool_dir / "hosts" / "alpha" / "status.json"
    fake.until(lambda: status.exists() and json.loads(status.read_text())["state"] == "rendering")
    facts = json.loads((status.parent / "host.json").read_text())
    assert {"cores", "memory_mb", "swap_mb", "os", "blenders", "mounts", "slots", "programs"} <= facts.keys()
    assert json.loads(status.read_text())["slots"][0]["chunk"] == "000.0001-0004"


def test_a_local_job_is_taken_at_once(fake: Farm) -> None:
    fake.host("alpha", RENDERD_POLL="30")
    fake.until(lambda: bool(list(fake.spool_dir.glob("beats/*"))))
    time.sleep(0.5)                     # until it waits; the poll alone would need 24 s or more
    job = fake.add(ONE, "Shot", "1-2")
    fake.until_state(job, "done", 10)


def test_a_chunk_comes_back_though_its_name_is_old_news(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-2")
    name = chunk.name_of(0, 3, [1, 2])
    todo = fake.spool_dir / "jobs" / job / "todo" / str(name)
    (fake.spool_dir / "jobs" / job / "running" / f"{name}@ghost.1.00000000.1").write_bytes(todo.read_bytes())
    todo.unlink()
    fake.host("alpha")
    fake.until_state(job, "done")
    assert fake.detail(job).chunks[0].tries == 1


def test_two_daemons_of_one_name_that_start_together_do_not_both_stay(fake: Farm) -> None:
    for number in ("1", "2"):           # two machines: they share no lock
        fake.hosts[number] = subprocess.Popen([BIN / "renderd", "--host", "alpha"], start_new_session=True,
                                              env=fake.environ | {"TMPDIR": str(fake.root / number)})
        (fake.root / number).mkdir(exist_ok=True)
    fake.until(lambda: any(h.poll() is not None for h in fake.hosts.values()))
    assert len(list(fake.spool_dir.glob("beats/alpha*"))) <= 1


def test_a_daemon_that_was_killed_finds_its_own_claims_at_its_next_start(fake: Farm) -> None:
    job = fake.add(ONE, "Shot", "1-4", chunk=4)
    fake.host("alpha", FAKE_SECONDS="0.5")
    fake.until(lambda: len(fake.frames()) >= 1)
    fake.kill("alpha")
    fake.once("alpha")
    assert (fake.state(job), len(fake.frames())) == ("done", 4)
    assert fake.detail(job).chunks[0].tries == 1


def test_a_program_that_is_not_installed_is_named(fake: Farm) -> None:
    job = fake.add_command(["nonesuch", "{first}"], "1", output="")
    fake.once(RENDERD_PROGRAMS="nonesuch")
    assert "onesuch is not installed" in fake.detail(job).chunks[0].reason
