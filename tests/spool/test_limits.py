"""Limits hold on any number of hosts, in whatever order they look and claim."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import beats, claim, limits, opening, queue
from spool import job as jobs
from spool.job import Job
from spool.layout import Entry, Spool
from spool.limits import Load
from spool.rules import Rules
from spool.waiting import Waiting
from tests.spool.test_verdict import JOB


@pytest.mark.parametrize(("hosts", "host", "code"), [
    ("", "a", ""), ("b", "a", ""), ("b c", "a", "job-full"), ("a b", "a", ""), ("b c d", "b", "")])
def test_a_host_that_has_a_chunk_may_have_more(hosts: str, host: str, code: str) -> None:
    found = limits.may_add(replace(JOB, max_hosts=2), host, Load(9, frozenset(hosts.split())), Rules())
    assert found.code == code and (found.yes or ("b" in found.reason and "2" in found.reason and found.cure))


def test_a_job_s_own_number_counts_before_the_farm_s() -> None:
    load = Load(2, frozenset("bc"))
    assert limits.may_add(JOB, "a", load, Rules(per_job=2)).code == "job-full"
    assert limits.may_add(replace(JOB, max_hosts=3), "a", load, Rules(per_job=2)).yes


def test_who_ended_its_chunk_while_it_took_another_one_is_one_more_host() -> None:
    """Of two slots: another host came in between, and saw nobody at work."""
    job, had = replace(JOB, max_hosts=1), Load(1, frozenset("a"), frozenset("a"))
    assert limits.too_much(job, "a", had, Load(2, frozenset("ab"), frozenset("ab")), Rules())
    assert not limits.too_much(job, "a", had, Load(2, frozenset("a")), Rules())
    assert not limits.too_much(job, "a", had, Load(3, frozenset("ab"), frozenset("b")), Rules())


def test_an_owner_hears_how_many_are_at_work() -> None:
    found = limits.may_add(replace(JOB, owner="ann"), "a", Load(20, frozenset()), Rules(per_owner=20))
    assert found.code == "owner-full" and "ann has 20 chunks" in found.reason


def test_without_limits_nothing_is_limited() -> None:
    assert not limits.limited(JOB, Rules())
    assert all(limits.limited(*case) for case in [(JOB, Rules(per_owner=1)), (JOB, Rules(per_job=1)),
                                                  (replace(JOB, max_hosts=1), Rules())])


@dataclass
class Farm:
    """Claims as hosts see them who look, claim, look again and perhaps give back; each step is one of its own."""

    rules: Rules
    claims: list[str] = field(default_factory=list)         # the host of each
    kept: list[str] = field(default_factory=list)

    def load(self) -> Load:
        return Load(len(self.claims), frozenset(self.claims))

    def host(self, name: str) -> "list[Callable[[], bool]]":
        seen: list[Load] = []

        def look() -> bool:
            seen.append(self.load())
            return limits.may_add(JOB, name, seen[0], self.rules).yes

        def take() -> bool:
            self.claims.append(name)
            return True

        def decide() -> bool:
            if limits.too_much(JOB, name, seen[0], self.load(), self.rules):
                self.claims.remove(name)
            else:
                self.kept.append(name)
            return True
        return [look, take, decide]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 3), st.integers(0, 3))
def test_what_is_kept_is_never_more_than_the_limit(order: list[int], per_owner: int, per_job: int) -> None:
    farm = Farm(Rules(per_owner=per_owner, per_job=per_job))
    steps = [farm.host(name) for name in "abcdef"]
    for who in order:
        if steps[who] and not steps[who].pop(0)():
            steps[who].clear()
        assert not per_owner or len(farm.kept) <= per_owner
        assert not per_job or len(set(farm.kept)) <= per_job


def test_chunks_of_an_owner_are_counted_in_all_open_and_held_jobs(
        spool: Spool, add: Callable[..., tuple[Entry, Job]]) -> None:
    Path(spool.root, "farm.yaml").write_text("format: 1\nlimits: {chunks_per_owner: 9}\n")
    spool = opening.open_spool(spool.root)
    one, two, three = (add(frames="1-4", chunk=1)[1] for _ in range(3))
    beats.born(spool, me := beats.new_incarnation("ws01"))
    for job in (one, one, two, three):
        found = jobs.read(spool, job.job)
        assert claim.take(spool, found, Waiting(), me, 1, lambda name: True, lambda name, error: None)
    queue.hold(spool, queue.find(spool, two.job))
    queue.cancel(spool, queue.find(spool, three.job))
    assert limits.look(spool, jobs.read(spool, one.job), lambda name: jobs.read(spool, name)) == Load(
        3, frozenset({"ws01"}))
