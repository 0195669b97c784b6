"""Turns among teams, and limits: three daemons, and programs that count who is at work beside them."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.system.farm import Farm
from tests.system.test_groups import add, known, render, rules, why
from tests.system.test_three_users import ANN, BOB, DAEMON, GROUP, Studio, fixture_studio, name

__all__ = ["fixture_studio"]
NAMES = ("alpha", "beta", "gamma")

# What is at work, as the programs themselves see it: a file for each, named after its daemon and its slot's folder.
BESIDE = """me=on/${TMPDIR##*/renderd-}; touch $me; echo $(ls on) >> seen; sleep 0.05; rm $me"""


def watched(farm: Farm, called: str, frames: str, *flags: str) -> str:
    """The name of a job whose programs note in `seen` who is at work at the same time."""
    folder = farm.out / "beside"
    (folder / "on").mkdir(parents=True, exist_ok=True)
    said = render(farm, "add", "--json", "--frames", frames, "--chunk", "1", "--name", called, *flags, "--", "sh", "-c",
                  f"cd '{folder}'; {BESIDE}", "{first}")
    return str(json.loads(said)["jobs"][0]["job"])


def seen(farm: Farm) -> list[list[str]]:
    """At each look of a program those that it saw, itself among them: the numbers of their daemons."""
    looks = (farm.out / "beside/seen").read_text().splitlines()
    return [[one.split("-")[0] for one in look.split()] for look in looks]


def started(farm: Farm, slots: int = 1, **environ: str) -> None:
    farm.environ |= {"RENDERD_PROGRAMS": "sh", **environ}
    for host in NAMES:
        farm.host(host, "--slots", str(slots))


def test_teams_of_one_priority_are_served_by_turns(farm: Farm) -> None:
    """The job that came second has most of its frames when the first is done; with `share: none` it would have none."""
    rules(farm, "share: project\n")
    first = add(farm, "first", "--project", "onion", frames="1-30")
    second = add(farm, "second", "--project", "garlic", frames="1-30")
    third = add(farm, "third", "--project", "leek", "--priority", "40", frames="1-3")
    started(farm)
    for job in (first, second, third):
        farm.until_state(job, "done")
    orders = [taken(farm.root / f"{host}.log") for host in NAMES]
    assert sum(map(len, orders)) == 63
    for order in orders:
        two = [job for job in order if job != third]
        assert order[:len(two)] == two, "of lower priority, and taken before the others were at their end"
        assert len(two) < 8 or min(Counter(two[:8])[job] for job in (first, second)) >= 2, order


def taken(log: Path) -> list[str]:
    """The job of each chunk that a daemon took, in this order."""
    return re.findall(r"^took job=(\S+)", log.read_text(), re.MULTILINE)


def test_where_nobody_wants_turns_time_alone_decides(farm: Farm) -> None:
    rules(farm, "share: none\n")
    first = add(farm, "first", "--project", "onion", frames="1-20")
    second = add(farm, "second", "--project", "garlic", frames="1-20")
    started(farm)
    for job in (first, second):
        farm.until_state(job, "done")
    for order in (taken(farm.root / f"{host}.log") for host in NAMES):
        assert order == sorted(order), "the job that was sent first, or has the lesser name, is taken whole"


def test_a_project_of_higher_priority_is_rendered_first(farm: Farm) -> None:
    """It was sent last, and farm.yaml adds to its priority."""
    rules(farm, "share: none\nprojects: {onion: {priority: +10}, leek: {priority: -10}}\n")
    jobs = {name: add(farm, name, "--project", name, frames="1-12") for name in ("leek", "garlic", "onion")}
    started(farm)
    for job in jobs.values():
        farm.until_state(job, "done")
    rank = {jobs[name]: place for place, name in enumerate(("onion", "garlic", "leek"))}
    for order in (taken(farm.root / f"{host}.log") for host in NAMES):
        assert [rank[job] for job in order] == sorted(rank[job] for job in order)
    shown = {one["job"]: one["priority"] for one in json.loads(render(farm, "jobs", "--json"))}
    assert [shown[jobs[name]] for name in ("onion", "garlic", "leek")] == [60, 50, 40]


def test_an_owner_has_no_more_chunks_at_work_than_the_farm_allows(farm: Farm) -> None:
    """Six slots, two jobs of the same owner, a limit of 2."""
    rules(farm, "limits: {chunks_per_owner: 2}\n")
    jobs = [watched(farm, called, "1-12") for called in ("one", "two")]
    started(farm, slots=2)
    for job in jobs:
        farm.until_state(job, "done")
    most = [len(look) for look in seen(farm)]
    assert len(most) >= 24 and max(most) <= 2, most


def test_a_job_is_on_no_more_hosts_than_it_wants(farm: Farm) -> None:
    """Six slots on three hosts: two of them may have as many chunks as they like."""
    job = watched(farm, "few", "1-24", "--max-hosts", "2")
    started(farm, slots=2)
    farm.until_state(job, "done")
    most = [len(set(look)) for look in seen(farm)]
    assert len(most) >= 24 and max(most) <= 2, most


def test_who_waits_for_a_limit_says_so(farm: Farm) -> None:
    rules(farm, "limits: {hosts_per_job: 1}\n")
    gate = farm.out / "gate"
    said = render(farm, "add", "--json", "--frames", "1-2", "--chunk", "1", "--", "sh", "-c",
                  f"until [ -e '{gate}' ]; do sleep 0.05; done", "{first}")
    job = str(json.loads(said)["jobs"][0]["job"])
    started(farm)
    known(farm, *NAMES)

    def told() -> bool:
        found = why(farm, job).values()
        return sorted(one["code"] for one in found) == ["job-full", "job-full", "renders-it"]
    farm.until(told)
    gate.touch()
    farm.until_state(job, "done")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")
def test_one_computer_serves_two_people_by_turns(studio: Studio) -> None:
    studio.init("--group", str(GROUP))
    jobs = {name(uid): studio.render(uid, "add", "--json", "--frames", "1-8", "--chunk", 1, "--name", name(uid),
                                     "--", "sh", "-c", "true {first}") for uid in (ANN, BOB)}
    found = {who: str(json.loads(said)["jobs"][0]["job"]) for who, said in jobs.items()}
    studio.daemon(DAEMON)
    for job in found.values():
        studio.until_state(job, "done")
    order = taken(studio.root / f"{name(DAEMON)}.log")
    assert Counter(order[:8]) == dict.fromkeys(found.values(), 4), order
    users = {one["owner"]: one for one in json.loads(studio.render(ANN, "users", "--json"))}
    assert [(users[who]["done"], users[who]["frames_done"]) for who in found] == [(1, 8), (1, 8)]


def test_what_is_seen_is_seen(tmp_path: Path) -> None:
    """The look of the programs can find too many at work."""
    (tmp_path / "out/beside").mkdir(parents=True)
    farm = Farm(tmp_path)
    (tmp_path / "out/beside/seen").write_text("12-a 12-b\n12-a 13-c\n")
    assert seen(farm) == [["12", "12"], ["12", "13"]]
