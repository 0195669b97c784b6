"""Three daemons render, one of them with energy counters: `render stats` sums up what their journals say."""

import csv
import io
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spool import clean
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm

ONE = BLENDS / "one_20.blend"


@pytest.fixture(name="fake")
def fixture_fake(farm: Farm) -> Farm:
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "RENDERD_POWERCAP": str(farm.root / "nowhere")}
    return farm


def counters(folder: Path, microjoules: int) -> Path:
    """As the kernel shows them: two processors, and a part of one that must not count again."""
    for name, value in (("intel-rapl:0", microjoules), ("intel-rapl:1", 0), ("intel-rapl:0:0", 999)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "energy_uj").write_text(f"{value}\n")
        (folder / name / "max_energy_range_uj").write_text("1000000000\n")
    return folder


def stats(farm: Farm, *words: str) -> str:
    return subprocess.run([BIN / "render", "stats", *words], env=farm.environ, check=True, text=True, timeout=120,
                          capture_output=True).stdout


def as_json(farm: Farm, *words: str) -> dict[str, Any]:
    return dict(json.loads(stats(farm, "--json", *words)))


def test_stats_sum_up_by_job_host_owner_file_and_day(fake: Farm) -> None:
    slow = fake.add(ONE, "Shot", "1-6", chunk=2)
    watched = counters(fake.root / "rapl", 5_000_000)
    fake.host("beta", RENDERD_POWERCAP=str(watched), FAKE_BLENDER="dear", FAKE_FRAMES="3", FAKE_DEAR="1.5")
    fake.until(lambda: bool(fake.events(slow, "frame")))
    fake.host("alpha")
    fake.host("gamma")
    fake.until_state(slow, "done")
    fake.stop("beta")
    bad = fake.add(BLENDS / "heavy_12.blend", "Shot", "11-12")
    fake.until_state(bad, "done")
    found = as_json(fake)
    lines = [e for job in (slow, bad) for e in fake.events(job, "frame")]
    assert found["total"]["frames"] == len(lines) == 8
    assert found["total"]["seconds"] == pytest.approx(sum(e["seconds"] for e in lines), abs=0.01)
    assert {row["key"]: (row["frames"], row["failures"]) for row in found["rows"]} == {slow: (6, 0), bad: (2, 0)}
    assert (found["slowest"][0]["seconds"], found["oldest"][:10]) == (max(e["seconds"] for e in lines), today())
    hosts = {row["key"]: row["frames"] for row in as_json(fake, "--by", "host")["rows"]}
    assert hosts == {host: n for host in ("alpha", "beta", "gamma") if (n := sum(e["host"] == host for e in lines))}
    assert [row["jobs"] for row in as_json(fake, "--by", "owner")["rows"]] == [2]
    assert {row["key"] for row in as_json(fake, "--by", "file")["rows"]} == {str(ONE), str(BLENDS / "heavy_12.blend")}
    assert [row["key"] for row in as_json(fake, "--by", "day")["rows"]] == [today()]
    assert as_json(fake, "--since", "2999-01-01")["total"]["frames"] == 0

    # Energy stands at the frames of the host that can read it, and nowhere else.
    joules = {e["host"]: "joules" in e for e in lines}
    assert joules["beta"] and len(joules) > 1 and all(known == (host == "beta") for host, known in joules.items())
    assert found["total"]["kwh_frames"] == sum("joules" in e for e in lines)

    rows = list(csv.DictReader(io.StringIO(stats(fake, "--csv", "--by", "job"))))
    assert {row["job"]: int(row["frames"]) for row in rows} == {slow: 6, bad: 2}
    page = stats(fake)
    assert "8 frames of 2 jobs" in page and "The slowest frames:" in page

    # What was cleaned away is not counted, and the page says from when the numbers are.
    subprocess.run([BIN / "render", "cancel", slow], env=fake.environ, check=True, capture_output=True)
    clean.apply(fake.spool, clean.plan(fake.spool, 0))
    assert as_json(fake)["total"]["frames"] == 2


def today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"
