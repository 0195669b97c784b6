"""Recipes on a farm of real daemons: stages in their order, failures by name, nothing lost when one is killed."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spool import atomic, command
from spool.job import Job
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm, processes, says
from tests.system.recipes import log_of, recipe

ONE = BLENDS / "one_20.blend"
THREE = ("alpha", "beta", "gamma")


def fake(farm: Farm) -> None:
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "FAKE_DRIVEN": "yes"}


def add(farm: Farm, recipe: str, frames: str, *, chunk: int = 2, tries: int = 3, options: tuple[str, ...] = ()) -> str:
    asked = Job(job="", name="one", created="", recipe=recipe, frames=frames, chunk=chunk, order="linear", chunks=0,
                template=tuple(command.blender_template(str(ONE), "Shot", "PNG")), tries=tries, blend=str(ONE),
                output=command.blender_pattern(f"{farm.out}/", "PNG"), scene="Shot", blender=(2, 80),
                file_format="PNG", width=64, height=36)
    return farm.submit(replace(asked, options=options))


def check(farm: Farm) -> None:
    ran = subprocess.run([sys.executable, "-m", "spool", "check", str(farm.spool_dir)], capture_output=True, text=True,
                         check=False)
    assert ran.returncode == 0, ran.stdout


def test_stages_run_in_their_order_and_what_they_say_is_in_the_log(farm: Farm) -> None:
    fake(farm)
    told = farm.root / "told"
    tell = f"echo \"$RENDER_STAGE $RENDER_CHUNK $RENDER_FRAMES\" >> {told}; echo said by $RENDER_STAGE"
    recipe(farm, "full", pre_2=tell, pre_1=tell, render_it=f"{tell}; exec \"$@\"", post_1=tell, post_2=tell,
           end_1=f"{tell}; ls {farm.out} | wc -l >> {told}", error_1=tell)
    job = add(farm, "full", "1-4")
    for host in THREE:
        farm.host(host)
    farm.until_state(job, "done")
    assert [says(farm.out / name)[0] for name in farm.frames()] == [1, 2, 3, 4]
    lines = told.read_text().splitlines()
    for chunk, frames in (("000.0001-0002", "1-2"), ("001.0003-0004", "3-4")):
        stages = [line.split()[0] for line in lines if line.split()[1:] == [chunk, frames]]
        assert stages == ["pre-1", "pre-2", "render-it", "post-1", "post-2"], lines
    assert lines[-2:] == ["end-1 end 1-4", "4"], lines
    assert all(f"said by {stage}" in log_of(farm, job) for stage in ("pre-1", "render-it", "post-2", "end-1"))
    check(farm)


def test_a_job_without_render_stage_keeps_its_blender_alive(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "looked", post_look=f"echo \"$RENDER_FRAMES: $#\" >> {farm.root}/told; test -s \"$1\"")
    job = add(farm, "looked", "1-6")
    farm.once()
    assert farm.state(job) == "done", farm.show()
    assert (farm.root / "told").read_text().split("\n")[:-1] == ["1-2: 2", "3-4: 2", "5-6: 2"]
    assert log_of(farm, job).count("the Blender of the chunk before goes on") == 2


def test_a_failing_check_publishes_nothing_and_names_the_stage(farm: Farm) -> None:
    fake(farm)
    error = f'echo "$RENDER_ERROR $RENDER_REASON $RENDER_FINAL $RENDER_FRAMES" >> {farm.root}/errors'
    recipe(farm, "strict", post_1="true", post_2='echo not nice; case $RENDER_FRAMES in 3*) exit 7;; esac',
           end_never=f"touch {farm.root}/ended", error_mail=error)
    job = add(farm, "strict", "1-4", tries=2)
    for host in THREE:
        farm.host(host)
    farm.until_state(job, "failed")
    assert farm.frames() == ["0001.png", "0002.png"]
    failed = [chunk for chunk in farm.detail(job).chunks if chunk.state == "failed"]
    assert [chunk.code for chunk in failed] == ["stage-failed"]
    assert "post-2 of the recipe \"strict\" failed with the error code 7: not nice" in failed[0].reason
    errors = (farm.root / "errors").read_text().splitlines()
    assert sorted(errors) == ["chunk stage-failed  3-4", "chunk stage-failed yes 3-4", "job stage-failed yes 3-4"]
    assert not (farm.root / "ended").exists()
    check(farm)


def test_a_stage_that_hangs_is_ended(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "slow", pre_wait="sleep 600")
    job = add(farm, "slow", "1-2", tries=1)
    farm.once(RENDERD_STAGE_LIMIT="0.5")
    assert [one["reason"] for one in farm.events(job, "failed")] == ["stage-hung"], farm.show()
    assert not farm.blenders()


def test_a_render_stage_that_says_nothing_is_ended(farm: Farm) -> None:
    recipe(farm, "mute", render_wait="sleep 600")
    farm.environ["RENDERD_PROGRAMS"] = "true"
    job = farm.submit_recipe("mute", ["true"])
    farm.once(RENDERD_NO_PROGRESS="0.5")
    assert [(one["reason"], "render-wait" in one["text"]) for one in farm.events(job, "failed")] == [
        ("stage-hung", True)], farm.show()


@pytest.mark.parametrize("stage", ["pre_x", "render_x", "post_x", "end_x"])
def test_frames_survive_a_daemon_that_is_killed_in_a_stage(farm: Farm, stage: str) -> None:
    """kill -9: the stage dies with it, with all that it started, and others do the chunk once more."""
    fake(farm)
    sign = farm.root / "sign"
    render = 'exec "$@"' if stage == "render_x" else "true"
    recipe(farm, "deadly", **{stage: f"mkdir {sign} 2>/dev/null && sleep 3600; {render}"})
    job = add(farm, "deadly", "1-4")
    farm.host("alpha")
    farm.until(lambda: sleeping(farm) != [])
    for host in ("beta", "gamma"):
        farm.host(host)
    farm.kill("alpha")
    farm.until_state(job, "done")
    assert [says(farm.out / name)[0] for name in farm.frames()] == [1, 2, 3, 4]
    farm.until(lambda: not sleeping(farm))
    check(farm)


def sleeping(farm: Farm) -> list[int]:
    """What a stage started, and not the stage itself."""
    return [pid for pid, line in processes() if line.split()[0] == "sleep" and pid in farm.blenders()]


def test_a_daemon_that_is_killed_while_a_stage_stands_still_leaves_nothing(farm: Farm) -> None:
    """What stands still would keep its locks for ever, and with them all stages that want the same."""
    fake(farm)
    recipe(farm, "locks", pre_lock=f"exec 9> {farm.root}/lock; flock 9; mkdir {farm.root}/sign || exit 0; sleep 3600")
    job = add(farm, "locks", "1-2")
    farm.host("alpha")
    farm.until(lambda: sleeping(farm) != [])
    subprocess.run([BIN / "renderd", "pause"], env=farm.environ, check=True)
    assert state_of(sleeping(farm)[0]) == "T"
    farm.host("beta")
    farm.kill("alpha")
    farm.until_state(job, "done")
    assert not sleeping(farm)


@pytest.mark.parametrize("stage", ["pre_x", "render_x", "post_x", "end_x"])
def test_a_daemon_that_is_stopped_in_a_stage_gives_its_frames_back_at_once(farm: Farm, stage: str) -> None:
    fake(farm)
    sign = farm.root / "sign"
    render = 'exec "$@"' if stage == "render_x" else "true"
    recipe(farm, "long", **{stage: f"mkdir {sign} 2>/dev/null && exec sleep 3600; {render}"})
    job = add(farm, "long", "1-4")
    farm.host("alpha")
    farm.until(sign.exists)
    assert farm.stop("alpha") == 0
    assert not os.listdir(farm.spool.running(job)), farm.show()
    assert not farm.events(job, "failed")
    farm.once("beta")
    assert farm.state(job) == "done", farm.show()
    assert [says(farm.out / name)[0] for name in farm.frames()] == [1, 2, 3, 4]


def state_of(pid: int) -> str:
    """R, S, T ... as proc(5) has it; "" if it ended between two looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def beat(farm: Farm) -> int:
    return int(atomic.names(f"{farm.spool_dir}/beats")[0].rpartition("!")[2])


def test_a_pause_stops_every_stage_and_loses_nothing(farm: Farm) -> None:
    """However long they stand still, that is no time that the stages took. The one that begins last is begun first."""
    fake(farm)
    go, jobs = farm.root / "go", []
    for number, stage in enumerate(("end_x", "post_x", "render_x", "pre_x")):
        sign = farm.root / stage
        recipe(farm, stage, **{stage: f"touch {sign}; until [ -e {go} ]; do sleep 0.05; done; "
                                      + ('exec "$@"' if stage == "render_x" else "true")})
        jobs.append(add(farm, stage, f"{2 * number + 1}-{2 * number + 2}"))
        farm.host(f"ws{number}", RENDERD_STAGE_LIMIT="10", RENDERD_NO_PROGRESS="10")
        farm.until(sign.exists)
    subprocess.run([BIN / "renderd", "pause"], env=farm.environ, check=True)
    # A shell is in D while its child, who was stopped before it became `sleep`, has not left vfork(2).
    farm.until(lambda: {state_of(pid) for pid in farm.blenders()} in ({"T"}, {"T", "D"}))
    go.touch()
    first = beat(farm)
    farm.until(lambda: beat(farm) > first + 55)         # longer than the limits
    subprocess.run([BIN / "renderd", "resume"], env=farm.environ, check=True)
    for job in jobs:
        farm.until_state(job, "done")
        assert not farm.events(job, "failed"), farm.show()


def test_what_is_to_run_once_at_the_end_runs_again_when_frames_were_redone(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "ends", end_count=f"echo x >> {farm.root}/count")
    job = add(farm, "ends", "1-4")
    farm.once()
    assert (farm.root / "count").read_text() == "x\n", farm.show()
    subprocess.run([BIN / "render", "redo", job, "--frames", "3"], env=farm.environ, check=True)
    farm.once()
    assert (farm.root / "count").read_text() == "x\nx\n", farm.show()
    assert farm.state(job) == "done"


@pytest.mark.parametrize("stage", ["end", "error"])
def test_what_is_to_run_once_for_a_job_runs_once_though_its_daemon_is_killed_behind_it(farm: Farm, stage: str) -> None:
    fake(farm)
    count = f"[ \"$RENDER_ERROR\" = chunk ] || echo $RENDER_STAGE >> {farm.root}/count"
    recipe(farm, "counts", post_x="true" if stage == "end" else "false", end_count=count, error_count=count)
    job = add(farm, "counts", "1-4", tries=1)
    alpha = farm.dying("alpha", stage)
    assert alpha.wait(timeout=120) == -signal.SIGKILL
    for host in ("beta", "gamma"):
        farm.host(host)
    farm.until_state(job, "done" if stage == "end" else "failed")
    assert (farm.root / "count").read_text() == f"{stage}-count\n", farm.show()
    assert f"the {stage}-* stages have run already" in log_of(farm, job)
    check(farm)


def test_frames_that_are_redone_run_an_end_that_failed_anew(farm: Farm) -> None:
    """Perhaps they were why it failed."""
    fake(farm)
    recipe(farm, "late", end_check=f"test -e {farm.root}/mended", error_mail=f"echo $RENDER_ERROR >> {farm.root}/told")
    job = add(farm, "late", "1-2", tries=1)
    farm.once()
    assert farm.state(job) == "failed", farm.show()
    (farm.root / "mended").touch()
    subprocess.run([BIN / "render", "redo", job, "--frames", "2"], env=farm.environ, check=True)
    farm.once()
    assert farm.state(job) == "done", farm.show()
    assert (farm.root / "told").read_text().split() == ["chunk", "job"]


def test_an_option_that_no_variable_can_hold_stands_in_the_file_of_facts(farm: Farm) -> None:
    """In bytes it is longer than the kernel takes."""
    fake(farm)
    recipe(farm, "long", pre_x='test -z "$RENDER_SET_TEXT" && test $(wc -c < "$RENDER_FACTS") -gt 80000')
    job = add(farm, "long", "1-2", tries=1, options=("TEXT=" + "ä" * 80_000,))
    farm.once()
    assert farm.state(job) == "done", farm.show() + log_of(farm, job)


def test_an_end_that_fails_makes_the_job_failed_until_it_is_tried_again(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "late", end_check=f"test -e {farm.root}/mended")
    job = add(farm, "late", "1-2", tries=1)
    farm.once()
    assert farm.state(job) == "failed", farm.show()
    (farm.root / "mended").touch()
    subprocess.run([BIN / "render", "retry", job], env=farm.environ, check=True)
    farm.once()
    assert farm.state(job) == "done", farm.show()


def test_a_host_without_the_recipe_takes_nothing_and_says_why(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "rare", end_x="true")
    job = add(farm, "rare", "1-4")
    farm.host("poor", RENDERD_RECIPES="shipped")
    farm.host("rich")
    farm.until_state(job, "done")
    assert {one["host"] for one in farm.events(job, "frame")} == {"rich"}
    other = add(farm, "never", "5-6")
    said = subprocess.run([BIN / "render", "why", other], env=farm.environ, capture_output=True, text=True, check=True)
    assert "poor has no recipe never" in said.stdout, said.stdout
    listed = json.loads(subprocess.run([BIN / "render", "recipes", "--json"], env=farm.environ, capture_output=True,
                                       check=True).stdout)
    assert next(one["hosts"] for one in listed if one["recipe"] == "rare") == ["rich"]
    assert next(one["hosts"] for one in listed if one["recipe"] == "checked") == ["poor", "rich"]


@pytest.mark.parametrize("spoil", ["folder", "stage", "link", "linked folder", "above", "closed"])
def test_a_recipe_that_others_may_change_is_refused(farm: Farm, spoil: str) -> None:
    fake(farm)
    folder = recipe(farm, "open", pre_x=f"touch {farm.root}/ran")
    stage = folder / "pre-x"
    if spoil == "folder":
        folder.chmod(0o777)
    elif spoil == "stage":
        stage.chmod(0o757)
    elif spoil == "link":
        stage.rename(farm.root / "elsewhere")
        stage.symlink_to(farm.root / "elsewhere")
    elif spoil == "linked folder":
        folder.rename(farm.root / "elsewhere")
        folder.symlink_to(farm.root / "elsewhere")
    elif spoil == "above":
        farm.root.chmod(0o777)
    else:
        stage.chmod(0o644)
    job = add(farm, "open", "1-2")
    said = farm.once()
    assert "recipe-refused recipe=open" in said
    assert farm.state(job) == "open"
    assert not (farm.root / "ran").exists()


def test_a_chunk_of_a_recipe_gives_its_end_to_a_host_that_has_nothing(farm: Farm) -> None:
    """So much is left of it that help pays, however long a Blender needs to start on a busy computer."""
    fake(farm)
    (mood := farm.root / "mood").write_text("FAKE_SECONDS=1\n")
    farm.environ["FAKE_MOOD"] = str(mood)
    recipe(farm, "shared", post_x="test -s \"$1\"")
    job = add(farm, "shared", "1-100", chunk=100)
    farm.host("alpha")
    farm.until(lambda: bool(os.listdir(farm.spool.running(job))))
    farm.host("beta")
    farm.until(lambda: any("@beta." in name for name in os.listdir(farm.spool.running(job))))
    assert farm.events(job, "cut")
    mood.unlink()
    farm.until_state(job, "done")
    assert [says(farm.out / name)[0] for name in farm.frames()] == list(range(1, 101))
    assert "beta" in {one["host"] for one in farm.events(job, "frame")}
    check(farm)


def test_all_that_was_said_stands_in_one_file_at_the_end(farm: Farm) -> None:
    fake(farm)
    recipe(farm, "says", pre_x="echo hello $RENDER_CHUNK", end_x="echo goodbye")
    job = add(farm, "says", "1-4")
    farm.once()
    whole = Path(f"{farm.spool.job(job)}/log/all.log").read_text()
    order = ["hello 000.0001-0002", "hello 001.0003-0004", "goodbye"]
    assert sorted(order, key=whole.index) == order
    assert whole.count("==> ") == 3
    said = subprocess.run([BIN / "render", "log", job, "--all"], env=farm.environ, capture_output=True, text=True,
                          check=True)
    assert said.stdout == whole
