"""Groups and needs: three daemons, and each job is rendered where it may be."""

import json
import subprocess
from pathlib import Path
from typing import Any

from spool import queue
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm


def rules(farm: Farm, text: str) -> None:
    with (farm.spool_dir / "farm.yaml").open("a") as file:
        file.write(text)


def add(farm: Farm, called: str, *flags: str, frames: str = "1-12") -> str:
    """The name of a job for `sh`, sent with the real command."""
    (farm.out / called).mkdir()
    said = render(farm, "add", "--json", "--frames", frames, "--chunk", "1", "--name", called, *flags, "--", "sh", "-c",
                  'printf x > "$0/$1.txt"', str(farm.out / called), "{first}")
    return str(json.loads(said)["jobs"][0]["job"])


def render(farm: Farm, *words: str) -> str:
    done = subprocess.run([BIN / "render", *words], env=farm.environ, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def why(farm: Farm, job: str) -> dict[str, dict[str, Any]]:
    return {one["host"]: one for one in json.loads(render(farm, "why", job, "--json"))["hosts"]}


def hosts(farm: Farm, job: str) -> set[str]:
    return {done.host for done in farm.detail(job).per_frame.values()}


def known(farm: Farm, *names: str) -> None:
    """These daemons have said what they are."""
    farm.until(lambda: all((farm.spool_dir / "hosts" / name / "status.json").exists() for name in names))


def test_a_job_is_rendered_by_hosts_of_any_of_its_groups_and_by_no_other(farm: Farm) -> None:
    rules(farm, "groups: {night: [alpha, beta], day: [delta]}\n")
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    jobs = {name: add(farm, name, "--group", groups) for name, groups in
            (("night", "night"), ("gpu", "gpu"), ("both", "gpu,day"))}
    nowhere = add(farm, "nowhere", "--group", "day")
    farm.host("alpha")
    farm.host("beta")
    farm.host("gamma", RENDERD_GROUPS="gpu")
    for job in jobs.values():
        farm.until_state(job, "done")
    assert hosts(farm, jobs["night"]) <= {"alpha", "beta"}
    assert hosts(farm, jobs["gpu"]) == hosts(farm, jobs["both"]) == {"gamma"}
    found = why(farm, nowhere)
    assert queue.state_of(farm.spool, nowhere) == "queue" and farm.detail(nowhere).view.done == 0
    assert not any(one["may"] for one in found.values())
    assert "group day; alpha is in night" in found["alpha"]["text"] and "in gpu" in found["gamma"]["text"]


def test_groups_may_change_while_daemons_run(farm: Farm) -> None:
    """farm.yaml is read again every dozen beats; nonsense in it changes nothing."""
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    before = (farm.spool_dir / "farm.yaml").read_text()
    rules(farm, "groups: {night: [beta]}\n")
    for name in ("alpha", "beta", "gamma"):
        farm.host(name, RENDERD_GROUPS="always")
    known(farm, "alpha", "beta", "gamma")
    (farm.spool_dir / "farm.yaml").write_text(f"{before}groups: night\n")
    farm.until(lambda: all("rules-refused" in (farm.root / f"{name}.log").read_text() for name in farm.hosts))
    (farm.spool_dir / "farm.yaml").write_text(f"{before}groups: {{night: [gamma], day: [alpha]}}\n")
    job = add(farm, "night", "--group", "night")
    farm.until(lambda: "rules groups=always,night" in (farm.root / "gamma.log").read_text())
    farm.until_state(job, "done")
    other = add(farm, "day", "--group", "day")
    farm.until_state(other, "done")
    assert hosts(farm, other) == {"alpha"} and hosts(farm, job) <= {"beta", "gamma"}
    are = {"alpha": ["always", "day"], "beta": ["always"], "gamma": ["always", "night"]}
    farm.until(lambda: {one["host"]: one["groups"] for one in json.loads(render(farm, "hosts", "--json"))} == are)


def test_needs_are_matched_with_what_hosts_have_and_a_job_waits_for_one_that_fits(farm: Farm) -> None:
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    farm.host("alpha")
    farm.host("beta", RENDERD_TAGS="licence-x")
    known(farm, "alpha", "beta")
    any_host = add(farm, "any", "--needs", "cores=1,memory=100M")
    tagged = add(farm, "tagged", "--needs", "tag:licence-x")
    huge, both = add(farm, "huge", "--needs", "memory=900T"), add(farm, "two", "--needs", "tag:licence-x,tag:fast")
    for job in (any_host, tagged):
        farm.until_state(job, "done")
    assert hosts(farm, tagged) == {"beta"}
    assert "needs memory=900T; alpha has" in why(farm, huge)["alpha"]["text"]
    assert "tag:licence-x" in why(farm, both)["alpha"]["text"] and "tag:fast" in why(farm, both)["beta"]["text"]
    assert [queue.state_of(farm.spool, job) for job in (huge, both)] == ["queue", "queue"]
    farm.host("gamma", RENDERD_TAGS="licence-x,fast")
    farm.until_state(both, "done")
    assert hosts(farm, both) == {"gamma"}


def test_a_blend_is_rendered_by_a_blender_that_fits_the_need(farm: Farm, tmp_path: Path) -> None:
    """alpha has an older one, beta only a newer one, gamma three of which one fits."""
    farm.environ |= {"RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*"}
    programs = {version: blender(tmp_path, version) for version in ("3.3.0", "3.6.5", "4.0.2")}
    job = farm.add(BLENDS / "one_20.blend", "Scene", "1-6", chunk=2, needs=("blender>=3.6", "blender=3.6"))
    newer = farm.add(BLENDS / "one_20.blend", "Scene", "11-16", chunk=2, needs=("blender>=4.0",))
    farm.host("alpha", RENDERD_BLENDER=programs["3.3.0"])
    farm.host("gamma", RENDERD_BLENDER=",".join(programs.values()))
    farm.until_state(job, "done")
    farm.until_state(newer, "done")
    assert hosts(farm, job) == hosts(farm, newer) == {"gamma"}
    logs = {job: Path(farm.spool.job(job), "log"), newer: Path(farm.spool.job(newer), "log")}
    used = {one: {version for log in folder.iterdir() for version, path in programs.items() if path in log.read_text()}
            for one, folder in logs.items()}
    assert used == {job: {"3.6.5"}, newer: {"4.0.2"}}
    farm.host("beta", RENDERD_BLENDER=programs["4.0.2"])
    known(farm, "beta")
    waits = farm.add(BLENDS / "one_20.blend", "Scene", "1-2", chunk=2, needs=("blender=3.5",))
    assert "the Blenders of gamma are: 4.0, 3.6, 3.3" in why(farm, waits)["gamma"]["text"]


def blender(folder: Path, version: str) -> str:
    """A Blender of this version that plays."""
    path = folder / f"blender-{version}"
    path.write_text(f'#!/bin/sh\nFAKE_VERSION={version} exec {FAKE_BLENDER} "$@"\n')
    path.chmod(0o755)
    return str(path)
