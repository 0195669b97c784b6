"""Who may take a job: what it asks for, what a host has, and the words for it."""

from dataclasses import replace

import pytest

from spool import hosts, needs
from spool.errors import BadNeed
from spool.job import Job
from spool.layout import parse_chunk
from spool.verdict import Host, Verdict, may_take

JOB = Job(job="", name="x", created="", recipe="command", template=("sh",), frames="1-9", chunk=10, order="linear",
          output="", chunks=1, tries=3)
PLAIN = Host("ws01", ("sh",))
LARGE = Host("ws02", ("sh",), ((3, 3), (4, 0)), ("night", "gpu"), ("licence-x",), 16, 33_500, ("NVIDIA RTX",),
             ("projects",), (("lib", "/mnt/lib"),))


def said(job: Job, host: Host) -> tuple[str, str]:
    answer = may_take(job, None, host)
    assert answer.yes == (not answer.code) and bool(answer.cure) == bool(answer.code)
    return answer.code, answer.reason


def test_a_job_without_wishes_is_for_all() -> None:
    assert not JOB.picky and may_take(JOB, None, PLAIN).yes and may_take(JOB, None, LARGE).yes


@pytest.mark.parametrize(("groups", "code"), [(("night",), ""), (("day", "gpu"), ""), (("day",), "other-group")])
def test_any_of_the_groups_will_do(groups: tuple[str, ...], code: str) -> None:
    assert said(replace(JOB, groups=groups), LARGE)[0] == code


def test_who_is_in_no_group_hears_which_are_asked_for() -> None:
    code, text = said(replace(JOB, groups=("night", "gpu")), PLAIN)
    assert code == "other-group" and "night or gpu" in text and "ws01 is in no group" in text


@pytest.mark.parametrize(("need", "code"), [
    ("memory=32G", ""), ("memory>=33500M", ""), ("memory=33.6G", "needs-memory"), ("memory=1T", "needs-memory"),
    ("cores=16", ""), ("cores=17", "needs-cores"), ("blender>=3.6", ""), ("blender>=4.1", "needs-blender"),
    ("blender=3.3", ""), ("blender=3.6", "needs-blender"), ("gpu", ""), ("tag:licence-x", ""),
    ("tag:licence-y", "needs-tag"), ("quantum=2", "needs-unknown")])
def test_a_need_is_met_or_named(need: str, code: str) -> None:
    assert said(replace(JOB, needs=(need,)), LARGE)[0] == code


def test_every_need_must_be_met() -> None:
    assert said(replace(JOB, needs=("cores=2", "memory=64G", "gpu")), LARGE) == (
        "needs-memory", "The job needs memory=64G; ws02 has 33.5G of memory.")


def test_a_card_that_nobody_sees_can_be_told_by_a_tag() -> None:
    job = replace(JOB, needs=("gpu",))
    assert said(job, PLAIN)[0] == "needs-gpu"
    assert may_take(job, None, PLAIN._replace(tags=("gpu",))).yes


@pytest.mark.parametrize(("path", "code"), [("projects", ""), ("lib", "path-missing"), ("film", "path-unknown")])
def test_named_paths_must_be_there(path: str, code: str) -> None:
    found, text = said(replace(JOB, paths=("projects", path)), LARGE)
    assert found == code and (not code or f"{path}::" in text)


def test_a_chunk_that_failed_here_does_not_wait_for_hosts_that_may_not_take_it() -> None:
    job, chunk = replace(JOB, groups=("night",)), parse_chunk("000.0001-0009~1~ws02")
    assert may_take(job, chunk, LARGE, [PLAIN]).yes
    assert may_take(job, chunk, LARGE, [PLAIN._replace(groups=("night",))]).code == "failed-there"


def test_a_host_says_in_host_json_what_it_is_asked_for() -> None:
    facts = {"programs": ["sh"], "groups": ["night"], "tags": ["x"], "cores": 8, "memory_mb": 16_000, "gpus": ["A"],
             "paths": {"p": {"folder": "/p", "there": True}, "q": {"folder": "/q", "there": False}}}
    found = hosts.as_host("ws07", facts)
    assert found == Host("ws07", ("sh",), (), ("night",), ("x",), 8, 16_000, ("A",), ("p",), (("q", "/q"),))


@pytest.mark.parametrize("nonsense", [None, 7, "x", [1], {"a": 1}, {"p": []}])
def test_nonsense_of_a_host_is_nothing(nonsense: object) -> None:
    found = hosts.as_host("ws07", dict.fromkeys(("groups", "tags", "cores", "memory_mb", "gpus", "paths"), nonsense))
    assert isinstance(may_take(replace(JOB, groups=("a",), needs=("cores=8",)), None, found), Verdict)


def test_needs_are_read_as_people_write_them() -> None:
    assert needs.listed(" memory=8G, blender>=3.6,tag:x,,memory=8G") == ("memory=8G", "blender>=3.6", "tag:x")


@pytest.mark.parametrize("text", ["memory", "memory=8", "memory=-1G", "blender>3", "tag:", "tag:a b", "gpu=1", "cores"])
def test_what_nobody_can_be_asked_for_is_refused(text: str) -> None:
    with pytest.raises(BadNeed, match="can be asked for"):
        needs.listed(f"gpu,{text}")


def test_a_blender_that_a_need_does_not_speak_of_is_not_used() -> None:
    assert [needs.good_for_all(("blender>=3.6", "gpu"), v) for v in ((3, 3), (3, 6), (4, 0))] == [False, True, True]
    assert [needs.good_for_all(("blender=3.6",), v) for v in ((3, 3), (3, 6), (4, 0))] == [False, True, False]
