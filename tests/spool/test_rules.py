"""What farm.yaml says of who renders what."""

from pathlib import Path

import pytest

from spool import opening
from spool.errors import BadFile
from spool.layout import Spool
from spool.rules import Rules

WHOLE = """\
format: 1
beat: 2     # seconds
groups: {night: [ws01, ws02], gpu: [ws02]}
paths:
  projects: /mnt/our projects/
  lib: /mnt//lib
limits: {chunks_per_owner: 20, hosts_per_job: 3}
share: project
projects: {onion: {priority: +10}, test: {priority: -5}}
windows: {'\\\\server\\film': projects, 'P:\\': lib}
"""


def rules(spool: Spool, text: str) -> Rules:
    Path(spool.root, "farm.yaml").write_text(text)
    return opening.open_spool(spool.root).rules


def test_all_of_it_is_read(spool: Spool) -> None:
    found = rules(spool, WHOLE)
    assert found == Rules({"night": ("ws01", "ws02"), "gpu": ("ws02",)},
                          {"projects": "/mnt/our projects", "lib": "/mnt/lib"}, 20, 3, "project",
                          {"onion": 10, "test": -5}, {"\\\\server\\film": "projects", "P:\\": "lib"})
    assert (found.groups_of("ws02"), found.groups_of("ws09")) == (("night", "gpu"), ())


def test_a_host_in_a_group_may_be_written_as_people_call_it(spool: Spool) -> None:
    found = rules(spool, "format: 1\ngroups: {night: [WS01, ws_02.film.example]}\n")
    assert found.groups_of("ws01") == found.groups_of("ws-02") == ("night",)


def test_nothing_said_is_no_rule(spool: Spool) -> None:
    assert rules(spool, "format: 1\ngroups:\nlimits: {}\n") == Rules() == spool.rules


@pytest.mark.parametrize(("text", "what"), [
    ("groups: night", "groups"), ("groups: {night: ws01}", "night"), ("groups: {a/b: [x]}", "a/b"),
    ("paths: [x]", "paths"), ("paths: {p: mnt}", "p"), ("paths: {p: /mnt/../etc}", "p"), ("limits: {x: 1}", "'x'"),
    ("limits: {chunks_per_owner: many}", "chunks_per_owner"), ("limits: {hosts_per_job: -1}", "hosts_per_job"),
    ("share: all", "share"),
    ("windows: {/mnt: lib}", "windows"), ("windows: {'P:\\': /mnt}", "windows"),
    ("projects: {onion: 10}", "projects"), ("projects: {onion: {priority: 500}}", "priority")])
def test_what_makes_no_sense_is_refused_with_the_file_and_an_example(spool: Spool, text: str, what: str) -> None:
    with pytest.raises(BadFile) as error:
        rules(spool, f"format: 1\n{text}\n")
    assert f"{spool.root}/farm.yaml" in error.value.message and what in error.value.message and error.value.hint
