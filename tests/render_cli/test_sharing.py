"""Groups, needs, limits, projects and named paths on the command line, and the sums of users."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import claim, job, opening, queue
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render

Copy = Callable[[str], Path]


REST = "<\\\\server\\share\\film 1\\x><std::vector><1-2>"


def sent(spool: Spool) -> job.Job:
    [entry] = queue.entries(spool)
    return job.read(spool, entry.job)


def farm_yaml(spool: Spool, text: str) -> Spool:
    Path(spool.root, "farm.yaml").write_text(f"format: 1\n{text}\n")
    return opening.open_spool(spool.root)


def test_wishes_stand_in_the_job_and_on_its_page(spool: Spool, render: Render, blend: Copy) -> None:
    said = render("add", blend("one_20"), "--group", "night,gpu", "--needs", "memory=8G, blender>=3.6,tag:x",
                  "--max-hosts", 3, "--project", "onion")
    assert said.code == 0, said.err
    found = sent(spool)
    assert (found.groups, found.needs, found.max_hosts, found.project) == (
        ("night", "gpu"), ("memory=8G", "blender>=3.6", "tag:x"), 3, "onion")
    page = render("show", found.job).out
    for words in ("night or gpu", "memory=8G, blender>=3.6, tag:x", "3 at most", "onion"):
        assert words in page
    assert render("show", found.job, "--json").json["needs"] == ["memory=8G", "blender>=3.6", "tag:x"]


@pytest.mark.parametrize(("flag", "text"), [("--needs", "memory=lots"), ("--group", "a b"), ("--max-hosts", "0")])
def test_what_cannot_be_meant_is_refused(spool: Spool, render: Render, blend: Copy, flag: str, text: str) -> None:
    said = render("add", blend("one_20"), flag, text)
    assert said.code == 2 and text.split("=")[0] in said.err and queue.entries(spool) == []


def test_who_sends_a_job_that_nobody_fits_hears_it_at_once(spool: Spool, render: Render, blend: Copy,
                                                           host: Callable[..., PlayedHost]) -> None:
    host("alpha")
    said = render("add", blend("one_20"), "--needs", "cores=500")
    assert said.code == 0 and "The job needs cores=500; alpha has 4" in said.err
    assert "The job needs cores=500; alpha has 4" in render("why", "one-20").out


def test_a_farm_adds_to_the_priority_of_a_project(spool: Spool, render: Render, blend: Copy) -> None:
    farm_yaml(spool, "projects: {onion: {priority: +10}, film: {priority: -60}}")
    Path("film").mkdir(exist_ok=True)
    Path("film/project.yaml").write_text("title: Film\nweight: 90\n")
    render("add", blend("one_20"))
    render("add", blend("one_20"), "--project", "onion", "--priority", 95, "--output", "//b/")
    assert [(e.priority, job.read(spool, e.job).project) for e in queue.entries(spool)] == [(100, "onion"), (0, "film")]


def test_a_film_s_own_weight_counts_where_the_farm_says_nothing(spool: Spool, render: Render, blend: Copy) -> None:
    Path("film").mkdir(exist_ok=True)
    Path("film/project.yaml").write_text("title: Film\nweight: 70\n")
    said = render("add", blend("one_20"))
    [entry] = queue.entries(spool)
    assert entry.priority == 70 and "+20" in said.err


def test_what_lies_under_a_named_path_is_sent_by_its_name(spool: Spool, render: Render, blend: Copy,
                                                         tmp_path: Path) -> None:
    path = blend("one_20")
    farm_yaml(spool, f"paths: {{films: {path.parent}, all: {tmp_path}}}")
    said = render("add", path, "--output", "//r 1/", "--json").json["jobs"][0]
    assert (said["blend"], said["blend_named"]) == (str(path), "films::one_20.blend")
    assert said["output_named"] == "films::r 1/####.png"
    [entry] = queue.entries(spool)
    raw = json.loads(Path(spool.job(entry.job), "job.json").read_text())
    info = next(Path(spool.todo(entry.job)).iterdir()).read_text()
    assert raw["blend"] == "films::one_20.blend" and raw["paths"] == ["films"] and raw["output"] == said["output_named"]
    assert "films::one_20.blend" in info and str(tmp_path) not in info
    page = render("show", entry.job).out
    assert f"{path}  (films::one_20.blend)" in page
    assert "films::one_20.blend" in render("info", path).out
    assert render("info", path, "--json").json[0]["named"] == "films::one_20.blend"


def test_a_folder_that_is_a_link_counts_as_what_it_is(spool: Spool, render: Render, blend: Copy,
                                                      tmp_path: Path) -> None:
    path = blend("one_20")
    (tmp_path / "link").symlink_to(path.parent)
    farm_yaml(spool, f"paths: {{films: {tmp_path}/link}}")
    said = render("add", tmp_path / "link/one_20.blend", "--output", "//r/", "--json").json["jobs"][0]
    assert (said["blend_named"], said["output_named"]) == ("films::one_20.blend", "films::r/####.png")
    assert said["blend"] == f"{tmp_path}/link/one_20.blend"


def test_a_file_may_be_given_by_its_name(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    farm_yaml(spool, f"paths: {{films: {path.parent}}}")
    assert render("add", "films::one_20.blend", "--output", "films::out/").code == 0
    assert sent(spool).blend == "films::one_20.blend"          # `sent` reads without this computer's folders
    said = render("add", "flims::one_20.blend")
    assert said.code == 2 and "flims::" in said.err and "films" in said.err


def test_what_windows_calls_otherwise_is_found(spool: Spool, render: Render, blend: Copy) -> None:
    path = blend("one_20")
    farm_yaml(spool, f"paths: {{films: {path.parent}}}\nwindows: {{'\\\\server\\our films': films}}")
    said = render("add", "\\\\SERVER\\our films\\one_20.blend", "--output", "\\\\server\\our films\\r 1\\p_####",
                  "--json").json["jobs"][0]
    assert (said["blend"], said["output"]) == (str(path), f"{path.parent}/r 1/p_####.png")
    assert said["output_named"] == "films::r 1/p_####.png"
    said = render("add", path, "--output", "\\\\other\\films\\r\\")
    assert said.code == 2 and "Windows" in said.err


def test_an_info_file_runs_where_the_folder_is_elsewhere(spool: Spool, render: Render, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here is it", tmp_path / "there"
    for folder in (here, there):
        (folder / "out").mkdir(parents=True)
    farm_yaml(spool, f"paths: {{films: '{here}'}}")
    said = render("add", "--frames", "1-2", "--output", here / "out/####.txt", "--", "sh", "-c",
                  'printf "<%s>" "$@" > "$0"', "films::out/said", f"--in={here}/a b",
                  "\\\\server\\share\\film 1\\x", "std::vector", "{frames}")
    assert said.code == 0, said.err
    [entry] = queue.entries(spool)
    [name] = claim.waiting_chunks(spool, job.read(spool, entry.job))
    info = Path(spool.todo(entry.job), str(name))
    assert render("run", info).code == 0
    assert (here / "out/said").read_text() == f"<--in={here}/a b>{REST}"
    monkeypatch.setenv("RENDERD_PATHS", f"films={there}")
    assert render("run", info).code == 0
    assert (there / "out/said").read_text() == f"<--in={there}/a b>{REST}"
    monkeypatch.delenv("RENDERD_PATHS")
    farm_yaml(spool, "")
    said = render("run", info)
    assert said.code == 2 and "films::" in said.err and "paths: {films:" in said.err


def test_users_are_summed(spool: Spool, render: Render, blend: Copy, host: Callable[..., PlayedHost]) -> None:
    assert "Nobody has sent" in render("users").out
    render("add", blend("one_20"), "--chunk", 5, "--order", "linear")
    render("add", blend("one_20"), "--hold", "--output", "//b/", "--name", "held")
    alpha = host("alpha")
    alpha.publish(alpha.take("one-20"))
    alpha.take("one-20")
    [me] = render("users", "--json").json
    assert {key: me[key] for key in ("jobs", "open", "held", "chunks_running", "frames_running", "frames_waiting",
                                     "frames_done", "failed")} == {
        "jobs": 2, "open": 1, "held": 1, "chunks_running": 1, "frames_running": 5, "frames_waiting": 30,
        "frames_done": 5, "failed": 0}
    assert me["hours"] == round(sum(frame / 10 for frame in range(1, 6)) / 3600, 3)
    [row] = csv.DictReader(io.StringIO(render("users", "--csv").out))
    assert {**row} == {key: str(value) for key, value in me.items()}
    assert "CHUNKS NOW" in render("users").out
    assert render("users", "--csv", "--json").code == 2
