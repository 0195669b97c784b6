"""What the simulations and counts of the bench say of the real code, small enough for every day."""

import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.bench import hungry, makespan, operations
from tests.bench.counting import counted


@pytest.fixture(autouse=True)
def fixture_mounts() -> Iterator[None]:
    """The process of the tests keeps its mounts: the bench, which has a process of its own, makes others."""
    before = os.readlink("/proc/self/ns/mnt")
    yield
    assert os.readlink("/proc/self/ns/mnt") == before


@pytest.fixture(name="ratios", scope="module")
def fixture_ratios() -> dict[str, list[float]]:
    """By mode, of each film; by code that sees no clock and draws from a seed, so they are the same each time."""
    with patch.object(os, "fsync"):     # the disk's time is no part of the simulated
        found = makespan.measure(("fixed", *makespan.GIVING))
    return {mode: [course.ratio for course in courses] for mode, courses in found.items()}


def test_no_film_is_done_before_it_can_be(ratios: dict[str, list[float]]) -> None:
    assert all(ratio >= 1 for every in ratios.values() for ratio in every)


@pytest.mark.parametrize("mode", makespan.GIVING)
def test_giving_back_ends_each_film_long_before_fixed_chunks_do(ratios: dict[str, list[float]], mode: str) -> None:
    assert all(1.25 * ours < fixed for ours, fixed in zip(ratios[mode], ratios["fixed"], strict=True)), ratios


@pytest.mark.parametrize("mode", makespan.GIVING)
def test_a_dear_stretch_is_begun_early_enough(ratios: dict[str, list[float]], mode: str) -> None:
    """Even where it is the end of the film. Hosts ask others at random, so one film of many may end later."""
    assert statistics.median(ratios[mode]) < 1.12 and max(ratios[mode]) < 1.25, ratios


def test_a_chunk_costs_no_more_operations_with_many_daemons_than_with_few() -> None:
    few, many = operations.measure((2, 24), jobs=1, chunks=400)
    assert many.calls / few.calls < 1.05, (few, many)


def test_jobs_that_wait_cost_a_farm_of_many_daemons_little() -> None:
    """Chores look into every open job; daemons take turns at them, or each would ask the server for each job."""
    one, ten = (operations.measure((24,), jobs=jobs, chunks=400)[0] for jobs in (1, 10))
    assert ten.calls - one.calls < 40, (one, ten)


def test_looks_at_the_hungry_are_counted_for_each_frame() -> None:
    (nobody, _), (some, _) = hungry.measure((0, 3))
    assert nobody["listdir"] == operations.FRAMES - 2       # after the last two nothing is left to give
    assert some["listdir"] > nobody["listdir"]


def test_looks_cost_the_same_with_ten_hungry_and_with_many() -> None:
    few, many = hungry.measure((10, 60))
    assert few == many and few[0].total() > few[1].total() > 0


def test_every_call_with_a_path_in_the_folder_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with counted(str(tmp_path)) as count:
        os.rename(f"{tmp_path}/a", f"{tmp_path}/b")
        folder = os.open(tmp_path, os.O_RDONLY)
        os.listdir(folder)
        with os.scandir(folder) as entries:
            assert [entry.name for entry in entries] == ["b"]
        os.stat("b", dir_fd=folder)
        os.close(folder)
        with pytest.raises(FileNotFoundError):
            os.unlink(f"{tmp_path}/a")
        os.stat("/")
    assert count.calls == {"rename": 1, "open": 1, "listdir": 1, "scandir": 1, "stat": 1, "unlink": 1}
    assert count.names == 2
