"""Computers and jobs that are sick: neither burns the night of the others. Real daemons, commands that fail there."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spool import hosts, queue
from tests.system.farm import BIN, Farm, farm

DRAW = """#!/bin/sh
[ -e "$PLACE" ] && exit 3
[ -e "$1" ] && exit 4
if [ -d "$GATE" ] && ! mkdir "$GATE/passed" 2>/dev/null; then
    while [ -d "$GATE" ]; do sleep 0.1; done
fi
"""


@pytest.fixture
def sick(tmp_path: Path) -> Iterator[Farm]:
    """Its program does a frame, but fails where PLACE, or its argument, names a file that is there."""
    with farm(tmp_path) as made:
        program = made.root / "draw"
        program.write_text(DRAW)
        program.chmod(0o755)
        made.environ |= {"RENDERD_PROGRAMS": str(program), "RENDERD_ENVIRONMENT": "PATH,HOME,PLACE,GATE"}
        yield made


@contextmanager
def gate(made: Farm) -> Iterator[dict[str, str]]:
    """For the environment of a host: one frame passes, the others wait until the end."""
    closed = made.root / "gate"
    closed.mkdir()
    try:
        yield {"GATE": str(closed)}
    finally:
        shutil.rmtree(closed)


def add(made: Farm, frames: str, broken: Path | None = None) -> str:
    return made.add_command([str(made.root / "draw"), str(broken or "")], frames, chunk=1, output="")


def render(made: Farm, *words: str) -> str:
    done = subprocess.run([BIN / "render", *words], env=made.environ, text=True, capture_output=True, timeout=60,
                          check=False)
    return done.stdout + done.stderr


def obstacles(made: Farm, host: str, job: str = "") -> list[str]:
    """The codes of what it says of itself, or of that job."""
    found: list[dict[str, Any]] = hosts.said(made.spool, host, "status").get("obstacles", [])
    return [one["code"] for one in found if one.get("job", "") == job]


def test_a_host_that_fails_what_others_render_pauses_itself_until_a_person_says_so(sick: Farm) -> None:
    place = sick.root / "broken-driver"
    place.touch()
    jobs = [add(sick, "1-5") for _ in range(4)]
    with gate(sick) as environ:
        sick.host("good", **environ)
        sick.until(lambda: any(sick.events(job, "frame") for job in jobs))
        sick.host("bad", PLACE=str(place))
        sick.until(lambda: obstacles(sick, "bad") == ["sick"])
    assert "bad pauses itself" in render(sick, "why", "bad")
    assert "sick" in render(sick, "hosts")
    assert obstacles(sick, "good") == []
    for job in jobs:
        sick.until_state(job, "done")
    failed = [e for job in jobs for e in sick.events(job, "failed")]
    assert {e["host"] for e in failed} == {"bad"} and len(failed) < 20
    place.unlink()
    assert "Resumed." in render(sick, "host", "resume", "bad")
    with gate(sick):
        last = add(sick, "1-20")
        sick.until(lambda: any(e["host"] == "bad" for e in sick.events(last, "frame")))
    assert obstacles(sick, "bad") == []


def test_a_job_of_which_nothing_succeeds_is_held_with_the_reason(sick: Farm) -> None:
    broken = sick.root / "broken-scene"
    broken.touch()
    sick.host("alpha")
    sick.host("beta")
    sick.host("gamma")
    sick.until(lambda: len(list(sick.spool_dir.glob("beats/*"))) == 3)
    job = add(sick, "1-40", broken)
    sick.until(lambda: queue.state_of(sick.spool, job) == "held")
    assert len(sick.events(job, "failed")) < 20, "it did not try them all"
    assert all(obstacles(sick, name) == [] for name in ("alpha", "beta", "gamma")), "no computer is to blame"
    for said in (render(sick, "show", job), render(sick, "why", job), render(sick, "jobs")):
        assert "on hold: it has no frame, and" in said and "error code 4" in said, said
    well = add(sick, "1-6")
    sick.until_state(well, "done")
    failed = len(sick.events(job, "failed"))
    render(sick, "release", job)            # not mended: what failed before is forgiven, what fails now is not
    sick.until(lambda: len(sick.events(job, "failed")) >= failed + 3 and queue.state_of(sick.spool, job) == "held")
    broken.unlink()
    render(sick, "release", job)
    sick.until(lambda: len(sick.events(job, "frame")) >= 10)
    assert queue.state_of(sick.spool, job) in ("queue", "failed", "done")


def test_a_job_that_one_host_alone_fails_is_not_held_but_left_to_others(sick: Farm) -> None:
    place = sick.root / "broken-driver"
    place.touch()
    with gate(sick) as environ:
        sick.host("bad", PLACE=str(place))
        sick.host("good", **environ)
        sick.until(lambda: {"bad", "good"} <= {h.name for h in hosts.living(sick.spool)})
        job = add(sick, "1-60")
        sick.until(lambda: obstacles(sick, "bad", job) == ["job-rests"])
        assert len(sick.events(job, "failed")) >= 3
        assert "chunks of it failed here; good may render them" in " ".join(render(sick, "why", job).split())
    sick.until_state(job, "done")
    assert not Path(sick.spool.job(job), "hold.json").exists()
    assert len(sick.events(job, "failed")) < 30, "it did not try them all"


def test_a_command_that_does_nothing_is_ended_and_one_that_works_in_silence_is_not(sick: Farm) -> None:
    hangs, works = sick.root / "hangs", sick.root / "works"
    hangs.write_text("#!/bin/sh\nsleep 600\n")
    works.write_text("#!/bin/sh\nend=$(($(date +%s) + 8))\nwhile [ $(date +%s) -lt $end ]; do :; done\n")
    for program in (hangs, works):
        program.chmod(0o755)
    sick.environ |= {"RENDERD_PROGRAMS": f"{hangs},{works}", "RENDERD_NO_PROGRESS": "4"}
    first = sick.add_command([str(works)], "1", chunk=1, output="")
    second = sick.add_command([str(hangs)], "1", chunk=1, output="")
    sick.host("alpha")
    sick.host("beta")
    sick.until_state(first, "done")
    assert not sick.events(first, "failed")
    sick.until(lambda: [e["reason"] for e in sick.events(second, "failed")][:1] == ["hung"])
