"""The pages of the farm, from a real spool through the real application."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spool import again, beats, following, hosts, queue
from spool.answering import Wait
from spool.job import Job
from spool.layout import Entry, Spool
from spool.obstacles import OBSTACLES
from spool.reasons import REASONS
from tests.render_cli.conftest import PlayedHost
from tests.spool import played
from tests.webview.browsing import LIMIT, Browser, until
from webview import farm_jobs, languages
from webview.app import Web
from webview.farm import Farm
from webview.farm_hosts import Hosts
from webview.farm_jobs import Jobs
from webview.farm_pages import job as job_page
from webview.site import Site


@pytest.fixture(name="site")
def fixture_site(farm_site: Site) -> Site:
    return farm_site


@pytest.fixture(name="farm")
def fixture_farm(site: Site) -> Farm:
    assert site.farm
    return site.farm


@pytest.fixture(name="add")
def fixture_add(spool: Spool, tmp_path: Path) -> Callable[..., Job]:
    return lambda name="a", **asked: played.add(spool, str(tmp_path / "out" / f"{name}####.png"), **asked)[1]


def rendering(browser: Browser) -> Any:
    return browser.get("/api/rendering.json").data


def the_job(browser: Browser, job: Job, **query: object) -> Any:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return until(lambda: (found := browser.get(f"/api/job/{job.job}.json?{asked}").data)["known"] and found)


def test_the_farm_at_work(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add(frames="1-6", chunk=2)
    alpha = PlayedHost(spool, "alpha")
    alpha.publish(alpha.take(job.job))
    alpha.publish(alpha.take(job.job), 1)
    alpha.status("rendering", job=job.job, frame=4)
    found = until(lambda: (now := rendering(browser))["seen"] and now)
    one = found["jobs"][0]
    assert (one["done"], one["running"], one["waiting"], one["failed"]) == (3, 1, 2, 0)
    assert (one["strip"], one["look"]) == ([["done", 3], ["running", 1], ["waiting", 2]], "rendering")
    assert one["time_left_s"] == 0.6, "0.2 s for each of three frames"
    assert found["sentence"] | {"key": "rendering", "hosts": 1, "frames": 3} == found["sentence"]
    assert found["hosts"][0]["frames_now"] == [{"job": job.job, "frame": 4}]
    text = browser.get("/rendering").text
    assert "One computer renders." in text and "3 frames are still to come." in text
    assert "Ein Rechner rendert." in browser.get("/rendering?lang=de").text


def test_each_state_of_the_farm_has_its_sentence(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    def says() -> str:
        return str(rendering(browser)["sentence"].get("key", ""))

    until(lambda: says() == "no_hosts")
    host = PlayedHost(spool, "alpha")
    until(lambda: says() == "idle")
    add()
    until(lambda: says() == "waiting")
    host.status("rendering")
    hosts.write(spool, "alpha", "status", {"state": "rendering", "slots": []})
    assert beats.beat(spool, host.beat)
    until(lambda: says() == "rendering")
    beats.retire(spool, host.beat.owner)
    until(lambda: says() == "nobody_waits")
    for key in ("no_hosts", "idle", "waiting", "rendering.one", "rendering.other", "nobody", "nobody_waits"):
        assert f"rendering.says.{key}" in languages.texts("de")


def test_failures_are_told_with_their_cure(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add(frames="1-2")
    PlayedHost(spool, "alpha").fail_for_good(job.job, f"blender crashed (SIGSEGV). {REASONS['crashed'].cure}")
    failure = until(lambda: rendering(browser)["failures"])[0]
    assert failure | {"code": "crashed", "text": "blender crashed (SIGSEGV).", "cure": REASONS["crashed"].cure,
                      "host": "alpha", "tries": 3, "frames": "1-2"} == failure
    german = browser.get(f"/job/{job.job}?lang=de").text
    assert "Das Programm ist abgestürzt" in german and "Stürzt jeder Rechner bei diesem Bild ab" in german


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_has_a_name_and_a_cure_in_every_language(code: str) -> None:
    assert languages.texts("en")[f"cure.{code}"] == REASONS[code].cure
    for language in languages.known():
        assert {f"reason.{code}", f"cure.{code}"} <= set(languages.texts(language))
    assert languages.texts("de")[f"cure.{code}"] != REASONS[code].cure


@pytest.mark.parametrize("code", sorted(OBSTACLES))
def test_every_obstacle_is_told_in_every_language(code: str) -> None:
    row, english, german = OBSTACLES[code], languages.texts("en"), languages.texts("de")
    assert (english[f"obstacle.{code}"], english.get(f"remedy.{code}", "")) == (row.sentence, row.cure)
    assert f"obstacle.{code}" in german and (f"remedy.{code}" in german) == bool(row.cure)
    assert row.sentence == "{text}" or german[f"obstacle.{code}"] != row.sentence


def test_a_job_that_waits_tells_why(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add("waits", frames="1-2")
    until(lambda: "No computer has ever rendered" in browser.get(f"/job/{job.job}").text)
    PlayedHost(spool, "alpha", programs=("<b>",))
    until(lambda: "alpha does not run the program" in browser.get(f"/job/{job.job}").text)
    german = browser.get(f"/job/{job.job}?lang=de").text
    assert "alpha führt das Programm" in german and "Kein Rechner, der an ist, darf nehmen" in german


def test_a_job_that_is_done_waits_for_nothing(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add("done", frames="1-2")
    PlayedHost(spool, "alpha").render_all(job.job)
    until(lambda: "2 frames are done" in browser.get(f"/job/{job.job}").text)
    assert "Why it waits" not in browser.get(f"/job/{job.job}").text


def test_it_is_told_which_job_comes_first(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    first, second = add("first", frames="1-4"), add("second", frames="1-2")
    queue.set_priority(spool, queue.find(spool, first.job), 60)
    PlayedHost(spool, "alpha", programs=(first.program,))
    until(lambda: f"What waits of {first.job[16:]} comes first (frames: 4)." in browser.get(f"/job/{second.job}").text)
    assert "It is next" in browser.get(f"/job/{first.job}").text


BREAKS: dict[str, Callable[[Path], object]] = {
    "job.json": lambda folder: (folder / "job.json").write_text("{"),
    "a link": lambda folder: (shutil.rmtree(folder / "running"), (folder / "running").symlink_to("/etc")),
    "gone": lambda folder: shutil.rmtree(folder),
    "everybody writes": lambda folder: folder.chmod(0o777),
    "a redo": lambda folder: (folder / "redo" / "001-aaaa.json").write_text("[]"),
    "frames": lambda folder: (folder / "job.json").write_text(
        re.sub(r'"frames": "[^"]*"', '"frames": "1-999999999999"', (folder / "job.json").read_text())),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_job_is_shown_and_breaks_no_other(spool: Spool, browser: Browser, add: Callable[..., Job],
                                                   how: str) -> None:
    good, bad = add("a"), add("b")
    BREAKS[how](Path(spool.job(bad.job)))
    found = until(lambda: not (now := rendering(browser))["unread"] and now["jobs"])
    jobs = {one["job"]: one for one in found}
    assert jobs[bad.job]["broken"] and jobs[bad.job]["look"] == "failed"
    assert not jobs[good.job]["broken"] and jobs[good.job]["waiting"] == 6
    page = until(lambda: browser.get(f"/api/job/{bad.job}.json").data["error"])
    assert page and browser.get(f"/job/{bad.job}").status == 200
    assert browser.get("/rendering").status == 200


def test_a_bug_in_one_job_breaks_no_other(spool: Spool, browser: Browser, add: Callable[..., Job],
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = add("a"), add("b")
    real = farm_jobs.of
    monkeypatch.setattr(farm_jobs, "of", lambda found: 1 / 0 if found.view.job.job == bad.job else real(found))
    found = until(lambda: not (now := rendering(browser))["unread"] and now["jobs"])
    jobs = {one["job"]: one for one in found}
    assert "ZeroDivisionError" in jobs[bad.job]["broken"] or jobs[bad.job]["broken"]
    assert jobs[good.job]["frames"] == 6


def test_what_has_not_changed_is_answered_with_304(spool: Spool, browser: Browser, farm: Farm,
                                                   add: Callable[..., Job]) -> None:
    job, host = add(), PlayedHost(spool, "alpha")
    until(lambda: rendering(browser)["jobs"])
    first, number = browser.get("/rendering"), farm.look().number
    assert beats.beat(spool, host.beat)         # a heartbeat is no news
    seen = farm.look().seen
    until(lambda: farm.look().seen > seen + 1)
    again = browser.get("/rendering", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status, farm.look().number) == (304, number)
    played.Daemon.born(spool, "beta").work_off(job)
    until(lambda: browser.get("/rendering", HTTP_IF_NONE_MATCH=first.headers["ETag"]).status == 200)


def test_a_job_page_is_a_304_until_something_happens(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add()
    the_job(browser, job)
    first = browser.get(f"/job/{job.job}")
    tag = browser.get(f"/job/{job.job}").headers["ETag"]
    assert browser.get(f"/job/{job.job}", HTTP_IF_NONE_MATCH=tag).status == 304
    played.Daemon.born(spool).work_off(job)
    until(lambda: browser.get(f"/job/{job.job}", HTTP_IF_NONE_MATCH=tag).status == 200)
    assert first.status == 200


def test_the_logs_end_is_shown_and_escaped(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add(frames="1-2")
    PlayedHost(spool, "alpha").fail_for_good(job.job, "no")
    folder = Path(spool.job(job.job), "log")
    folder.mkdir(exist_ok=True)
    (folder / "000.0001-0002@alpha.1.00000000.1.log").write_text("an older try\n")
    (folder / "000.0001-0002~1~alpha@alpha.1.00000000.1.log").write_text(
        "x" * 9000 + "\n<script>alert(1)</script>\x1b[31m red\nthe end\n")
    (folder / "001.0003-0004@alpha.1.00000000.1.log").symlink_to("/etc/passwd")
    log = the_job(browser, job)["logs"][0]
    assert log["text"] == "<script>alert(1)</script>?[31m red\nthe end\n" and log["cut"]
    html = browser.get(f"/job/{job.job}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "<script>alert" not in html
    assert the_job(browser, job, chunk="001.0003-0004")["logs"] == [log], "a link is not followed"


def test_frames_chunks_and_times_of_a_job(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job, host = add(frames="1-250", chunk=50), PlayedHost(spool, "alpha")
    host.publish(host.take(job.job))
    found = the_job(browser, job)
    assert found["times"] | {"frames": 50, "slowest": [[50, 5.0], [49, 4.9], [48, 4.8]]} == found["times"]
    film = [picture["frame"] for picture in found["film"]]
    assert (len(film), film[0], film[-1]) == (job_page.PICTURES, 1, 50)
    assert found["rows"]["frames"][0] == {"frame": 1, "state": "done", "look": "done", "host": "alpha", "seconds": 0.1,
                                          "peak_mb": 101}
    assert (found["rows"]["before"], found["rows"]["after"], found["rows"]["all"]) == (None, 101, 250)
    later = the_job(browser, job, **{"from": 201})["rows"]
    assert [row["frame"] for row in later["frames"]] == [*range(201, 251)]
    assert (later["before"], later["after"]) == (101, None)
    assert (found["chunks"]["waiting"], found["chunks"]["next"]) == (4, "51-100")
    assert browser.get(f"/job/{job.job}?from=nonsense").status == 200


@pytest.mark.parametrize("state", ["held", "done", "failed", "trash"])
def test_a_job_has_a_page_wherever_it_lies(spool: Spool, browser: Browser, add: Callable[..., Job], state: str) -> None:
    job = add()
    played.Daemon.born(spool).work_off(job)
    queue.bring(spool, played.where(spool, job), state)
    found = the_job(browser, job)
    assert (found["done"], found["frames"]) == (6, 6)
    assert state == "trash" or any(one["job"] == job.job for one in rendering(browser)["jobs"])


@pytest.mark.parametrize("name", ["nothing", "20261120-101530-shot-0000", "..%2f..%2fetc", "%00", "a" * 5000])
def test_a_job_that_is_none(browser: Browser, name: str) -> None:
    until(lambda: rendering(browser)["seen"])
    assert browser.get(f"/job/{name}").status == 404


def test_a_silent_host_and_a_dead_one(spool: Spool) -> None:
    watcher = Hosts()
    loud, silent = PlayedHost(spool, "loud"), PlayedHost(spool, "silent")
    gone = PlayedHost(spool, "gone")
    gone.die()
    stopped = PlayedHost(spool, "stopped")
    hosts.write(spool, "stopped", "status", {"state": "stopped"})
    stopped.die()

    def states() -> dict[str, str]:
        return {host.view.name: host.facts["state"] for host in watcher.look(spool)}

    assert states() == {"loud": "idle", "silent": "idle", "gone": "dead", "stopped": "off"}
    for pulse in watcher._pulses.values():
        if pulse.beat.owner.host == "silent":
            pulse.unchanged = 6.1 * spool.beat
    assert beats.beat(spool, loud.beat)
    found = {host.view.name: host for host in watcher.look(spool)}
    assert (found["silent"].facts["state"], found["loud"].facts["state"]) == ("silent", "idle")
    assert found["silent"].silent_since == os.lstat(f"{spool.folder('beats')}/{silent.beat}").st_ctime
    assert found["loud"].view.seen_s == 0.0


def test_a_beat_that_is_older_than_the_newest_one_is_old_at_the_first_look(spool: Spool) -> None:
    """Without the server's clock, and whatever this computer's clock says."""
    PlayedHost(spool, "old")
    time.sleep(0.25)
    PlayedHost(spool, "new")
    age = {host.view.name: host.view.seen_s for host in Hosts().look(spool)}
    assert age["new"] == 0.0 and age["old"] is not None and age["old"] >= 0.2


def test_a_share_that_is_away_makes_no_host_silent(spool: Spool) -> None:
    PlayedHost(spool, "alpha")
    watcher = Hosts()
    watcher.look(spool)
    assert watcher._looked
    watcher._looked -= 3600                     # an hour between two looks
    (found,) = watcher.look(spool)
    assert found.facts["state"] == "idle" and (found.view.seen_s or 0) <= 2 * spool.beat


def test_a_share_that_does_not_answer_is_told_and_hangs_no_page(spool: Spool, site: Site, browser: Browser,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    farm = site.farm = Farm(spool, waits=lambda before: {thread: Wait("farm", "", 0, 0.0) for thread in stuck})
    stuck: list[int] = []
    until(lambda: rendering(browser)["seen"])
    assert browser.get("/healthz").status == 200

    def hang(spool: Spool) -> list[Any]:
        stuck.append(farm._thread.native_id)    # type: ignore[union-attr,arg-type]
        while stuck:
            time.sleep(0.01)
        return []

    monkeypatch.setattr(farm._hosts, "look", hang)
    until(lambda: farm.look() and stuck)
    farm._begun -= 60
    began = time.monotonic()
    health = browser.get("/healthz")
    assert health.status == 503 and "does not answer" in health.text and spool.root in health.text
    assert "does not answer" in browser.get("/rendering").text
    assert rendering(browser)["trouble"]["word"] == "silent"
    assert "renderd_spool_up 0" in browser.get("/metrics").text
    assert time.monotonic() - began < LIMIT
    stuck.clear()
    monkeypatch.undo()
    until(lambda: browser.get("/healthz").status == 200)


def test_a_spool_that_goes_away_and_comes_back(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    add()
    until(lambda: rendering(browser)["jobs"])
    away = Path(f"{spool.root}.away")
    Path(spool.root).rename(away)
    until(lambda: browser.get("/healthz").status == 503)
    until(lambda: "No spool at" in browser.get("/healthz").text)
    assert rendering(browser)["jobs"], "the last that was known is shown"
    assert browser.get("/rendering").status == 200
    away.rename(spool.root)
    until(lambda: browser.get("/healthz").status == 200)


def test_a_page_without_a_farm(projects: Path) -> None:
    site = Site(projects)
    browser = Browser(Web(site))
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/rendering").status == 200 and browser.get("/job/x").status == 404
    assert "renderd_web_requests_total" in browser.get("/metrics").text
    assert "renderd_spool_up" not in browser.get("/metrics").text
    site.index.close()


def test_numbers_for_prometheus(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job, host = add(), PlayedHost(spool, "alpha")
    hosts.write(spool, "alpha", "doctor", {"state": "wrong"})
    host.publish(host.take(job.job))
    until(lambda: rendering(browser)["jobs"][:1] and rendering(browser)["jobs"][0]["done"])
    browser.get("/nothing/at/all")
    got = browser.get("/metrics")
    assert got.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    line = re.compile(r'(# (HELP|TYPE) .+|[a-z_]+(\{[a-z]+="[^"\n]*"\})? -?[0-9.e+]+)')
    assert all(line.fullmatch(said) for said in got.text.splitlines()), got.text
    for said in ('renderd_jobs{state="open"} 1', 'renderd_frames{state="done"} 2', 'renderd_frames{state="waiting"} 4',
                 'renderd_hosts{state="idle"} 1', 'renderd_host_memory_bytes{host="alpha"} 8192000000',
                 'renderd_host_swap_used_bytes{host="alpha"} 12000000', 'renderd_host_share_unfit{host="alpha"} 1',
                 'renderd_web_requests_total{status="404"} 1', "renderd_spool_up 1"):
        assert said in got.text.splitlines(), said
    assert re.search(r'renderd_host_beat_age_seconds\{host="alpha"\} \d', got.text)


def test_what_hosts_say_of_themselves_breaks_no_page(spool: Spool, browser: Browser) -> None:
    PlayedHost(spool, "alpha")
    for kind in ("host", "status", "doctor"):
        hosts.write(spool, "alpha", kind, {
            "slots": [1, {"job": {"x": 1}}, {"job": "<b>", "frame": []}], "state": ["<script>"], "memory_mb": "much",
            "memory_free_mb": True, "swap_used_mb": None, "blenders": {"a": 1}, "programs": 7})
    until(lambda: rendering(browser)["hosts"])
    for address in ("/rendering", "/rendering?lang=de", "/metrics", "/api/rendering.json"):
        got = browser.get(address)
        assert got.status == 200 and ("html" not in got.headers["Content-Type"] or "<script>[" not in got.text)
    assert "<b>" not in browser.get("/rendering").text


def test_the_frames_that_are_kept_in_memory_are_bounded(spool: Spool, add: Callable[..., Job],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farm_jobs, "FRAMES", 30)
    made = [add(str(number)) for number in range(5)]
    daemon = played.Daemon.born(spool)
    for job in made:
        daemon.work_off(job)
    jobs = Jobs()
    assert jobs.look(spool, queue.entries(spool), set(), 60) == 0
    assert sum(followed.frames for followed in jobs._followed.values()) <= 30
    assert all(row.facts["done"] == 6 for row in jobs.rows.values())
    read: list[str] = []
    real = following.look
    monkeypatch.setattr(following, "look", lambda *asked: read.append(asked[1].job) or real(*asked))
    jobs.look(spool, queue.entries(spool), set(), 60)
    assert len(read) <= 3, "what is not remembered is not read again either, as long as nothing is new"
    for number, job in enumerate(made):
        again.redo(spool, played.where(spool, job), job, [1 + number])
    jobs.look(spool, queue.entries(spool), set(), 60)
    assert all(row.facts["done"] == 5 for row in jobs.rows.values())


def test_jobs_are_read_a_few_at_a_time_and_none_is_forgotten(spool: Spool, add: Callable[..., Job]) -> None:
    for number in range(4):
        add(str(number))
    jobs, entries = Jobs(), queue.entries(spool)
    left = [jobs.look(spool, entries, set(), 0.0) for _ in range(5)]
    assert left == [3, 2, 1, 0, 0]


def test_jobs_that_are_done_are_known_by_job_json_alone(spool: Spool, add: Callable[..., Job]) -> None:
    job = add()
    played.Daemon.born(spool).work_off(job)
    entry = queue.move(spool, played.where(spool, job), "done")
    shutil.rmtree(Path(spool.job(job.job), "journal"))
    jobs = Jobs()
    assert entry
    jobs.look(spool, [entry], set(), 60)
    assert jobs.rows[job.job].facts["done"] == 6


WATCH = """
import os, sys, time
root = sys.argv[1]
wrong, opened = [], []
def heard(event, args):
    if event == "open" and str(args[0]).startswith(root):
        opened.append(str(args[0]))
        if isinstance(args[2], int) and args[2] & (os.O_ACCMODE | os.O_CREAT):
            wrong.append(f"{event} {args}")
    elif event in ("os.rename", "os.remove", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.utime",
                   "os.truncate", "os.rmdir", "fcntl.flock", "fcntl.lockf"):
        wrong.append(f"{event} {args}")
from webview.farm import Farm
sys.addaudithook(heard)
farm = Farm(root)
while not (farm.look().seen and not farm.look().unread):
    time.sleep(0.05)
job = farm.look().jobs[0]["job"]
while not farm.job(job).detail:
    time.sleep(0.05)
farm.picture_of(job, 1)
opened.clear()
seen = farm.look().seen
while farm.look().seen < seen + 1:
    time.sleep(0.05)
print("\\n".join(wrong), end="")
print("read again:", [path for path in opened if path.endswith("job.json")], end="")
"""


def test_the_farm_is_looked_at_without_writing_or_locking(spool: Spool, add: Callable[..., Job]) -> None:
    job, host = add(), PlayedHost(spool, "alpha")
    host.publish(host.take(job.job))
    before = played.whole(spool)
    ran = subprocess.run([sys.executable, "-c", WATCH, spool.root], cwd=Path(__file__).parents[2], text=True,
                         capture_output=True, timeout=LIMIT * 4, check=False)
    assert (ran.stdout, ran.stderr) == ("read again: []", "")
    assert played.whole(spool) == before


def test_an_entry_that_moves_moves_on_the_page(spool: Spool, browser: Browser, add: Callable[..., Job]) -> None:
    job = add()
    until(lambda: rendering(browser)["jobs"])
    entry: Entry = played.where(spool, job)
    queue.hold(spool, entry)
    until(lambda: rendering(browser)["jobs"][0]["look"] == "held")
