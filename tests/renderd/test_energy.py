"""Energy counters of the kernel: read, begun anew, or not there."""

from pathlib import Path

from renderd.energy import Energy


def counter(folder: Path, name: str, value: int, called: str = "") -> None:
    (folder / name).mkdir(exist_ok=True)
    if called:
        (folder / name / "name").write_text(f"{called}\n")
    (folder / name / "energy_uj").write_text(f"{value}\n")
    (folder / name / "max_energy_range_uj").write_text("10000000\n")


def test_the_joules_of_all_processors_since_the_last_question(tmp_path: Path) -> None:
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        counter(tmp_path, name, 1_000_000)
    energy = Energy(tmp_path)
    assert energy.since() is None
    counter(tmp_path, "intel-rapl:0", 3_500_000)
    counter(tmp_path, "intel-rapl:0:0", 9_000_000)
    assert energy.since() == 2.5
    assert energy.since() == 0.0


def test_a_counter_that_begins_anew(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", 9_000_000)
    energy = Energy(tmp_path)
    energy.since()
    counter(tmp_path, "intel-rapl:0", 1_000_000)
    assert energy.since() == 2.0


def test_nothing_is_guessed(tmp_path: Path) -> None:
    assert Energy(tmp_path / "none").since() is None
    (tmp_path / "intel-rapl:0").mkdir()
    energy = Energy(tmp_path)
    assert (energy.since(), energy.since()) == (None, None)


def test_the_same_processor_counts_once_and_the_whole_computer_not_beside_it(tmp_path: Path) -> None:
    names = {"intel-rapl:0": "package-0", "intel-rapl-mmio:0": "package-0", "intel-rapl:1": "psys",
             "intel-rapl:2": "package-1"}
    for name, called in names.items():
        counter(tmp_path, name, 1_000_000, called)
    energy = Energy(tmp_path)
    energy.since()
    for name in names:
        counter(tmp_path, name, 3_000_000)
    assert energy.since() == 4.0


def test_a_counter_that_begins_anew_more_than_once_between_two_questions(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", 0)
    energy = Energy(tmp_path)
    energy.since()
    for value in (9_000_000, 2_000_000, 8_000_000, 1_000_000):
        counter(tmp_path, "intel-rapl:0", value)
        energy.look()
    assert energy.since() == 21.0
    assert energy.since() == 0.0


def test_a_counter_that_is_closed_meanwhile_is_no_number(tmp_path: Path) -> None:
    counter(tmp_path, "intel-rapl:0", 0)
    energy = Energy(tmp_path)
    energy.since()
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("")
    energy.look()
    counter(tmp_path, "intel-rapl:0", 5_000_000)
    assert (energy.since(), energy.since()) == (None, 0.0)
