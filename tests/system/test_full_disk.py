"""The disk of the pictures is full: jobs wait for room and lose no try, and everything goes on by itself."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from renderd.pictures import look
from spool import claim, queue
from spool import job as jobs
from tests.system.farm import BLENDS, Farm
from tests.system.test_groups import render, why

MB = 1_000_000
DRAW = """test -e "$0" || { : > "$0"; head -c 12000000 /dev/zero > "$(dirname "$0")/ballast"; exit 1; }
echo "$1" > "$(echo "$2" | sed "s,####,000$1,")" ; exit 0"""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Of 24 MB."""
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={24 * MB}", "tmpfs", folder],
                                           check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(name="disk")
def fixture_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "tiny") as disk:
        yield disk


def add(farm: Farm, disk: Path) -> str:
    """The name of a job whose first program finds that the disk is full before it is done."""
    said = render(farm, "add", "--json", "--frames", "1-4", "--chunk", "1", "--output", f"{disk}/####.txt", "--",
                  "sh", "-c", DRAW, f"{disk}/begun", "{first}", "{output}")
    return str(json.loads(said)["jobs"][0]["job"])


def look_again(farm: Farm, job: str) -> None:
    """At once: a host leaves a job alone for half a minute, but not one that came back into the queue."""
    queue.hold(farm.spool, queue.find(farm.spool, job))
    farm.until(lambda: all(not one.get("text", "").startswith("There is no room") for one in why(farm, job).values()))
    queue.release(farm.spool, queue.find(farm.spool, job))


def untried(farm: Farm, job: str) -> bool:
    """Everything waits, and nothing of it has failed."""
    found = claim.waiting_chunks(farm.spool, jobs.read(farm.spool, job))
    return len(found) == 4 and not any(name.tries for name in found) and not farm.events(job, "failed")


def test_a_disk_that_is_full_fails_nothing_and_every_host_says_so(farm: Farm, disk: Path) -> None:
    (disk / "begun").touch()
    (disk / "ballast").write_bytes(bytes(12 * MB))
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    job = add(farm, disk)
    for name in ("alpha", "beta", "gamma"):
        farm.host(name)
    farm.until(lambda: [one["code"] for one in why(farm, job).values()] == ["output-full-there"] * 3)
    told = why(farm, job)["beta"]
    assert f"where beta puts them: {disk} (12 MB)" in told["text"] and "Make room" in told["cure"]
    assert not farm.events(job, "taken") and untried(farm, job)
    (disk / "ballast").unlink()
    look_again(farm, job)
    farm.until_state(job, "done")
    assert sorted(path.name for path in disk.glob("*.txt")) == ["0001.txt", "0002.txt", "0003.txt", "0004.txt"]


def test_a_disk_that_fills_while_something_renders_uses_up_no_try(farm: Farm, disk: Path) -> None:
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    job = add(farm, disk)
    farm.host("alpha")
    farm.until(lambda: bool(farm.events(job, "returned")) and why(farm, job)["alpha"]["code"] == "output-full-there")
    assert [one["reason"] for one in farm.events(job, "returned")] == ["disk-full"] and untried(farm, job)
    (disk / "ballast").unlink()
    look_again(farm, job)
    farm.until_state(job, "done")
    assert len(farm.events(job, "taken")) == 5


def test_a_disk_that_fills_while_blender_writes_gets_no_half_frame(farm: Farm, disk: Path) -> None:
    farm.out = disk
    job = farm.add(BLENDS / "one_20.blend", "Shot", "1-60", chunk=60)
    farm.host("alpha")
    farm.until(lambda: bool(farm.frames()))
    fill(disk / "ballast")
    farm.until(lambda: bool(farm.events(job, "returned")))
    farm.stop("alpha")
    assert farm.events(job, "returned")[0]["reason"] == "disk-full" and not farm.events(job, "failed")
    there = [name for name in farm.frames() if name.endswith(".png")]
    assert 0 < len(there) < 60 and all(look(disk / name) for name in there)
    (disk / "ballast").unlink()
    farm.once("beta")
    assert farm.state(job) == "done"


def fill(path: Path) -> None:
    """The disk has room for the beginning of a picture, and not for the rest."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(65536)) == 65536:
            pass
    os.truncate(path, path.stat().st_size - 4096)
