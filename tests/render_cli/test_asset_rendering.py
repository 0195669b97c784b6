"""render asset render and times: what is due goes to the farm, and what it took comes back."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spool import job as spool_job
from spool import opening, queue
from spool.errors import NotAllowed
from spool.job import Job
from spool.layout import Entry, Spool
from tests.assetfs.small_film import after_another, put
from tests.render_cli.conftest import BLENDS, PlayedHost, Render
from tests.system.farm import FAKE_BLENDER, farm

S010 = "shots/s010.blend"
Host = Callable[..., PlayedHost]


def shot(folder: Path, path: str = S010, blend: str = "one_20", **said: Any) -> Path:
    """A shot that is to be rendered, with a real .blend."""
    return put(folder, path, (BLENDS / f"{blend}.blend").read_bytes(), **{"state": "render", "render": True, **said})


def sidecar(folder: Path, path: str = S010) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{path}.json").read_text())
    return found


def saved(folder: Path, path: str = S010) -> None:
    """The .blend has another content, and is a .blend still."""
    shutil.copy(BLENDS / "one_20_gzip.blend", folder / path)


def jobs(spool: Spool, *states: str) -> list[tuple[Entry, Job]]:
    return [(entry, spool_job.read(spool, entry.job)) for entry in queue.entries(spool, states or ("queue",))]


def test_a_shot_is_sent_once_with_the_priority_of_its_state(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion)
    shot(onion, "shots/s020.blend", state="todo")
    shot(onion, "shots/s030.blend", render=False)
    assert "would send" in render("asset", "render", "-n").out and jobs(spool) == []
    said = render("asset", "render")
    [(entry, job)] = jobs(spool)
    assert (entry.priority, job.blend, job.output) == (60, str(onion / S010), f"{onion}/shots/render/####.png")
    assert said.out == f"onion/{S010} is render: sent {job.job}  priority 60, 20 frames  -> {job.output}\n"
    assert sidecar(onion)["submitted"]["jobs"] == [job.job]
    again = render("asset", "render")
    assert (again.code, again.out, again.err, len(jobs(spool))) == (0, "", "Nothing is due.\n", 1)
    os.utime(onion / S010)                              # saved, and nothing was changed
    assert render("asset", "render").out == "" and len(jobs(spool)) == 1


def test_a_changed_file_takes_the_place_of_the_job_before(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion)
    render("asset", "render")
    [(first, _)] = jobs(spool)
    saved(onion)
    said = render("asset", "render")
    [(second, job)] = jobs(spool)
    assert second.job != first.job and [entry.job for entry, _ in jobs(spool, "trash")] == [first.job]
    assert f"Cancelled {first.job}" in said.out and "The same files" not in said.err
    assert sidecar(onion)["submitted"]["sha256"] == job.blend_sha256


def test_the_jobs_of_all_scenes_are_cancelled(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion, blend="three_rend")
    render("asset", "render")
    before = {job.job for _, job in jobs(spool)}
    assert len(before) > 1 and set(sidecar(onion)["submitted"]["jobs"]) == before
    assert all(job in render("asset", "show", "s010").out for job in before)
    saved(onion)
    assert render("asset", "render").code == 0
    assert {entry.job for entry, _ in jobs(spool, "trash")} == before and len(jobs(spool)) == 1


def test_a_sidecar_that_names_the_job_of_another_file_cancels_nothing(
        spool: Spool, onion: Path, render: Render) -> None:
    put(onion, "shots/s020.blend", (BLENDS / "one_20.blend").read_bytes())
    render("add", onion / "shots/s020.blend", "--output", "//others/")
    render("add", onion / "shots/s020.blend", "--output", "//broken/")
    named = [entry.job for entry, _ in jobs(spool)]
    Path(f"{spool.job(named[1])}/job.json").write_text("{")
    shot(onion, submitted={"sha256": "0", "jobs": named})
    assert render("asset", "render").code == 0
    assert queue.entries(spool, ("trash",)) == [] and len(queue.entries(spool, ("queue",))) == 3


def test_a_job_that_cannot_be_cancelled_holds_up_no_other(
        spool: Spool, onion: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(spool: Spool, entry: Entry) -> None:
        raise NotAllowed("This is not for you.")

    for name in ("s010", "s020"):
        shot(onion, f"shots/{name}.blend")
    render("asset", "render")
    for name in ("s010", "s020"):
        saved(onion, f"shots/{name}.blend")
    monkeypatch.setattr(queue, "cancel", refuses)
    said = render("asset", "render")
    assert (said.code, said.out.count(": sent "), said.err.count("was not cancelled. This is not")) == (1, 2, 2)


def test_a_job_of_a_person_is_not_cancelled(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion)
    render("add", onion / S010)
    said = render("asset", "render")
    assert len(jobs(spool)) == 2 and "The same files" in said.err


def test_nothing_is_sent_unless_the_project_says_so(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion)
    settings = onion / "project.yaml"
    settings.write_text(settings.read_text().replace("automatic_rendering: yes\n", ""))
    said = render("asset", "render")
    assert (said.code, "automatic_rendering: yes" in said.err, jobs(spool)) == (0, True, [])
    assert render("asset", "render", "--all", onion.parent).err == ""


def test_the_weight_of_a_film_counts(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion)
    settings = onion / "project.yaml"
    settings.write_text(settings.read_text() + "weight: 80\n")
    render("asset", "render")
    assert [entry.priority for entry, _ in jobs(spool)] == [90]


def test_one_that_cannot_be_sent_holds_up_no_other(spool: Spool, onion: Path, render: Render) -> None:
    shot(onion, blend="no_camera")
    shot(onion, "shots/s020.blend")
    shot(onion, "shots/s030.blend", blend="broken_truncated")
    said = render("asset", "render", "--all", onion.parent)
    assert (said.code, [job.name for _, job in jobs(spool)]) == (1, ["s020"])
    assert f"onion/{S010} was not sent. " in said.err and "has no camera" in said.err
    assert "onion/shots/s030.blend was not sent. " in said.err
    assert "submitted" not in sidecar(onion)


def test_a_folder_for_pictures_is_made_in_the_project_only(spool: Spool, onion: Path, render: Render) -> None:
    """//../render/ of a file in shots/ is outside of that folder, and inside of the film."""
    from assetfs.blend import read_scenes

    shot(onion)
    data = (onion / S010).read_bytes()
    before, after = b"//render/" + bytes(12), b"//../../deep/pic/".ljust(21, b"\0")
    assert data.count(before) and read_scenes(onion / S010).scenes[0].output == "//render/"
    (onion / S010).write_bytes(data.replace(before, after))
    assert render("asset", "render").code == 1 and jobs(spool) == []        # beside the film: nobody makes it
    (onion / S010).write_bytes(data.replace(before, b"//../deep/pic/".ljust(21, b"\0")))
    assert render("asset", "render").code == 0 and (onion / "deep/pic").is_dir()


def test_where_members_can_only_add_jobs_they_lie_in_the_inbox(
        spool: Spool, onion: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    shot(onion)
    monkeypatch.setattr(opening, "sends_by_inbox", lambda spool: True)
    (Path(spool.root) / "inbox").mkdir(exist_ok=True)
    assert render("asset", "render").code == 0
    sent = f"{sidecar(onion)['submitted']['jobs'][0]}.json"
    assert (sorted(os.listdir(f"{spool.root}/inbox")), jobs(spool)) == ([sent, "README.txt"], [])


def test_the_times_of_frames_come_into_the_sidecar_once(spool: Spool, onion: Path, render: Render, host: Host) -> None:
    shot(onion, colour="green", render_time={"3": [9.0]})
    shot(onion, "shots/s020.blend")
    render("add", onion / S010)
    host().render_all("s010")
    assert render("asset", "times", "-n").out == f"Would note how long 20 frames of onion/{S010} took\n"
    assert sidecar(onion)["render_time"] == {"3": [9.0]}
    assert render("asset", "times", "--all", onion.parent).out == f"Noted how long 20 frames of onion/{S010} took\n"
    found = sidecar(onion)
    assert found["render_time"] == {str(f): [9.0, 0.3] if f == 3 else [f / 10] for f in range(1, 21)}
    assert found["colour"] == "green" and "render_time" not in sidecar(onion, "shots/s020.blend")
    before = (onion / f"{S010}.json").stat()
    assert render("asset", "times").out == ""
    assert (onion / f"{S010}.json").stat().st_mtime_ns == before.st_mtime_ns


def test_times_that_another_noted_meanwhile_stay(
        spool: Spool, onion: Path, render: Render, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    shot(onion)
    render("add", onion / S010)
    host().render_all("s010")
    after_another(monkeypatch, lambda: shot(onion, render_time={"3": [9.0]}))
    assert render("asset", "times", "--spool", spool.root, "--project", onion).code == 0
    assert sidecar(onion)["render_time"]["3"] == [9.0, 0.3]


def test_the_newest_time_of_a_frame_is_that_of_the_newest_job(
        spool: Spool, onion: Path, render: Render, host: Host) -> None:
    described = shot(onion)
    for name in ("b", "a"):                             # jobs are in the order of their dates, whatever they are called
        render("add", onion / S010, "--frames", "1-2", "--name", name)
    newest, oldest = sorted((entry.job for entry, _ in jobs(spool)), reverse=True)
    alpha = host()
    alpha.render_all(oldest)
    lines = Path(f"{spool.job(oldest)}/journal/alpha.jsonl")
    lines.write_text(lines.read_text().replace('"seconds":0.1', '"seconds":7.0'))
    alpha.render_all(newest)
    render("asset", "times")
    assert json.loads(described.read_text())["render_time"] == {"1": [7.0, 0.1], "2": [0.2]}


def test_a_sidecar_that_is_broken_or_a_job_that_is_holds_up_no_other(
        spool: Spool, onion: Path, render: Render, host: Host) -> None:
    for name in ("s010", "s020", "s030"):
        shot(onion, f"shots/{name}.blend")
        render("add", onion / f"shots/{name}.blend", "--frames", "1", "--output", f"//{name}/")
        host().render_all(name)
    (onion / f"{S010}.json").write_text("{")
    Path(f"{spool.job(queue.find(spool, 's020').job)}/job.json").write_text("{")
    assert render("asset", "times").out == "Noted how long 1 frame of onion/shots/s030.blend took\n"
    assert (onion / f"{S010}.json").read_text() == "{"


def test_a_shot_goes_to_the_farm_and_its_times_come_back(tmp_path: Path, onion: Path, render: Render) -> None:
    """With a real daemon; its Blender only plays."""
    (tmp_path / "real").mkdir()
    shot(onion)
    with farm(tmp_path / "real") as real:
        real.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                         "FAKE_BLENDER": "ok", "FAKE_SECONDS": "0.01"}
        assert render("asset", "render", "--spool", real.spool_dir).code == 0
        log = real.once()
        assert sorted(os.listdir(onion / "shots/render"))[-1] == "0020.png", log
        assert render("asset", "times", "--spool", real.spool_dir).code == 0
    assert len(sidecar(onion)["render_time"]) == 20
    assert render("asset", "show", "s010", "--json").json["times"]["frames"] == 20
