"""`render why` names what keeps frames from being rendered: each situation is made with real daemons.

Three hosts stay for most of them, and differ: alpha may do everything, beta has an old Blender and a program that is
not installed, gamma has no Blender at all. Frame 77 takes as long as it is let: who renders it is busy."""

import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from typing import Any

import pytest

from render_cli import border, main
from spool import command, queue
from spool import job as jobs
from spool.job import Job
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm, farm
from tests.system.test_full_disk import small_disk

BLEND = BLENDS / "one_20.blend"
FAKE = {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*", "RENDERD_STOP_GRACE": "0.2",
        "FAKE_BLENDER": "dear", "FAKE_FRAMES": "77", "FAKE_DEAR": "600", "FAKE_SECONDS": "0.02"}
NEW = {"RENDERD_PROGRAMS": "blender, touch, false, sleep", "FAKE_VERSION": "5.1.0"}
OLD = {"RENDERD_PROGRAMS": "blender, false, true, sleep, nonesuch", "FAKE_VERSION": "2.70.0", "RENDERD_GROUPS": "night",
       "RENDERD_TAGS": "licence"}
NONE = {"RENDERD_PROGRAMS": "blender, ffmpeg", "RENDERD_BLENDER": "/nonesuch/blender"}

Said = dict[str, Any]


def why(made: Farm, *words: str) -> Said:
    """What `render why` prints."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = border.run(main.render, "render", ["--spool", str(made.spool_dir), "why", *words, "--json"])
    assert out.getvalue(), err.getvalue()
    return json.loads(out.getvalue()) | {"code": code}


def codes(said: Said) -> list[str]:
    return [one["code"] for one in said["reasons"]]


def hosts(said: Said) -> dict[str, str]:
    return {one["host"]: one["code"] for one in said["hosts"]}


def reason(said: Said, code: str) -> dict[str, str]:
    return next(one for one in said["reasons"] if one["code"] == code)


def until_said(made: Farm, code: str, *words: str) -> Said:
    """As soon as that is a reason."""
    made.until(lambda: code in codes(why(made, *words)))
    return why(made, *words)


def until_host(made: Farm, host: str, code: str, *words: str) -> Said:
    """As soon as that host says so."""
    made.until(lambda: hosts(why(made, *words)).get(host) == code)
    return why(made, *words)


@pytest.fixture(scope="module", name="studio")
def fixture_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with farm(tmp_path_factory.mktemp("studio")) as made:
        made.environ |= FAKE
        with (made.spool_dir / "farm.yaml").open("a") as rules:
            rules.write(f"share: project\npaths: {{here: {made.out}, tapes: /nonesuch}}\n")
        for name, differs in (("alpha", NEW), ("beta", OLD), ("gamma", NONE)):
            made.host(name, **differs)
        made.until(lambda: set(hosts(why(made)).values()) == {"idle"} and len(hosts(why(made))) == 3)
        yield made


@pytest.fixture(name="alone")
def fixture_alone(studio: Farm) -> Iterator[Farm]:
    """The three hosts, with nothing to do at the beginning and at the end, and well."""
    if sick := [name for name, code in hosts(why(studio)).items() if code == "sick"]:   # of what failed in other tests
        command_hosts(studio, "resume", *sick)
        studio.until(lambda: "sick" not in hosts(why(studio)).values())
    yield studio
    for entry in queue.entries(studio.spool, ("queue", "held")):
        queue.move(studio.spool, entry, "trash")
    studio.until(lambda: not any(one["now"] for one in why(studio)["hosts"]))


def command_hosts(made: Farm, *words: str) -> None:
    with redirect_stdout(io.StringIO()):
        assert border.run(main.render, "render", ["--spool", str(made.spool_dir), "host", *words]) == 0


def well(made: Farm) -> None:
    """alpha and beta have just done something well: what failed in other tests makes them not sick in this one."""
    for program in ("true", "touch"):
        made.until_state(made.add_command([program, f"{made.root}/{{frame}}"], "1", output=""), "done")


def sent(made: Farm, frames: str = "1", **more: Any) -> str:
    """A Blender job."""
    output = more.pop("output", f"{made.out}/####.png")
    return made.submit(Job(**{
        "job": "", "name": "shot", "created": "", "recipe": "blender", "frames": frames, "chunk": 5, "chunks": 0,
        "template": tuple(command.blender_template(str(BLEND), "Shot", "PNG")), "order": "linear", "output": output,
        "tries": 3, "blend": str(BLEND), "scene": "Shot", "blender": (2, 80), "file_format": "PNG"} | more))


def busy(made: Farm) -> str:
    """A job that alpha renders and will not end with."""
    job = sent(made, "77", name="long")
    until_host(made, "alpha", "renders-it", job)
    return job


# -- one job, and three hosts

def test_nothing_waits_as_all_is_being_rendered(alone: Farm) -> None:
    said = why(alone, busy(alone))
    assert codes(said) == ["being-rendered", "all-running"]
    assert hosts(said) == {"alpha": "renders-it", "beta": "old-blender", "gamma": "no-blender"}


def test_what_was_begun_stands_still(alone: Farm) -> None:
    job = busy(alone)
    command_hosts(alone, "pause", "alpha")
    said = until_said(alone, "stands-still", job)
    command_hosts(alone, "resume", "alpha")
    assert codes(said) == ["stands-still"] and hosts(said)["alpha"] == "paused"
    until_said(alone, "being-rendered", job)


def test_every_host_that_may_is_busy(alone: Farm) -> None:
    busy(alone)
    said = until_host(alone, "alpha", "slots-full", alone.add_command(["touch", "{output}"], "1"))
    assert codes(said) == ["nobody-free"]
    assert hosts(said) == {"alpha": "slots-full", "beta": "program-refused", "gamma": "program-refused"}
    assert [one["may"] for one in said["hosts"]] == [True, False, False]


def test_a_job_of_higher_priority_comes_first(alone: Farm) -> None:
    busy(alone)
    urgent = alone.add_command(["touch", "{output}"], "1-40", chunk=10)
    queue.set_priority(alone.spool, queue.find(alone.spool, urgent), 80)
    job = alone.add_command(["touch", "{output}"], "1")
    said = until_said(alone, "behind", job)
    assert urgent[16:] in said["reasons"][0]["text"] and "priority" in said["reasons"][0]["cure"]
    assert codes(why(alone, urgent)) == ["nobody-free"]


def test_a_job_on_hold(alone: Farm) -> None:
    busy(alone)
    job = sent(alone, "1-9")
    queue.hold(alone.spool, queue.find(alone.spool, job))
    said = why(alone, job)
    assert (said["state"], codes(said)) == ("held", ["held"])


def test_a_job_that_the_farm_put_on_hold_because_nothing_of_it_succeeds(alone: Farm) -> None:
    job = alone.add_command(["false", "{frame}"], "1-8", chunk=2, output="")
    said = until_said(alone, "probes-failed", job)
    assert said["state"] == "held" and codes(said)[:2] == ["probes-failed", "exit-code"]


def test_a_job_that_is_done(alone: Farm) -> None:
    job = sent(alone, "1-3")
    alone.until_state(job, "done")
    assert codes(why(alone, job)) == ["done"]


def test_a_job_that_was_cancelled(alone: Farm) -> None:
    job = busy(alone)
    queue.cancel(alone.spool, queue.find(alone.spool, job))
    assert codes(until_said(alone, "cancelled", job))[0] == "cancelled"


def test_a_program_that_no_host_allows(alone: Farm) -> None:
    said = why(alone, alone.add_command(["houdini", "{frame}"], "1", output=""))
    assert codes(said) == ["nobody-fits"]
    assert hosts(said) == dict.fromkeys(("alpha", "beta", "gamma"), "program-refused")


def test_a_file_that_is_newer_than_every_blender(alone: Farm) -> None:
    job = sent(alone, blender=(6, 0))
    said = why(alone, job)
    assert codes(said) == ["nobody-fits"]
    assert hosts(said) == {"alpha": "old-blender", "beta": "old-blender", "gamma": "no-blender"}


def test_a_program_that_is_allowed_and_not_installed(alone: Farm) -> None:
    well(alone)
    job = alone.add_command(["nonesuch", "{frame}"], "1-2", output="")
    alone.until_state(job, "failed")
    said = why(alone, job)
    assert codes(said) == ["failed", "program-missing"]
    assert reason(said, "program-missing")["text"].startswith("Frames 1-2 failed on beta: Nonesuch is not installed")


def test_a_chunk_that_failed_on_one_host_waits_for_another(alone: Farm) -> None:
    well(alone)
    busy(alone)
    job = alone.add_command(["false", "{frame}"], "1", output="")
    said = until_host(alone, "beta", "failed-there", job)
    assert codes(said) == ["nobody-free", "exit-code"]
    assert hosts(said) == {"alpha": "slots-full", "beta": "failed-there", "gamma": "program-refused"}


def test_a_chunk_that_failed_everywhere(alone: Farm) -> None:
    well(alone)
    job = alone.add_command(["false", "{frame}"], "1", output="")
    alone.until_state(job, "failed")
    said = why(alone, job)
    assert codes(said) == ["failed", "exit-code"] and "render retry" in said["reasons"][0]["cure"]


def test_pictures_that_cannot_be_written(alone: Farm) -> None:
    well(alone)
    gone = alone.out / "later"
    job = sent(alone, "1-2", output=f"{gone}/####.png")
    alone.until_state(job, "failed")
    said = why(alone, job)
    assert codes(said) == ["failed", "output-unwritable"]
    assert str(gone) in reason(said, "output-unwritable")["text"]


def test_the_disk_of_the_pictures_is_full(alone: Farm) -> None:
    with small_disk(alone.root / "tiny") as disk:
        (disk / "ballast").write_bytes(bytes(12_000_000))
        job = sent(alone, "1-2", output=f"{disk}/####.png")
        said = until_host(alone, "alpha", "output-full-there", job)
        assert codes(said) == ["output-full", "nobody-fits"] and not alone.events(job, "failed")


def test_a_job_that_anybody_could_have_changed(alone: Farm) -> None:
    busy(alone)
    job = sent(alone, "1")
    os.chmod(f"{alone.spool.job(job)}/job.json", 0o666)
    assert codes(why(alone, job)) == ["job-unreadable"]
    alone.until(lambda: [one for one in why(alone, "alpha")["jobs"] if one["code"] == "job-unreadable"] != [])


def test_a_job_into_which_a_host_cannot_write(alone: Farm) -> None:
    long, job = busy(alone), sent(alone, "1")
    os.mkdir(f"{alone.spool.job(job)}/journal/alpha.jsonl")
    queue.cancel(alone.spool, queue.find(alone.spool, long))
    until_host(alone, "alpha", "job-rests", job)


# -- what a job asks for

def test_no_host_of_the_group_may_run_it(alone: Farm) -> None:
    said = why(alone, sent(alone, groups=("night", "gpu")))
    assert codes(said) == ["nobody-fits"]
    assert hosts(said) == {"alpha": "other-group", "beta": "old-blender", "gamma": "no-blender"}


@pytest.mark.parametrize(("need", "alpha"), [
    ("memory=900T", "needs-memory"), ("cores=9000", "needs-cores"), ("blender>=7.0", "needs-blender"),
    ("tag:licence", "needs-tag"), ("anything-new", "needs-unknown")])
def test_no_host_has_what_it_needs(alone: Farm, need: str, alpha: str) -> None:
    said = why(alone, sent(alone, needs=(need,)))
    assert codes(said) == ["nobody-fits"]
    assert hosts(said) == {"alpha": alpha, "beta": "old-blender", "gamma": "no-blender"}


@pytest.mark.parametrize(("path", "alpha"), [("tapes", "path-missing"), ("attic", "path-unknown")])
def test_a_path_that_no_host_has(alone: Farm, path: str, alpha: str) -> None:
    said = why(alone, sent(alone, paths=(path,), output=f"{path}::####.png"))
    assert codes(said)[0] == "nobody-fits"
    assert hosts(said) == {"alpha": alpha, "beta": "old-blender", "gamma": "no-blender"}


def test_a_recipe_that_no_host_has(alone: Farm) -> None:
    said = why(alone, sent(alone, recipe="nonesuch"))
    assert codes(said) == ["nobody-fits"]
    assert hosts(said) == dict.fromkeys(("alpha", "beta", "gamma"), "no-recipe")


def test_as_many_hosts_as_may_are_at_work_on_it(alone: Farm) -> None:
    job = alone.submit(replace(jobs.read(alone.spool, alone.add_command(["sleep", "600"], "1", output="")),
                               name="few", frames="1-3", chunk=1, max_hosts=1))
    queue.cancel(alone.spool, queue.find(alone.spool, "command", ("queue",)))
    alone.until(lambda: "renders-it" in hosts(why(alone, job)).values())
    at_it = next(name for name, code in hosts(why(alone, job)).items() if code == "renders-it")
    said = until_host(alone, {"alpha": "beta", "beta": "alpha"}[at_it], "job-full", job)
    assert codes(said) == ["being-rendered", "goes-on"] and hosts(said)["gamma"] == "program-refused"


def test_it_is_the_turn_of_another_project(alone: Farm) -> None:
    job = sent(alone, "77-78", chunk=1, project="onion")
    until_host(alone, "alpha", "renders-it", job)
    other = sent(alone, "1-9", project="leek")
    said = until_said(alone, "others-turn", job)
    assert other[16:] in reason(said, "others-turn")["text"]
    assert codes(why(alone, other)) == ["nobody-free"]


# -- one host

def test_a_host_tells_what_it_says_to_each_job(alone: Farm) -> None:
    long = busy(alone)
    other = alone.add_command(["touch", "{output}"], "1")
    of_alpha, of_gamma = why(alone, "alpha"), why(alone, "gamma")
    assert {one["job"]: (one["may"], one["code"]) for one in of_alpha["jobs"]} == {
        long: (False, "renders-it"), other: (True, "slots-full")}
    assert (codes(of_alpha)[0], codes(of_gamma)[0]) == ("host-renders", "takes-none")
    assert {one["job"]: one["code"] for one in of_gamma["jobs"]} == {long: "no-blender", other: "program-refused"}


def test_a_host_tells_what_failed_there(alone: Farm) -> None:
    well(alone)
    job = alone.add_command(["nonesuch", "{frame}"], "1-2", output="")
    alone.until_state(job, "failed")
    told = reason(why(alone, "beta"), "failed-lately")["text"]
    assert job[16:] in told and "onesuch is not installed" in told
    assert "failed-lately" not in codes(why(alone, "gamma"))


# -- the whole farm

def test_a_farm_that_has_nothing_to_do(alone: Farm) -> None:
    said = why(alone)
    assert codes(said) == ["no-job"] and set(hosts(said).values()) == {"idle"}


def test_a_farm_where_all_is_on_hold(alone: Farm) -> None:
    job = alone.add_command(["houdini"], "1", output="")
    queue.hold(alone.spool, queue.find(alone.spool, job))
    said = why(alone)
    assert codes(said) == ["only-held"] and [one["code"] for one in said["jobs"]] == ["held"]


def test_a_farm_where_jobs_wait_and_no_host_fits(alone: Farm) -> None:
    job = alone.add_command(["houdini"], "1", output="")
    said = why(alone)
    assert codes(said) == ["nothing-taken"]
    assert [(one["job"], one["code"]) for one in said["jobs"]] == [(job, "program-refused")]
