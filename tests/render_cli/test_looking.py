"""render jobs, show, hosts, why, log: what people and programs see."""

import json
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from render_cli.json_keys import KEYS
from spool import beats, claim, queue
from spool import hosts as spool_hosts
from spool import job as spool_job
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render

Copy = Callable[[str], Path]
Host = Callable[..., PlayedHost]


@pytest.fixture
def shot(spool: Spool, render: Render, blend: Copy) -> str:
    """A job of 20 frames in 4 chunks that waits."""
    found = render("add", blend("one_20"), "--chunk", 5, "--order", "linear", "--json").json
    return str(found["jobs"][0]["job"])


def test_jobs_json_is_one_list_with_the_keys_that_others_rely_on(shot: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.publish(alpha.take(shot))
    alpha.take(shot)
    [job] = render("jobs", "--json").json
    wanted = {"job": shot, "name": "one_20", "state": "open", "priority": 50, "frames": 20, "done": 5, "failed": 0,
              "running": 5, "scene": "Shot", "hosts": ["alpha"], "broken": ""}
    assert job | wanted == job
    assert job["owner"]


def test_jobs_shows_state_numbers_and_who_renders(shot: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.publish(alpha.take(shot))
    alpha.take(shot)
    alpha.take(shot)
    title, line = render("jobs").out.splitlines()
    assert title.split() == ["JOB", "STATE", "PRIO", "OWNER", "DONE", "RUN", "FAIL", "HOSTS"]
    assert shot[16:] in line and "rendering" in line and "5/20" in line and " 10 " in line and line.endswith("alpha")


def test_open_jobs_stand_in_the_order_in_which_they_render(spool: Spool, render: Render) -> None:
    for name, priority in (("low", 10), ("high", 90), ("mid", 50)):
        render("add", "--frames", "1", "--name", name, "--priority", priority, "--", "true")
    assert [j["name"] for j in render("jobs", "--json").json] == ["high", "mid", "low"]


def test_cancelled_jobs_are_shown_with_all(shot: str, render: Render) -> None:
    render("cancel", shot)
    assert render("jobs", "--json").json == []
    assert [j["state"] for j in render("jobs", "--all", "--json").json] == ["cancelled"]


def test_of_the_done_jobs_the_newest_twenty_are_shown(spool: Spool, render: Render) -> None:
    for number in range(22):
        render("add", "--frames", "1", "--name", f"n{number:02}", "--", "true")
    for entry in queue.entries(spool, ("queue",)):
        queue.move(spool, entry, "done")
    assert len(render("jobs").out.splitlines()) == 1 + 20
    assert len(render("jobs", "--all").out.splitlines()) == len(render("jobs", "--json").json) + 1 == 23


def test_a_broken_job_is_shown_with_the_reason_and_hides_no_other(spool: Spool, shot: str, render: Render) -> None:
    good = render("add", "--frames", "1", "--name", "good", "--json", "--", "true").json["jobs"][0]["job"]
    Path(f"{spool.job(shot)}/job.json").write_text("{nonsense")
    said = render("jobs")
    assert "! broken" in said.out and good[16:] in said.out
    assert f"{shot} is broken" in said.err and "is not JSON" in said.err and f"render cancel {shot}" in said.err
    broken, fine = sorted(render("jobs", "--json").json, key=lambda job: job["job"] == good)
    assert "is not JSON" in broken["broken"] and set(broken) == set(fine) and fine["broken"] == ""


def test_a_job_whose_folder_is_gone_is_broken_too(spool: Spool, shot: str, render: Render) -> None:
    Path(spool.job(shot)).rename(f"{spool.root}/elsewhere")
    assert "broken" in render("jobs").out


def test_mine_shows_only_what_i_sent(shot: str, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(render("jobs", "--mine", "--json").json) == 1
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert render("jobs", "--mine", "--json").json == []


def test_no_jobs_says_how_to_send_one(spool: Spool, render: Render) -> None:
    assert "render add FILE.blend" in render("jobs").out


def test_show_json_has_output_chunks_and_frames(shot: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.publish(alpha.take(shot))
    alpha.fail_for_good(shot, "Blender crashed. Open the scene in Blender.")
    found = render("show", shot, "--json").json
    assert found["output"].endswith("film/render/####.png")
    assert found["per_frame"]["3"] == {"seconds": 0.3, "peak_mb": 103, "host": "alpha"}
    bad = [c for c in found["chunks"] if c["state"] == "failed"]
    assert bad == [{"name": "001.0006-0010", "state": "failed", "frames": "6-10", "host": "alpha", "tries": 3,
                    "reason": "Blender crashed. Open the scene in Blender."}]
    assert (found["done"], found["failed"], len(found["chunks"])) == (5, 5, 4)


def test_show_tells_the_failure_its_reason_and_what_to_do(shot: str, render: Render, host: Host) -> None:
    host("alpha").fail_for_good(shot, "Blender crashed. Open the scene in Blender.")
    out = render("show", shot).out
    assert "000.0001-0005  frames 1-5 on alpha after 3 tries" in out
    assert "Blender crashed. Open the scene in Blender." in out
    assert f"render retry {shot[16:]}" in out


def test_the_strip_has_a_sign_for_each_frame(shot: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.publish(alpha.take(shot))
    alpha.publish(alpha.take(shot), count=2)
    alpha.fail_for_good(shot, "no")
    assert "   1 ███████▒▒▒✗✗✗✗✗····· 20" in render("show", shot).out.replace("    1", "   1")


def test_a_long_job_is_shown_in_three_lines_and_one_failure_is_seen(spool: Spool, render: Render, host: Host) -> None:
    render("add", "--frames", "1-100000", "--chunk", "100", "--name", "long", "--order", "linear", "--", "true")
    host("alpha", programs=("true",)).fail_for_good("long", "no")
    drawn = [line for line in render("show", "long").out.splitlines() if "····" in line]
    assert len(drawn) <= 3 and "✗" in drawn[0] and "frames a sign" in render("show", "long").out


def test_show_warns_when_the_blend_was_saved_again(shot: str, render: Render, blend: Copy, tmp_path: Path) -> None:
    assert render("show", shot).err == ""
    with (tmp_path / "film/one_20.blend").open("ab") as file:
        file.write(b"more")
    assert "was changed after it was submitted" in render("show", shot).err


def test_show_warns_when_frames_come_from_another_file(shot: str, spool: Spool, render: Render, host: Host) -> None:
    alpha = host("alpha")
    taken = alpha.take(shot)
    journal = Path(f"{spool.job(shot)}/journal/alpha.jsonl")
    journal.write_text(json.dumps({"event": "frame", "frame": 1, "round": 0, "blend": "0" * 64}) + "\n")
    assert taken and "was changed after it was submitted" in render("show", shot).err
    assert "was changed after" in render("jobs").err


def test_a_part_of_the_name_is_enough_and_two_are_listed(spool: Spool, shot: str, render: Render, blend: Copy) -> None:
    assert shot in render("show", "one-20").out
    render("add", blend("one_20_zstd"))
    said = render("show", "one-20")
    assert said.code == 1
    assert "2 jobs are called like 'one-20'" in said.err and shot in said.err


def test_a_live_job_is_meant_before_a_cancelled_one_of_the_same_name(shot: str, render: Render, blend: Copy) -> None:
    render("cancel", shot)
    second = render("add", blend("one_20"), "--json").json["jobs"][0]["job"]
    assert second in render("show", "one-20").out
    assert shot in render("undo", "one-20").out


def test_an_unknown_job_says_where_to_look(spool: Spool, render: Render) -> None:
    said = render("show", "nothing")
    assert (said.code, "No job is called 'nothing'" in said.err, "render jobs" in said.err) == (1, True, True)


def test_hosts_json_has_the_keys_that_others_rely_on(spool: Spool, shot: str, render: Render, host: Host) -> None:
    host("alpha").status("rendering", slot=1, job=shot, chunk="000.0001-0005", frame=3)
    [found] = render("hosts", "--json").json
    assert found | {"host": "alpha", "state": "rendering", "slots": 1, "frames_now": [{"job": shot, "frame": 3}],
                    "memory_mb": 8192, "swap_used_mb": 12, "blender": ["5.0.1"]} == found
    assert 0 <= found["seen_s"] < 5


def test_a_host_without_a_beat_is_dead_and_renders_nothing(spool: Spool, shot: str, render: Render, host: Host) -> None:
    alpha = host("alpha")
    alpha.status("rendering", slot=1, job=shot, frame=3)
    alpha.die()
    [found] = render("hosts", "--json").json
    assert (found["state"], found["frames_now"], found["seen_s"]) == ("dead", [], None)
    assert "dead" in render("hosts").out


def test_a_host_that_is_not_heard_of_is_silent_and_says_since_when(spool: Spool, render: Render, host: Host) -> None:
    _beat_every(spool, 0.05)
    host("alpha").status("rendering")
    _until(lambda: render("hosts", "--json").json[0]["state"] == "silent")
    said = render("hosts")
    assert re.search(r"alpha +silent since \d\d:\d\d ", said.out)
    assert "No daemon beats: is renderd running? Has the share been away?" in said.err


def test_nobody_wonders_about_the_share_while_one_daemon_beats(spool: Spool, shot: str, render: Render,
                                                                host: Host) -> None:
    _beat_every(spool, 0.1)
    host("alpha")
    _until(lambda: "No daemon beats" in render("jobs").err)
    beats.beat(spool, host("beta").beat)
    assert "No daemon beats" not in render("hosts").err + render("jobs").err
    assert "No daemon beats" not in render("jobs", "--json").err


def _beat_every(spool: Spool, seconds: float) -> None:
    farm = Path(spool.root, "farm.yaml")
    farm.write_text(re.sub("beat: 5 ", f"beat: {seconds} ", farm.read_text()))


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_host_whose_files_are_nonsense_is_still_listed(spool: Spool, render: Render, host: Host) -> None:
    host("alpha")
    Path(f"{spool.root}/hosts/alpha/status.json").write_text('{"state": 7, "slots": "x"}')
    Path(f"{spool.root}/hosts/alpha/host.json").write_text('{"blenders": 3}')
    assert [h["host"] for h in render("hosts", "--json").json] == ["alpha"]
    assert "alpha" in render("hosts").out


def test_why_says_that_no_host_was_ever_there(shot: str, render: Render) -> None:
    assert "No computer has ever rendered on this spool" in render("why", shot).out


def test_why_asks_every_host_and_gives_its_cure(shot: str, render: Render, host: Host) -> None:
    host("alpha", programs=("ffmpeg",))
    host("beta", version="2.79")
    host("gamma").die()
    said = render("why", shot).out
    assert "no  alpha does not run the program blender: it is not on its list." in said
    assert "no  beta needs Blender 3.4 or newer for this file; its newest is 2.79." in said
    assert "no  gamma was declared dead" in said and "Install the newer one there" in said
    assert [(h["host"], h["code"], h["may"]) for h in render("why", shot, "--json").json["hosts"]] == [
        ("alpha", "program-refused", False), ("beta", "old-blender", False), ("gamma", "host-dead", False)]


def test_why_asks_one_host_about_every_job(shot: str, render: Render, host: Host) -> None:
    host("alpha")
    render("add", "--frames", "1-7", "--name", "other", "--", "true")
    found = render("why", "alpha", "--json").json
    assert (found["host"], found["job"], [r["code"] for r in found["reasons"]]) == ("alpha", None, ["takes-soon"])
    assert {j["job"].split("-")[2]: (j["may"], j["code"]) for j in found["jobs"]} == {
        "one": (True, "may-take"), "other": (False, "program-refused")}
    assert "alpha may take chunks of this job" in render("why", "alpha").out


def test_why_tells_what_the_doctor_found_and_which_version_runs(spool: Spool, render: Render, host: Host) -> None:
    host("alpha")
    facts = spool_hosts.said(spool, "alpha", "host")
    spool_hosts.write(spool, "alpha", "host", facts | {"renderd": "0.0.1"})
    spool_hosts.write(spool, "alpha", "doctor", {"state": "wrong", "checks": [
        {"line": "mount", "state": "wrong", "text": "It is read-only."}, {"state": "ok", "text": "fine"}, 7]})
    said = " ".join(render("why", "alpha").out.split())
    assert "the share is not right on alpha: It is read-only. Test it" in said and "alpha runs renderd 0.0.1" in said


def test_why_of_the_farm_is_a_few_lines(shot: str, render: Render, host: Host) -> None:
    assert [r["code"] for r in render("why", "--json").json["reasons"]] == ["no-host-ever"]
    host("alpha", programs=("ffmpeg",))
    said = render("why")
    assert said.code == 0 and said.out.startswith("Frames wait (20), and no computer that is on takes any.")
    assert "alpha does not run the program blender" in said.out and len(said.out.splitlines()) < 8


def test_a_name_that_is_a_job_and_a_host_means_the_host(shot: str, render: Render, host: Host) -> None:
    host("one")
    assert render("why", "one", "--json").json["host"] == "one"
    assert render("why", shot, "--json").json["job"] == shot


def test_why_of_no_spool_is_json_too(render: Render, tmp_path: Path) -> None:
    said = render("why", "--json", "--spool", tmp_path / "none")
    assert said.code == 1 and said.json["reasons"][0]["code"] == "spool-missing"
    assert render("why", "no-such-job").code == 1


ONE_CORE, MORE = "its frames use 1.0 of 8 cores each", "its frames use 3.2 of 8 cores each"


@pytest.mark.parametrize(("fit", "says", "slots"), [
    ({"slots": 4, "why": ONE_CORE}, f", in 4 slots, as {ONE_CORE}", 4),
    ({"slots": 1, "why": MORE}, f", in 1 slot, as {MORE}", 1),
    ({"slots": 4, "why": ONE_CORE, "job": "another"}, "", 4), ("odd", "", 1), ({"slots": "x", "why": 7}, None, 1)])
def test_why_tells_how_many_slots_a_job_gets_where_they_are_auto(
        spool: Spool, shot: str, render: Render, host: Host, fit: Any, says: str | None, slots: int) -> None:
    host("alpha")
    facts = spool_hosts.said(spool, "alpha", "host")
    spool_hosts.write(spool, "alpha", "host", facts | {"slots": "auto"})
    told = {"job": shot} | fit if isinstance(fit, dict) else fit
    spool_hosts.write(spool, "alpha", "status", {"state": "rendering", "fit": told})
    found = render("why", shot)
    said = " ".join(found.out.split())
    assert found.code == 0 and (says is None or f"alpha may take chunks of this job{says}." in said)
    assert render("hosts", "--json").json[0]["slots"] == slots


def test_why_of_a_job_on_hold_names_release(shot: str, render: Render) -> None:
    render("hold", shot)
    assert f"render release {shot[16:]}" in render("why", shot).out


def test_why_names_the_job_that_comes_first(spool: Spool, shot: str, render: Render, host: Host) -> None:
    host("alpha", programs=("blender", "true"))
    render("add", "--frames", "1-7", "--name", "urgent", "--priority", 80, "--", "true")
    said = render("why", shot).out
    assert "What waits of urgent-" in said and "comes first (frames: 7)" in said
    assert f"render priority {shot[16:]} 81" in said
    assert "It is next (chunks that wait: 1)" in render("why", "urgent").out


def test_why_says_who_renders_the_rest(spool: Spool, render: Render, host: Host) -> None:
    render("add", "--frames", "1-7", "--name", "short", "--", "true")
    host("alpha", programs=("true",)).take("short")
    assert "is being rendered on alpha (frames that they have: 7)" in render("why", "short").out


def test_a_host_that_failed_a_chunk_waits_for_another(spool: Spool, render: Render, host: Host) -> None:
    render("add", "--frames", "1", "--name", "one", "--", "true")
    alpha = host("alpha", programs=("true",))
    host("beta", programs=("true",))
    alpha.fail(alpha.take("one"), "no")
    said = render("why", "one").out
    assert "failed on alpha before; beta shall try it first" in said and "yes  beta may take" in said


def test_the_log_of_what_failed_comes_first(spool: Spool, shot: str, render: Render, host: Host) -> None:
    folder = Path(f"{spool.job(shot)}/log")
    (folder / "000.0001-0005@alpha.1.00000000.1.log").write_text("the first try\n")
    (folder / "000.0001-0005~2~alpha@alpha.1.00000000.1.log").write_text("what went wrong\n")
    os.utime(folder / "000.0001-0005@alpha.1.00000000.1.log", (0, 0))
    (folder / "001.0006-0010@alpha.1.00000000.1.log").write_text("all well\n")
    host("alpha").fail_for_good(shot, "no")
    assert render("log", shot).out == "what went wrong\n"
    assert render("log", shot, "001").out == "all well\n"


def test_the_log_of_a_piece_is_that_of_the_chunk_it_was_cut_from(spool: Spool, shot: str, render: Render) -> None:
    folder = Path(f"{spool.job(shot)}/log")
    (folder / "001.0006-0010@alpha.1.00000000.1.log").write_text("the whole\n")
    (folder / "001.0009-0010@beta.1.00000000.1.log").write_text("the tail\n")
    assert render("log", shot, "001.0006-0008").out == "the whole\n"
    assert render("log", shot, "001.0009-0010").out == "the tail\n"
    assert render("log", shot, "002.0006-0008").code == 2


@pytest.mark.parametrize(("tail", "kept"), [(0, ""), (1, "c\n"), (2, "b\nc\n"), (3, "a\nb\nc\n"), (9, "a\nb\nc\n")])
def test_tail_gives_the_last_lines(spool: Spool, shot: str, render: Render, tail: int, kept: str) -> None:
    Path(f"{spool.job(shot)}/log/000.0001-0005@a.1.00000000.1.log").write_text("a\nb\nc\n")
    assert render("log", shot, "--tail", tail).out == kept


def test_follow_prints_what_is_added_until_the_job_is_over(
        spool: Spool, shot: str, render: Render, host: Host) -> None:
    path = Path(f"{spool.job(shot)}/log/000.0001-0005@a.1.00000000.1.log")
    path.write_text("before\n")

    def work() -> None:
        path.write_text("before\nafter\n")
        queue.move(spool, queue.find(spool, shot), "done")

    later = threading.Timer(0.3, work)
    later.start()
    assert render("log", shot, "-f").out == "before\nafter\n"
    later.join()


def test_an_unknown_chunk_lists_those_with_a_log(spool: Spool, shot: str, render: Render) -> None:
    Path(f"{spool.job(shot)}/log/000.0001-0005@a.1.00000000.1.log").write_text("a\n")
    said = render("log", shot, "007")
    assert (said.code, "There are: 000.0001-0005" in said.err) == (2, True)


def test_every_json_has_exactly_the_keys_of_the_manual(spool: Spool, shot: str, render: Render, host: Host) -> None:
    host("alpha", recipes=({"name": "checked", "about": "x", "stages": ["post-check"], "refused": ""},))
    found = {"jobs": render("jobs", "--json").json[0], "hosts": render("hosts", "--json").json[0],
             "recipes": render("recipes", "--json").json[0],
             "show": render("show", shot, "--json").json, "why": render("why", shot, "--json").json,
             "users": render("users", "--json").json[0], "stats": render("stats", "--json").json,
             "add": render("add", "--frames", "1", "--json", "--", "true").json,
             "host": render("host", "status", "alpha", "--json").json[0],
             "clean": render("clean", "-n", "--json").json, "doctor": render("doctor", "--json").json}
    of_jobs = {name: set(keys) for name, keys in KEYS.items() if " " not in name}     # the others: test_asset_reading
    assert {name: set(keys) for name, keys in found.items()} == of_jobs


def test_a_scene_called_like_an_escape_sequence_does_not_reach_the_terminal(
        spool: Spool, render: Render, blend: Copy) -> None:
    render("add", blend("one_20"), "--name", "\x1b]0;owned\x07")
    [entry] = queue.entries(spool)
    job = spool_job.read(spool, entry.job)
    assert "\x1b" in job.name
    assert not any("\x1b" in render(*words).out for words in (["jobs"], ["show", entry.job], ["why", entry.job]))
    assert claim.waiting_chunks(spool, job)
