"""Turns and limits as a daemon keeps them; and that who does not use them does not pay."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renderd import finder as finders
from renderd import turns
from renderd.finder import Finder
from spool import beats, claim, obstacles, opening, submit
from spool import waiting as listings
from spool.claim import Claim
from spool.job import Job
from spool.layout import Entry, Incarnation, Spool
from spool.rules import Rules
from spool.verdict import Host
from tests.bench.counting import counted
from tests.bench.simulated import Clock

Add = Callable[..., Job]


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "spool"))


@pytest.fixture(name="add")
def fixture_add(spool: Spool) -> Add:
    def add(**more: Any) -> Job:
        job = Job(job="", name="x", created="", recipe="command", template=("sh", "{frames}"), chunks=0, frames="1-40",
                  chunk=1, order="linear", tries=3, output="")
        planned = submit.plan(spool, replace(job, **more))
        submit.submit(spool, planned)
        return planned.job
    return add


@pytest.fixture(name="clock")
def fixture_clock() -> Iterator[Clock]:
    clock = Clock()
    with clock.rules(finders, listings, turns):
        yield clock


def host(spool: Spool, name: str, **rules: Any) -> tuple[Finder, Incarnation]:
    beats.born(spool, me := beats.new_incarnation(name))
    return Finder(replace(spool, rules=Rules(**rules)), Host(name, ("sh",))), me


def project(taken: Claim | None) -> str:
    return taken.job.project if taken else "-"


@pytest.mark.usefixtures("clock")
def test_a_farm_of_one_owner_without_limits_never_looks_at_what_runs(spool: Spool, add: Add) -> None:
    for _ in range(5):
        add()
    finder, me = host(spool, "ws01")
    finder.take(me, 1)                  # job.json of each is read once, to know whose it is
    with counted(f"{spool.root}/jobs") as count:
        assert all(finder.take(me, 1) for _ in range(20))
    assert count.calls["listdir"] == 0 and count.calls["rename"] == 20


@pytest.mark.usefixtures("clock")
def test_what_runs_is_counted_once_a_second_where_several_teams_wait(spool: Spool, add: Add, clock: Clock) -> None:
    for name in ("onion", "garlic", "leek"):
        add(project=name)
    finder, me = host(spool, "ws01", share="project")
    with counted(f"{spool.root}/jobs") as count:
        found = [project(finder.take(me, 1)) for _ in range(9)]
        looks = count.calls["listdir"]
        clock.now += 0.9
        finder.take(me, 1)
        assert count.calls["listdir"] == looks
    assert [found.count(name) for name in ("onion", "garlic", "leek")] == [3, 3, 3]


def test_of_very_many_jobs_a_hundred_are_counted_in_a_second(spool: Spool, add: Add, clock: Clock) -> None:
    job, entries = add(), [Entry("queue", 50, f"20261120-101530-shot-{number:04}") for number in range(250)]
    found = turns.Turns(spool, "project")
    found.learn(entries, lambda name, read: replace(job, project=name[-1]), lambda job: True)
    for _ in range(5):
        assert next(iter(found.ordered(entries))) == entries[0] and len(found.counted) == 100
    clock.now += 1.5
    for _ in range(2):
        assert len(list(found.ordered(entries))) == 250 and len(found.counted) == 200


def in_turn(spool: Spool, clock: Clock, turns: int) -> list[list[str]]:
    """The project of each chunk that two hosts render who end one after the other."""
    hosts = [host(spool, name, share="project") for name in ("ws01", "ws02")]
    held: list[Claim | None] = [None, None]
    found: list[list[str]] = [[], []]
    for turn in range(turns):
        clock.now += 2.0
        finder, me = hosts[at := turn % 2]
        if before := held[at]:
            claim.finish(before)
        held[at] = finder.take(me, 1)
        found[at].append(project(held[at]))
    return found


def test_two_hosts_serve_three_teams_by_turns(spool: Spool, add: Add, clock: Clock) -> None:
    teams = [add(project=name).project for name in ("onion", "garlic", "leek")]
    one, two = in_turn(spool, clock, 30)
    assert min((one + two).count(team) for team in teams) >= 8


def test_with_as_many_hosts_as_teams_each_keeps_its_job_and_its_blender(spool: Spool, add: Add, clock: Clock) -> None:
    for name in ("onion", "garlic"):
        add(project=name)
    one, two = in_turn(spool, clock, 20)
    assert [len(set(one)), len(set(two))] == [1, 1] and one[0] != two[0]


@pytest.mark.usefixtures("clock")
def test_share_none_is_the_order_of_time(spool: Spool, add: Add) -> None:
    first = min(add(project=name).job for name in ("onion", "garlic"))
    finder, me = host(spool, "ws01", share="none")
    assert {taken.job.job for _ in range(9) if (taken := finder.take(me, 1))} == {first}


@pytest.mark.usefixtures("clock")
def test_a_job_that_this_host_may_not_take_is_no_reason_to_count(spool: Spool, add: Add) -> None:
    add(project="onion")
    add(project="garlic", groups=("night",))
    finder, me = host(spool, "ws01", share="project")
    finder.take(me, 1)
    assert finder.turns.rivals == set() and finder.turns.at_work == {}


def test_a_limit_holds_back_a_host_that_came_second_and_nothing_is_lost(
        spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look, then both claim: each sees too much and gives back."""
    job = add(max_hosts=1)
    (one, me), (two, you) = host(spool, "ws01"), host(spool, "ws02")
    rename, claimed = claim.take, list[Claim | None]()

    def in_between(*given: Any) -> Claim | None:
        monkeypatch.setattr(claim, "take", rename)
        claimed.append(two.take(you, 1))        # who comes in after our look, and keeps it
        return rename(*given)
    monkeypatch.setattr(claim, "take", in_between)
    assert one.take(me, 1) is None
    assert [str(c.name) for c in claimed if c] == [str(name) for name in claim.claims(spool, job.job)]
    assert len(claim.waiting_chunks(spool, job)) == 39
    assert one.take(me, 1) is None and two.take(you, 1)


def test_an_owner_has_as_many_chunks_at_work_as_the_farm_allows(spool: Spool, add: Add) -> None:
    jobs = [add(), add()]
    (one, me), (two, you) = (host(spool, name, per_owner=3) for name in ("ws01", "ws02"))
    found = [taken for finder, who in [(one, me), (two, you)] * 3 if (taken := finder.take(who, 1))]
    assert len(found) == 3
    claim.finish(found[0])
    assert two.take(you, 1) and not one.take(me, 1)
    assert sum(len(claim.claims(spool, job.job)) for job in jobs) == 3


def test_what_others_have_of_a_job_that_is_left_alone_here_counts_too(spool: Spool, add: Add) -> None:
    for _ in range(2):
        add(frames="1-2")
    (one, me), (two, you) = (host(spool, name, per_owner=1) for name in ("ws01", "ws02"))
    taken = two.take(you, 1)
    assert taken and one.take(me, 1) is None
    one.leave_alone(obstacles.note("job-rests", taken.job.job, text="no"))
    assert one.take(me, 1) is None


def test_a_host_that_a_limit_keeps_from_a_job_asks_nobody_for_a_part_of_it(spool: Spool, add: Add) -> None:
    add(max_hosts=1)
    (one, me), (two, you) = host(spool, "ws01"), host(spool, "ws02")
    assert one.take(me, 1) and two.take(you, 1) is None
    assert not two.could_help()
    add()
    two.look_anew()
    assert two.take(you, 1) and two.could_help()


def test_who_may_not_take_now_goes_on_to_the_next_job(spool: Spool, add: Add) -> None:
    add(max_hosts=1, project="onion")
    (one, me), (two, you) = (host(spool, name, share="none") for name in ("ws01", "ws02"))
    assert one.take(me, 1)
    other = add(project="garlic")
    two.look_anew()
    taken = two.take(you, 1)
    assert taken and taken.job.job == other.job
