"""A few inputs of every target, in every `make test`: those that once broke something, and some hundred changed ones.

`make fuzz` is the long run, see __main__.py."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import mutate
from tests.fuzz.target import OverLimit, Target, measured
from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).with_name("found")
PATIENCE = 5        # a busy machine counts some of its own work as ours; the long run is as strict as it says

each_target = pytest.mark.parametrize("name", TARGETS)


@cache
def seeds(name: str) -> list[bytes]:
    return list(TARGETS[name].seeds())


def patient(name: str) -> Target:
    return replace(TARGETS[name], seconds=TARGETS[name].seconds * PATIENCE)


@each_target
def test_what_is_in_order_is_read_within_the_limits(name: str) -> None:
    for data in seeds(name):
        measured(patient(name), data)


@pytest.mark.parametrize("path", sorted(FOUND.iterdir()), ids=lambda path: path.name)
def test_what_was_found_once_is_an_answer_now(path: Path) -> None:
    measured(patient(path.name.split("--")[0]), path.read_bytes())


@each_target
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(0, 2**64))
def test_what_was_changed_is_an_answer_or_an_error_of_ours(name: str, number: int) -> None:
    target, chance = patient(name), random.Random(number)
    scramble = mutate.scramble(chance)
    data = chance.choice(seeds(name))
    for _ in range(chance.randint(1, 5)):
        by_format = target.mutate if chance.random() < 0.7 else None
        data = (by_format(data, chance, scramble) if by_format else scramble(data))[: target.longest]
    measured(target, data)


@pytest.mark.parametrize("pack", mutate.PACKINGS)
def test_a_packed_file_is_still_packed_after_a_change(pack: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(1)
    plain = seeds("blend")[0]
    changed = [mutate.packed_blend(pack(plain, chance), chance, mutate.scramble(chance)) for _ in range(40)]
    inside = [mutate.unpacked(data) for data in changed]
    assert sum(data is not None and data != plain for data in inside) > 20


def greedy(data: bytes) -> None:
    bytearray(data) * (60 << 20)


def slow(data: bytes) -> None:
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass


@pytest.mark.parametrize("run", [greedy, slow])
def test_an_input_that_takes_too_much_is_a_finding(run: Callable[[bytes], None]) -> None:
    with pytest.raises(OverLimit):
        measured(Target("any", run, lambda: [b"x"], 1, seconds=0.2), b"x")
