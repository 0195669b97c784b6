"""render why: what it says in each state of a job, a computer and the farm that passes too quickly for real daemons."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spool import hosts, opening, space, submissions, submit
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render, Said
from tests.spool import played

Host = Callable[..., PlayedHost]


def codes(said: Said) -> list[str]:
    return [one["code"] for one in said.json["reasons"]]


def of_hosts(said: Said) -> dict[str, str]:
    return {one["host"]: one["code"] for one in said.json["hosts"]}


def add(render: Render, *flags: object, frames: str = "1-4", name: str = "shot") -> str:
    """A job of chunks of two frames."""
    said = render("add", "--json", "--frames", frames, "--chunk", 2, "--order", "linear", "--name", name, *flags,
                  "--", "true")
    return str(said.json["jobs"][0]["job"])


def settings(spool: Spool, text: str) -> None:
    with open(f"{spool.root}/farm.yaml", "a") as file:
        file.write(text)


@pytest.fixture(name="alpha")
def fixture_alpha(host: Host) -> PlayedHost:
    return host("alpha", programs=("true",))


# -- a job

def test_it_waits_for_a_host_that_is_free(render: Render, alpha: PlayedHost) -> None:
    said = render("why", add(render), "--json")
    assert codes(said) == ["next"] and of_hosts(said) == {"alpha": "may-take"}


def test_who_had_its_frames_is_gone(render: Render, alpha: PlayedHost) -> None:
    name = add(render)
    alpha.take(name)
    alpha.die()
    assert codes(render("why", name, "--json"))[0] == "lost-hosts"


def test_all_that_is_left_failed(render: Render, alpha: PlayedHost) -> None:
    name = add(render, frames="1-2")
    alpha.fail_for_good(name, "no")
    assert codes(render("why", name, "--json")) == ["all-failed", "crashed"]


def test_no_chunk_holds_the_frames(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    name = add(render, frames="1-2")
    [chunk] = Path(spool.todo(name)).iterdir()
    chunk.unlink()
    assert codes(render("why", name, "--json")) == ["frames-nowhere"]


def test_every_frame_is_there_and_nobody_has_said_so(render: Render, alpha: PlayedHost) -> None:
    name = add(render, frames="1-2")
    alpha.publish(alpha.take(name))
    assert codes(render("why", name, "--json")) == ["settling"]
    assert codes(render("why", "--json")) == ["settling"], "no frame waits, so none is said to"


def test_its_pictures_have_no_folder(render: Render, alpha: PlayedHost, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    name = add(render, "--output", f"{tmp_path}/out/####.png")
    (tmp_path / "out").rmdir()
    assert codes(render("why", name, "--json")) == ["next", "output-gone"]


def test_its_owner_has_enough_at_work(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    settings(spool, "limits: {chunks_per_owner: 1}\n")
    name = add(render)
    alpha.take(name)
    assert of_hosts(render("why", name, "--json")) == {"alpha": "owner-full"}


def test_it_needs_a_graphics_card(render: Render, alpha: PlayedHost) -> None:
    name = add(render, "--needs", "gpu")
    assert of_hosts(render("why", name, "--json")) == {"alpha": "needs-gpu"}


@pytest.mark.parametrize(("fit", "free", "at_it"), [(None, "no-room", "renders-it"),
                                                    ("1.0 of 8 cores each", "may-take-auto", "renders-auto")])
def test_a_host_finds_its_slots_itself(render: Render, spool: Spool, alpha: PlayedHost, fit: str | None, free: str,
                                       at_it: str) -> None:
    name = add(render)
    hosts.write(spool, "alpha", "host", hosts.said(spool, "alpha", "host") | {"slots": "auto"})
    other = add(render, name="other")
    of_fit = {"fit": {"job": name, "slots": 2, "why": fit}} if fit else {}
    at_work = {"state": "rendering", "slots": [{"job": other, "frame": 1}]} | of_fit
    hosts.write(spool, "alpha", "status", at_work)
    assert of_hosts(render("why", name, "--json")) == {"alpha": free}
    hosts.write(spool, "alpha", "status", at_work | {"slots": [{"job": name, "frame": 1}]})
    assert of_hosts(render("why", name, "--json")) == {"alpha": at_it}


def test_it_lies_in_the_inbox(render: Render, tmp_path: Path) -> None:
    spool = opening.init(str(tmp_path / "strict"), by_inbox=True)
    planned = submit.plan(spool, played.a_job(f"{tmp_path}/####.png"))
    submissions.put(spool, planned)
    asked = ("why", planned.job.job, "--json", "--spool", spool.root)
    assert codes(render(*asked)) == ["not-admitted"]
    Path(spool.folder("inbox"), f"{planned.job.job}.json.txt").write_text("It is too long.\n")
    assert codes(render(*asked)) == ["sent-back"]


# -- a computer

def test_a_host_that_is_free_and_one_that_takes_nothing_just_now(render: Render, spool: Spool, host: Host,
                                                                 alpha: PlayedHost) -> None:
    name = add(render)
    assert codes(render("why", "alpha", "--json")) == ["takes-soon"]
    hosts.write(spool, "alpha", "status", {"state": "paused", "obstacles": [{"code": "paused", "facts": {}}]})
    said = render("why", "alpha", "--json")
    assert [one["code"] for one in said.json["jobs"]] == ["would-take"] and codes(said) == ["paused"]
    assert "not now" in render("why", "alpha").out and name[16:] in render("why", "alpha").out


@pytest.mark.parametrize(("status", "code"), [({}, "host-starting"), ({"state": "stopping"}, "host-stopping")])
def test_a_host_that_begins_or_ends(render: Render, spool: Spool, alpha: PlayedHost, status: dict[str, str],
                                    code: str) -> None:
    hosts.write(spool, "alpha", "status", status)
    assert codes(render("why", "alpha", "--json")) == [code]


def test_a_host_whose_facts_nobody_can_read(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    Path(spool.folder("hosts"), "alpha/host.json").write_text("{")
    assert codes(render("why", "alpha", "--json")) == ["host-unknown"]


def test_a_host_with_an_old_renderd_and_a_bad_share(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    hosts.write(spool, "alpha", "host", hosts.said(spool, "alpha", "host") | {"renderd": "0.0.1"})
    hosts.write(spool, "alpha", "doctor", {"state": "wrong", "checks": []})
    assert codes(render("why", "alpha", "--json")) == ["idle", "host-unfit", "other-version"]


def test_a_name_of_neither_a_job_nor_a_computer(render: Render, alpha: PlayedHost) -> None:
    said = render("why", "nosuch")
    assert said.code == 1 and "No job and no computer is called 'nosuch'." in said.err and "render hosts" in said.err
    for name in ("shot", "other-shot"):
        add(render, name=name)
    assert "2 jobs are called like 'shot'" in render("why", "shot").err
    assert render("why", "ALPHA.film.example", "--json").json["host"] == "alpha"


# -- the farm

def test_the_farm_renders(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    name = add(render)
    alpha.take(name)
    alpha.status("rendering", job=name, frame=1)
    assert codes(render("why", "--json")) == ["farm-renders"]


def test_the_farm_is_about_to_begin(render: Render, spool: Spool, alpha: PlayedHost) -> None:
    """A host that is free has not looked yet: it would be wrong to say that nobody takes anything."""
    add(render)
    said = render("why", "--json")
    assert codes(said) == ["farm-begins"] and of_hosts(said) == {"alpha": "host-free"}


def test_the_share_of_the_spool_is_full(render: Render, monkeypatch: pytest.MonkeyPatch, alpha: PlayedHost) -> None:
    name = add(render)
    monkeypatch.setattr(space, "NO_SPACE", 1 << 62)
    assert codes(render("why", "--json"))[0] == "share-full" == codes(render("why", name, "--json"))[0]
    assert render("why").out.startswith("The share of the spool is full: ")


def test_there_is_no_spool(render: Render, tmp_path: Path) -> None:
    assert codes(render("why", "--json", "--spool", tmp_path / "none")) == ["spool-missing"]
