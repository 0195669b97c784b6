"""Named paths: three daemons that see one film at different places, or not at all."""

import json
import os
import shutil
from pathlib import Path

import pytest

from spool import claim, queue
from spool import hosts as spool_hosts
from spool import job as jobs
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm, says
from tests.system.test_groups import hosts, known, render, why

DRAW = """#!/bin/sh
# FRAME PICTURE: the picture says where it was made
printf '%s|%s' "$0" "$3" > "$(echo "$2" | sed "s/####/$(printf %04d "$1")/")"
"""


class Film:
    """A folder of a film, which each host has under another name; one of them with a space in it."""

    def __init__(self, farm: Farm) -> None:
        self.farm, self.place = farm, farm.root / "server/film"
        for folder in ("shots", "render", "tools"):
            (self.place / folder).mkdir(parents=True)
        (self.place / "tools/draw").write_text(DRAW)
        (self.place / "tools/draw").chmod(0o755)

    def mounted(self, name: str) -> str:
        """Another place at which it is."""
        os.symlink(self.place, place := self.farm.root / name)
        return str(place)


@pytest.fixture(name="film")
def fixture_film(farm: Farm) -> Film:
    return Film(farm)


def test_a_job_is_rendered_wherever_the_film_lies_and_not_where_nobody_knows(farm: Farm, film: Film) -> None:
    """Sent from alpha's place; rendered by beta, which has another one, by a program that is named too."""
    here, there = film.mounted("mnt"), film.mounted("net share")
    farm.environ |= {"RENDERD_PATHS": f"film={here}", "RENDERD_PROGRAMS": "film::tools/draw"}
    said = json.loads(render(farm, "add", "--json", "--frames", "1-4", "--chunk", "1", "--output",
                             f"{here}/render/####.txt", "--", "film::tools/draw", "{first}", "{output}",
                             "\\\\server\\a share\\x"))["jobs"][0]
    assert said["output_named"] == "film::render/####.txt"
    farm.host("gamma", RENDERD_PATHS="other=/")
    known(farm, "gamma")
    assert why(farm, said["job"])["gamma"]["code"] == "path-unknown"
    farm.host("beta", RENDERD_PATHS=f"film={there}")
    farm.until_state(said["job"], "done")
    assert hosts(farm, said["job"]) == {"beta"}
    made = sorted(path.name for path in (film.place / "render").glob("*.txt"))
    assert made == ["0001.txt", "0002.txt", "0003.txt", "0004.txt"]
    assert (film.place / "render/0003.txt").read_text() == f"{there}/tools/draw|\\\\server\\a share\\x"
    farm.host("alpha")
    farm.stop("beta")
    render(farm, "redo", said["job"], "--frames", "2")
    farm.until_state(said["job"], "done")
    assert (film.place / "render/0002.txt").read_text() == f"{here}/tools/draw|\\\\server\\a share\\x"
    shown = render(farm, "show", said["job"])
    assert f"{here}/render/####.txt  (film::render/####.txt)" in shown


def test_who_has_not_mounted_the_film_takes_nothing_of_it_until_it_is_there(farm: Farm, film: Film) -> None:
    """farm.yaml says the place; on alpha it is an empty folder, as an unmounted one is, on gamma it is missing."""
    empty = farm.root / "empty"
    empty.mkdir()
    with (farm.spool_dir / "farm.yaml").open("a") as file:
        file.write(f"paths: {{film: '{film.place}'}}\n")
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    said = json.loads(render(farm, "add", "--json", "--frames", "1-3", "--", "sh", "-c", "test -d \"$0\"",
                             "film::shots", "{frames}"))["jobs"][0]
    farm.host("alpha", RENDERD_PATHS=f"film={empty}")
    farm.host("gamma", RENDERD_PATHS=f"film={farm.root}/nowhere")
    known(farm, "alpha", "gamma")
    found = why(farm, said["job"])
    assert {host: one["code"] for host, one in found.items()} == {"alpha": "path-missing", "gamma": "path-missing"}
    assert str(empty) in found["alpha"]["text"] and f"ls {empty}" in found["alpha"]["cure"]
    assert queue.state_of(farm.spool, said["job"]) == "queue" and farm.detail(said["job"]).view.done == 0
    (film.place / "shots").rename(empty / "shots")      # the share is mounted now
    farm.until_state(said["job"], "done")
    assert hosts(farm, said["job"]) == {"alpha"}


def test_without_any_host_that_knows_the_path_nothing_is_lost(farm: Farm, film: Film) -> None:
    """The job waits as it was sent, and is healed, cancelled and brought back by hosts that cannot see its pictures."""
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    here = film.mounted("mnt")
    said = json.loads(render(farm, "add", "--json", "--frames", "1-2", "--chunk", "1", "--output",
                             f"{here}/render/####.txt", "--", "sh", "-c", "true", "{frames}", "{output}"))["jobs"][0]
    assert said["paths"] == []                          # nobody has said what the place is called
    farm.environ["RENDERD_PATHS"] = f"film={here}"
    said = json.loads(render(farm, "add", "--json", "--frames", "1-2", "--chunk", "1", "--output",
                             f"{here}/render/b_####.txt", "--", "sh", "-c", 'echo > "${1%%#*}000$0.txt"',
                             "{first}", "{output}"))["jobs"][0]
    assert said["paths"] == ["film"]
    del farm.environ["RENDERD_PATHS"]
    for name in ("alpha", "beta", "gamma"):
        farm.host(name)
    known(farm, "alpha", "beta", "gamma")
    assert {one["code"] for one in why(farm, said["job"]).values()} == {"path-unknown"}
    render(farm, "cancel", said["job"])
    render(farm, "undo", said["job"])
    for chunk in claim.waiting_chunks(farm.spool, jobs.read(farm.spool, said["job"])):
        os.unlink(f"{farm.spool.todo(said['job'])}/{chunk}")            # somebody's mistake: the farm puts them back
    farm.until(lambda: any("healed job=" in (farm.root / f"{name}.log").read_text() for name in farm.hosts))
    for name in ("alpha", "beta", "gamma"):
        farm.stop(name)
    farm.host("alpha", RENDERD_PATHS=f"film={here}")
    farm.until_state(said["job"], "done")
    assert sorted(path.name for path in (film.place / "render").glob("b_*")) == ["b_0001.txt", "b_0002.txt"]
    info = Path(farm.spool.job(said["job"]), "job.json").read_text()
    assert "film::render/b_####.txt" in info and str(farm.root) not in json.loads(info)["output"]


def test_a_real_blender_renders_a_named_file_at_another_place(farm: Farm, film: Film) -> None:
    here, there = film.mounted("mnt"), film.mounted("net share")
    shutil.copyfile(BLENDS / "one_20.blend", film.place / "shots/one 20.blend")
    farm.environ["RENDERD_PATHS"] = f"film={here}"
    said = json.loads(render(farm, "add", "--json", f"{here}/shots/one 20.blend", "--frames", "5-7", "--output",
                             "film::render/p_####.png"))["jobs"][0]
    assert (said["blend_named"], said["output_named"]) == ("film::shots/one 20.blend", "film::render/p_####.png")
    farm.host("gamma", RENDERD_PATHS="other=/")
    farm.host("beta", RENDERD_PATHS=f"film={there}")
    farm.until_state(said["job"], "done")
    assert hosts(farm, said["job"]) == {"beta"}
    assert [says(film.place / f"render/p_{frame:04}.png")[0] for frame in (5, 6, 7)] == [5, 6, 7]
    logs = "".join(path.read_text() for path in Path(farm.spool.job(said["job"]), "log").iterdir())
    assert f"{there}/shots/one 20.blend" in logs and here not in logs
    farm.until(lambda: not [name for name in os.listdir(film.place / "render") if name.startswith(".")])


def test_named_paths_of_the_farm_may_change_while_daemons_run(farm: Farm, film: Film) -> None:
    """What a computer says of itself stays: gamma has it nowhere. One job waits from before anybody knew the place."""
    before, places = (farm.spool_dir / "farm.yaml").read_text(), [film.mounted("mnt"), film.mounted("net share")]
    farm.environ |= {"RENDERD_PROGRAMS": "film::tools/draw", "RENDERD_PATHS": f"film={places[0]}"}
    waits = draw(farm, "w_####.txt")
    del farm.environ["RENDERD_PATHS"]
    for name in ("alpha", "beta"):
        farm.host(name)
    farm.host("gamma", RENDERD_PATHS=f"film={farm.root}/nowhere")
    known(farm, "alpha", "beta", "gamma")
    for place in places:
        (farm.spool_dir / "farm.yaml").write_text(f"{before}paths: {{film: '{place}'}}\n")
        farm.until(lambda place=place: all(told(farm, host) == (place, True) for host in ("alpha", "beta")))
        for job in (waits, draw(farm, "####.txt")):
            farm.until_state(job, "done")
            assert hosts(farm, job) <= {"alpha", "beta"} and not farm.events(job, "failed")
        assert (film.place / "render/0003.txt").read_text().startswith(f"{place}/tools/draw|")
    render(farm, "redo", waits, "--frames", "2")
    farm.until_state(waits, "done")
    assert (film.place / "render/w_0002.txt").read_text().startswith(f"{places[1]}/tools/draw|")
    assert told(farm, "gamma") == (f"{farm.root}/nowhere", False)


def draw(farm: Farm, output: str) -> str:
    """The name of a job of four frames."""
    said = render(farm, "add", "--json", "--frames", "1-4", "--chunk", "1", "--output", f"film::render/{output}", "--",
                  "film::tools/draw", "{first}", "{output}")
    return str(json.loads(said)["jobs"][0]["job"])


def told(farm: Farm, host: str) -> tuple[str, bool] | None:
    """Where a daemon says that the film is, and whether it is there."""
    said = spool_hosts.said(farm.spool, host, "host").get("paths", {}).get("film")
    return (said["folder"], said["there"]) if said else None


def test_an_artist_on_windows_sends_a_film_whose_folder_has_spaces(farm: Farm, film: Film) -> None:
    """As the artist writes it, `P:` and a share, in capitals or not; three daemons, and only one has the film."""
    there = film.mounted("net share")
    os.rename(film.place / "shots", film.place / "the shots")
    shutil.copyfile(BLENDS / "one_20.blend", film.place / "the shots/one 20.blend")
    with (farm.spool_dir / "farm.yaml").open("a") as file:
        file.write(f"paths: {{film: '{there}'}}\nwindows: {{'\\\\server\\my film': film, 'P:\\': 'film::the shots'}}\n")
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*"}
    jobs_sent = [json.loads(render(farm, "add", "--json", blend, "--frames", "1-2", "--output", output))["jobs"][0]
                 for blend, output in (("P:\\one 20.blend", "\\\\SERVER\\My Film\\render\\a ####.png"),
                                       ("\\\\server\\my film\\the shots\\one 20.blend", "//..\\render\\b ####.png"))]
    assert [one["blend_named"] for one in jobs_sent] == ["film::the shots/one 20.blend"] * 2
    for name in ("alpha", "gamma"):
        farm.host(name, RENDERD_PATHS=f"film={farm.root}/nowhere")
    farm.host("beta")
    for one in jobs_sent:
        farm.until_state(one["job"], "done")
        assert hosts(farm, one["job"]) == {"beta"}
    assert sorted(str(path.relative_to(film.place)) for path in film.place.rglob("*.png")) == [
        "render/a 0001.png", "render/a 0002.png", "render/b 0001.png", "render/b 0002.png"]
