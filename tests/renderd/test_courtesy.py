"""Why renders stand still, and when what stands still goes back. What becomes of programs: test_brake.py."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from renderd import courtesy
from renderd.brake import BRAKE
from renderd.courtesy import Courtesy
from renderd.settings import Settings

CALM, SHORT = "some avg10=0.00\n", "some avg10=42.00\n"


@dataclass
class Host:
    """A computer of which all is told: the time, its memory, whether it renders."""

    pressure: Path
    now: float = 1000.0
    working: bool = True
    returned: int = 0

    def give_back(self) -> None:
        self.returned += 1


@pytest.fixture(name="host")
def fixture_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    (pressure := tmp_path / "pressure").write_text(CALM)
    made = Host(pressure)
    monkeypatch.setattr(courtesy, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


@pytest.fixture(name="polite")
def fixture_polite(host: Host) -> Courtesy:
    chosen = Settings(pressure_file=host.pressure, memory_left=0, memory_return=10.0, pause_return=60.0)
    made = Courtesy(chosen, {}, working=lambda: host.working, give_back=host.give_back, changed=lambda: None)
    made.look()
    return made


def looks(host: Host, polite: Courtesy, seconds: int) -> None:
    for _ in range(seconds):
        host.now += 1.0
        polite.look()


def test_a_pause_stops_at_once_and_goes_back_when_it_lasts(host: Host, polite: Courtesy) -> None:
    polite.hold("paused", who="ana", since="")
    assert BRAKE.on and polite.takes_nothing()
    looks(host, polite, 59)
    assert host.returned == 0
    looks(host, polite, 1)
    assert host.returned == 1
    assert polite.resume() == [] and not BRAKE.on and not polite.takes_nothing()


def test_what_nobody_renders_does_not_go_back(host: Host, polite: Courtesy) -> None:
    host.working = False
    polite.hold("paused")
    looks(host, polite, 100)
    assert host.returned == 0
    polite.resume()


def test_what_was_being_taken_when_all_was_given_back_goes_back_too(host: Host, polite: Courtesy) -> None:
    polite.hold("paused")
    polite.give_back_at_once()
    host.working = False
    looks(host, polite, 3)
    assert host.returned == 1
    host.working = True                 # it was on its way
    looks(host, polite, 1)
    assert host.returned == 2
    polite.resume()
    polite.hold("paused")
    looks(host, polite, 3)
    assert host.returned == 2, "a pause is only a pause again"
    polite.resume()


@pytest.mark.parametrize("code", courtesy.GOES_ON)
def test_who_finishes_or_is_sick_takes_nothing_and_what_runs_goes_on(polite: Courtesy, code: str) -> None:
    polite.hold(code)
    assert polite.takes_nothing() and not BRAKE.on and polite.has(code)
    polite.resume()


def test_memory_that_is_short_again_and_again_counts_each_time(host: Host, polite: Courtesy) -> None:
    for _ in range(3):
        host.pressure.write_text(SHORT)
        looks(host, polite, 3)
        assert BRAKE.on and host.returned == 0
        host.pressure.write_text(CALM)
        looks(host, polite, 1)
        assert not BRAKE.on
    host.pressure.write_text(SHORT)
    looks(host, polite, 2)
    assert host.returned == 1
    host.pressure.write_text(CALM)
    host.working = False
    looks(host, polite, int(courtesy.RECOVER) - 5)
    assert polite.takes_nothing(), "its renders would only begin again"
    looks(host, polite, 6)
    assert not polite.takes_nothing() and not BRAKE.on


def test_while_nothing_renders_it_is_forgotten(host: Host, polite: Courtesy) -> None:
    host.pressure.write_text(SHORT)
    looks(host, polite, 9)
    host.pressure.write_text(CALM)
    host.working = False
    looks(host, polite, 60)
    host.working = True
    host.pressure.write_text(SHORT)
    looks(host, polite, 9)
    assert host.returned == 0
    host.pressure.write_text(CALM)
    looks(host, polite, 1)


def test_what_was_between_two_looks_far_apart_counts_for_a_moment(host: Host, polite: Courtesy) -> None:
    polite.settings = replace(polite.settings, pause_return=9999.0)
    host.pressure.write_text(SHORT)
    looks(host, polite, 1)
    host.now += 3600
    polite.look()
    assert host.returned == 0 and BRAKE.on
    host.pressure.write_text(CALM)
    looks(host, polite, 1)


def test_new_settings_count_at_once(polite: Courtesy) -> None:
    polite.use(replace(polite.settings, when="mon 0:00-0:01, tue 0:00-0:01"))
    first = polite.obstacles()
    if first:                           # but for two minutes of a week
        assert [one["code"] for one in first] == ["outside-hours"] and BRAKE.on
    polite.use(replace(polite.settings, when=""))
    assert polite.obstacles() == [] and not BRAKE.on
