"""Named paths: there and back, and nothing else is touched."""

from dataclasses import replace

import pytest

from spool import chunk, job, paths
from spool.errors import BadFile
from spool.job import Job

HERE = {"projects": "/mnt/our projects", "lib": "/mnt/our projects/lib", "b": "/mnt/b{first}"}
THERE = {"projects": "/Volumes/P", "lib": "/opt/lib", "b": "/srv/b"}
SENT = Job(job="20261120-101530-x-7f3a", name="x", created="", recipe="blender", frames="1-9", chunk=10, order="linear",
           template=("blender", "-b", "projects::shots/010.blend", "-S", "projects::x", "-o", "{output}", "{ranges}"),
           output="projects::render/####.png", chunks=1, tries=3, blend="projects::shots/010.blend",
           scene="projects::x", paths=("projects",), cwd="/tmp")


@pytest.mark.parametrize(("here", "named"), [
    ("/mnt/our projects/shots/010.blend", "projects::shots/010.blend"),
    ("/mnt/our projects/lib/tree.blend", "lib::tree.blend"),
    ("--file=/mnt/our projects/a b.txt", "--file=projects::a b.txt"),
    ("/mnt/our projects", "/mnt/our projects"), ("/mnt/our projectsX/a", "/mnt/our projectsX/a"),
    ("\\\\server\\share\\a b.blend", "\\\\server\\share\\a b.blend"), ("//server/share/x", "//server/share/x"),
    ("/mnt/our projects/../x", "/mnt/our projects/../x"), ("", "")])
def test_a_path_below_a_folder_gets_its_name_and_comes_back(here: str, named: str) -> None:
    assert paths.named(here, HERE) == named
    assert paths.local(named, HERE) == here


WINDOWS = {"\\\\server\\our films": "films", "\\\\server\\our films\\lib\\": "lib::all", "P:": "films::p"}


@pytest.mark.parametrize(("text", "named"), [
    ("\\\\server\\our films\\a b\\x.blend", "films::a b/x.blend"), ("\\\\SERVER\\Our Films\\r\\####", "films::r/####"),
    ("\\\\server\\our films\\lib\\t.blend", "lib::all/t.blend"), ("p:/render\\", "films::p/render/"),
    ("\\\\server\\our films", "films::"), ("\\\\server\\our filmsX\\a", "\\\\server\\our filmsX\\a"),
    ("//server/our films/a", "//server/our films/a"), ("Q:\\a", "Q:\\a"), ("/mnt/a", "/mnt/a"), ("", "")])
def test_a_place_of_windows_has_a_named_path(text: str, named: str) -> None:
    assert paths.from_windows(text, WINDOWS) == named


@pytest.mark.parametrize("text", ["std::vector", "a projects::x", "other::x", "C:\\projects::x", "projects:x"])
def test_what_is_no_named_path_stays(text: str) -> None:
    assert paths.local(text, HERE) == text and paths.names_in([text], HERE) == ()


def test_a_job_is_read_with_the_folders_of_the_host_and_written_as_it_was_sent() -> None:
    for folders in (HERE, THERE):
        local = job.localised(SENT, folders)
        assert local.blend == f"{folders['projects']}/shots/010.blend"
        assert local.output == f"{folders['projects']}/render/####.png"
        assert local.template[2] == local.blend and local.template[4] == "projects::x"      # a scene may be called so
        assert job.to_json(local) == job.to_json(SENT) and job.as_sent(local) == SENT
        again = replace(local, tries=7)
        assert job.as_sent(again) == replace(SENT, tries=7)


def test_an_info_file_says_names_and_runs_on_every_host() -> None:
    name = chunk.name_of(0, 3, [1, 2])
    data = chunk.encode(job.localised(SENT, HERE), name, [1, 2])
    assert b"/mnt/our projects" not in data and b"projects::render/####.png" in data
    local = job.localised(SENT, THERE)
    info = chunk.localised(chunk.decode("x", data, name), local)
    assert "/Volumes/P/shots/010.blend" in info.command and info.output == "/Volumes/P/render/####.png"
    assert chunk.as_written(local, info)


def test_braces_in_the_name_of_a_folder_are_no_places() -> None:
    sent = replace(SENT, paths=("b",), blend="b::x.blend", output="b::####.png", scene="s",
                   template=("blender", "b::x.blend", "-o", "{output}", "{ranges}"))
    local, name = job.localised(sent, HERE), chunk.name_of(0, 3, [5])
    info = chunk.localised(chunk.decode("x", chunk.encode(local, name, [5]), name), local)
    assert info.command[1] == "/mnt/b{first}/x.blend" and chunk.as_written(local, info)


def test_where_a_name_is_unknown_the_job_stays_as_it_was_sent() -> None:
    assert job.localised(SENT, {"lib": "/opt"}) == SENT


@pytest.mark.parametrize("output", ["lib::x/####.png", "projects::../####.png", "projects:x/####.png", "x/####.png"])
def test_pictures_go_to_an_absolute_path_or_below_a_name_of_the_job(output: str) -> None:
    said = job.to_json(replace(SENT, output=output))
    with pytest.raises(BadFile, match="absolute"):
        job.decode("job.json", said, SENT.job)


def test_an_old_job_without_any_of_this_is_read() -> None:
    old = {name: value for name, value in job.to_json(replace(SENT, output="/x/####.png", paths=())).items()
           if name not in ("groups", "needs", "paths", "max_hosts", "project")}
    assert not job.decode("job.json", old, SENT.job).picky


@pytest.mark.parametrize("wrong", [{"groups": "night"}, {"needs": [1]}, {"paths": {}}, {"max_hosts": 0},
                                   {"max_hosts": "3"}, {"project": 7}])
def test_wishes_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadFile, match="makes no sense"):
        job.decode("job.json", job.to_json(SENT) | wrong, SENT.job)
